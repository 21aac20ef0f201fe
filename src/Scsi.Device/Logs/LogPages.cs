using System.Buffers.Binary;
using Blockwire.Scsi.Device.Modes;
using Blockwire.Scsi.Device.Upkeep;

namespace Blockwire.Scsi.Device.Logs;

/// <summary>The log pages of a disk (SPC-4 §7.3, SBC-3 §6.4), in rising order.</summary>
internal static class LogPages
{
    private const byte Unknown = 0xFF;

    private static readonly LogPage[] Pages =
    [
        new(PageCodes.Log.SupportedPages, 0, WriteSupported, []),
        new(PageCodes.Log.SupportedPages, PageCodes.Log.AllSubpages, WriteSupportedWithSubpages, []),
        new(PageCodes.Log.WriteErrors, 0, WriteWriteErrors, [UnitCounter.BlocksWritten, UnitCounter.WriteErrors]),
        new(PageCodes.Log.ReadErrors, 0, WriteReadErrors, [UnitCounter.BlocksRead, UnitCounter.ReadErrors]),
        new(PageCodes.Log.VerifyErrors, 0, WriteVerifyErrors, [UnitCounter.BlocksVerified, UnitCounter.VerifyErrors]),
        new(PageCodes.Log.NonMediumErrors, 0, WriteNonMediumErrors, [UnitCounter.OtherErrors]),
        new(PageCodes.Log.LogicalBlockProvisioning, 0, WriteProvisioning, [], OnlyThin: true, NeedsSpace: true),
        new(PageCodes.Log.Temperature, 0, WriteTemperature, []),
        new(PageCodes.Log.StartStopCycles, 0, WriteStartStop, []),
        new(PageCodes.Log.SelfTestResults, 0, WriteSelfTests, []),
        new(
            PageCodes.Log.GeneralStatistics,
            0,
            WriteStatistics,
            [UnitCounter.Reads, UnitCounter.Writes, UnitCounter.BlocksRead, UnitCounter.BlocksWritten, UnitCounter.ReadTime, UnitCounter.WriteTime]),
        new(PageCodes.Log.InformationalExceptions, 0, WriteExceptions, []),
    ];

    /// <summary>The pages of a logical unit.</summary>
    public static IEnumerable<LogPage> Of(LogicalUnit unit) => Pages.Where(page => page.IsOf(unit));

    /// <summary>A page by its codes; null when the logical unit has none. Every page has a list of its subpages.</summary>
    public static LogPage? Find(LogicalUnit unit, byte code, byte subpage)
    {
        LogPage? found = Array.Find(Pages, page => page.Code == code && page.Subpage == subpage && page.IsOf(unit));
        return found is not null || subpage != PageCodes.Log.AllSubpages || Find(unit, code, 0) is null
            ? found
            : new LogPage(code, subpage, (LogicalUnit of, scoped ref LogParameterWriter list) => WriteSubpages(of, code, ref list), []);
    }

    private static void WriteSupported(LogicalUnit unit, scoped ref LogParameterWriter list)
    {
        foreach (LogPage page in Of(unit))
        {
            if (page.Subpage == 0)
            {
                list.AddRaw([page.Code]);
            }
        }
    }

    private static void WriteSupportedWithSubpages(LogicalUnit unit, scoped ref LogParameterWriter list)
    {
        foreach (LogPage page in Of(unit))
        {
            list.AddRaw([page.Code, page.Subpage]);
            if (page.Subpage == 0 && page.Code != PageCodes.Log.SupportedPages)
            {
                list.AddRaw([page.Code, PageCodes.Log.AllSubpages]);
            }
        }
    }

    private static void WriteSubpages(LogicalUnit unit, byte code, scoped ref LogParameterWriter list)
    {
        foreach (LogPage page in Of(unit))
        {
            if (page.Code == code)
            {
                list.AddRaw([page.Code, page.Subpage]);
            }
        }

        list.AddRaw([code, PageCodes.Log.AllSubpages]);
    }

    private static void WriteWriteErrors(LogicalUnit unit, scoped ref LogParameterWriter parameters) =>
        WriteErrors(unit, UnitCounter.BlocksWritten, UnitCounter.WriteErrors, ref parameters);

    private static void WriteReadErrors(LogicalUnit unit, scoped ref LogParameterWriter parameters) =>
        WriteErrors(unit, UnitCounter.BlocksRead, UnitCounter.ReadErrors, ref parameters);

    private static void WriteVerifyErrors(LogicalUnit unit, scoped ref LogParameterWriter parameters) =>
        WriteErrors(unit, UnitCounter.BlocksVerified, UnitCounter.VerifyErrors, ref parameters);

