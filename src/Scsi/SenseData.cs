using System.Buffers.Binary;
using System.Globalization;

namespace Blockwire.Scsi;

/// <summary>Sense data: why a command ended as it did (SPC-4 §4.5).</summary>
/// <param name="Key">Sense key.</param>
/// <param name="Asc">Additional sense code.</param>
/// <param name="Ascq">Additional sense code qualifier.</param>
/// <param name="Information">The INFORMATION field, for a disk the LBA that the sense data is about (SBC-3 §4.18.1); null when not valid.</param>
/// <param name="SenseKeySpecific">The three SENSE KEY SPECIFIC bytes as one number, SKSV in bit 23; 0 when not valid.</param>
/// <param name="Deferred">The error belongs to an earlier command that ended with GOOD.</param>
public readonly record struct SenseData(
    SenseKey Key, byte Asc, byte Ascq, ulong? Information = null, uint SenseKeySpecific = 0, bool Deferred = false)
{
    /// <summary>
    /// The COMMAND-SPECIFIC INFORMATION field: of a copy the number of its segment, from 0 on (SPC-4 §5.17.7.4), of REASSIGN BLOCKS the first LBA that was not reassigned
    /// (SBC-3 §5.20); null when there is none. Fixed format cannot tell null from 0, and is read as null.
    /// </summary>
    public ulong? CommandSpecific { get; init; }

    /// <summary>Longest sense data that SPC-4 §4.5.1 allows, in bytes.</summary>
    public const int MaxLength = 252;

    /// <summary>Bytes of fixed format sense data.</summary>
    public const int FixedLength = 18;

    private const uint SenseKeySpecificValid = 0x80_0000;
    private const uint FieldIsInCdb = 0x40_0000;
    private const uint FieldIsInSegment = 0x20_0000;
    private const uint BitPointerValid = 0x08_0000;
    private const byte FixedCurrent = 0x70;
    private const byte DescriptorCurrent = 0x72;
    private const int DescriptorHeaderLength = 8;

    /// <summary>True when the sense key specific bytes are a progress indication (SPC-4 §4.5.2.4).</summary>
    public bool HasProgress =>
        (SenseKeySpecific & SenseKeySpecificValid) != 0 && Key is SenseKey.NoSense or SenseKey.NotReady;

    /// <summary>Progress in 65536ths; counts only with <see cref="HasProgress"/>.</summary>
    public ushort Progress => (ushort)SenseKeySpecific;

    /// <summary>True when the sense key specific bytes point at a field (SPC-4 §4.5.2.4).</summary>
    public bool HasFieldPointer => (SenseKeySpecific & SenseKeySpecificValid) != 0 && Key == SenseKey.IllegalRequest;

    /// <summary>True when the sense key specific bytes point at a field of a copy's segment or parameter list (SPC-4 §4.5.2.4.6).</summary>
    public bool HasSegmentPointer => (SenseKeySpecific & SenseKeySpecificValid) != 0 && Key == SenseKey.CopyAborted;

    /// <summary>Is the field in the segment descriptor (SD, true) or counted from the start of the parameter list? Counts only with <see cref="HasSegmentPointer"/>.</summary>
    public bool SegmentPointerIsInSegment => (SenseKeySpecific & FieldIsInSegment) != 0;

    /// <summary>Is the field in the CDB (true) or in the parameter list? Counts only with <see cref="HasFieldPointer"/>.</summary>
    public bool FieldPointerIsInCdb => (SenseKeySpecific & FieldIsInCdb) != 0;

    /// <summary>Byte of the field in error; counts only with <see cref="HasFieldPointer"/> and <see cref="HasSegmentPointer"/>.</summary>
    public ushort FieldByte => (ushort)SenseKeySpecific;

    /// <summary>Most significant bit of the field in error; null when only the byte is known.</summary>
    public byte? FieldBit => (SenseKeySpecific & BitPointerValid) != 0 ? (byte)(SenseKeySpecific >> 16 & 7) : null;

    /// <summary>The same, pointing at a field.</summary>
    /// <param name="inCdb">The field is in the CDB; else in the parameter list.</param>
    /// <param name="at">Byte offset.</param>
    /// <param name="bit">Most significant bit of the field; null when the whole byte is meant.</param>
    public SenseData WithFieldPointer(bool inCdb, ushort at, byte? bit) => this with
    {
        SenseKeySpecific = SenseKeySpecificValid | (inCdb ? FieldIsInCdb : 0)
            | (bit is { } b ? BitPointerValid | (uint)(b & 7) << 16 : 0) | at,
    };

    /// <summary>The same, pointing at a field of a copy.</summary>
    /// <param name="inSegment">The field is in the segment descriptor that <see cref="CommandSpecific"/> names; else it is counted from the start of the parameter list.</param>
    /// <param name="at">Byte offset.</param>
    public SenseData WithSegmentPointer(bool inSegment, ushort at) => this with
    {
        SenseKeySpecific = SenseKeySpecificValid | (inSegment ? FieldIsInSegment : 0) | at,
    };

    /// <summary>The same with a progress indication in 65536ths.</summary>
    public SenseData WithProgress(ushort progress) => this with { SenseKeySpecific = SenseKeySpecificValid | progress };

    /// <summary>Writes the sense data and returns its length in bytes; allocates nothing.</summary>
    /// <param name="into">At least 40 bytes; what lies beyond the returned length is left alone.</param>
    /// <param name="descriptorFormat">Descriptor format (72h, SPC-4 §4.5.2) instead of fixed format (70h, §4.5.3).</param>
    public int Write(Span<byte> into, bool descriptorFormat) => descriptorFormat ? WriteDescriptors(into) : WriteFixed(into);

    /// <summary>Reads sense data of either format; null when the bytes are neither, or too short for their format.</summary>
    public static SenseData? Parse(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : (bytes[0] & 0x7F) switch
    {
        FixedCurrent or FixedCurrent + 1 => ParseFixed(bytes),
        DescriptorCurrent or DescriptorCurrent + 1 => ParseDescriptors(bytes),
        _ => null,
    };

    /// <summary>Key, ASC/ASCQ and what else is known, for logs.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Key} {Asc:X2}h/{Ascq:X2}h{(Information is { } i ? $" at {i}" : "")}{(Deferred ? " deferred" : "")}");

    private int WriteFixed(Span<byte> into)
    {
        into[..FixedLength].Clear();
        into[0] = (byte)(FixedCurrent + (Deferred ? 1 : 0));
        into[2] = (byte)Key;
        into[7] = FixedLength - 8;
        into[12] = Asc;
        into[13] = Ascq;
        // Four bytes cannot hold every LBA; one that does not fit is not valid in this format (SPC-4 §4.5.3).
        if (Information is { } information && information <= uint.MaxValue)
        {
            into[0] |= 0x80;
            BinaryPrimitives.WriteUInt32BigEndian(into[3..], (uint)information);
        }

        // All ones stand for a LBA that does not fit (SBC-3 §5.20).
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], (uint)Math.Min(CommandSpecific ?? 0, uint.MaxValue));
        WriteSenseKeySpecific(into[15..]);
        return FixedLength;
    }

    private int WriteDescriptors(Span<byte> into)
    {
        into[..DescriptorHeaderLength].Clear();
        into[0] = (byte)(DescriptorCurrent + (Deferred ? 1 : 0));
        into[1] = (byte)Key;
        into[2] = Asc;
        into[3] = Ascq;
        int at = DescriptorHeaderLength;
        if (Information is { } information)
        {
            Span<byte> descriptor = into.Slice(at, 12);
            descriptor.Clear();
            descriptor[1] = 0x0A;
            descriptor[2] = 0x80;
            BinaryPrimitives.WriteUInt64BigEndian(descriptor[4..], information);
            at += 12;
        }

        if (CommandSpecific is { } specific)
        {
            Span<byte> descriptor = into.Slice(at, 12);
            descriptor.Clear();
            (descriptor[0], descriptor[1]) = (0x01, 0x0A);
            BinaryPrimitives.WriteUInt64BigEndian(descriptor[4..], specific);
            at += 12;
        }

        if (SenseKeySpecific != 0)
        {
            Span<byte> descriptor = into.Slice(at, 8);
            descriptor.Clear();
            descriptor[0] = 0x02;
            descriptor[1] = 0x06;
            WriteSenseKeySpecific(descriptor[4..]);
            at += 8;
        }

        into[7] = (byte)(at - DescriptorHeaderLength);
        return at;
    }

    private void WriteSenseKeySpecific(Span<byte> into)
    {
        into[0] = (byte)(SenseKeySpecific >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(into[1..], (ushort)SenseKeySpecific);
    }

    private static uint ReadSenseKeySpecific(ReadOnlySpan<byte> bytes)
    {
        uint all = (uint)bytes[0] << 16 | BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
        return (all & SenseKeySpecificValid) != 0 ? all : 0;
    }

    private static SenseData? ParseFixed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 8)
        {
            return null;
        }

        ReadOnlySpan<byte> whole = bytes[..Math.Min(bytes.Length, bytes[7] + 8)];
        return new SenseData(
            (SenseKey)(whole[2] & 0x0F),
            whole.Length > 12 ? whole[12] : (byte)0,
            whole.Length > 13 ? whole[13] : (byte)0,
            (whole[0] & 0x80) != 0 ? BinaryPrimitives.ReadUInt32BigEndian(whole[3..]) : null,
            whole.Length >= FixedLength ? ReadSenseKeySpecific(whole[15..]) : 0,
            (whole[0] & 1) != 0)
        {
            CommandSpecific = whole.Length >= 12 && BinaryPrimitives.ReadUInt32BigEndian(whole[8..]) is var specific and not 0 ? specific : null,
        };
    }

    private static SenseData? ParseDescriptors(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < DescriptorHeaderLength)
        {
            return null;
        }

        SenseData sense = new((SenseKey)(bytes[1] & 0x0F), bytes[2], bytes[3], Deferred: (bytes[0] & 1) != 0);
        ReadOnlySpan<byte> rest = bytes[DescriptorHeaderLength..Math.Min(bytes.Length, bytes[7] + DescriptorHeaderLength)];
        while (rest.Length >= 2 && rest.Length >= rest[1] + 2)
        {
            ReadOnlySpan<byte> descriptor = rest[..(rest[1] + 2)];
            if (descriptor[0] == 0x00 && descriptor.Length >= 12 && (descriptor[2] & 0x80) != 0)
            {
                sense = sense with { Information = BinaryPrimitives.ReadUInt64BigEndian(descriptor[4..]) };
            }
            else if (descriptor[0] == 0x01 && descriptor.Length >= 12)
            {
                sense = sense with { CommandSpecific = BinaryPrimitives.ReadUInt64BigEndian(descriptor[4..]) };
            }
            else if (descriptor[0] == 0x02 && descriptor.Length >= 8)
            {
                sense = sense with { SenseKeySpecific = ReadSenseKeySpecific(descriptor[4..]) };
            }

            rest = rest[descriptor.Length..];
        }

        return sense;
    }
}
