using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>One run of both cores of the product: the clock, the target with its disk, the initiator, the links between them, a caller, and the faults that befall all of it.</summary>
internal sealed partial class PairWorld : SimWorld
{
    private const ulong Isid = 0x00_023D_000001;

    private readonly SimRandom _linkRandom;
    private readonly SimRandom _workRandom;
    private readonly List<SimCommand> _pending = [];
    private readonly List<InitiatorRequest> _talk = [];
    private readonly List<SimCommand> _released = [];
    private ulong _version;
    private bool _busy = true;

    public PairWorld(PairScenario scenario, int traced)
        : base(scenario.Seed, traced)
    {
        Scenario = scenario;
        _linkRandom = Random.Fork(31);
        _workRandom = Random.Fork(32);
        Pool = new SimPool(scenario.PoolBound);
        Target = new SimTarget(this, scenario.TargetOffers, scenario.TargetOptions, scenario.Tempo, Pool);
        Initiator = NewInitiator();
    }

    public PairScenario Scenario { get; }

    public SimPool Pool { get; }

    public SimTarget Target { get; }

    /// <summary>The session that the caller uses now; one that is over is replaced.</summary>
    public SimInitiator Initiator { get; private set; }

    private TimeSpan Now => Timeline.Now;

    private bool IsQuiet => _pending.Count == 0 && _talk.Count == 0;

    /// <summary>The whole run.</summary>
    public void Run(IReadOnlyList<PairFault> plan)
    {
        TimeSpan start = Now;
        foreach (PairFault fault in plan)
        {
            Timeline.At(start + fault.At, () => Happen(fault));
        }

        Every(SimTarget.TickInterval, Target.Tick);
        Every(TimeSpan.FromMilliseconds(100), LookAfterSession);
        Initiator.Do(static (core, now, effects) => core.Open(now, effects));
        Timeline.After(TimeSpan.Zero, Work);
        Pass(Scenario.Busy);

        _busy = false;
        EndFaults();
        TimeSpan until = Now + TimeSpan.FromSeconds(300);
        while (!IsQuiet || !Initiator.IsWell)
        {
            BrokenRuleException.Unless(Now < until, $"without faults everything comes to rest: {_pending.Count} commands, {_talk.Count} other requests; {Describe()}");
            Pass(TimeSpan.FromSeconds(1));
        }

        ReadEverything();
        Settle();
        End();
    }

    public void OnReleased(SimCommand command)
    {
        BrokenRuleException.Unless(_pending.Remove(command), $"a command is released once: {command}");
        _released.Add(command);
        if (_released.Count > 64)
        {
            CheckReleased();
        }
    }

    public void OnReleased(InitiatorRequest request) => BrokenRuleException.Unless(_talk.Remove(request), "a request is released once");

    private SimInitiator NewInitiator() => new(this, Scenario.Options, Isid, _workRandom.Chance(30) ? new Serial32(uint.MaxValue - (uint)_workRandom.Next(60)) : new Serial32((uint)_workRandom.Next()));

    private void Every(TimeSpan interval, Action action) => Timeline.After(interval, () =>
    {
        action();
        Every(interval, action);
    });

    private void Pass(TimeSpan time)
    {
        TimeSpan until = Now + time;
        while (Timeline.Step(until))
        {
            BrokenRuleException.Unless(Timeline.Steps < 3_000_000, $"time goes on: {Describe()}");
        }
    }

    private string Describe() =>
        $"{Initiator.Core}, {string.Join(", ", Initiator.Core.Connections.Select(static it => $"c{it.Cid} {it.State}{(it.State == InitiatorConnectionState.CleanupWait ? $" {it.Cleanup}" : "")} {it.TaskCount}"))}; first of {_pending.Count}: {_pending.FirstOrDefault()}";

    // A session that is over, because the caller closed it or because it could not be had, is followed by another of the same initiator port.
    private void LookAfterSession()
    {
        if (Initiator.Core.IsOver && !_ending)
        {
            CheckOver();
            Initiator = NewInitiator();
            Census.Count("session object replaced");
            _isUnwanted = false;
            _failedFast = false;
            Initiator.Do(static (core, now, effects) => core.Open(now, effects));
        }
    }

    private void CheckOver()
    {
        InitiatorSession core = Initiator.Core;
        BrokenRuleException.Unless(
            core is { InFlight: 0, WaitingCount: 0, Connections.Count: 0, State: InitiatorSessionState.Free }, $"nothing is left of a session that is over: {Describe()}");
    }

    private void Work()
    {
        if (!_busy)
        {
            return;
        }

        if (_pending.Count < Scenario.Options.QueueDepth + 8)
        {
            int blocks = _workRandom.Between(1, Scenario.Load.MostBlocks);
            int hot = _workRandom.Chance(50) ? Math.Min(blocks + 2, SimDisk.BlockCount) : SimDisk.BlockCount;
            bool isWrite = _workRandom.Chance(60);
            Submit(isWrite, _workRandom.Between(0, hot - blocks), blocks, _workRandom.Chance(isWrite ? Scenario.Load.RepeatPercent : 90), isLast: false);
        }

        if (_workRandom.Chance(Scenario.Load.TalkPercent))
        {
            Talk();
        }

        Timeline.After(_workRandom.Milliseconds(1, _workRandom.Chance(3) ? 3_000 : 120), Work);
    }

