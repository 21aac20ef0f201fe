using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>A run of blocks that EXTENDED COPY copies from one disk to another: a block device to block device segment descriptor (SPC-4 §6.4.6).</summary>
/// <param name="Source">Index of the source in the list of disks.</param>
/// <param name="Destination">Index of the destination.</param>
/// <param name="BlockCount">Number of blocks, of the source.</param>
/// <param name="SourceLba">First block of the source.</param>
/// <param name="DestinationLba">First block of the destination.</param>
public readonly record struct CopySegment(ushort Source, ushort Destination, ushort BlockCount, ulong SourceLba, ulong DestinationLba)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 28;

    private const byte BlockToBlock = 0x02;

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public int Write(Span<byte> into)
    {
        into[..Length].Clear();
        into[0] = BlockToBlock;
        into[3] = Length - 4;
        BinaryPrimitives.WriteUInt16BigEndian(into[4..], Source);
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], Destination);
        BinaryPrimitives.WriteUInt16BigEndian(into[10..], BlockCount);
        BinaryPrimitives.WriteUInt64BigEndian(into[12..], SourceLba);
        BinaryPrimitives.WriteUInt64BigEndian(into[20..], DestinationLba);
        return Length;
    }

    /// <summary>Reads one from at least <see cref="Length"/> bytes; null when it is a segment of another kind, or cut.</summary>
    public static CopySegment? Read(ReadOnlySpan<byte> from) => from.Length < Length || from[0] != BlockToBlock
        ? null
        : new(
            BinaryPrimitives.ReadUInt16BigEndian(from[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(from[6..]),
            BinaryPrimitives.ReadUInt16BigEndian(from[10..]),
            BinaryPrimitives.ReadUInt64BigEndian(from[12..]),
            BinaryPrimitives.ReadUInt64BigEndian(from[20..]));
}

/// <summary>A disk that EXTENDED COPY reads or writes: an identification descriptor CSCD descriptor (SPC-4 §6.4.5.3).</summary>
/// <param name="Designator">Names the logical unit, as its VPD page 83h does; at most 20 bytes long.</param>
/// <param name="BlockBytes">Bytes in one of its blocks.</param>
public sealed record CopyDisk(Designator Designator, uint BlockBytes)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    private const byte Identification = 0xE4;
    private const byte NullDevice = 0x20;
    private const int MostDesignator = 20;

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    /// <exception cref="ArgumentException">The designator is longer than the descriptor has room for.</exception>
    public int Write(Span<byte> into)
    {
        if (Designator.Value.Length > MostDesignator)
        {
            throw new ArgumentException("a designator in a CSCD descriptor has at most 20 bytes; choose the NAA or EUI-64 designator", nameof(into));
        }

        into[..Length].Clear();
        into[0] = Identification;
        // The same four bytes in front of the designator as in page 83h.
        Designator.Write(into[4..]);
        into[29] = (byte)(BlockBytes >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(into[30..], (ushort)BlockBytes);
        return Length;
    }

    /// <summary>Reads one from at least <see cref="Length"/> bytes; null when it is a descriptor of another kind, names a null device, or says of its designator more than fits.</summary>
    public static CopyDisk? Read(ReadOnlySpan<byte> from) => from.Length < Length || from[0] != Identification || (from[1] & NullDevice) != 0 || from[7] > MostDesignator
        ? null
        : new(
            new Designator((DesignatorAssociation)(from[5] >> 4 & 3), (DesignatorType)(from[5] & 0x0F), from.Slice(8, from[7]).ToArray(), (from[4] & 0x0F) > 1),
            BinaryPrimitives.ReadUInt32BigEndian(from[28..]) & 0xFF_FFFF);
}

/// <summary>EXTENDED COPY parameter lists (SPC-4 §6.4.3 and §6.5).</summary>
/// <param name="ListIdentifier">Names the copy while it runs; one byte of it counts in the form LID1.</param>
/// <param name="Disks">The disks that the segments refer to.</param>
/// <param name="Segments">What to copy, in this order.</param>
public sealed record CopyParameters(uint ListIdentifier, IReadOnlyList<CopyDisk> Disks, IReadOnlyList<CopySegment> Segments)
{
    private const int ShortHeader = 16;
    private const int LongHeader = 48;
    private const byte LongFormat = 1;
    private const byte HeaderDescriptorLength = 0x20;
    private const byte HeaderDescriptorType = 0xFF;

    /// <summary>LIST ID USAGE 3: the target need not keep anything to be asked for later.</summary>
    private const byte NothingHeld = 3 << 3;

    /// <summary>The list for EXTENDED COPY(LID1).</summary>
    public byte[] ToArray1()
    {
        byte[] list = new byte[ShortHeader + Disks.Count * CopyDisk.Length + Segments.Count * CopySegment.Length];
        // With usage 3 the identifier is zero in this form (SPC-4 §6.4.3).
        list[1] = NothingHeld;
        BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(2), (ushort)(Disks.Count * CopyDisk.Length));
        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(8), (uint)(Segments.Count * CopySegment.Length));
        WriteDescriptors(list.AsSpan(ShortHeader));
        return list;
    }

    /// <summary>The list for EXTENDED COPY(LID4).</summary>
    public byte[] ToArray4()
    {
        byte[] list = new byte[LongHeader + Disks.Count * CopyDisk.Length + Segments.Count * CopySegment.Length];
        list[0] = LongFormat;
        list[3] = HeaderDescriptorLength;
        list[16] = HeaderDescriptorType;
        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(20), ListIdentifier);
        BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(42), (ushort)(Disks.Count * CopyDisk.Length));
        BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(44), (ushort)(Segments.Count * CopySegment.Length));
        WriteDescriptors(list.AsSpan(LongHeader));
        return list;
    }

    private void WriteDescriptors(Span<byte> into)
    {
        foreach (CopyDisk disk in Disks)
        {
            into = into[disk.Write(into)..];
        }

        foreach (CopySegment segment in Segments)
        {
            into = into[segment.Write(into)..];
        }
    }
}

