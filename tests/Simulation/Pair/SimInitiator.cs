using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>
/// The product's initiator core with a shell that does what a shell has to: it opens links and logs in, carries out what the core asked for when the core's lock is left,
/// sends what was queued, and ticks at the very moment that the core names.
/// </summary>
internal sealed class SimInitiator : IInitiatorEffects, IInitiatorObserver
{
    private const int MostTicksAtOnce = 100;

    private readonly List<Action> _later = [];
    private readonly List<SimInitiatorConnection> _shells = [];
    private TimeSpan? _tickAt;
    private TimeSpan _lastTick;
    private int _ticks;

    public SimInitiator(PairWorld world, InitiatorSessionOptions options, ulong isid, Serial32 firstCmdSN)
    {
        World = world;
        Isid = isid;
        Core = new InitiatorSession(options, firstCmdSN) { Observer = this };
    }

    public PairWorld World { get; }

    public InitiatorSession Core { get; }

    public ulong Isid { get; }

    /// <summary>The connection on which the Logout Request of the session is out.</summary>
    public SimInitiatorConnection? LogoutCarrier { get; set; }

    /// <summary>Connections whose link may still live, those that are being closed included.</summary>
    public IReadOnlyList<SimInitiatorConnection> Shells => _shells;

    /// <summary>All connections that are wanted are in use, and nothing is being mended.</summary>
    public bool IsWell => Core.State == InitiatorSessionState.LoggedIn && Core.Connections.Count >= Core.WantedConnections && Core.Connections.All(static it => it.IsLoggedIn);

    private TimeSpan Now => World.Timeline.Now;

    /// <summary>Visits the core, carries out what it asked for, sends what it queued.</summary>
    public void Do(Action<InitiatorSession, TimeSpan, IInitiatorEffects> action)
    {
        lock (Core.Gate)
        {
            action(Core, Now, this);
            CheckCounts();
        }

        while (_later.Count > 0)
        {
            Action[] later = [.. _later];
            _later.Clear();
            foreach (Action each in later)
            {
                each();
            }
        }

        foreach (SimInitiatorConnection shell in _shells.ToArray())
        {
            shell.Flush();
        }

        Schedule();
    }

    /// <summary>The link of a connection is gone for good.</summary>
    public void Forget(SimInitiatorConnection shell) => _shells.Remove(shell);

    void IInitiatorEffects.Connect(InitiatorConnection connection)
    {
        SimInitiatorConnection shell = new(this, connection);
        connection.Shell = shell;
        _shells.Add(shell);
        _later.Add(shell.Connect);
    }

    void IInitiatorEffects.Close(InitiatorConnection connection, InitiatorClose how, string why)
    {
        World.Trace.Add($"init    closes c{connection.Cid} ({how}): {why}");
        SimInitiatorConnection shell = (SimInitiatorConnection)connection.Shell!;
        _later.Add(() => shell.Close(how));
    }

    void IInitiatorEffects.Ended(InitiatorRequest request)
    {
        World.OnEnded(this, request);
        _later.Add(request.Release);
    }

    void IInitiatorEffects.Raise(in InitiatorNotice notice)
    {
        World.Trace.Add($"init    {notice.Event}{(notice.Cid is { } cid ? $" c{cid}" : "")}: {notice.Why}");
        World.Census.Count($"notice: {notice.Event}");
        World.OnNotice(this, notice);
    }

    void IInitiatorEffects.Note(InitiatorConnection connection, in Deviation deviation)
    {
        World.Trace.Add($"init    c{connection.Cid}: {deviation.Action} {deviation.Rule}");
        World.Census.Count($"deviation: {deviation.Action} {deviation.Rule}");
        World.OnNote(connection, deviation);
    }

    void IInitiatorObserver.Moved(InitiatorConnection connection, InitiatorConnectionTransition transition) => Count($"c{connection.Cid}", transition.ToString());

    void IInitiatorObserver.Moved(InitiatorConnection connection, CleanupTransition transition) => Count($"c{connection.Cid}", transition.ToString());

    void IInitiatorObserver.Moved(InitiatorSession session, InitiatorSessionTransition transition) => Count($"session {session.Tsih}", transition.ToString());

    private void Count(string who, string transition)
    {
        World.Census.Count($"initiator's transition: {transition}");
        World.Trace.Add($"init    {who}: {transition}");
    }

    private void CheckCounts()
    {
        int onConnections = 0;
        foreach (InitiatorConnection connection in Core.Connections)
        {
            BrokenRuleException.Unless(connection.TaskCount >= 0, $"tasks of a connection are counted: {connection}");
            onConnections += connection.TaskCount;
        }

        BrokenRuleException.Unless(Core.InFlight >= onConnections, $"every task of a connection is under way: {Core.InFlight} are, {onConnections} are on connections");
        BrokenRuleException.Unless(Core.InFlight <= Core.Options.QueueDepth, $"the queue depth is kept: {Core}");
        BrokenRuleException.Unless(Core.Numbers.CmdSN <= Core.Numbers.MaxCmdSN + 1, $"the window is kept: {Core}");
    }

    private void Schedule()
    {
        TimeSpan at = Core.Deadline > Now ? Core.Deadline : Now;
        if (Core.Deadline == TimeSpan.MaxValue || _tickAt <= at)
        {
            return;
        }

        _tickAt = at;
        World.Timeline.At(at, () =>
        {
            if (_tickAt == Now)
            {
                _tickAt = null;
                Tick();
            }
        });
    }

    private void Tick()
    {
        if (Now < Core.Deadline)
        {
            Schedule();
            return;
        }

        _ticks = Now == _lastTick ? _ticks + 1 : 0;
        _lastTick = Now;
        BrokenRuleException.Unless(_ticks < MostTicksAtOnce, $"the core does not ask for the clock again and again at one moment: {Core}");
        Do(static (core, now, effects) => core.Tick(now, effects));
    }
}
