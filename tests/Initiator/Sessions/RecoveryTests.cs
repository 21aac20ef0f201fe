using System.Net;
using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Scsi;
using Blockwire.Storage;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Initiator.Tests.Sessions;

/// <summary>Goal: no I/O is lost that could be saved, and of one that is, its caller learns whether it may have run. Method: our own server behind a proxy that cuts.</summary>
public sealed class RecoveryTests
{
    private const int BlockBytes = 512;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(0, 3)]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    public async Task Reads_and_writes_go_on_over_cut_connections(int level, int connections)
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        await using CutProxy proxy = new(rig.Server.Portals[0]);
        await using IscsiSession session = await rig.OpenAsync(Through(rig, proxy, level, connections));
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));
        using CancellationTokenSource enough = new();
        Task[] workers = [.. Enumerable.Range(0, 8).Select(worker => Task.Run(() => WorkAsync(unit, worker, enough.Token)))];

        for (int cut = 0; cut < 6; cut++)
        {
            await Task.Delay(150);
            proxy.Cut(cut % 3 == 2 ? int.MaxValue : 1);
        }

        await Task.Delay(300);
        await enough.CancelAsync();
        await Task.WhenAll(workers).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(rig.Notices, static it => it.Event == InitiatorEvent.ConnectionLost);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Tasks_are_not_reassigned_at_a_target_that_does_not_survive_it(int connections)
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        await using CutProxy proxy = new(rig.Server.Portals[0]);
        IscsiSessionOptions options = Through(rig, proxy, level: 2, connections);
        await using IscsiSession session = await rig.OpenAsync(options with { Session = options.Session with { Quirks = PeerQuirks.NoTaskReassign } });
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));
        using CancellationTokenSource enough = new();
        Task[] workers = [.. Enumerable.Range(0, 8).Select(worker => Task.Run(() => WorkAsync(unit, worker, enough.Token)))];

        for (int cut = 0; cut < 3; cut++)
        {
            await Task.Delay(150);
            proxy.Cut(1);
        }

        await Task.Delay(300);
        await enough.CancelAsync();
        await Task.WhenAll(workers).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(rig.Notices, static it => it.Event is InitiatorEvent.ConnectionRecovered or InitiatorEvent.SessionRenewed);
        Assert.DoesNotContain(rig.Notices, static it => it.Event == InitiatorEvent.TaskReassigned);
        Assert.DoesNotContain(rig.Notices, static it => it is { Event: InitiatorEvent.ConnectionRecovered, Why: "its commands go on elsewhere" });
    }

    [Fact]
    public async Task A_command_that_must_not_run_twice_fails_with_its_fate_when_the_session_is_lost()
    {
        using ManualGate gate = new();
        await using SessionRig rig = await SessionRig.StartAsync(null, new GatedDisk(new MemoryDisk(1 << 20), gate));
        await using CutProxy proxy = new(rig.Server.Portals[0]);
        IscsiSession session = await rig.OpenAsync(Through(rig, proxy, level: 0, connections: 1));
        await TakeAttentionAsync(session);
        gate.Close();

        Task<ScsiResult> once = session.Unit(0).ExecuteAsync(Write(Repeat.OnlyIfNotRun), default).AsTask();
        Task<ScsiResult> again = session.Unit(0).ExecuteAsync(Write(Repeat.Allowed), default).AsTask();
        await gate.WaitedForAsync();
        proxy.Cut();

        CommandLostException lost = await Assert.ThrowsAsync<CommandLostException>(() => once.WaitAsync(SessionRig.Limit));
        Assert.Equal(CommandFate.MayHaveRun, lost.Fate);
        gate.Open();
        Assert.Contains((await again.WaitAsync(SessionRig.Limit)).Status, new[] { ScsiStatus.Good, ScsiStatus.CheckCondition });
    }

    [Fact]
    public async Task Commands_fail_when_no_session_comes_back_in_time_and_new_ones_at_once()
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        await using CutProxy proxy = new(rig.Server.Portals[0]);
        IscsiSessionOptions options = Through(rig, proxy, level: 0, connections: 1);
        IscsiSession session = await rig.OpenAsync(options with { Session = options.Session with { ReplacementTimeLimit = TimeSpan.FromMilliseconds(500) } });
        proxy.Refuses = true;
        proxy.Cut();
        await UntilAsync(() => rig.Notices.Any(static it => it.Event == InitiatorEvent.SessionLost), static () => { });

        CommandLostException lost = await Assert.ThrowsAsync<CommandLostException>(() => session.Unit(0).ExecuteAsync(new ScsiRequest(default), default).AsTask().WaitAsync(SessionRig.Limit));
        CommandLostException next = await Assert.ThrowsAsync<CommandLostException>(() => session.Unit(0).ExecuteAsync(new ScsiRequest(default), default).AsTask().WaitAsync(SessionRig.Limit));
        Assert.Equal((CommandFate.NotRun, CommandFate.NotRun), (lost.Fate, next.Fate));

        proxy.Refuses = false;
        session.RenewNow();
        await UntilAsync(() => session.Connections.Count == 1, () => session.RenewNow());
        await TakeAttentionAsync(session);
    }

    [Fact]
    public async Task Cancelling_aborts_the_task_at_the_target()
    {
        using ManualGate gate = new();
        await using SessionRig rig = await SessionRig.StartAsync(null, new GatedDisk(new MemoryDisk(1 << 20), gate));
        IscsiSession session = await rig.OpenAsync();
        await TakeAttentionAsync(session);
        gate.Close();
        using CancellationTokenSource cancel = new();

        Task<ScsiResult> write = session.Unit(0).ExecuteAsync(Write(Repeat.Allowed), cancel.Token).AsTask();
        await gate.WaitedForAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.WaitAsync(SessionRig.Limit));
        Assert.Equal(0, session.Core.InFlight);
    }

    [Fact]
    public async Task A_server_that_stops_asks_for_the_logout_and_gets_it()
    {
        SessionRig rig = await SessionRig.StartAsync();
        IscsiSession session = await rig.OpenAsync();

        await rig.Server.StopAsync(TimeSpan.FromSeconds(10)).WaitAsync(SessionRig.Limit);

        Assert.Contains(rig.Notices, static it => it.Event == InitiatorEvent.LogoutRequested);
        session.Abandon();
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task Closing_ends_what_is_under_way_and_refuses_what_comes()
    {
        using ManualGate gate = new();
        await using SessionRig rig = await SessionRig.StartAsync(null, new GatedDisk(new MemoryDisk(1 << 20), gate));
        IscsiSession session = await rig.OpenAsync();
        await TakeAttentionAsync(session);
        gate.Close();
        Task<ScsiResult> write = session.Unit(0).ExecuteAsync(Write(Repeat.Allowed), default).AsTask();
        await gate.WaitedForAsync();

        Task closing = session.CloseAsync();
        CommandLostException refused = await Assert.ThrowsAsync<CommandLostException>(() => session.Unit(0).ExecuteAsync(new ScsiRequest(default), default).AsTask());
        CommandLostException ended = await Assert.ThrowsAsync<CommandLostException>(() => write.WaitAsync(SessionRig.Limit));

        await closing.WaitAsync(SessionRig.Limit);
        Assert.Equal((CommandFate.NotRun, CommandFate.MayHaveRun), (refused.Fate, ended.Fate));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("logout/L18")]
    [Rule("7143/11.14")]
    public async Task A_connection_is_closed_after_its_logout_though_the_target_sends_no_FIN(bool holdsFin)
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        await using CutProxy proxy = new(rig.Server.Portals[0]) { HoldsFin = holdsFin };
        IscsiSession session = await rig.OpenAsync(Through(rig, proxy, level: 0, connections: 1) with { FinWait = TimeSpan.FromMilliseconds(200) });

        await session.CloseAsync().WaitAsync(SessionRig.Limit);

        await proxy.InitiatorClosesAsync(SessionRig.Limit);
    }

    private static IscsiSessionOptions Through(SessionRig rig, CutProxy proxy, int level, int connections)
    {
        IscsiSessionOptions options = rig.Options(connections);
        return options with
        {
            Portals = [PortalAddress.From(new IPEndPoint(IPAddress.Loopback, proxy.Port))],
            Offers = new InitiatorOffers { ErrorRecoveryLevel = level },
            Session = options.Session with { FirstBackOff = TimeSpan.FromMilliseconds(50) },
        };
    }

    // Each worker has blocks of its own and knows what must be in them.
    private static async Task WorkAsync(LogicalUnit unit, int worker, CancellationToken enough)
    {
        const int Blocks = 64;
        ulong first = (ulong)(worker * Blocks);
        byte[] written = new byte[Blocks * BlockBytes];
        byte[] read = new byte[written.Length];
        for (int round = 0; !enough.IsCancellationRequested; round++)
        {
            new Random((worker << 16) + round).NextBytes(written);
            await unit.WriteAsync(first, written, cancellationToken: CancellationToken.None);
            await unit.ReadAsync(first, read, CancellationToken.None);
            Assert.True(written.AsSpan().SequenceEqual(read), $"worker {worker}, round {round}");
        }
    }

    private static ScsiRequest Write(Repeat repeat)
    {
        byte[] cdb = [0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0];
        return new ScsiRequest(Cdb16.From(cdb)) { DataOut = new byte[BlockBytes], Repeat = repeat };
    }

    private static async Task TakeAttentionAsync(IscsiSession session)
    {
        while (!(await session.Unit(0).ExecuteAsync(new ScsiRequest(default), default).AsTask().WaitAsync(SessionRig.Limit)).IsGood)
        {
            // one unit attention after the other
        }
    }

    private static async Task UntilAsync(Func<bool> condition, Action meanwhile)
    {
        using CancellationTokenSource late = new(SessionRig.Limit);
        while (!condition())
        {
            late.Token.ThrowIfCancellationRequested();
            meanwhile();
            await Task.Delay(10, late.Token);
        }
    }
}
