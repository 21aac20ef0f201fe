using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>RESERVE and RELEASE (6) and (10), of the whole logical unit and for the nexus itself (SPC-2 §7.16, §7.17, §7.21 and §7.22).</summary>
internal static class ReservationCommands
{
    public static ValueTask Reserve(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        command.Complete(command.Unit!.TryReserve(command.Nexus) ? ScsiStatus.Good : ScsiStatus.ReservationConflict);
        return default;
    }

    public static ValueTask Release(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        command.Complete(command.Unit!.TryRelease(command.Nexus) ? ScsiStatus.Good : ScsiStatus.ReservationConflict);
        return default;
    }
}