/// <summary>RECEIVE COPY OPERATING PARAMETERS parameter data (SPC-4 §6.22).</summary>
/// <param name="MaximumDisks">MAXIMUM CSCD DESCRIPTOR COUNT.</param>
/// <param name="MaximumSegments">MAXIMUM SEGMENT DESCRIPTOR COUNT.</param>
/// <param name="MaximumListBytes">MAXIMUM DESCRIPTOR LIST LENGTH.</param>
/// <param name="MaximumSegmentBytes">MAXIMUM SEGMENT LENGTH; 0 for no limit.</param>
/// <param name="MaximumConcurrent">MAXIMUM CONCURRENT COPIES.</param>
/// <param name="Granularity">DATA SEGMENT GRANULARITY: segments are multiples of 2 to this power of bytes.</param>
/// <param name="DescriptorTypes">Types of descriptors that it knows: 02h block to block, E4h identification.</param>
public sealed record CopyLimits(
    ushort MaximumDisks, ushort MaximumSegments, uint MaximumListBytes, uint MaximumSegmentBytes, byte MaximumConcurrent, byte Granularity, IReadOnlyList<byte> DescriptorTypes)
{
    /// <summary>TOTAL CONCURRENT COPIES, those without list identifier included; 0 for as many as <see cref="MaximumConcurrent"/>.</summary>
    public ushort TotalConcurrent { get; init; }

    private const int TypesAt = 44;
    private const byte NoListIdentifierNeeded = 1;

    /// <summary>Writes the data into cleared bytes; returns its length in bytes. Says that LIST ID USAGE 3 is understood (SNLID).</summary>
    public int Write(Span<byte> into)
    {
        int length = TypesAt + DescriptorTypes.Count;
        BinaryPrimitives.WriteUInt32BigEndian(into, (uint)length - sizeof(uint));
        into[4] = NoListIdentifierNeeded;
        BinaryPrimitives.WriteUInt16BigEndian(into[8..], MaximumDisks);
        BinaryPrimitives.WriteUInt16BigEndian(into[10..], MaximumSegments);
        BinaryPrimitives.WriteUInt32BigEndian(into[12..], MaximumListBytes);
        BinaryPrimitives.WriteUInt32BigEndian(into[16..], MaximumSegmentBytes);
        BinaryPrimitives.WriteUInt16BigEndian(into[34..], TotalConcurrent == 0 ? MaximumConcurrent : TotalConcurrent);
        into[36] = MaximumConcurrent;
        into[37] = Granularity;
        into[43] = (byte)DescriptorTypes.Count;
        for (int i = 0; i < DescriptorTypes.Count; i++)
        {
            into[TypesAt + i] = DescriptorTypes[i];
        }

        return length;
    }

    /// <summary>Reads the data; null when it is too short.</summary>
    public static CopyLimits? Parse(ReadOnlySpan<byte> data) => data.Length < TypesAt
        ? null
        : new(
            BinaryPrimitives.ReadUInt16BigEndian(data[8..]),
            BinaryPrimitives.ReadUInt16BigEndian(data[10..]),
            BinaryPrimitives.ReadUInt32BigEndian(data[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(data[16..]),
            data[36],
            data[37],
            data.Slice(TypesAt, Math.Min(data[43], data.Length - TypesAt)).ToArray())
        {
            TotalConcurrent = BinaryPrimitives.ReadUInt16BigEndian(data[34..]),
        };
}
