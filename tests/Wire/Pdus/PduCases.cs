namespace Blockwire.Wire.Tests;

/// <summary>
/// Every PDU, and every form of it that reserves other fields. The bytes and the masks are written down from the drawings of RFC 7143 §11;
/// byte values tell their own offset where a field allows it.
/// </summary>
internal static class PduCases
{
    public static PduCase[] All { get; } = [.. InitiatorPduCases.All, .. TargetPduCases.All];

    public static TheoryData<string> Names => [.. All.Select(static c => c.Name)];

    public static PduCase Named(string name) => All.Single(c => c.Name == name);
}
