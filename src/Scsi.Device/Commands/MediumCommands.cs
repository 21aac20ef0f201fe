using Blockwire.Scsi;
using Blockwire.Scsi.Device.Upkeep;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>START STOP UNIT (SBC-3 §5.25) and PREVENT ALLOW MEDIUM REMOVAL (SBC-3 §5.10).</summary>
internal static class MediumCommands
{
    private const byte PowerConditionMask = 0xF0;
    private const int StartValid = 0, Active = 1, Idle = 2, Standby = 3, UnitControl = 7, ForceIdle = 0xA, ForceStandby = 0xB;
    private const byte NoFlush = 0x04;
    private const byte LoadEject = 0x02;
    private const byte Start = 0x01;

    public static SenseData? PlanStartStop(ScsiCommand command)
    {
        byte how = command.Cdb[4];
        if ((how & PowerConditionMask) == 0 && (how & LoadEject) != 0 && !command.Unit!.Removable)
        {
            return Sense.InvalidFieldInCdb(4, 1);
        }

        int modifiers = (how >> 4) switch
        {
            StartValid => 0x0F, // the modifier is ignored
            Idle or ForceIdle => 2,
            Standby or ForceStandby => 1,
            Active or UnitControl => 0,
            _ => 0x0F,
        };
        if ((command.Cdb[3] & 0x0F) > modifiers)
        {
            return Sense.InvalidFieldInCdb(3, 3);
        }

        command.CompletesInline = command.Unit!.Traits.CompletesInline;
        return null;
    }

    public static async ValueTask RunStartStop(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        byte how = command.Cdb[4];
        LogicalUnit unit = command.Unit!;
        if ((how & PowerConditionMask) != 0)
        {
            // A power condition makes START and LOEJ void.
            await ChangePowerAsync(command, cancellationToken).ConfigureAwait(false);
            return;
        }

        bool start = (how & Start) != 0;
        bool loadEject = (how & LoadEject) != 0;
        if (start)
        {
            unit.Power.Set(PowerCondition.Active);
            StartOrLoad(command, loadEject);
            return;
        }

        if (loadEject && unit.IsRemovalPrevented)
        {
            MediumResult.Refuse(command, Sense.MediumRemovalPrevented);
            return;
        }

        if ((how & NoFlush) == 0)
        {
            IoStatus flushed = await CacheCommands.FlushAsync(unit, cancellationToken).ConfigureAwait(false);
            if (flushed != IoStatus.Ok)
            {
                MediumResult.Complete(command, flushed, 0);
                return;
            }
        }

        if (loadEject || !unit.Removable)
        {
            unit.SelfTests.TryAbort(SelfTests.AbortedOtherwise); // SPC-4 §5.7.3.3: a stop ends a self-test in the background
        }

        // A removable medium that is not ejected stays accessible, as the libiscsi suite expects; a fixed disk stops (SBC-3 §5.25).
        if (!loadEject && !unit.Removable)
        {
            unit.Stop();
        }
        else if (loadEject && !unit.TryEject())
        {
            MediumResult.Refuse(command, Sense.MediumRemovalPrevented);
            return;
        }

        command.Complete(ScsiStatus.Good);
    }

    public static ValueTask PreventAllow(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        command.Unit!.PreventRemoval(command.Nexus, (command.Cdb[4] & 1) != 0);
        command.Complete(ScsiStatus.Good);
        return default;
    }

    private static async ValueTask ChangePowerAsync(ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        int modifier = command.Cdb[3] & 0x0F;
        int how = command.Cdb[4] >> 4;
        if (how is Standby or ForceStandby && (command.Cdb[4] & NoFlush) == 0)
        {
            // What is written has to reach the medium before it may not be reached itself (SBC-3 §5.25).
            IoStatus flushed = await CacheCommands.FlushAsync(unit, cancellationToken).ConfigureAwait(false);
            if (flushed != IoStatus.Ok)
            {
                MediumResult.Complete(command, flushed, 0);
                return;
            }
        }

        PowerCondition idle = PowerCondition.IdleA + modifier;
        PowerCondition standby = modifier == 0 ? PowerCondition.StandbyZ : PowerCondition.StandbyY;
        switch (how)
        {
            case UnitControl:
                unit.Power.Set(PowerCondition.Active);
                break;
            case Active or Idle or Standby:
                // A stopped unit goes to the condition by starting (SBC-3 §4.20, from SSU_PC8 on); where there is no medium it stays so.
                _ = unit.TryStart();
                unit.Power.Set(how == Active ? PowerCondition.Active : how == Idle ? idle : standby);
                break;
            case ForceIdle:
                unit.Power.RunOut(idle);
                break;
            case ForceStandby:
                unit.Power.RunOut(standby);
                break;
            default:
                // Reserved conditions change nothing, and end well, as the libiscsi suite expects.
                break;
        }

        command.Complete(ScsiStatus.Good);
    }

    private static void StartOrLoad(ScsiCommand command, bool load)
    {
        if (load)
        {
            if (!command.Unit!.TryLoad(command.Nexus))
            {
                MediumResult.Refuse(command, Sense.MediumRemovalPrevented);
                return;
            }
        }
        else if (!command.Unit!.TryStart())
        {
            MediumResult.Refuse(command, command.Unit.WhyNoMedium);
            return;
        }

        command.Complete(ScsiStatus.Good);
    }
}
