using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Streams;

/// <summary>Tells whether a PDU could begin at a place of a stream, when nothing else tells (RFC 7143 has no marks between PDUs).</summary>
internal static class PduBoundary
{
    /// <summary>Longest data segment that is believed of a header met by searching.</summary>
    public const int MostData = 4 << 20;

    /// <summary>
    /// Could these 48 bytes be a BHS? Reserved bits are zero, fixed bits are set, the opcode is one of the role's, and what the codec checks is right. Of random bytes one
    /// in many billions is.
    /// </summary>
    /// <param name="bytes">At least 48.</param>
    /// <param name="fromInitiator">The role of the sender; null when unknown.</param>
    public static bool IsPlausible(ReadOnlySpan<byte> bytes, bool? fromInitiator)
    {
        BhsView view = new(bytes);
        return (view.RawOpcode & 0x80) == 0
            && Bhs.IsDefined(view.Opcode)
            && (fromInitiator is null || Bhs.IsFromInitiator(view.Opcode) == fromInitiator)
            && view.DataSegmentLength <= MostData
            && view.TotalAhsLengthBytes <= FrameLimits.AhsOfLongestCommand
            && PduLayout.Of(view.Opcode) is { } layout
            && layout.HasNothingReserved(bytes)
            && PduParse.Check(bytes).IsOk;
    }
}
