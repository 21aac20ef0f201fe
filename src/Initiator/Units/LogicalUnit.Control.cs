using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>State, pages and the like.</summary>
public sealed partial class LogicalUnit
{
    private const int FirstReport = 512;
    private const int LongestReport = 1 << 20;

    /// <summary>TEST UNIT READY.</summary>
    /// <exception cref="ScsiException">It is not.</exception>
    public async ValueTask TestReadyAsync(CancellationToken cancellationToken = default) =>
        await _runner.RunAsync("TEST UNIT READY", _runner.Request(PrimaryCdbs.TestUnitReady(), Repeat.Allowed), cancellationToken).ConfigureAwait(false);

    /// <summary>REQUEST SENSE: takes what the unit has to report, a unit attention among it; NO SENSE when there is nothing.</summary>
    public async ValueTask<SenseData> RequestSenseAsync(bool descriptorFormat = false, CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> data = await _runner
            .FetchAsync("REQUEST SENSE", PrimaryCdbs.RequestSense(SenseData.MaxLength, descriptorFormat), SenseData.MaxLength, cancellationToken)
            .ConfigureAwait(false);
        return SenseData.Parse(data.Span) ?? throw Unreadable("REQUEST SENSE", data.Length);
    }

    /// <summary>A vital product data page as it comes, whole; empty when the unit does not have it.</summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadVitalPageAsync(byte page, CancellationToken cancellationToken = default) =>
        new FactReader(_runner).PageAsync(page, cancellationToken);

    /// <summary>START STOP UNIT.</summary>
    public async ValueTask StartStopAsync(StartStopAction action, byte powerCondition = 0, CancellationToken cancellationToken = default) =>
        await _runner
            .RunAsync("START STOP UNIT", _runner.Request(BlockCdbs.StartStopUnit(action, powerCondition), Repeat.Allowed), cancellationToken)
            .ConfigureAwait(false);

    /// <summary>PREVENT ALLOW MEDIUM REMOVAL.</summary>
    public async ValueTask PreventRemovalAsync(bool prevent, CancellationToken cancellationToken = default) =>
        await _runner
            .RunAsync("PREVENT ALLOW MEDIUM REMOVAL", _runner.Request(BlockCdbs.PreventAllowMediumRemoval(prevent), Repeat.Allowed), cancellationToken)
            .ConfigureAwait(false);

    /// <summary>REPORT LUNS: the LUN fields of the target's units that this initiator may use.</summary>
    public async ValueTask<IReadOnlyList<ulong>> ReportLunsAsync(CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> data = await FetchWholeAsync(
            "REPORT LUNS", static length => PrimaryCdbs.ReportLuns(length), static report => LunList.LengthOf(report), cancellationToken).ConfigureAwait(false);
        return LunList.Parse(data.Span, out _);
    }

    /// <summary>MODE SENSE(10), or (6) where the target does not know the former.</summary>
    public async ValueTask<ModeParameters> ReadModesAsync(
        byte page, byte subpage = 0, PageValues values = PageValues.Current, CancellationToken cancellationToken = default)
    {
        const ushort most = 4096;
        const byte mostOfSix = 252;
        ModeParameters? modes;
        string operation = "MODE SENSE(10)";
        try
        {
            modes = ModeParameters.Parse10(await _runner
                .FetchAsync(operation, PrimaryCdbs.ModeSense10(page, subpage, values, most), most, cancellationToken).ConfigureAwait(false));
        }
        catch (ScsiException e) when (FactReader.IsUnknownCommand(e))
        {
            operation = "MODE SENSE(6)";
            modes = ModeParameters.Parse6(await _runner
                .FetchAsync(operation, PrimaryCdbs.ModeSense6(page, subpage, values, mostOfSix), mostOfSix, cancellationToken).ConfigureAwait(false));
        }

        return modes ?? throw Unreadable(operation, 0);
    }

    /// <summary>MODE SELECT(10), or (6) where the target does not know the former, with one page; then the facts are read anew.</summary>
    /// <param name="page">The whole page with its header: one that was read, and changed.</param>
    /// <param name="save">SP: the target keeps the values when it loses power.</param>
    /// <param name="cancellationToken">Aborts it.</param>
    public async ValueTask WriteModePageAsync(ReadOnlyMemory<byte> page, bool save = false, CancellationToken cancellationToken = default)
    {
        try
        {
            byte[] list = ModeParameters.ListFor10(page.Span);
            ScsiRequest request = _runner.Request(PrimaryCdbs.ModeSelect10((ushort)list.Length, save), Repeat.Allowed) with { DataOut = list };
            await _runner.RunAsync("MODE SELECT(10)", request, cancellationToken).ConfigureAwait(false);
        }
        catch (ScsiException e) when (FactReader.IsUnknownCommand(e))
        {
            byte[] list = ModeParameters.ListFor6(page.Span);
            ScsiRequest request = _runner.Request(PrimaryCdbs.ModeSelect6((byte)list.Length, save), Repeat.Allowed) with { DataOut = list };
            await _runner.RunAsync("MODE SELECT(6)", request, cancellationToken).ConfigureAwait(false);
        }

        ModeParameters? modes = await new FactReader(_runner).ModesAsync(cancellationToken).ConfigureAwait(false);
        Change(facts => facts with { Modes = modes });
    }

