using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>The one place where a document that could not be kept becomes sense data.</summary>
internal static class StateResult
{
    /// <summary>Ends a command whose document could not be kept, and has the failure logged.</summary>
    public static void Refuse(ScsiCommand command, UnitStateException failure)
    {
        LogicalUnit unit = command.Unit!;
        unit.StateFault?.Invoke(unit, failure);
        MediumResult.Refuse(command, Sense.InternalTargetFailure);
    }
}
