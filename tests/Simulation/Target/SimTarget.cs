using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Text;
using Blockwire.Wire;
using LoginStatus = Blockwire.Wire.LoginStatus;

namespace Blockwire.Simulation.Tests;

/// <summary>The target: the cores of the product, with a shell that does what the server's does, on the virtual clock. Sessions are found by ISID: there is one initiator name.</summary>
internal sealed class SimTarget : ILoginDirectory, ISendTargets
{
    public const string Name = "iqn.2026-11.local.test:disk";

    private readonly SortedDictionary<ulong, SimSession> _sessions = [];
    private readonly List<(ulong Isid, DrainWait Wait)> _draining = [];
    private readonly SimWorld _world;
    private ushort _nextTsih = 1;

    public SimTarget(SimWorld world, TargetOffers offers, TargetSessionOptions options, DiskTempo tempo, SimPool pool)
    {
        _world = world;
        Offers = offers;
        Options = options;
        Tempo = tempo;
        Pool = pool;
        Disk = new SimDisk(world.Timeline, world.Trace);
        DiskRandom = world.Random.Fork(11);
        Random = world.Random.Fork(12);
    }

    public TargetOffers Offers { get; }

    public TargetSessionOptions Options { get; }

    public DiskTempo Tempo { get; set; }

    public SimPool Pool { get; }

    public SimDisk Disk { get; }

    public SimRandom DiskRandom { get; }

    public SimRandom Random { get; }

    public Timeline Timeline => _world.Timeline;

    public Census Census => _world.Census;

    public Trace Trace => _world.Trace;

    public bool MemoryIsTight { get; set; }

    public IReadOnlyCollection<SimSession> Sessions => _sessions.Values;

    public List<SimTargetConnection> Connections { get; } = [];

    public int Draining => _draining.Count;

    /// <summary>How often the clock is looked at: "to the tick" means this.</summary>
    public static TimeSpan TickInterval { get; } = TimeSpan.FromMilliseconds(250);

    public void OnSessionDropped() => _world.OnSessionDropped();

    public void OnDeviation(TargetConnection connection, in Deviation deviation) => _world.OnDeviation(connection, deviation);

    public void Accept(Link link) => Connections.Add(new SimTargetConnection(this, link));

    public void Tick()
    {
        foreach (SimTargetConnection connection in Connections.ToArray())
        {
            connection.OnTick(Timeline.Now);
        }

        foreach (SimSession session in _sessions.Values.ToArray())
        {
            session.Do((core, effects) => core.OnTick(Timeline.Now, effects));
            session.Observer.CheckLate(session.Core, session.HasSeats);
        }
    }

    public LoginTargetFacts? FindTarget(string targetName, string initiatorName) => targetName == Name ? new LoginTargetFacts() : null;

    public LoginTargetFacts? FindDiscovery(string initiatorName) => null;

    public LoginStatus CheckExisting(in LoginCandidate candidate, out ExistingSession? session)
    {
        session = null;
        if (FindSession(candidate) is not { } served)
        {
            return LoginStatus.SessionDoesNotExist;
        }

        LoginStatus status = served.StatusFor(candidate.Cid);
        if (status == LoginStatus.Success)
        {
            session = new ExistingSession(served.Core.Parameters, served.Core.Window.ExpCmdSN, served.Core.Window.MaxCmdSN);
        }

        return status;
    }

    public LoginAdmission Admit(in LoginCandidate candidate) => throw new NotSupportedException("each connection has a directory of its own");

    public LoginAdmission Admit(in LoginCandidate candidate, SimTargetConnection login) => candidate.Tsih == 0 ? Open(candidate, login) : Join(candidate, login);

    public IEnumerable<DiscoveredTarget> All() => [new(Name, ["127.0.0.1:3260,1"])];

    public DiscoveredTarget? Find(string name) => name == Name ? All().First() : null;

    public void ReachOut(SimSession by, TaskManagementOperation operation)
    {
        foreach (SimSession other in _sessions.Values.ToArray())
        {
            if (other != by)
            {
                other.Do((core, effects) => core.EndTasksFor(operation, [0], effects));
            }
        }

        if (operation.Release())
        {
            FinishOperation(operation);
        }
    }

    public static void FinishOperation(EndWait operation)
    {
        if (operation is DrainWait drain)
        {
            drain.Complete();
            return;
        }

        ((SimSession)operation.AnswersOn!.Session.Shell!).Do((core, effects) => core.Finish(operation, effects));
    }

