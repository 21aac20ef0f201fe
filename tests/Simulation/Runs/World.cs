using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>One run: the clock, the target with its disk, the initiator, the links between them, and the faults that befall all of it.</summary>
internal sealed class World : SimWorld
{
    private readonly Scenario _scenario;
    private readonly SimRandom _linkRandom;
    private readonly SimRandom _workRandom;
    private TimeSpan _unreachableUntil;
    private int _tight;
    private bool _everTight;
    private bool _everSpoilt;
    private bool _everStalled;
    private bool _sessionLost;

    public World(Scenario scenario, int traced)
        : base(scenario.Seed, traced)
    {
        _scenario = scenario;
        _linkRandom = Random.Fork(31);
        _workRandom = Random.Fork(32);
        Pool = new SimPool(scenario.PoolBound);
        Target = new SimTarget(this, scenario.Offers, scenario.Options, scenario.Tempo, Pool);
        Initiator = new ScriptedInitiator(this, scenario.Terms);
    }

    public SimPool Pool { get; }

    public SimTarget Target { get; }

    public ScriptedInitiator Initiator { get; }

    public Link Connect(ushort cid)
    {
        // Some paths are much slower than others, so that what goes by two connections comes in any order.
        int factor = _linkRandom.Chance(30) ? _linkRandom.Between(2, 40) : 1;
        LinkQuality quality = _scenario.Links with { MostDelay = TimeSpan.FromTicks(Math.Min(_scenario.Links.MostDelay.Ticks * factor, TimeSpan.FromMilliseconds(400).Ticks)) };
        Link link = new(Timeline, _linkRandom, quality, cid);
        if (Timeline.Now < _unreachableUntil)
        {
            link.Cut(TimeSpan.FromSeconds(1), TimeSpan.Zero, "unreachable");
        }
        else
        {
            Target.Accept(link);
        }

        return link;
    }

    /// <summary>The whole run.</summary>
    public void Run(IReadOnlyList<Fault> plan)
    {
        TimeSpan start = Timeline.Now;
        foreach (Fault fault in plan)
        {
            Timeline.At(start + fault.At, () => Happen(fault));
        }

        Every(SimTarget.TickInterval, Target.Tick);
        Every(TimeSpan.FromMilliseconds(100), Initiator.Manage);
        Timeline.After(TimeSpan.Zero, Work);
        Pass(_scenario.Busy);

        Initiator.IsBusy = false;
        Target.MemoryIsTight = false;
        _tight = 0;
        _unreachableUntil = default;
        TimeSpan until = Timeline.Now + TimeSpan.FromSeconds(400);
        while (!Initiator.IsQuiet)
        {
            BrokenRuleException.Unless(Timeline.Now < until, $"without faults everything comes to rest: {Initiator}");
            Pass(TimeSpan.FromSeconds(1));
        }

        ReadEverything();
        Settle();
        End();
    }

    /// <summary>Versions that a read gave must have been on the disk while it ran; a write must be there, once and complete.</summary>
    public void CheckResult(ScriptedTask task)
    {
        DiskOperation operation = task.Operation;
        if (operation.IsWrite)
        {
            BrokenRuleException.Unless(
                task.Attempt.BlocksWritten == operation.Blocks, $"what is answered with good status is on the disk, once: {task.Attempt.BlocksWritten} of {operation.Blocks} blocks of {task}");
            return;
        }

        BrokenRuleException.Unless(task.AllCovered, $"a read that has ended well is complete: {task}");
        for (int i = 0; i < operation.Blocks; i++)
        {
            int block = operation.FirstBlock + i;
            ulong? version = BlockContent.VersionOf(task.Data.AsSpan(i * SimDisk.BlockBytes, SimDisk.BlockBytes), block);
            BrokenRuleException.Unless(version is { } read && Target.Disk.Held(block, read, operation.InvokedAt), $"a read gives what was there: version {version} of block {block} for {task}");
        }
    }

    public void CheckStatus(ScriptedTask task, byte status, int sense)
    {
        bool allowed = status switch
        {
            2 when sense == SenseBytes.TasksEndedByTransport => true,
            2 when sense == SenseBytes.CrcError => Initiator.Level == 0 && (_everSpoilt || _everStalled),
            2 when sense == SenseBytes.SnackRejected => _scenario.Terms.RereadPercent < 100,
            0x28 => _everTight,
            _ => false,
        };
        BrokenRuleException.Unless(allowed, $"no I/O error without a reason: status {status:X2}, sense {sense:X4} for {task} at level {Initiator.Level}");
    }

