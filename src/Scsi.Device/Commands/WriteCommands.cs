using Blockwire.Scsi;
using Blockwire.Scsi.Device.Protection;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>WRITE(6), (10), (12), (16) and (32) (SBC-3 §5.33 to §5.36; the six-byte form is in SBC-2). When less data arrives than the CDB asks for, its whole blocks are written.</summary>
internal static class WriteCommands
{
    public static SenseData? Plan(ScsiCommand command)
    {
        if (BlockRange.TakeTransfer(command) is { } refused)
        {
            return refused;
        }

        command.DataOutWanted = (uint)BlockRange.TransferBytes(command);
        command.CompletesInline = command.Protection == ProtectionType.None
            ? command.Unit!.Traits.CompletesInline
            : LongWork.FitsInline(command.Unit!, BlockRange.Bytes(command));
        return null;
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> data = WholeBlocks(command);
        if (data.IsEmpty)
        {
            command.Complete(ScsiStatus.Good);
            return default;
        }

        StreamedData.Offer(data, command.Unit!.Device);
        bool force = ReadCommands.HasForceUnitAccess(command);
        if (command.Protection != ProtectionType.None)
        {
            return ProtectedTransfers.WriteAsync(command, data, force, cancellationToken);
        }

        return MediumResult.CompleteAsync(command, WriteAsync(command.Unit!, command.Lba, data, force, cancellationToken), command.Lba);
    }

    /// <summary>
    /// Writes: to stable storage with FUA, and without a write cache (WCE = 0) always; then with a flush behind it where the disk does not offer FUA itself.
    /// </summary>
    public static ValueTask<IoStatus> WriteAsync(
        LogicalUnit unit, ulong lba, ReadOnlyMemory<byte> data, bool force, CancellationToken cancellationToken)
    {
        bool stable = force || unit.Modes.WriteThrough;
        return stable && unit.Traits.ForceUnitAccess == Support.No
            ? WriteAndFlush(unit, lba, data, cancellationToken)
            : unit.Device.WriteAsync(lba, data, stable, cancellationToken);
    }

    /// <summary>The whole blocks that have arrived, at most those that the CDB asks for.</summary>
    public static ReadOnlyMemory<byte> WholeBlocks(ScsiCommand command)
    {
        int length = (int)Math.Min((uint)command.DataOut.Length, command.DataOutWanted);
        return command.DataOut[..(length - length % (int)command.TransferBlockBytes)];
    }

    private static async ValueTask<IoStatus> WriteAndFlush(
        LogicalUnit unit, ulong lba, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        IoStatus status = await unit.Device.WriteAsync(lba, data, forceUnitAccess: false, cancellationToken).ConfigureAwait(false);
        return status == IoStatus.Ok ? await unit.Device.FlushAsync(cancellationToken).ConfigureAwait(false) : status;
    }
}
