using Blockwire.Scsi;
using Blockwire.Scsi.Device.Protection;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>READ(6), (10), (12), (16) and (32) (SBC-3 §5.11 to §5.14; the six-byte form is in SBC-2). DPO is a hint that nothing here can use.</summary>
internal static class ReadCommands
{
    /// <summary>FUA in the flags of every form but the six-byte one.</summary>
    public const byte ForceUnitAccess = 0x08;

    public static SenseData? Plan(ScsiCommand command)
    {
        if (BlockRange.TakeTransfer(command) is { } refused)
        {
            return refused;
        }

        command.DataInPlanned = (uint)BlockRange.TransferBytes(command);
        command.CompletesInline = command.Protection == ProtectionType.None
            ? command.Unit!.Traits.CompletesInline
            : LongWork.FitsInline(command.Unit!, BlockRange.Bytes(command));
        return null;
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (command.DataInPlanned > 0)
        {
            return HasForceUnitAccess(command) ? FlushAndRead(command, cancellationToken) : Read(command, cancellationToken);
        }

        command.Complete(ScsiStatus.Good);
        return default;
    }

    /// <summary>Is FUA set? Six-byte CDBs have none.</summary>
    public static bool HasForceUnitAccess(ScsiCommand command) =>
        (BlockCdb.FlagsOf(command.Cdb) & ForceUnitAccess) != 0;

    // What is newer in a cache has to reach the medium before a read with FUA (SBC-3 §5.11).
    private static async ValueTask FlushAndRead(ScsiCommand command, CancellationToken cancellationToken)
    {
        IoStatus flushed = await CacheCommands.FlushAsync(command.Unit!, cancellationToken).ConfigureAwait(false);
        if (flushed == IoStatus.Ok)
        {
            await Read(command, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            MediumResult.Complete(command, flushed, command.Lba);
        }
    }

    private static ValueTask Read(ScsiCommand command, CancellationToken cancellationToken)
    {
        if (command.Protection != ProtectionType.None)
        {
            return ProtectedTransfers.ReadAsync(command, cancellationToken);
        }

        ExclusiveDevice disk = command.Unit!.Device;
        int length = (int)command.DataInPlanned;
        if (command.AllowLending && disk.TryLend(command.Lba, length, out ReadOnlyMemory<byte> pages))
        {
            command.LendDataIn(pages);
            command.Complete(ScsiStatus.Good);
            return default;
        }

        ValueTask<IoStatus> reading = disk.ReadAsync(command.Lba, command.RentDataIn(length), cancellationToken);
        return MediumResult.CompleteAsync(command, reading, command.Lba);
    }
}