    /// <summary>Error counter pages (SPC-4 §7.3.8): no retry and no correction happens here, so bytes processed and uncorrected errors are all there is.</summary>
    private static void WriteErrors(LogicalUnit unit, UnitCounter blocks, UnitCounter errors, scoped ref LogParameterWriter parameters)
    {
        parameters.AddCounter(3, 0);
        parameters.AddCounter(5, unit.Counters[blocks] * unit.Traits.BlockBytes);
        parameters.AddCounter(6, unit.Counters[errors]);
    }

    private static void WriteNonMediumErrors(LogicalUnit unit, scoped ref LogParameterWriter parameters) =>
        parameters.AddCounter(0, unit.Counters[UnitCounter.OtherErrors]);

    /// <summary>
    /// Logical block provisioning (SBC-3 §6.4.5): sets of blocks that are available and that are used, as far as the disk can tell. The space is not for one unit alone.
    /// </summary>
    private static void WriteProvisioning(LogicalUnit unit, scoped ref LogParameterWriter parameters)
    {
        const byte notDedicated = 2;
        Span<byte> value = stackalloc byte[8];
        value.Clear();
        value[4] = notDedicated;
        if (unit.Provisioning.AvailableSets is { } available)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value, available);
            parameters.AddList(1, value);
        }

        if (unit.Provisioning.UsedSets is { } used)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value, used);
            parameters.AddList(2, value);
        }
    }

    /// <summary>Temperature (SPC-4 §7.3.21): there is no sensor, which FFh says.</summary>
    private static void WriteTemperature(LogicalUnit unit, scoped ref LogParameterWriter parameters)
    {
        parameters.AddList(0, [0, Unknown]);
        parameters.AddList(1, [0, Unknown]);
    }

    /// <summary>Start-stop cycle counter (SPC-4 §7.3.19), since the start of the server; when and for how many cycles it was made nobody knows.</summary>
    private static void WriteStartStop(LogicalUnit unit, scoped ref LogParameterWriter parameters)
    {
        parameters.AddShortCounter(4, unit.StartStopCycles);
        parameters.AddShortCounter(6, unit.LoadUnloadCycles);
    }

    /// <summary>Self-test results (SPC-4 §7.3.17): always twenty parameters, those without a result all zeros.</summary>
    private static void WriteSelfTests(LogicalUnit unit, scoped ref LogParameterWriter parameters)
    {
        IReadOnlyList<SelfTestResult> results = unit.SelfTests.Results;
        Span<byte> value = stackalloc byte[16];
        for (int i = 0; i < SelfTests.Most; i++)
        {
            value.Clear();
            if (i < results.Count)
            {
                SelfTestResult result = results[i];
                value[0] = (byte)(result.Code << 5 | result.Result);
                BinaryPrimitives.WriteUInt16BigEndian(value[2..], result.Hours);
                BinaryPrimitives.WriteUInt64BigEndian(value[4..], result.Failure is { } failed ? failed.Information ?? 0 : ulong.MaxValue);
                if (result.Failure is { } sense)
                {
                    (value[12], value[13], value[14]) = ((byte)sense.Key, sense.Asc, sense.Ascq);
                }
            }

            parameters.AddList((ushort)(i + 1), value);
        }
    }

    /// <summary>
    /// General access statistics and performance (SPC-4 §7.3.9). Commands have no weights. The interval is a millisecond of a clock that advances in steps: each
    /// command is off by less than a step, the sum of many is not.
    /// </summary>
    private static void WriteStatistics(LogicalUnit unit, scoped ref LogParameterWriter parameters)
    {
        const uint exponent = 3, integer = 1;
        UnitCounters counters = unit.Counters;
        Span<byte> statistics = stackalloc byte[64];
        statistics.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(statistics, counters[UnitCounter.Reads]);
        BinaryPrimitives.WriteUInt64BigEndian(statistics[8..], counters[UnitCounter.Writes]);
        BinaryPrimitives.WriteUInt64BigEndian(statistics[16..], counters[UnitCounter.BlocksWritten]);
        BinaryPrimitives.WriteUInt64BigEndian(statistics[24..], counters[UnitCounter.BlocksRead]);
        BinaryPrimitives.WriteUInt64BigEndian(statistics[32..], counters[UnitCounter.ReadTime]);
        BinaryPrimitives.WriteUInt64BigEndian(statistics[40..], counters[UnitCounter.WriteTime]);
        parameters.AddList(1, statistics);
        Span<byte> interval = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(interval, exponent);
        BinaryPrimitives.WriteUInt32BigEndian(interval[4..], integer);
        parameters.AddList(3, interval);
    }

    /// <summary>Informational exceptions (SPC-4 §7.3.11): none, and no temperature.</summary>
    // Beside what TEST of mode page 1Ch pretends there is nothing to predict from.
    private static void WriteExceptions(LogicalUnit unit, scoped ref LogParameterWriter parameters)
    {
        SenseData pretended = unit.Modes.ExceptionTest == ModePages.MethodNone ? Sense.None : Sense.FailurePredictionFalse;
        parameters.AddList(0, [pretended.Asc, pretended.Ascq, Unknown, 0]);
    }
}
