using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>How the commands that hold blocks alone write them and end.</summary>
internal static class AtomicWork
{
    /// <summary>Is the command to leave its data on stable storage: with FUA, and without a write cache (WCE = 0) always? Asked once, since the mode may change meanwhile.</summary>
    public static bool IsStable(ScsiCommand command) => ReadCommands.HasForceUnitAccess(command) || command.Unit!.Modes.WriteThrough;

    /// <summary>Writes blocks that are held, with FUA where the disk offers it.</summary>
    public static ValueTask<IoStatus> WriteAsync(
        LogicalUnit unit, BlockHold hold, ulong lba, ReadOnlyMemory<byte> data, bool force, CancellationToken cancellationToken) =>
        hold.WriteAsync(lba, data, force && unit.Traits.ForceUnitAccess != Support.No, cancellationToken);

    /// <summary>Writes blocks of a command's data, which come with protection information where it says so.</summary>
    public static ValueTask<IoStatus> WriteAsync(
        ScsiCommand command, BlockHold hold, ulong lba, ReadOnlyMemory<byte> data, bool force, CancellationToken cancellationToken) =>
        command.ProtectCode == 0
            ? WriteAsync(command.Unit!, hold, lba, data, force, cancellationToken)
            : hold.WriteProtectedAsync(lba, data, force && command.Unit!.Traits.ForceUnitAccess != Support.No, cancellationToken);

    /// <summary>Ends the command, behind a flush where FUA was asked for and the disk does not offer it. The hold may be over: who reads now reads what is written.</summary>
    public static async ValueTask FinishAsync(ScsiCommand command, IoStatus status, bool force, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        if (status == IoStatus.Ok && force && unit.Traits.ForceUnitAccess == Support.No)
        {
            status = await unit.Device.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        MediumResult.Complete(command, status, command.Lba);
    }
}
