using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Initiator.Tests.Multipath;

/// <summary>Goal: commands go where they can run, twice only where they may. Method: a disk with two ports whose paths the test cuts, on a clock of its own.</summary>
public sealed class MultipathUnitTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SenseData AccessStateChanged = new(SenseKey.UnitAttention, 0x2A, 0x06);

    [Fact]
    public async Task Commands_are_spread_over_equal_paths()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        await WriteAsync(unit, 4);

        Assert.Equal([2, 2], array.Paths.Select(static path => path.Script.Count(OperationCode.Write10)));
    }

    [Fact]
    public async Task Only_the_best_access_state_is_used()
    {
        await using FakeArray array = new(2);
        array.States[0] = AccessState.ActiveNonOptimized;
        await using MultipathUnit unit = await OpenAsync(array);
        await WriteAsync(unit, 4);

        Assert.Equal([0, 4], array.Paths.Select(static path => path.Script.Count(OperationCode.Write10)));
    }

    [Fact]
    public async Task A_command_that_did_not_run_goes_over_another_path()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        array.Paths[0].Connect(false, tell: false);
        await WriteAsync(unit, 3, Repeat.OnlyIfNotRun);

        Assert.Equal(3, array.Paths[1].Script.Count(OperationCode.Write10));
        Assert.False(unit.Paths[0].State.IsUp);
    }

    [Fact]
    public async Task A_write_that_may_have_run_and_must_not_run_twice_is_lost()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        Lose(array, OperationCode.Write10);
        CommandLostException lost = await Assert.ThrowsAsync<CommandLostException>(() => WriteAsync(unit, 1, Repeat.OnlyIfNotRun));

        Assert.Equal(CommandFate.MayHaveRun, lost.Fate);
        Assert.Equal(1, array.Paths.Sum(static path => path.Script.Count(OperationCode.Write10)));
    }

    [Fact]
    public async Task A_write_that_may_have_run_is_repeated_only_when_it_cannot_come_late()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        FakePath lost = Lose(array, OperationCode.Write10);
        Task write = WriteAsync(unit, 1);
        Assert.False(write.IsCompleted);
        Assert.Equal(1, array.Paths.Sum(static path => path.Script.Count(OperationCode.Write10)));
        lost.LostTasksEnded.SetResult(true);
        await write;

        Assert.Equal([1, 1], array.Paths.Select(static path => path.Script.Count(OperationCode.Write10)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_that_may_come_late_is_lost(bool never)
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        FakePath lost = Lose(array, OperationCode.Write10);
        Task write = WriteAsync(unit, 1);
        if (never)
        {
            lost.LostTasksEnded.SetResult(false);
        }
        else
        {
            array.Time.Advance(array.Settings.FenceTimeLimit);
        }

        Assert.Equal(CommandFate.MayHaveRun, (await Assert.ThrowsAsync<CommandLostException>(() => write)).Fate);
        Assert.Equal(1, array.Paths.Sum(static path => path.Script.Count(OperationCode.Write10)));
    }

    [Fact]
    public async Task A_read_that_may_have_run_is_repeated_at_once()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        Lose(array, OperationCode.Read10);
        await ReadAsync(unit);

        Assert.Equal(2, array.Paths.Sum(static path => path.Script.Count(OperationCode.Read10)));
    }

    [Fact]
    public async Task Who_accepts_the_risk_repeats_writes_at_once()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array, array.Settings with { Fence = PathFences.Accept });
        Lose(array, OperationCode.Write10);
        await WriteAsync(unit, 1);
    }

    [Theory]
    [InlineData(AccessState.Standby)]
    [InlineData(AccessState.Unavailable)]
    [InlineData(AccessState.Transitioning)]
    public async Task A_group_that_gives_no_access_any_more_is_left(AccessState state)
    {
        await using FakeArray array = new(2);
        array.States[1] = AccessState.ActiveNonOptimized;
        await using MultipathUnit unit = await OpenAsync(array);
        await WriteAsync(unit, 1, Repeat.OnlyIfNotRun);
        array.States[0] = state;
        await WriteAsync(unit, 2, Repeat.OnlyIfNotRun);

        Assert.Equal([2, 2], array.Paths.Select(static path => path.Script.Count(OperationCode.Write10)));
    }

    [Fact]
    public async Task Commands_wait_for_the_end_of_a_transition()
    {
        await using FakeArray array = new(1);
        await using MultipathUnit unit = await OpenAsync(array);
        array.States[0] = AccessState.Transitioning;
        Task write = WriteAsync(unit, 1);
        Assert.False(write.IsCompleted);
        array.States[0] = AccessState.ActiveOptimized;
        await AdvanceUntilAsync(array, write, TimeSpan.FromMilliseconds(500), 10);
        await write;
    }

    [Fact]
    public async Task The_news_of_other_access_states_has_them_read_and_comes_through()
    {
        await using FakeArray array = new(2);
        array.States[0] = AccessState.ActiveNonOptimized;
        await using MultipathUnit unit = await OpenAsync(array);
        (array.States[0], array.States[1]) = (array.States[1], array.States[0]);
        array.Paths[1].Script.Next(OperationCode.Read10, ScriptedExecutor.Check(AccessStateChanged));
        ScsiResult result = await unit.ExecuteAsync(ReadRequest(), None);
        await UntilAsync(() => unit.Paths[0].State.State == AccessState.ActiveOptimized);
        await WriteAsync(unit, 1);

        Assert.Equal(AccessStateChanged, SenseData.Parse(result.Sense.Span));
        Assert.Equal(1, array.Paths[0].Script.Count(OperationCode.Write10));
    }

    [Fact]
    public async Task Commands_wait_for_a_path_and_are_lost_when_none_comes()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        Cut(array);
        Task write = WriteAsync(unit, 1);
        Assert.False(write.IsCompleted);
        await AdvanceUntilAsync(array, write, TimeSpan.FromSeconds(5), 7);
        CommandLostException lost = await Assert.ThrowsAsync<CommandLostException>(() => write);

        Assert.Equal(CommandFate.NotRun, lost.Fate);
        Assert.Contains("path0 down, path1 down", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_that_wait_go_on_when_a_path_comes()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        Cut(array);
        Task write = WriteAsync(unit, 1);
        array.Paths[1].Connect(true);
        await write;
    }

    [Fact]
    public async Task A_command_that_may_have_run_keeps_that_fate_while_it_waits()
    {
        await using FakeArray array = new(1);
        await using MultipathUnit unit = await OpenAsync(array);
        FakePath path = Lose(array, OperationCode.Write10);
        path.LostTasksEnded.SetResult(true);
        path.Script.Answer = request =>
        {
            path.Connect(false);
            return new ValueTask<ScsiResult>(Task.FromException<ScsiResult>(new CommandLostException(CommandFate.MayHaveRun, "lost")));
        };
        Task write = WriteAsync(unit, 1);
        await AdvanceUntilAsync(array, write, TimeSpan.FromSeconds(5), 7);

        Assert.Equal(CommandFate.MayHaveRun, (await Assert.ThrowsAsync<CommandLostException>(() => write)).Fate);
    }

    [Fact]
    public async Task Checks_bring_a_path_back_and_commands_return_to_it()
    {
        await using FakeArray array = new(2);
        array.States[1] = AccessState.ActiveNonOptimized;
        List<PathChange> changes = [];
        await using MultipathUnit unit = await OpenAsync(array);
        unit.PathChanged += (_, change) => changes.Add(change.Change);
        array.Paths[0].Connect(false, tell: false);
        await WriteAsync(unit, 1);
        array.Paths[0].Connect(true, tell: false);
        array.Time.Advance(array.Settings.CheckPeriod);
        await UntilAsync(() => unit.Paths[0].State is { IsUp: true, State: AccessState.ActiveOptimized });
        await WriteAsync(unit, 1);

        Assert.Equal([1, 1], array.Paths.Select(static path => path.Script.Count(OperationCode.Write10)));
        Assert.Equal([PathChange.Down, PathChange.Up], changes.Where(static change => change != PathChange.AccessState));
    }

    [Fact]
    public async Task Checks_find_a_path_that_is_down_before_a_command_does()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        array.Paths[1].Connect(false, tell: false);
        array.Time.Advance(array.Settings.CheckPeriod);
        await UntilAsync(() => !unit.Paths[1].State.IsUp);
    }

    [Fact]
    public async Task A_unit_attention_that_a_check_has_taken_reaches_the_user()
    {
        await using FakeArray array = new(1);
        await using MultipathUnit unit = await OpenAsync(array);
        array.Paths[0].Script.Next(OperationCode.TestUnitReady, ScriptedExecutor.Check(Sense.CapacityDataChanged));
        array.Time.Advance(array.Settings.CheckPeriod);
        await UntilAsync(() => array.Paths[0].Script.Count(OperationCode.TestUnitReady) == 1);
        ScsiResult result = await unit.ExecuteAsync(ReadRequest(), None);

        Assert.Equal(Sense.CapacityDataChanged, SenseData.Parse(result.Sense.Span));
        Assert.True((await unit.ExecuteAsync(ReadRequest(), None)).IsGood);
    }

    [Fact]
    public async Task Paths_to_different_units_are_refused()
    {
        await using FakeArray array = new(1);
        await using UnitRig other = new();
        MultipathException refusal = await Assert.ThrowsAsync<MultipathException>(async () =>
            await MultipathUnit.OpenAsync([array.Paths[0].AsPath, new UnitPath("other", other.Executor)], array.Settings));

        Assert.Contains("path other cannot be used beside path path0: they lead to different units, Naa 3", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Units_are_told_apart_by_names_and_serial_numbers()
    {
        Designator one = Designator.Naa(DesignatorAssociation.LogicalUnit, 0x3000_0000_0000_0001);
        Designator two = Designator.Naa(DesignatorAssociation.LogicalUnit, 0x3000_0000_0000_0002);
        Designator port = Designator.Naa(DesignatorAssociation.TargetPort, 0x3000_0000_0000_0003);
        UnitIdentity unit = UnitIdentity.From("S", [one, port]);

        Assert.Null(unit.Differs(UnitIdentity.From("S", [two, one])));
        Assert.Null(unit.Differs(UnitIdentity.From(null, [one])));
        Assert.Contains("different units", unit.Differs(UnitIdentity.From("S", [two, port])), StringComparison.Ordinal);
        Assert.Contains("serial numbers differ", unit.Differs(UnitIdentity.From("T", [one])), StringComparison.Ordinal);
        Assert.Contains("no NAA or EUI-64", unit.Differs(UnitIdentity.From("S", [port])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_comes_back_to_another_unit_is_not_used()
    {
        await using FakeArray array = new(2);
        await using UnitRig other = new();
        List<string> refusals = [];
        await using MultipathUnit unit = await OpenAsync(array);
        unit.PathChanged += (_, change) => refusals.AddRange(change.Change == PathChange.Refused ? [change.Description] : []);
        array.Paths[1].Connect(false);
        array.Paths[1].Script.Answer = request => new ValueTask<ScsiResult>(other.Executor.ExecuteAsync(request, None).AsTask());
        array.Paths[1].Connect(true);

        Assert.Contains("they lead to different units", Assert.Single(refusals), StringComparison.Ordinal);
        Assert.False(unit.Paths[1].State.IsUp);
    }

    [Fact]
    public async Task A_path_whose_LUN_has_gone_is_left()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await OpenAsync(array);
        array.Paths[0].Script.Answer = static _ => new(ScriptedExecutor.Check(Sense.LogicalUnitNotSupported));
        await WriteAsync(unit, 2, Repeat.OnlyIfNotRun);

        Assert.False(unit.Paths[0].State.IsUp);
    }

    [Fact]
    public async Task Opening_needs_one_path_and_no_more()
    {
        await using FakeArray array = new(2);
        array.Paths[0].Connect(false);
        await using (MultipathUnit unit = await array.OpenAsync())
        {
            Assert.Equal([false, true], unit.Paths.Select(static path => path.State.IsUp));
        }

        array.Paths[1].Connect(false);
        Assert.Contains("no path is up", (await Assert.ThrowsAsync<MultipathException>(async () => await array.OpenAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_without_port_groups_has_equal_paths()
    {
        await using FakeArray array = new(2, hasPortGroups: false);
        await using MultipathUnit unit = await OpenAsync(array);
        await WriteAsync(unit, 2);

        Assert.Equal([1, 1], array.Paths.Select(static path => path.Script.Count(OperationCode.Write10)));
        Assert.Equal(0, array.Paths[0].Script.Count(OperationCode.MaintenanceIn));
    }

    [Fact]
    public async Task Closing_ends_commands_that_wait()
    {
        await using FakeArray array = new(1);
        MultipathUnit unit = await OpenAsync(array);
        Cut(array);
        Task write = WriteAsync(unit, 1);
        await unit.DisposeAsync();

        Assert.Equal(CommandFate.NotRun, (await Assert.ThrowsAsync<CommandLostException>(() => write)).Fate);
    }

    [Fact]
    public async Task A_logical_unit_stands_on_it_as_on_one_path()
    {
        await using FakeArray array = new(2);
        await using MultipathUnit unit = await array.OpenAsync();
        LogicalUnit disk = await LogicalUnit.OpenAsync(unit);
        await disk.WriteAsync(0, new byte[512]);
        array.Paths[0].Connect(false);
        await disk.ReadAsync(0, new byte[512]);
        await disk.FlushAsync();
    }

    /// <summary>Opens, and hears what each nexus has to say first.</summary>
    private static async Task<MultipathUnit> OpenAsync(FakeArray array, MultipathSettings? settings = null)
    {
        foreach (FakePath path in array.Paths)
        {
            await path.Script.ExecuteAsync(new ScsiRequest(Cdb16.From(PrimaryCdbs.TestUnitReady().AsSpan)), None);
        }

        MultipathUnit unit = await array.OpenAsync(settings);
        foreach (FakePath path in array.Paths)
        {
            path.Script.Forget();
        }

        return unit;
    }

    private static void Cut(FakeArray array)
    {
        foreach (FakePath path in array.Paths)
        {
            path.Connect(false);
        }
    }

    /// <summary>Loses the next command with an operation code, on the path that it comes over.</summary>
    private static FakePath Lose(FakeArray array, byte operationCode)
    {
        // Only the first path is chosen first.
        FakePath path = array.Paths[0];
        int lost = 0;
        path.Script.Answer = request => request.Cdb[0] == operationCode && Interlocked.Increment(ref lost) == 1
            ? new ValueTask<ScsiResult>(Task.FromException<ScsiResult>(new CommandLostException(CommandFate.MayHaveRun, "the session is gone")))
            : null;
        return path;
    }

    private static ScsiRequest ReadRequest() =>
        new(Cdb16.From(BlockCdbs.Read(OperationCode.Read10, 0, 1).AsSpan)) { DataIn = new byte[512], Repeat = Repeat.Allowed };

    private static async Task ReadAsync(MultipathUnit unit) => Assert.True((await unit.ExecuteAsync(ReadRequest(), None)).IsGood);

    private static async Task WriteAsync(MultipathUnit unit, int count, Repeat repeat = Repeat.Allowed)
    {
        for (int i = 0; i < count; i++)
        {
            ScsiRequest request = new(Cdb16.From(BlockCdbs.Write(OperationCode.Write10, 0, 1).AsSpan)) { DataOut = new byte[512], Repeat = repeat };
            Assert.True((await unit.ExecuteAsync(request, None)).IsGood);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(1, limit.Token);
        }
    }

    private static async Task AdvanceUntilAsync(FakeArray array, Task task, TimeSpan step, int steps)
    {
        for (int i = 0; i < steps && !task.IsCompleted; i++)
        {
            array.Time.Advance(step);
            await Task.WhenAny(task, Task.Delay(50));
        }
    }
}