    /// <summary>At recovery level 2 no fault is an I/O error for the caller, unless its time ran out or the session had to end.</summary>
    public void OnFailure(ScriptedTask task, ScriptedInitiator.Outcome outcome, string why)
    {
        if (Initiator.Level < 2 || outcome != ScriptedInitiator.Outcome.Failed)
        {
            return;
        }

        bool excused = why switch
        {
            "the session was reinstated" => _sessionLost,
            "its data is not kept any more" or "check condition 1113" => _scenario.Terms.RereadPercent < 100,
            _ => Timeline.Now >= task.FreeSince.Known + Retention,
        };
        BrokenRuleException.Unless(excused, $"at recovery level 2 no fault reaches the caller: {why}, {task}");
    }

    private TimeSpan Retention => TimeSpan.FromSeconds(Initiator.Time2Wait + Initiator.Time2Retain);

    /// <summary>RFC 7143 §11.15.4: a task is kept for Time2Wait and Time2Retain and no longer.</summary>
    public void CheckReassigned(ScriptedTask task, TimeSpan askedAt) =>
        BrokenRuleException.Unless(askedAt < task.FreeSince.Settled + Retention, $"a task is not kept longer than Time2Wait and Time2Retain: {task}");

    public void OnSession(int level)
    {
        BrokenRuleException.Unless(level == _scenario.Terms.ErrorRecoveryLevel, "both sides agree on the recovery level");
        _sessionLost = false;
    }

    public override void OnSessionDropped() => _sessionLost = true;

    /// <summary>A login was told that its session does not exist. The session ended with everything that was in it, so its time must have been up.</summary>
    public void OnSessionGone(bool chosen)
    {
        bool timeIsUp = Initiator.Connections.All(connection => connection.Link.TargetHeardAt is { } heard && Timeline.Now >= heard + Retention);
        BrokenRuleException.Unless(chosen || timeIsUp || _sessionLost || Initiator.Level < 2, "a session is kept for Time2Wait and Time2Retain after its last connection (RFC 7143 §6.3.6)");
        _sessionLost = true;
    }

    private void Every(TimeSpan interval, Action action) => Timeline.After(interval, () =>
    {
        action();
        Every(interval, action);
    });

    private void Pass(TimeSpan time)
    {
        TimeSpan until = Timeline.Now + time;
        while (Timeline.Step(until))
        {
            BrokenRuleException.Unless(Timeline.Steps < 3_000_000, $"time goes on: {Initiator}");
        }
    }

    private void Work()
    {
        if (!Initiator.IsBusy)
        {
            return;
        }

        if (Initiator.Waiting < 8)
        {
            int blocks = _workRandom.Between(1, _scenario.Terms.MostBlocks);
            int hot = _workRandom.Chance(50) ? Math.Min(blocks + 2, SimDisk.BlockCount) : SimDisk.BlockCount;
            Initiator.Submit(_workRandom.Chance(60), _workRandom.Between(0, hot - blocks), blocks);
        }

        if (_workRandom.Chance(8))
        {
            Initiator.PingInOrder();
        }

        Timeline.After(_workRandom.Milliseconds(1, _workRandom.Chance(3) ? 3_000 : 120), Work);
    }

    private void Happen(Fault fault)
    {
        Trace.Add($"fault   {fault}");
        Census.Count($"fault: {fault.Kind}");
        ScriptedConnection[] open = [.. Initiator.Connections.Where(static connection => !connection.Link.IsCut)];
        ScriptedConnection? connection = open.Length > 0 ? open[fault.Which % open.Length] : null;
        ScriptedConnection[] up = [.. Initiator.Up];
        switch (fault.Kind)
        {
            case FaultKind.Cut or FaultKind.CutUnheard when connection is not null:
                Cut(connection, fault);
                break;
            case FaultKind.CutAll:
                foreach (ScriptedConnection each in open)
                {
                    each.Link.Cut(_linkRandom.Milliseconds(0, 10), _linkRandom.Milliseconds(0, 10), "cut");
                }

                break;
            case FaultKind.Stall when connection is not null:
                _everStalled = true; // data that does not come for long counts as spoilt (RFC 7143 §7.1.4.1)
                (fault.Which % 3 == 0 ? connection.Link.ToInitiator : connection.Link.ToTarget).StallUntil(Timeline.Now + fault.Lasts);
                break;
            case FaultKind.SpoilPayload when connection is not null:
                _everSpoilt = true;
                (fault.Which % 2 == 0 ? connection.Link.ToInitiator : connection.Link.ToTarget).SpoilPayloads += 1 + (fault.Which % 3);
                break;
            case FaultKind.SpoilHeader when connection is not null:
                (fault.Which % 2 == 0 ? connection.Link.ToInitiator : connection.Link.ToTarget).SpoilHeaders++;
                break;
            case FaultKind.SlowDisk:
                Target.Tempo = _scenario.Tempo with { SlowPercent = 60, MostSlowMilliseconds = Math.Max(600, (int)Math.Min(9_000, fault.Lasts.TotalMilliseconds)) };
                Timeline.After(fault.Lasts, () => Target.Tempo = _scenario.Tempo);
                break;
            case FaultKind.TightMemory:
                _everTight = Target.MemoryIsTight = true;
                _tight++;
                Timeline.After(fault.Lasts, () => Target.MemoryIsTight = --_tight > 0);
                break;
            case FaultKind.Unreachable:
                _unreachableUntil = Timeline.Now + fault.Lasts;
                break;
            default:
                Act(fault, up);
                break;
        }
    }

