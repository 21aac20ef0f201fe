using System.Buffers.Binary;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>The parameter list of EXTENDED COPY(LID1) or (LID4), checked and with its disks found (SPC-4 §6.4.3 and §6.5).</summary>
/// <param name="ListIdentifier">LIST IDENTIFIER; null when the copy has none.</param>
/// <param name="Immediate">IMMED: the status comes before the copy is made.</param>
/// <param name="Plan">What to copy.</param>
internal sealed record ExtendedCopyList(uint? ListIdentifier, bool Immediate, CopyPlan Plan)
{
    /// <summary>Longest list that is taken, in bytes, header included.</summary>
    public const int MostBytes = LongHeader + CopyBounds.ListBytes;

    /// <summary>CSCD descriptor identifier of the logical unit that the command was sent to.</summary>
    public const ushort ThisUnit = 0xFFFF;

    private const int ShortHeader = 16;
    private const int LongHeader = 48;
    private const byte LongFormat = 1;
    private const byte HeaderDescriptorLength = 0x20;
    private const byte HeaderDescriptorType = 0xFF;
    private const byte Immed = 0x02;
    private const byte SenseWithGood = 0x01;
    private const int NoIdentifier = 3;
    private const byte IdentificationDescriptor = 0xE4;
    private const byte SegmentOfBlocks = 0x02;
    private const byte CountsDestinationBlocks = 0x02;
    private const int SourceAt = 4, DestinationAt = 6, BlockCountAt = 10, SourceLbaAt = 12, DestinationLbaAt = 20;

    /// <summary>Reads a list of the form LID1.</summary>
    /// <param name="units">The logical units of the target.</param>
    /// <param name="thisUnit">The one that the command was sent to.</param>
    /// <param name="list">The list.</param>
    /// <param name="copy">The copy, when there is no refusal.</param>
    public static SenseData? ReadShort(IReadOnlyList<LogicalUnit> units, LogicalUnit thisUnit, ReadOnlySpan<byte> list, out ExtendedCopyList? copy)
    {
        copy = null;
        if (list.Length < ShortHeader)
        {
            return Sense.ParameterListLengthError;
        }

        if (ReadUsage(list[1], list[0], out uint? identifier) is { } refusal)
        {
            return refusal;
        }

        Layout layout = new(
            ShortHeader, BinaryPrimitives.ReadUInt16BigEndian(list[2..]), BinaryPrimitives.ReadUInt32BigEndian(list[8..]), BinaryPrimitives.ReadUInt32BigEndian(list[12..]));
        SenseData? unplanned = ReadPlan(units, thisUnit, list, layout, out CopyPlan? plan);
        copy = plan is null ? null : new(identifier, false, plan);
        return unplanned;
    }

    /// <summary>Reads a list of the form LID4.</summary>
    /// <param name="units">The logical units of the target.</param>
    /// <param name="thisUnit">The one that the command was sent to.</param>
    /// <param name="list">The list.</param>
    /// <param name="copy">The copy, when there is no refusal.</param>
    public static SenseData? ReadLong(IReadOnlyList<LogicalUnit> units, LogicalUnit thisUnit, ReadOnlySpan<byte> list, out ExtendedCopyList? copy)
    {
        copy = null;
        if (list.Length < LongHeader)
        {
            return Sense.ParameterListLengthError;
        }

        int wrong = list[0] != LongFormat ? 0 : BinaryPrimitives.ReadUInt16BigEndian(list[2..]) != HeaderDescriptorLength ? 2 : list[16] != HeaderDescriptorType ? 16 : -1;
        if (wrong >= 0)
        {
            return Sense.InvalidFieldInParameterList(wrong);
        }

        if ((list[15] & SenseWithGood) != 0)
        {
            return Sense.InvalidFieldInParameterList(15, 0);
        }

        if (ReadUsage(list[1], BinaryPrimitives.ReadUInt32BigEndian(list[20..]), out uint? identifier) is { } refusal)
        {
            return refusal;
        }

        bool immediate = (list[15] & Immed) != 0;
        if (immediate && identifier is null)
        {
            // Nobody could ever ask what became of it.
            return Sense.InvalidFieldInParameterList(15, 1);
        }

        Layout layout = new(
            LongHeader, BinaryPrimitives.ReadUInt16BigEndian(list[42..]), BinaryPrimitives.ReadUInt16BigEndian(list[44..]), BinaryPrimitives.ReadUInt16BigEndian(list[46..]));
        SenseData? unplanned = ReadPlan(units, thisUnit, list, layout, out CopyPlan? plan);
        copy = plan is null ? null : new(identifier, immediate, plan);
        return unplanned;
    }

    private readonly record struct Layout(int DisksAt, uint DiskBytes, uint SegmentBytes, uint InlineBytes);

    private static SenseData? ReadUsage(byte flags, uint given, out uint? identifier)
    {
        int usage = flags >> 3 & 3;
        identifier = usage == NoIdentifier ? null : given;
        // Without identifier the field is to be zero; 1 is reserved (SPC-4 §6.4.3).
        return usage == 1 ? Sense.InvalidFieldInParameterList(1, 4)
            : usage == NoIdentifier && given != 0 ? Sense.InvalidFieldInParameterList(0)
            : null;
    }

