namespace Blockwire.Wire;

/// <summary>The Basic Header Segment: what all PDUs have in common (RFC 7143 §11.2.1).</summary>
public static class Bhs
{
    /// <summary>Length of the BHS, in bytes.</summary>
    public const int Length = 48;

    /// <summary>
    /// The tag that is no tag: an Initiator, Target Transfer or Referenced Task Tag with this value is absent (§11.2.1.8, §11.7.4).
    /// </summary>
    public const uint ReservedTag = 0xFFFF_FFFF;

    /// <summary>Largest DataSegmentLength that the 24-bit field can say, in bytes (§11.2.1.6).</summary>
    public const int MaxDataSegmentLength = 0xFF_FFFF;

    /// <summary>Largest total length of the AHSs that the 8-bit field can say, in bytes (§11.2.1.5 counts words).</summary>
    public const int MaxAhsLength = 0xFF * 4;

    /// <summary>Byte offset of the I bit and the opcode.</summary>
    public const int OpcodeOffset = 0;

    /// <summary>Byte offset of the F bit and the opcode-specific flags.</summary>
    public const int FlagsOffset = 1;

    /// <summary>Byte offset of TotalAHSLength: one byte, in words of 4 bytes.</summary>
    public const int TotalAhsLengthOffset = 4;

    /// <summary>Byte offset of DataSegmentLength: three bytes, in bytes.</summary>
    public const int DataSegmentLengthOffset = 5;

    /// <summary>Byte offset of the LUN: eight bytes.</summary>
    public const int LunOffset = 8;

    /// <summary>Byte offset of the Initiator Task Tag.</summary>
    public const int InitiatorTaskTagOffset = 16;

    /// <summary>The I bit of byte 0 (§11.2.1.1).</summary>
    internal const byte ImmediateBit = 0x40;

    /// <summary>The F bit of byte 1 (§11.2.1.3).</summary>
    internal const byte FinalBit = 0x80;

    /// <summary>
    /// Stamps TotalAHSLength and DataSegmentLength into a BHS that was emitted; a meaning does not carry them (§11.2.1.5, §11.2.1.6).
    /// </summary>
    /// <param name="bhs">At least 48 bytes.</param>
    /// <param name="ahsLengthBytes">
    /// Length of all AHSs with their padding, in bytes: a multiple of 4, at most <see cref="MaxAhsLength"/>.
    /// </param>
    /// <param name="dataSegmentLength">
    /// Length of the data segment without padding, in bytes, at most <see cref="MaxDataSegmentLength"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A length does not fit its field.</exception>
    public static void SetLengths(Span<byte> bhs, int ahsLengthBytes, int dataSegmentLength)
    {
        if ((uint)ahsLengthBytes > MaxAhsLength || ahsLengthBytes % 4 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(ahsLengthBytes), ahsLengthBytes, "a multiple of 4 up to 1020 is needed");
        }

        if ((uint)dataSegmentLength > MaxDataSegmentLength)
        {
            throw new ArgumentOutOfRangeException(nameof(dataSegmentLength), dataSegmentLength, "the field has 24 bits");
        }

        bhs[TotalAhsLengthOffset] = (byte)(ahsLengthBytes / 4);
        Field.Put24(bhs, DataSegmentLengthOffset, dataSegmentLength);
    }

    /// <summary>May an initiator send this opcode? Vendors' opcodes count by their range (§11.2.1.2).</summary>
    public static bool IsFromInitiator(Opcode opcode) => (byte)opcode < 0x20;

    /// <summary>Is this one of the eighteen opcodes that RFC 7143 §11.2.1.2 defines?</summary>
    public static bool IsDefined(Opcode opcode) => opcode
        is <= Opcode.LogoutRequest or Opcode.SnackRequest
        or (>= Opcode.NopIn and <= Opcode.LogoutResponse) or Opcode.ReadyToTransfer or Opcode.AsyncMessage or Opcode.Reject;

    /// <summary>Clears all 48 bytes, so that reserved bits are zero, and sets bytes 0 and 1.</summary>
    internal static void Begin(Span<byte> bhs, Opcode opcode, bool immediate, byte flags)
    {
        bhs[..Length].Clear();
        bhs[OpcodeOffset] = (byte)((byte)opcode | (immediate ? ImmediateBit : 0));
        bhs[FlagsOffset] = flags;
    }

    /// <summary>The rule that most PDUs check (§11.2.1.8).</summary>
    internal const string InitiatorTaskTagRule = "7143/11.2.1.8 the Initiator Task Tag is not the reserved one";

    /// <summary>Only a SCSI Command has AHSs (§11.2.1.5).</summary>
    internal static PduCheck CheckNoAhs(BhsView bhs) =>
        bhs.TotalAhsLengthBytes == 0 ? PduCheck.Ok : PduCheck.Format("7143/11.2.1.5 TotalAHSLength is 0");

    /// <summary>For PDUs that are the BHS and no more (§11.2.1.5, §11.2.1.6).</summary>
    internal static PduCheck CheckNoAhsNoData(BhsView bhs) =>
        bhs.DataSegmentLength == 0 ? CheckNoAhs(bhs) : PduCheck.Format("7143/11.2.1.6 DataSegmentLength is 0");
}
