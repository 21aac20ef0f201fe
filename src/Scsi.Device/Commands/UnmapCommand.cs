using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>UNMAP (SBC-3 §5.28). The whole list is checked before the first block goes.</summary>
internal static class UnmapCommand
{
    /// <summary>Most blocks of one command, as the block limits page says.</summary>
    public const uint MaximumBlocks = 1 << 20;

    /// <summary>Most descriptors of one command, as the block limits page says.</summary>
    public const int MaximumDescriptors = 256;

    private const int CountAt = 8;

    public static SenseData? Plan(ScsiCommand command)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]);
        if (length is > 0 and < UnmapDescriptor.HeaderLength)
        {
            return Sense.ParameterListLengthError;
        }

        command.DataOutWanted = (uint)length;
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        if (command.DataOutWanted == 0)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        if (Check(unit, command.DataOut.Span, out int count, out ulong total) is { } refusal)
        {
            MediumResult.Refuse(command, refusal);
            return;
        }

        // Many ranges, each too short to be long work, are long work together: then the first, too, waits for its turn.
        uint blockBytes = unit.Traits.BlockBytes;
        ulong sinceOthersWent = LongWork.IsLong(total * blockBytes) ? (ulong)LongWork.PieceBytes : 0;
        for (int i = 0; i < count; i++)
        {
            UnmapDescriptor range = Descriptor(command.DataOut.Span, i);
            if (range.BlockCount > 0)
            {
                sinceOthersWent += (ulong)range.BlockCount * blockBytes;
                if (LongWork.IsLong(sinceOthersWent))
                {
                    await LongWork.LetOthersGo(cancellationToken);
                    sinceOthersWent = (ulong)range.BlockCount * blockBytes;
                }

                IoStatus status = await RangeWork.Run(unit, range.Lba, range.BlockCount, Unmap, cancellationToken).ConfigureAwait(false);
                if (status != IoStatus.Ok)
                {
                    MediumResult.Complete(command, status, range.Lba);
                    return;
                }
            }
        }

        command.Complete(ScsiStatus.Good);
    }

    private static ValueTask<IoStatus> Unmap(IBlockDevice disk, ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        disk.UnmapAsync(lba, blockCount, cancellationToken);

    private static SenseData? Check(LogicalUnit unit, ReadOnlySpan<byte> list, out int count, out ulong total)
    {
        count = 0;
        total = 0;
        if (list.Length < UnmapDescriptor.HeaderLength)
        {
            return Sense.ParameterListLengthError;
        }

        int length = UnmapDescriptor.ReadDescriptorsLength(list);
        if (length > list.Length - UnmapDescriptor.HeaderLength)
        {
            return Sense.ParameterListLengthError;
        }

        // A last descriptor that is not whole is ignored (SBC-3 §5.28.2).
        count = length / UnmapDescriptor.Length;
        if (count > MaximumDescriptors)
        {
            return Sense.InvalidFieldInParameterList(2);
        }

        for (int i = 0; i < count; i++)
        {
            UnmapDescriptor range = Descriptor(list, i);
            if (BlockRange.Check(unit, range.Lba, range.BlockCount) is { } outside)
            {
                return outside;
            }

            total += range.BlockCount;
            if (total > MaximumBlocks)
            {
                return Sense.InvalidFieldInParameterList(UnmapDescriptor.HeaderLength + UnmapDescriptor.Length * i + CountAt);
            }
        }

        return null;
    }

    private static UnmapDescriptor Descriptor(ReadOnlySpan<byte> list, int index) =>
        UnmapDescriptor.Read(list[(UnmapDescriptor.HeaderLength + UnmapDescriptor.Length * index)..]);
}
