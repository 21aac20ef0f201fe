using System.Buffers.Binary;

namespace Blockwire.Testing.Raw;

/// <summary>
/// A PDU as bytes, for tests that must not trust the product's codec. Offsets are those of RFC 7143 §11; nothing is checked, so that
/// any rubbish can be built. Lengths in the header are written by <see cref="ToBytes"/> unless <see cref="KeepLengths"/> is set.
/// </summary>
public sealed class RawFrame
{
    public const int HeaderLength = 48;

    /// <summary>The BHS, 48 bytes.</summary>
    public byte[] Header { get; private init; } = new byte[HeaderLength];

    /// <summary>AHS bytes, as they go on the wire.</summary>
    public byte[] Ahs { get; set; } = [];

    /// <summary>The data segment without padding.</summary>
    public byte[] Data { get; set; } = [];

    /// <summary>The lengths in the header are sent as they stand, right or wrong.</summary>
    public bool KeepLengths { get; set; }

    /// <summary>XORed into the digests, to send wrong ones.</summary>
    public uint SpoilHeaderDigest { get; set; }

    public uint SpoilDataDigest { get; set; }

    /// <summary>The low six bits of byte 0.</summary>
    public byte Opcode
    {
        get => (byte)(Header[0] & 0x3F);
        set => Header[0] = (byte)((Header[0] & 0xC0) | value);
    }

    public bool Immediate
    {
        get => (Header[0] & 0x40) != 0;
        set => Header[0] = (byte)(value ? Header[0] | 0x40 : Header[0] & ~0x40);
    }

    /// <summary>Byte 1.</summary>
    public byte Flags
    {
        get => Header[1];
        set => Header[1] = value;
    }

    public bool Final => (Flags & 0x80) != 0;

    /// <summary>Byte 2: response, reason or version, as the PDU has it.</summary>
    public byte Byte2 => Header[2];

    /// <summary>Byte 3: the SCSI status of a response or Data-In.</summary>
    public byte Byte3 => Header[3];

    /// <summary>Bytes 8-15 as one number.</summary>
    public ulong Lun
    {
        get => BinaryPrimitives.ReadUInt64BigEndian(Header.AsSpan(8));
        set => BinaryPrimitives.WriteUInt64BigEndian(Header.AsSpan(8), value);
    }

    public uint InitiatorTaskTag
    {
        get => this[16];
        set => this[16] = value;
    }

    /// <summary>Bytes 20-23: target transfer tag, or expected data transfer length of a SCSI command.</summary>
    public uint Word20
    {
        get => this[20];
        set => this[20] = value;
    }

    /// <summary>A 32-bit field at an offset of the header.</summary>
    public uint this[int offset]
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(Header.AsSpan(offset));
        set => BinaryPrimitives.WriteUInt32BigEndian(Header.AsSpan(offset), value);
    }

    public int TotalAhsLength => Header[4] * 4;

    public int DataSegmentLength => (Header[5] << 16) | (Header[6] << 8) | Header[7];

    /// <summary>Takes a header as received; data and AHS are set by the caller.</summary>
    public static RawFrame FromHeader(ReadOnlySpan<byte> header) => new() { Header = header[..HeaderLength].ToArray() };

    public RawFrame Clone() => new()
    {
        Header = (byte[])Header.Clone(),
        Ahs = (byte[])Ahs.Clone(),
        Data = (byte[])Data.Clone(),
        KeepLengths = KeepLengths,
        SpoilHeaderDigest = SpoilHeaderDigest,
        SpoilDataDigest = SpoilDataDigest,
    };

    /// <summary>Writes the header's length fields.</summary>
    public void SetLengths(int totalAhsWords, int dataSegmentLength)
    {
        Header[4] = (byte)totalAhsWords;
        Header[5] = (byte)(dataSegmentLength >> 16);
        Header[6] = (byte)(dataSegmentLength >> 8);
        Header[7] = (byte)dataSegmentLength;
    }

    /// <summary>The PDU as it goes on the wire.</summary>
    public byte[] ToBytes(bool headerDigest = false, bool dataDigest = false)
    {
        if (!KeepLengths)
        {
            SetLengths(Ahs.Length / 4, Data.Length);
        }

        using MemoryStream wire = new();
        wire.Write(Header);
        wire.Write(Ahs);
        if (headerDigest)
        {
            WriteDigest(wire, ReferenceCrc32C.Compute(wire.ToArray()) ^ SpoilHeaderDigest);
        }

        if (Data.Length > 0)
        {
            byte[] padded = new byte[(Data.Length + 3) & ~3];
            Data.CopyTo(padded, 0);
            wire.Write(padded);
            if (dataDigest)
            {
                WriteDigest(wire, ReferenceCrc32C.Compute(padded) ^ SpoilDataDigest);
            }
        }

        return wire.ToArray();
    }

    public override string ToString() =>
        $"opcode {Opcode:X2} flags {Flags:X2} AHS {TotalAhsLength} data {DataSegmentLength} ITT {InitiatorTaskTag:X8} [{Convert.ToHexString(Header)}]";

    /// <summary>A CRC32C goes least significant byte first (RFC 7143 §13.1, the order of the examples in RFC 3720 appendix B.4).</summary>
    private static void WriteDigest(MemoryStream wire, uint crc)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, crc);
        wire.Write(bytes);
    }
}
