using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>START STOP UNIT (SBC-3 §5.25) and PREVENT ALLOW MEDIUM REMOVAL (SBC-3 §5.10).</summary>
internal static class MediumCommands
{
    private const byte PowerConditionMask = 0xF0;
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

        command.CompletesInline = command.Unit!.Traits.CompletesInline;
        return null;
    }

    public static async ValueTask RunStartStop(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        byte how = command.Cdb[4];
        // A power condition makes START and LOEJ void. There is no power to manage; reserved conditions pass too, as the libiscsi suite expects.
        if ((how & PowerConditionMask) != 0)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        LogicalUnit unit = command.Unit!;
        bool start = (how & Start) != 0;
        bool loadEject = (how & LoadEject) != 0;
        if (start)
        {
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
            MediumResult.Refuse(command, Sense.MediumNotPresent);
            return;
        }

        command.Complete(ScsiStatus.Good);
    }
}
