using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Modes;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>MODE SELECT(6) and (10) (SPC-4 §6.11 and §6.12). The whole list is checked before the first bit changes.</summary>
internal static class ModeSelectCommands
{
    private const byte PageFormat = 0x10;
    private const byte SavePages = 0x01;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        if ((cdb[1] & SavePages) != 0 && command.Unit!.SavedModes is null)
        {
            return Sense.InvalidFieldInCdb(1, 0);
        }

        command.DataOutWanted = IsTen(cdb) ? BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]) : cdb[4];
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        bool save = (command.Cdb[1] & SavePages) != 0;
        if (command.DataOutWanted == 0 && !save)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        bool wasStable = IsStable(unit.Modes);
        if (command.DataOutWanted > 0)
        {
            if (Change(unit, command, out bool changed) is { } refusal)
            {
                MediumResult.Refuse(command, refusal);
                return;
            }

            if (changed)
            {
                unit.AttendAll(Sense.ModeParametersChanged, command.Nexus);
                device.TaskSets?.GoOn(unit.Lun); // with another TST an allegiance may block fewer tasks
            }
        }

        // What was written before the cache was switched off, or the medium protected, has to reach the medium first (SBC-3 §6.5.5, SPC-4 §7.5.8).
        if (!wasStable && IsStable(unit.Modes))
        {
            IoStatus flushed = await CacheCommands.FlushAsync(unit, cancellationToken).ConfigureAwait(false);
            if (flushed != IoStatus.Ok)
            {
                MediumResult.Complete(command, flushed, 0);
                return;
            }
        }

        if (save)
        {
            try
            {
                await unit.SavedModes!.SaveAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (UnitStateException failure)
            {
                StateResult.Refuse(command, failure);
                return;
            }
        }

        command.Complete(ScsiStatus.Good);
    }

    private static SenseData? Change(LogicalUnit unit, ScsiCommand command, out bool changed)
    {
        changed = false;
        ReadOnlySpan<byte> list = command.DataOut.Span;
        if (ModeParameterList.Read(list, IsTen(command.Cdb), unit.Modes, unit.Traits, out List<(int Index, byte[] Page)> pages) is { } refusal)
        {
            return refusal;
        }

        if (pages.Count > 0 && (command.Cdb[1] & PageFormat) == 0)
        {
            // Without PF what follows the block descriptors is vendor specific, and here it has no meaning.
            return Sense.InvalidFieldInCdb(1, 4);
        }

        changed = unit.Modes.Change(pages);
        if (changed)
        {
            // TEST (SPC-4 §7.5.11): the failure that it pretends is reported once each time.
            if (unit.Modes.ExceptionTest == ModePages.MethodAttention && pages.Exists(it => unit.Modes.Pages[it.Index] is { Code: PageCodes.Mode.InformationalExceptions, Subpage: 0 }))
            {
                unit.AttendAll(Sense.FailurePredictionFalse, null);
            }

            // Timers that may just have been set begin now (SPC-4 §5.12).
            unit.Power.Use();
            if (unit.Modes.HasThresholds)
            {
                unit.Provisioning.Look();
            }
        }

        return null;
    }

    private static bool IsStable(ModeState modes) => modes.WriteThrough || modes.SoftwareWriteProtect;

    private static bool IsTen(ReadOnlySpan<byte> cdb) => cdb[0] == OperationCode.ModeSelect10;
}