    private void Cut(ScriptedConnection connection, in Fault fault)
    {
        bool initiatorLate = fault.Kind == FaultKind.CutUnheard && fault.Which % 2 == 0;
        bool targetLate = fault.Kind == FaultKind.CutUnheard && !initiatorLate;
        connection.Link.Cut(initiatorLate ? fault.Lasts : _linkRandom.Milliseconds(0, 20), targetLate ? fault.Lasts : _linkRandom.Milliseconds(0, 20), "cut");
    }

    private void Act(in Fault fault, ScriptedConnection[] up)
    {
        if (up.Length == 0 || !Initiator.HasSession)
        {
            return;
        }

        ScriptedConnection chosen = up[fault.Which % up.Length];
        switch (fault.Kind)
        {
            case FaultKind.LogoutConnection:
                Initiator.LogOut(up[fault.Which / 7 % up.Length], chosen, LogoutReason.CloseConnection);
                break;
            case FaultKind.LogoutSession:
                Initiator.LogOut(chosen, chosen, LogoutReason.CloseSession);
                break;
            case FaultKind.ReinstateSession:
                Initiator.BeginAnew();
                break;
            case FaultKind.ReinstateConnection:
                Initiator.Replace(chosen);
                break;
            case FaultKind.AskForLogout:
                foreach (SimSession session in Target.Sessions.ToArray())
                {
                    session.Do((core, effects) => core.RequestLogout(TimeSpan.FromSeconds(10), effects));
                }

                break;
            case FaultKind.AbortTask:
                Initiator.AbortAny();
                break;
            case FaultKind.AbortTaskSet:
                Initiator.Manage(TaskManagementFunction.AbortTaskSet);
                break;
            case FaultKind.LogicalUnitReset:
                Initiator.Manage(TaskManagementFunction.LogicalUnitReset);
                break;
            case FaultKind.TargetWarmReset:
                Initiator.Manage(TaskManagementFunction.TargetWarmReset);
                break;
        }
    }

    private void ReadEverything()
    {
        for (int block = 0; block < SimDisk.BlockCount; block += 8)
        {
            Initiator.Submit(isWrite: false, block, 8);
        }

        TimeSpan until = Timeline.Now + TimeSpan.FromSeconds(60);
        while (!Initiator.IsQuiet)
        {
            BrokenRuleException.Unless(Timeline.Now < until, $"the disk can be read at the end: {Initiator}");
            Pass(TimeSpan.FromSeconds(1));
        }
    }

    // Everything is acknowledged, then nothing of any task may be left.
    private void Settle()
    {
        Pass(TimeSpan.FromSeconds(30));
        for (int i = 0; i < 20 && !Initiator.IsQuiet; i++)
        {
            Pass(TimeSpan.FromSeconds(0.3)); // a ping may be under way
        }

        BrokenRuleException.Unless(Initiator.IsQuiet, $"it stays at rest: {Initiator}");
        BrokenRuleException.Unless(Target.Sessions.Count == 1 && Target.Draining == 0, "one session is left");
        foreach (SimSession session in Target.Sessions)
        {
            TargetSession core = session.Core;
            string left = $"{core.TaskCount} tasks, {core.DataBytes} bytes of budget, {Pool.Rented} buffers, {core.Window.Running} running, {core.Window.HeldCount} held, "
                + $"ExpCmdSN {core.Window.ExpCmdSN}, MaxCmdSN {core.Window.MaxCmdSN}, CmdSN {Initiator.CmdSN}";
            BrokenRuleException.Unless(
                core is { TaskCount: 0, DataBytes: 0 } && core.Window is { Running: 0, HeldCount: 0 } && Pool.Rented == 0, $"nothing is left of any task: {left}");
            BrokenRuleException.Unless(
                core.Window.ExpCmdSN == Initiator.CmdSN && core.Window.MaxCmdSN == core.Window.ExpCmdSN + (uint)_scenario.Options.WindowDepth - 1, $"no gap is left in CmdSN, and the window is open: {left}");
        }
    }

    private void End()
    {
        ScriptedConnection last = Initiator.Up.First();
        Initiator.LogOutForGood(last);
        Pass(TimeSpan.FromSeconds(20));
        BrokenRuleException.Unless(
            Target.Sessions.Count == 0 && Target.Connections.Count == 0 && Pool.Rented == 0,
            $"a logout leaves nothing: {Target.Sessions.Count} sessions, {Target.Connections.Count} connections, {Pool.Rented} buffers");
    }
}
