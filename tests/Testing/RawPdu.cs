using System.Buffers.Binary;

namespace Blockwire.Testing;

/// <summary>
/// A PDU put together byte by byte, right or wrong, with nothing of the product's codec in it. Lengths are set to what is attached unless
/// <see cref="WithLengths"/> lies about them.
/// </summary>
public sealed class RawPdu
{
    public const int BhsLength = 48;

    private readonly byte[] _bhs = new byte[BhsLength];
    private byte[] _ahs = [];
    private byte[] _data = [];

    /// <summary>Begins with byte 0 (I bit and opcode) and byte 1 (F bit and flags).</summary>
    public RawPdu(byte first, byte flags)
    {
        _bhs[0] = first;
        _bhs[1] = flags;
    }

    /// <summary>Begins with a whole BHS.</summary>
    public RawPdu(ReadOnlySpan<byte> bhs) => bhs[..BhsLength].CopyTo(_bhs);

    public RawPdu U8(int at, byte value)
    {
        _bhs[at] = value;
        return this;
    }

    public RawPdu U16(int at, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bhs.AsSpan(at), value);
        return this;
    }

    public RawPdu U32(int at, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bhs.AsSpan(at), value);
        return this;
    }

    public RawPdu U64(int at, ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_bhs.AsSpan(at), value);
        return this;
    }

    /// <summary>Initiator Task Tag.</summary>
    public RawPdu Itt(uint tag) => U32(16, tag);

    /// <summary>Bytes 24 to 31 of what an initiator sends.</summary>
    public RawPdu InitiatorNumbers(uint cmdSN, uint expStatSN) => U32(24, cmdSN).U32(28, expStatSN);

    /// <summary>Bytes 24 to 35 of what a target sends.</summary>
    public RawPdu TargetNumbers(uint statSN, uint expCmdSN, uint maxCmdSN) => U32(24, statSN).U32(28, expCmdSN).U32(32, maxCmdSN);

    /// <summary>Attaches AHSs, padded by the caller, and sets TotalAHSLength.</summary>
    public RawPdu Ahs(ReadOnlySpan<byte> ahs)
    {
        _ahs = ahs.ToArray();
        return U8(4, checked((byte)(ahs.Length / 4)));
    }

    /// <summary>Attaches a data segment without padding, and sets DataSegmentLength.</summary>
    public RawPdu Data(ReadOnlySpan<byte> data)
    {
        _data = data.ToArray();
        return DataSegmentLength(data.Length);
    }

    /// <summary>Attaches key=value pairs; every "\0" has to be written.</summary>
    public RawPdu Text(string pairs) => Data(System.Text.Encoding.UTF8.GetBytes(pairs));

    /// <summary>Sets the two lengths, whatever is attached.</summary>
    public RawPdu WithLengths(byte totalAhsLengthWords, int dataSegmentLength) => U8(4, totalAhsLengthWords).DataSegmentLength(dataSegmentLength);

    /// <summary>The 48 bytes alone.</summary>
    public byte[] Bhs() => [.. _bhs];

    /// <summary>The PDU as the stream has it: AHSs, digests if asked for, and padding with it.</summary>
    public byte[] Bytes(bool headerDigest = false, bool dataDigest = false)
    {
        byte[] header = [.. _bhs, .. _ahs];
        byte[] padded = [.. _data, .. new byte[-_data.Length & 3]];
        return
        [
            .. header,
            .. headerDigest ? ReferenceCrc32C.Digest(header) : [],
            .. padded,
            .. dataDigest && _data.Length != 0 ? ReferenceCrc32C.Digest(padded) : [],
        ];
    }

    private RawPdu DataSegmentLength(int bytes) => U8(5, (byte)(bytes >> 16)).U16(6, (ushort)bytes);
}
