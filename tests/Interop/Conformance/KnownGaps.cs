using System.Collections.Frozen;

namespace Blockwire.Interop.Tests.Conformance;

/// <summary>Tests of libiscsi's suite that do not pass, and why. A test that starts to pass must leave the list: the run says so.</summary>
public static class KnownGaps
{
    /// <summary>The command or option is not served (yet); the tool skips the test or fails.</summary>
    public static IReadOnlyList<string> NotServed { get; } =
    [
        // SANITIZE, CRYPTOGRAPHIC ERASE: there is no key to forget
        "Sanitize.CryptoErase",

        // WRITE SAME of 0 blocks, which is to mean "to the end": the Block Limits page says no to it (WSNZ)
        "WriteSame10.ZeroBlocks", "WriteSame16.ZeroBlocks",
    ];

    /// <summary>
    /// Tests that try one command after the other and note "[SKIPPED]" for each that is missing: they pass when no part fails.
    /// </summary>
    public static FrozenSet<string> MadeOfParts { get; } = ["NoMedia.NoMediaSBC", "ReadOnly.ReadOnlySBC", "Sanitize.Readonly", "Sanitize.Reservations"];

    /// <summary>Tests that no target can pass, or that ask for what the standards do not allow, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> WrongInTheTool { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["iSCSITMF.LUNResetSimpleAsync"] =
            "right after queueing the reset, before a byte of it is sent, the test asserts a flag that only the reset's answer sets (libiscsi 1.19)",
        ["Sanitize.Reset"] =
            "wants an overwrite that is still going after three seconds and the resets that follow; that of 64 MiB of memory is over long before",
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
