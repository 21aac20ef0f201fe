namespace Blockwire.Wire;

/// <summary>The lengths that a receiver puts up with. Ask before anything is allocated or received for the PDU.</summary>
/// <param name="MaxDataSegmentLength">
/// Largest data segment, in bytes: the MaxRecvDataSegmentLength that was declared (RFC 7143 §13.12).
/// </param>
/// <param name="MaxAhsLength">Largest total length of AHSs, in bytes: 260 - 16 bytes of CDB and a bidirectional length need 256.</param>
public readonly record struct FrameLimits(int MaxDataSegmentLength, int MaxAhsLength)
{
    /// <summary>Room for the longest extended CDB (248 bytes with its head) and a bidirectional read length (8 bytes) (§11.2.2).</summary>
    public const int AhsOfLongestCommand = 256;

    /// <summary>
    /// Are both lengths of this header within the limits? Too long is a format error: the stream cannot go on behind it (§7.7).
    /// </summary>
    /// <param name="bhs">At least 48 bytes.</param>
    public PduCheck Check(ReadOnlySpan<byte> bhs)
    {
        BhsView view = new(bhs);
        return view.TotalAhsLengthBytes > MaxAhsLength ? PduCheck.Format("7143/11.2.1.5 TotalAHSLength is within the limit")
            : view.DataSegmentLength > MaxDataSegmentLength
                ? PduCheck.Format("7143/13.12 DataSegmentLength is within MaxRecvDataSegmentLength")
            : PduCheck.Ok;
    }
}
