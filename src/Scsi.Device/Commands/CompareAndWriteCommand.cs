using System.Buffers;
using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Protection;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// COMPARE AND WRITE (SBC-3 §5.2). The blocks are held alone from before the comparison until behind the write, so that no command of any nexus comes between or sees
/// a part. The data-out is the blocks to compare with and then those to write.
/// </summary>
internal static class CompareAndWriteCommand
{
    private const int CountAt = 13;
    private const uint MostBytes = 64 << 10;

    /// <summary>Longest command, in blocks, as the block limits page says: 64 KiB.</summary>
    public static uint MaximumBlocks(LogicalUnit unit) => MostBytes / unit.Traits.BlockBytes;

    public static SenseData? Plan(ScsiCommand command)
    {
        LogicalUnit unit = command.Unit!;
        if (unit.Protection is not null && ProtectionPlan.Take(command) is { } invalid)
        {
            return invalid;
        }

        command.Lba = BinaryPrimitives.ReadUInt64BigEndian(command.Cdb[2..]);
        command.BlockCount = command.Cdb[CountAt];
        if (BlockRange.Check(unit, command.Lba, command.BlockCount) is { } outside)
        {
            return outside;
        }

        if (command.BlockCount > MaximumBlocks(unit))
        {
            return Sense.InvalidFieldInCdb(CountAt);
        }

        uint wanted = 2 * (uint)BlockRange.TransferBytes(command);
        if (command.DataOutOffered is { } offered && offered != wanted)
        {
            return Sense.InvalidFieldInCdb(CountAt);
        }

        command.DataOutWanted = wanted;
        command.CompletesInline = unit.Traits.CompletesInline;
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        int half = (int)BlockRange.Bytes(command);
        if (half == 0)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        if (command.DataOut.Length < command.DataOutWanted)
        {
            // Half of what is to be compared, or written, is no comparison and no write.
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
            return;
        }

        LogicalUnit unit = command.Unit!;
        if (command.ProtectCode != 0)
        {
            await ProtectedAtomicWork.CompareAndWriteAsync(command, cancellationToken).ConfigureAwait(false);
            return;
        }

        bool force = AtomicWork.IsStable(command);
        using IMemoryOwner<byte> buffer = command.Pool.Rent(half);
        Memory<byte> found = buffer.Memory[..half];
        IoStatus status;
        using (BlockHold hold = await unit.Device.HoldAsync(command.Lba, command.BlockCount, toChange: true, cancellationToken).ConfigureAwait(false))
        {
            status = await hold.ReadAsync(command.Lba, found, cancellationToken).ConfigureAwait(false);
            if (status == IoStatus.Ok)
            {
                int same = found.Span.CommonPrefixLength(command.DataOut.Span[..half]);
                if (same < half)
                {
                    MediumResult.Refuse(command, Sense.Miscompare((uint)same));
                    return;
                }

                status = await AtomicWork
                    .WriteAsync(unit, hold, command.Lba, command.DataOut[half..(2 * half)], force, cancellationToken)
                    .ConfigureAwait(false);
            }
        }

        await AtomicWork.FinishAsync(command, status, force, cancellationToken).ConfigureAwait(false);
    }
}