    private static SenseData? ReadPlan(IReadOnlyList<LogicalUnit> units, LogicalUnit thisUnit, ReadOnlySpan<byte> list, Layout layout, out CopyPlan? plan)
    {
        plan = null;
        if (layout.InlineBytes > 0)
        {
            return Sense.InlineDataLengthExceeded;
        }

        if ((ulong)layout.DiskBytes + layout.SegmentBytes > CopyBounds.ListBytes)
        {
            return Sense.ParameterListLengthError;
        }

        if (layout.DiskBytes > CopyBounds.Disks * CopyDisk.Length)
        {
            return Sense.TooManyCopyDisks;
        }

        if (layout.SegmentBytes > CopyBounds.Segments * CopySegment.Length)
        {
            return Sense.TooManyCopySegments;
        }

        if (layout.DiskBytes % CopyDisk.Length != 0 || layout.DisksAt + layout.DiskBytes + layout.SegmentBytes > list.Length)
        {
            return Sense.ParameterListLengthError;
        }

        LogicalUnit[] disks = new LogicalUnit[layout.DiskBytes / CopyDisk.Length];
        for (int i = 0; i < disks.Length; i++)
        {
            int at = layout.DisksAt + i * CopyDisk.Length;
            if (FindDisk(units, list.Slice(at, CopyDisk.Length), at, out LogicalUnit? disk) is { } refusal)
            {
                return refusal;
            }

            disks[i] = disk!;
        }

        List<CopyMove> moves = [];
        int end = layout.DisksAt + (int)(layout.DiskBytes + layout.SegmentBytes);
        for (int at = layout.DisksAt + (int)layout.DiskBytes; at < end; at += CopySegment.Length)
        {
            int segment = moves.Count;
            if (ReadSegment(disks, thisUnit, list[at..end], at, moves) is { } refusal)
            {
                return refusal.Key == SenseKey.CopyAborted ? refusal with { CommandSpecific = (uint)segment } : refusal;
            }
        }

        plan = new CopyPlan(moves);
        return null;
    }

    private static SenseData? FindDisk(IReadOnlyList<LogicalUnit> units, ReadOnlySpan<byte> descriptor, int at, out LogicalUnit? disk)
    {
        disk = null;
        if (descriptor[0] != IdentificationDescriptor)
        {
            return Sense.UnsupportedCopyDisk(at);
        }

        // LU ID TYPE is about descriptors that name a logical unit by number, and is passed over in this one, as the libiscsi suite expects.
        if (CopyDisk.Read(descriptor) is not { } named)
        {
            return Sense.InvalidFieldInParameterList(at + (descriptor[7] > 20 ? 7 : 1));
        }

        if ((descriptor[1] & 0x1F) != 0)
        {
            return Sense.IncorrectCopyTargetType(at + 1);
        }

        Designator wanted = named.Designator;
        disk = units.FirstOrDefault(unit => wanted is { Association: DesignatorAssociation.LogicalUnit, Type: DesignatorType.Naa, Text: false }
            && wanted.Value.Span.SequenceEqual(Designator.Naa(DesignatorAssociation.LogicalUnit, unit.Naa).Value.Span));
        return disk is null ? Sense.CopyTargetNotReachable(at)
            : disk.Type != LogicalUnitType.Disk ? Sense.IncorrectCopyTargetType(at + 1)
            : named.BlockBytes != disk.Traits.BlockBytes ? Sense.InvalidFieldInParameterList(at + 29)
            : null;
    }

    private static SenseData? ReadSegment(LogicalUnit[] disks, LogicalUnit thisUnit, ReadOnlySpan<byte> from, int at, List<CopyMove> moves)
    {
        if (from[0] != SegmentOfBlocks)
        {
            return Sense.UnsupportedCopySegment(at);
        }

        if (CopySegment.Read(from) is not { } segment)
        {
            return Sense.ParameterListLengthError;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(from[2..]) != CopySegment.Length - 4)
        {
            return Sense.InvalidFieldInParameterList(at + 2);
        }

        if (Disk(disks, thisUnit, segment.Source) is not { } source)
        {
            return Sense.UnreachableCopyTarget(SourceAt);
        }

        if (Disk(disks, thisUnit, segment.Destination) is not { } destination)
        {
            return Sense.UnreachableCopyTarget(DestinationAt);
        }

        ulong length = segment.BlockCount * (ulong)((from[1] & CountsDestinationBlocks) != 0 ? destination : source).Traits.BlockBytes;
        if (length % source.Traits.BlockBytes != 0 || length % destination.Traits.BlockBytes != 0)
        {
            return Sense.InexactSegment(BlockCountAt);
        }

        // No disk has failed; that there is no more to say in words is what the libiscsi suite expects.
        if (Leaves(source, segment.SourceLba, length))
        {
            return Sense.CopyLeavesDisk(SourceLbaAt);
        }

        if (Leaves(destination, segment.DestinationLba, length))
        {
            return Sense.CopyLeavesDisk(DestinationLbaAt);
        }

        moves.Add(new CopyMove(source, segment.SourceLba, destination, segment.DestinationLba, length, moves.Count));
        return null;
    }

    private static LogicalUnit? Disk(LogicalUnit[] disks, LogicalUnit thisUnit, ushort index) =>
        index == ThisUnit ? thisUnit : index < disks.Length ? disks[index] : null;

    private static bool Leaves(LogicalUnit unit, ulong lba, ulong lengthBytes) =>
        lba > unit.Traits.BlockCount || lengthBytes / unit.Traits.BlockBytes > unit.Traits.BlockCount - lba;
}
