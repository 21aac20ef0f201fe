using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>TEST UNIT READY (SPC-4 §6.47): the common checks are the whole command.</summary>
internal static class Readiness
{
    public static SenseData? PlanNothing(ScsiCommand command)
    {
        command.CompletesInline = true;
        return null;
    }

    public static ValueTask Succeed(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        command.Complete(ScsiStatus.Good);
        return default;
    }
}
