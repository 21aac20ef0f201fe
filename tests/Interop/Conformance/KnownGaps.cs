using System.Collections.Frozen;

namespace Blockwire.Interop.Tests.Conformance;

/// <summary>
/// Tests of libiscsi's suite that do not pass, each with the clause by which a target need not, and those that are looked at in another way. A test that starts to pass must leave
/// its list: the run says so.
/// </summary>
public static class KnownGaps
{
    /// <summary>The tool says "[SKIPPED]", or fails, since the target does not offer what the test is about; with the clause that leaves it free to.</summary>
    public static IReadOnlyDictionary<string, string> NotServed { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Sanitize.CryptoErase"] = "there is no key to forget, and SBC-3 5.24.1 leaves every service action of SANITIZE optional",
        ["WriteSame10.ZeroBlocks"] = "page B0h says WSNZ = 1, with which a length of zero ends with INVALID FIELD IN CDB (SBC-3 5.43, 6.6.4); the tool then leaves the test",
        ["WriteSame16.ZeroBlocks"] = "as for WRITE SAME(10) (SBC-3 5.44, 6.6.4)",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Tests that try one command after the other and note "[SKIPPED]" for each that is missing: they pass when no part fails.
    /// </summary>
    public static FrozenSet<string> MadeOfParts { get; } = ["NoMedia.NoMediaSBC", "ReadOnly.ReadOnlySBC", "Sanitize.Readonly", "Sanitize.Reservations"];

    /// <summary>Tests that no target can pass, or that ask for what the standards do not allow, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> WrongInTheTool { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["iSCSITMF.LUNResetSimpleAsync"] =
            "right after queueing the reset, before a byte of it is sent, the test asserts a flag that only the reset's answer sets (libiscsi 1.19)",
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
