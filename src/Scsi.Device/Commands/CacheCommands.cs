using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// SYNCHRONIZE CACHE(10) and (16) (SBC-3 §5.26 and §5.27). The whole cache is flushed, whatever the range; with IMMED too the status comes after the flush, so
/// that GOOD always means stable storage and no error is left to be told later. SYNC_NV, obsolete, asks for less than that.
/// </summary>
internal static class CacheCommands
{
    public static SenseData? Plan(ScsiCommand command)
    {
        if (BlockRange.Take(command, BlockCdb.Read(command.Cdb)) is { } outside)
        {
            return outside;
        }

        command.CompletesInline = command.Unit!.Traits.CompletesInline;
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        IoStatus status = await FlushAsync(command.Unit!, cancellationToken).ConfigureAwait(false);
        MediumResult.Complete(command, status, command.Lba);
    }

    /// <summary>Brings what was written to stable storage; a disk that cannot be written has nothing to bring.</summary>
    public static ValueTask<IoStatus> FlushAsync(LogicalUnit unit, CancellationToken cancellationToken) =>
        unit.Traits.ReadOnly ? new(IoStatus.Ok) : unit.Device.FlushAsync(cancellationToken);

    /// <summary>What ends a change of many pieces, none of which went to stable storage by itself: a flush when there is no write cache (WCE = 0), else nothing.</summary>
    public static ValueTask<IoStatus> FlushUncachedAsync(LogicalUnit unit, CancellationToken cancellationToken) =>
        unit.Modes.WriteThrough ? FlushAsync(unit, cancellationToken) : new(IoStatus.Ok);
}
