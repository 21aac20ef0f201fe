namespace Blockwire.Wire;

/// <summary>Window on the fields that have the same place in every PDU (RFC 7143 §11.2.1). Lends; outlives nothing.</summary>
/// <param name="bhs">At least 48 bytes; the first 48 are looked at.</param>
/// <exception cref="ArgumentOutOfRangeException">Fewer than 48 bytes were given.</exception>
public readonly ref struct BhsView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>What the PDU is: byte 0 without the I bit and the reserved bit above it. The value may be unnamed.</summary>
    public Opcode Opcode => (Opcode)(_bhs[Bhs.OpcodeOffset] & 0x3F);

    /// <summary>Byte 0 as received, with all its bits.</summary>
    public byte RawOpcode => _bhs[Bhs.OpcodeOffset];

    /// <summary>The I bit: a request for immediate delivery (§11.2.1.1). Reserved in what a target sends.</summary>
    public bool Immediate => (_bhs[Bhs.OpcodeOffset] & Bhs.ImmediateBit) != 0;

    /// <summary>The F bit: the last or only PDU of a sequence (§11.2.1.3).</summary>
    public bool Final => (_bhs[Bhs.FlagsOffset] & Bhs.FinalBit) != 0;

    /// <summary>Length of all AHSs with their padding, in bytes: the field times 4 (§11.2.1.5).</summary>
    public int TotalAhsLengthBytes => _bhs[Bhs.TotalAhsLengthOffset] * 4;

    /// <summary>Length of the data segment without padding, in bytes (§11.2.1.6).</summary>
    public int DataSegmentLength => Field.U24(_bhs, Bhs.DataSegmentLengthOffset);

    /// <summary>The eight bytes of the LUN field, first byte highest (§11.2.1.7). Some opcodes use these bytes otherwise.</summary>
    public ulong Lun => Field.U64(_bhs, Bhs.LunOffset);

    /// <summary>The Initiator Task Tag (§11.2.1.8).</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, Bhs.InitiatorTaskTagOffset);

    /// <summary>The 48 bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bhs;
}