    /// <summary>LOG SENSE: the cumulative values (PC = 01b) of a page as they come.</summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadLogPageAsync(byte page, byte subpage = 0, CancellationToken cancellationToken = default)
    {
        const ushort most = 16384;
        return _runner.FetchAsync("LOG SENSE", PrimaryCdbs.LogSense(page, subpage, PageValues.Changeable, 0, most), most, cancellationToken);
    }

    /// <summary>REPORT SUPPORTED OPERATION CODES: every command that the target knows.</summary>
    public async ValueTask<IReadOnlyList<SupportedCommand>> ReportCommandsAsync(CancellationToken cancellationToken = default)
    {
        const string operation = "REPORT SUPPORTED OPERATION CODES";
        ReadOnlyMemory<byte> data = await FetchWholeAsync(
            operation, PrimaryCdbs.ReportSupportedOperationCodes, static report => SupportedCommand.LengthOf(report), cancellationToken).ConfigureAwait(false);
        return SupportedCommand.ParseAll(data.Span) ?? throw Unreadable(operation, data.Length);
    }

    /// <summary>REPORT SUPPORTED OPERATION CODES for one command; null when the target does not know how to tell.</summary>
    public async ValueTask<CommandSupport?> ReportCommandAsync(byte operationCode, ushort? serviceAction = null, CancellationToken cancellationToken = default)
    {
        const int most = 64;
        try
        {
            ReadOnlyMemory<byte> data = await _runner
                .FetchAsync("REPORT SUPPORTED OPERATION CODES", PrimaryCdbs.ReportSupportedOperationCode(operationCode, serviceAction, most), most, cancellationToken)
                .ConfigureAwait(false);
            return CommandSupport.Parse(data.Span);
        }
        catch (ScsiException e) when (FactReader.IsUnknown(e))
        {
            return null;
        }
    }

    /// <summary>REPORT TARGET PORT GROUPS.</summary>
    public async ValueTask<IReadOnlyList<TargetPortGroup>> ReportPortGroupsAsync(CancellationToken cancellationToken = default)
    {
        const string operation = "REPORT TARGET PORT GROUPS";
        ReadOnlyMemory<byte> data = await FetchWholeAsync(
            operation, static length => PrimaryCdbs.ReportTargetPortGroups(length), static report => TargetPortGroup.LengthOf(report), cancellationToken)
            .ConfigureAwait(false);
        return TargetPortGroup.ParseAll(data.Span) ?? throw Unreadable(operation, data.Length);
    }

    /// <summary>SET TARGET PORT GROUPS: asks the target to bring groups into other states.</summary>
    public async ValueTask SetPortGroupsAsync(IReadOnlyList<(ushort Group, AccessState State)> changes, CancellationToken cancellationToken = default)
    {
        byte[] list = TargetPortGroup.ListFor([.. changes]);
        ScsiRequest request = _runner.Request(PrimaryCdbs.SetTargetPortGroups((uint)list.Length), Repeat.OnlyIfNotRun) with { DataOut = list };
        await _runner.RunAsync("SET TARGET PORT GROUPS", request, cancellationToken).ConfigureAwait(false);
    }

    internal ScsiException Unreadable(string operation, int bytes) => new(
        operation, new ScsiResult(ScsiStatus.Good, bytes), $"{Name}: {operation} gave {bytes} bytes that cannot be read; the target does not keep to the standard");

    /// <summary>Fetches a report whole: once more, with more room, when its header says that there is more.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> FetchWholeAsync(
        string operation, Func<uint, Cdb> cdb, LengthReader lengthOf, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> data = await _runner.FetchAsync(operation, cdb(FirstReport), FirstReport, cancellationToken).ConfigureAwait(false);
        uint whole = Math.Min(lengthOf(data.Span), LongestReport);
        return whole <= FirstReport ? data : await _runner.FetchAsync(operation, cdb(whole), (int)whole, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How long a report is as a whole, from its first bytes.</summary>
    internal delegate uint LengthReader(ReadOnlySpan<byte> report);
}
