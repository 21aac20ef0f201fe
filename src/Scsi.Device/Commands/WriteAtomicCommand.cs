using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Protection;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// WRITE ATOMIC(16) (SBC-4): all or nothing of it, for whoever reads meanwhile and after whatever happens. Only disks that can promise that have it
/// (<see cref="DeviceTraits.AtomicWriteBlocks"/>). There are no atomic boundaries: a write is atomic as a whole.
/// </summary>
internal static class WriteAtomicCommand
{
    private const int LengthAt = 12;

    /// <summary>Longest command, in blocks, as the block limits page says; 0 where the command is not known.</summary>
    public static uint MaximumBlocks(LogicalUnit unit) =>
        Math.Min(Math.Min(unit.Traits.AtomicWriteBlocks, ushort.MaxValue), unit.MaxTransferBlocks);

    public static SenseData? Plan(ScsiCommand command)
    {
        LogicalUnit unit = command.Unit!;
        if (unit.Protection is not null && ProtectionPlan.Take(command) is { } invalid)
        {
            return invalid;
        }

        command.Lba = BinaryPrimitives.ReadUInt64BigEndian(command.Cdb[2..]);
        command.BlockCount = BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[LengthAt..]);
        if (BlockRange.Check(unit, command.Lba, command.BlockCount) is { } outside)
        {
            return outside;
        }

        if (command.BlockCount > MaximumBlocks(unit))
        {
            return Sense.InvalidFieldInCdb(LengthAt);
        }

        command.DataOutWanted = (uint)BlockRange.TransferBytes(command);
        command.CompletesInline = LongWork.FitsInline(unit, command.DataOutWanted);
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (command.BlockCount == 0)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        if (command.DataOut.Length < command.DataOutWanted)
        {
            // A part of it would be written: nothing is.
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
            return;
        }

        ReadOnlyMemory<byte> data = command.DataOut[..(int)command.DataOutWanted];
        if (!ProtectedTransfers.PassesChecks(command, data.Span))
        {
            return;
        }

        bool force = AtomicWork.IsStable(command);
        IoStatus status;
        using (BlockHold hold = await command.Unit!.Device
            .HoldAsync(command.Lba, command.BlockCount, toChange: true, cancellationToken).ConfigureAwait(false))
        {
            status = await AtomicWork
                .WriteAsync(command, hold, command.Lba, data, force, cancellationToken)
                .ConfigureAwait(false);
        }

        await AtomicWork.FinishAsync(command, status, force, cancellationToken).ConfigureAwait(false);
    }
}