    private void Submit(bool isWrite, int firstBlock, int blocks, bool mayRepeat, bool isLast)
    {
        DiskOperation operation = new(++_version, isWrite, firstBlock, blocks, Now);
        Attempt attempt = Target.Disk.NewAttempt(operation, mayRepeat);
        bool inline = _workRandom.Chance(Scenario.Load.InlinePercent);
        SimCommand command = new(this, attempt)
        {
            Cdb = new Cdb(isWrite, inline, false, !isWrite && (isLast || _workRandom.Chance(Scenario.Load.RereadPercent)), firstBlock, blocks, attempt.Id).ToCdb16(),
            MayRepeat = mayRepeat,
            TimeLimit = _workRandom.Chance(Scenario.Load.TimeLimitPercent) ? _workRandom.Milliseconds(1, 2_000) : TimeSpan.Zero,
            IsLast = isLast,
        };
        command.Buffer.AsSpan().Fill(0xCC);
        if (isWrite)
        {
            for (int i = 0; i < blocks; i++)
            {
                BlockContent.Fill(command.Buffer.AsSpan(i * SimDisk.BlockBytes, SimDisk.BlockBytes), operation.Version, firstBlock + i);
            }

            command.DataOut = command.Buffer;
        }
        else
        {
            command.DataIn = command.Buffer;
        }

        _pending.Add(command);
        Trace.Add($"caller  submits {command}");
        Initiator.Do((core, now, effects) => core.Submit(command, now, effects));
    }

    private void Talk()
    {
        if (_workRandom.Chance(60))
        {
            SimPing ping = new(this) { Data = new byte[_workRandom.Next(512)] };
            _talk.Add(ping);
            Initiator.Do((core, now, effects) => core.Submit(ping, now, effects));
            return;
        }

        SimText text = new(this) { Final = true, Data = "SendTargets=\0"u8.ToArray() };
        _talk.Add(text);
        Initiator.Do((core, now, effects) => core.Submit(text, now, effects));
    }

    private void ReadEverything()
    {
        // The first command on a new nexus may hear of tasks that were ended.
        Submit(isWrite: false, 0, 1, mayRepeat: true, isLast: false);
        WaitForQuiet();
        for (int block = 0; block < SimDisk.BlockCount; block += 8)
        {
            Submit(isWrite: false, block, 8, mayRepeat: true, isLast: true);
        }

        WaitForQuiet();
    }

    private void WaitForQuiet()
    {
        TimeSpan until = Now + TimeSpan.FromSeconds(60);
        while (!IsQuiet)
        {
            BrokenRuleException.Unless(Now < until, $"the disk can be read at the end: {Describe()}");
            Pass(TimeSpan.FromSeconds(1));
        }
    }

    // Everything is acknowledged, then nothing of any task may be left.
    private void Settle()
    {
        Pass(TimeSpan.FromSeconds(40));
        InitiatorSession core = Initiator.Core;
        BrokenRuleException.Unless(IsQuiet && Initiator.IsWell, $"it stays well: {Describe()}");
        BrokenRuleException.Unless(core is { InFlight: 0, WaitingCount: 0 }, $"nothing is under way: {Describe()}");
        BrokenRuleException.Unless(Target.Sessions.Count == 1 && Target.Draining == 0, $"one session is left: {Target.Sessions.Count}");
        CheckReleased();
        TargetSession served = Target.Sessions.First().Core;
        string left = $"{served.TaskCount} tasks, {served.DataBytes} bytes of budget, {Pool.Rented} buffers, {served.Window.Running} running, {served.Window.HeldCount} held, "
            + $"ExpCmdSN {served.Window.ExpCmdSN}, MaxCmdSN {served.Window.MaxCmdSN}; {Describe()}";
        BrokenRuleException.Unless(
            served is { TaskCount: 0, DataBytes: 0 } && served.Window is { Running: 0, HeldCount: 0 } && Pool.Rented == 0, $"nothing is left of any task: {left}");
        BrokenRuleException.Unless(
            served.Window.ExpCmdSN == core.Numbers.CmdSN && core.Numbers.Unacknowledged == 0 && served.Window.MaxCmdSN == served.Window.ExpCmdSN + (uint)Scenario.TargetOptions.WindowDepth - 1,
            $"no gap is left in CmdSN, and the window is open: {left}");
    }

    private void End()
    {
        _ending = true;
        _isUnwanted = true;
        Initiator.Do(static (core, now, effects) => core.Close(now, effects));
        Pass(TimeSpan.FromSeconds(20));
        BrokenRuleException.Unless(Initiator.Core.IsOver, $"a session that is closed is over: {Describe()}");
        CheckOver();
        BrokenRuleException.Unless(Initiator.Shells.Count == 0, "every connection is closed");
        BrokenRuleException.Unless(
            Target.Sessions.Count == 0 && Target.Connections.Count == 0 && Pool.Rented == 0,
            $"a logout leaves nothing: {Target.Sessions.Count} sessions, {Target.Connections.Count} connections, {Pool.Rented} buffers");
    }

    private void CheckReleased()
    {
        foreach (SimCommand command in _released)
        {
            BrokenRuleException.Unless(!command.Buffer.AsSpan().ContainsAnyExcept((byte)0xEE), $"nothing is received into a buffer that was given back: {command}");
        }

        _released.RemoveRange(0, Math.Max(0, _released.Count - 32));
    }
}