    public void CloseEverything(string why)
    {
        foreach (SimSession session in _sessions.Values.ToArray())
        {
            session.Observer.EndsOtherwise = true;
            session.Do((core, effects) => core.Terminate(why, CloseKind.AfterFlush, SessionEnding.Closure, effects));
        }
    }

    /// <summary>The server begins anew: nothing of its sessions is left, but what the disk works on it ends.</summary>
    public void Restart()
    {
        foreach (SimTargetConnection connection in Connections.ToArray())
        {
            connection.Abort("the target restarts");
        }

        foreach (SimSession session in _sessions.Values.ToArray())
        {
            session.Observer.EndsOtherwise = true;
            session.Do(static (core, effects) => core.Terminate("the target restarts", CloseKind.Now, SessionEnding.Closure, effects));
        }
    }

    public void Remove(SimSession session, string why)
    {
        if (_sessions.GetValueOrDefault(session.Isid) != session)
        {
            return;
        }

        _sessions.Remove(session.Isid);
        Trace.Add($"target  session {session.Core.Tsih} has ended: {why}");
        DrainWait drained = session.Drain();
        if (!drained.Over)
        {
            (ulong, DrainWait) entry = (session.Isid, drained);
            _draining.Add(entry);
            drained.Then(() => _draining.Remove(entry));
        }
    }

    /// <summary>Bounds that hold at any time.</summary>
    public void CheckBounds(SimSession session)
    {
        TargetSession core = session.Core;

        // RFC 7143 §4.2.2.1: on each connection there is room for one immediate command, whatever the others have.
        int most = Options.WindowDepth + Options.MaxImmediateCommands + (2 * Offers.MaxConnections);
        BrokenRuleException.Unless(core.TaskCount <= most, $"a session has at most {most} tasks: {core.TaskCount}");
        BrokenRuleException.Unless(core.Window.MaxCmdSN + 1 - core.Window.ExpCmdSN <= (uint)Options.WindowDepth, "the window is never wider than its depth");
        BrokenRuleException.Unless(core.DataBytes <= Options.DataBudgetBytes, $"the data budget is kept: {core.DataBytes}");
    }

    private LoginAdmission Open(in LoginCandidate candidate, SimTargetConnection login)
    {
        SimSession session = new(this, candidate, _nextTsih++);
        session.TakeSeat(candidate.Cid, login);
        if (_sessions.TryGetValue(candidate.Isid, out SimSession? old))
        {
            old.Observer.EndsOtherwise = true;
            old.Do((core, effects) => core.Terminate("reinstated by a new session", CloseKind.Now, SessionEnding.Closure, effects));
            Remove(old, "reinstated by a new session");
        }

        session.Predecessors.AddRange(_draining.Where(entry => entry.Isid == session.Isid).Select(static entry => entry.Wait));
        _sessions.Add(session.Isid, session);
        return Accept(session);
    }

    private LoginAdmission Join(in LoginCandidate candidate, SimTargetConnection login)
    {
        if (FindSession(candidate) is not { } session)
        {
            return LoginAdmission.Refuse(LoginStatus.SessionDoesNotExist, "the session ended during the login");
        }

        ushort cid = candidate.Cid;
        LoginStatus status = LoginStatus.Success;
        session.Do((core, effects) =>
        {
            status = session.StatusFor(cid);
            if (status == LoginStatus.Success)
            {
                if (!session.TakeSeat(cid, login))
                {
                    core.BeginJoin(cid, Timeline.Now, effects);
                }
            }
        });
        if (status != LoginStatus.Success)
        {
            return LoginAdmission.Refuse(status, "the session has all its connections, or has ended");
        }

        DrainWait drained = session.Drain();
        if (!drained.Over)
        {
            session.Predecessors.Add(drained);
        }

        return Accept(session);
    }

    private static LoginAdmission Accept(SimSession session) =>
        LoginAdmission.Accept(session.Core.Tsih, session.Core.Window.ExpCmdSN, session.Core.Window.MaxCmdSN, session);

    private SimSession? FindSession(in LoginCandidate candidate) =>
        _sessions.GetValueOrDefault(candidate.Isid) is { } session && session.Core.Tsih == candidate.Tsih ? session : null;
}
