using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>READ(6), (10), (12) and (16) (SBC-3 §5.10 to §5.13). DPO is a hint that nothing here can use.</summary>
internal static class ReadCommands
{
    /// <summary>FUA in byte 1 of every form but the six-byte one.</summary>
    public const byte ForceUnitAccess = 0x08;

    public static SenseData? Plan(ScsiCommand command)
    {
        BlockCdb cdb = BlockCdb.Read(command.Cdb);
        if (BlockRange.Take(command, cdb) is { } outside)
        {
            return outside;
        }

        if (BlockRange.CheckTransfer(command, cdb) is { } tooLong)
        {
            return tooLong;
        }

        command.DataInPlanned = (uint)BlockRange.Bytes(command);
        command.CompletesInline = command.Unit!.Traits.CompletesInline;
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        int length = (int)command.DataInPlanned;
        if (length == 0)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        // What is newer in a cache has to reach the medium before a read with FUA (SBC-3 §5.11).
        if (HasForceUnitAccess(command))
        {
            IoStatus flushed = await CacheCommands.FlushAsync(unit, cancellationToken).ConfigureAwait(false);
            if (flushed != IoStatus.Ok)
            {
                MediumResult.Complete(command, flushed, command.Lba);
                return;
            }
        }

        if (command.AllowLending && unit.Device.TryLend(command.Lba, length, out ReadOnlyMemory<byte> pages))
        {
            command.LendDataIn(pages);
            command.Complete(ScsiStatus.Good);
            return;
        }

        Memory<byte> into = command.RentDataIn(length);
        IoStatus status = await unit.Device.ReadAsync(command.Lba, into, cancellationToken).ConfigureAwait(false);
        MediumResult.Complete(command, status, command.Lba);
    }

    /// <summary>Is FUA set? Six-byte CDBs have none.</summary>
    public static bool HasForceUnitAccess(ScsiCommand command) =>
        command.Cdb[0] >> 5 != 0 && (command.Cdb[1] & ForceUnitAccess) != 0;
}
