using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Scsi.Device.Upkeep;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>START STOP UNIT and PREVENT ALLOW MEDIUM REMOVAL of a CD/DVD drive (MMC-5).</summary>
internal static class TrayCommands
{
    private const int StartValid = 0, Idle = 2, Standby = 3, Sleep = 5;
    private const byte LoadEject = 0x02, Start = 0x01;
    private const byte Prevent = 0x01, Persistent = 0x02;

    public static SenseData? PlanStartStop(ScsiCommand command)
    {
        command.CompletesInline = true;
        return command.Cdb[4] >> 4 is StartValid or Idle or Standby or Sleep ? null : Sense.InvalidFieldInCdb(4, 7);
    }

    public static ValueTask RunStartStop(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        SenseData? refusal = command.Cdb[4] >> 4 is var condition and not StartValid
            ? ChangePower(command.Unit!, condition)
            : MoveTray(command, command.Cdb[4]);
        if (refusal is { } why)
        {
            MediumResult.Refuse(command, why);
        }
        else
        {
            command.Complete(ScsiStatus.Good);
        }

        return default;
    }

    public static ValueTask PreventAllow(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        byte how = command.Cdb[4];
        command.Unit!.PreventRemoval(command.Nexus, (how & Prevent) != 0, (how & Persistent) != 0);
        command.Complete(ScsiStatus.Good);
        return default;
    }

    // No power is saved here: what sleeps wakes like what stands by.
    private static SenseData? ChangePower(LogicalUnit unit, int condition)
    {
        unit.Power.Set(condition == Idle ? PowerCondition.IdleA : PowerCondition.StandbyZ);
        return null;
    }

    private static SenseData? MoveTray(ScsiCommand command, byte how)
    {
        LogicalUnit unit = command.Unit!;
        if ((how & Start) == 0)
        {
            // A disc that stands still turns again for the next command: without LOEJ there is nothing to do.
            return (how & LoadEject) == 0 || unit.TryEject() ? null : Sense.MediumRemovalPrevented;
        }

        unit.Power.Set(PowerCondition.Active);
        if ((how & LoadEject) != 0)
        {
            return unit.TryLoad(command.Nexus) ? null : Sense.MediumRemovalPrevented;
        }

        return unit.TryStart() ? null : unit.WhyNoMedium;
    }
}
