namespace Blockwire.Scsi.Device.Logs;

/// <summary>What the end of a command adds to the counters of its logical unit. Called where every command ends, once for each.</summary>
internal static class CommandCount
{
    private const CommandFlags Counted = CommandFlags.ReadsBlocks | CommandFlags.WritesBlocks | CommandFlags.VerifiesBlocks;
    private const byte ReadFailed = 0x11;
    private const byte WriteFailed = 0x0C;

    /// <summary>A command ended with GOOD.</summary>
    public static void Note(ScsiCommand command, ref bool counted)
    {
        if (counted || command.Spec is not { } spec || (spec.Flags & Counted) == CommandFlags.None)
        {
            return;
        }

        counted = true;
        LogicalUnit unit = command.Unit!;
        long time = Environment.TickCount64 - command.StartedAt;
        if (spec.Has(CommandFlags.ReadsBlocks))
        {
            unit.Counters.Add(UnitCounter.Reads, UnitCounter.BlocksRead, command.DataInPlanned / command.TransferBlockBytes, UnitCounter.ReadTime, time);
        }
        else if (spec.Has(CommandFlags.WritesBlocks))
        {
            // What COMPARE AND WRITE compares with is not written: no more blocks than the CDB names are.
            ulong received = Math.Min((uint)command.DataOut.Length, command.DataOutWanted) / command.TransferBlockBytes;
            if (unit.Modes.HasThresholds)
            {
                unit.Provisioning.Look();
            }

            unit.Counters.Add(UnitCounter.Writes, UnitCounter.BlocksWritten, (long)Math.Min(received, command.BlockCount), UnitCounter.WriteTime, time);
        }
        else
        {
            unit.Counters.Add(UnitCounter.BlocksVerified, (long)command.BlockCount);
        }
    }

    /// <summary>A command ended with CHECK CONDITION; only what the medium or the disk itself did wrong counts: that blocks differ from what was sent is an answer, no error (SPC-4 §7.3.8).</summary>
    public static void NoteFailure(ScsiCommand command, in SenseData sense, ref bool counted)
    {
        if (counted || command.Unit is not { } unit || command.Spec is not { } spec)
        {
            return;
        }

        UnitCounter? counter = (sense.Key, sense.Asc) switch
        {
            (SenseKey.MediumError, WriteFailed) => UnitCounter.WriteErrors,
            (SenseKey.MediumError, ReadFailed) when spec.Has(CommandFlags.VerifiesBlocks) => UnitCounter.VerifyErrors,
            (SenseKey.MediumError, _) => UnitCounter.ReadErrors,
            (SenseKey.HardwareError, _) => UnitCounter.OtherErrors,
            _ => null,
        };
        if (counter is { } which)
        {
            counted = true;
            unit.Counters.Add(which, 1);
        }
    }
}
