using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>
/// Connections that come and go while the session goes on (RFC 7143 §6.3.4 to §6.3.6, §7.5, §7.14, §8): lost ones wait in CLEANUP_WAIT with their tasks until they are logged
/// out or reinstated, or their time is up; a session without a connection waits in FAILED.
/// </content>
public sealed partial class TargetSession
{
    // A session keeps at most this many lost connections, and as many whose tasks wait for reassignment.
    private const int MaxLostConnections = 32;
    private int _continuing;

    /// <summary>Where the session stands (RFC 7143 §8.3.2). It is made when its leading login is let in.</summary>
    public SessionState State { get; private set; } = SessionState.Active;

    /// <summary>Hears of every transition; null usually.</summary>
    public ISessionObserver? Observer { get; set; }

    /// <summary>Why the last connection was lost, for the log; empty before.</summary>
    public string WhyFailed { get; private set; } = "";

    /// <summary>Connections that have a transport connection.</summary>
    public int LiveConnections => _connections.Count(static connection => connection.IsUp);

    /// <summary>The whole session is being logged out or reset: no connection may join it any more.</summary>
    public bool IsClosing => _resettingNexus || _closingSession;

    /// <summary>No more lost connections are kept: a login with a new CID has to wait.</summary>
    public bool IsFullOfLostConnections => _connections.Count - LiveConnections >= MaxLostConnections;

    /// <summary>
    /// How long a lost connection and its tasks are kept: Time2Wait, then Time2Retain (RFC 7143 §7.5). With a Time2Retain of 0 not at all (§13.16, §11.15.4).
    /// </summary>
    public TimeSpan Retention =>
        TimeSpan.FromSeconds(Parameters.DefaultTime2Retain == 0 ? 0 : Parameters.DefaultTime2Wait + Parameters.DefaultTime2Retain);

    /// <summary>Adds a connection whose login has finished; a connection with the same CID that was being reinstated is free from now on (RFC 7143 §8.2, M4).</summary>
    public TargetConnection AddConnection(ushort cid, ConnectionParameters parameters, Serial32 nextStatSN, TargetTextExchange text, TimeSpan now, ITargetEffects effects)
    {
        _now = now;
        if (_connections.Find(connection => connection.Cid == cid) is { } old)
        {
            FinishReinstatement(old, effects);
        }

        IdleProbe probe = new(IdleBeforeProbe, _options.ProbePatience);
        probe.OnPdu(now);
        TargetConnection connection = new(this, cid, parameters, nextStatSN, probe, text);
        _connections.Add(connection);
        connection.Move(ConnectionTransition.T5);
        if (State == SessionState.Failed)
        {
            Move(SessionTransition.N7); // it failed while the login was going on
        }

        if (State is SessionState.Active or SessionState.InContinue)
        {
            Move(State == SessionState.Active ? SessionTransition.N2 : SessionTransition.N10);
        }

        _continuing = Math.Max(0, _continuing - 1);
        DropEmptyFree();
        return connection;
    }

    /// <summary>
    /// A login to this session has been let in and is about to be answered: it reinstates the connection with its CID, or adds one. Nothing before that touches the session,
    /// because the initiator has proved nothing yet.
    /// </summary>
    public void BeginJoin(ushort cid, TimeSpan now, ITargetEffects effects)
    {
        _now = now;
        _continuing++;
        if (State == SessionState.Failed)
        {
            Move(SessionTransition.N7);
        }

        if (_connections.Find(connection => connection.Cid == cid) is not { } old)
        {
            return;
        }

        GiveWay(old, effects);
        if (Parameters.ErrorRecoveryLevel < 2)
        {
            EndTasksOf(old, tell: true, effects); // RFC 7143 §6.3.4: at once, and without another word
        }
    }

    /// <summary>A login that <see cref="BeginJoin"/> was called for has come to nothing.</summary>
    public void FailJoin(ushort cid, TimeSpan now, ITargetEffects effects)
    {
        _now = now;
        _continuing = Math.Max(0, _continuing - 1);
        if (_connections.Find(connection => connection.Cid == cid) is { State: ConnectionState.CleanupWait, Cleanup: CleanupState.InCleanup } old)
        {
            old.Move(CleanupTransition.M3);
        }

        CheckFailure("a login that was to replace its last connection came to nothing");
        if (State == SessionState.InContinue && _continuing == 0)
        {
            Move(SessionTransition.N8);
        }

        CheckCleanup(now, effects);
    }

    // The implicit logout begins: a connection that still looks alive is dropped.
    private void GiveWay(TargetConnection old, ITargetEffects effects)
    {
        if (old.IsUp)
        {
            TakeDown(old, effects);
            Close(old, CloseKind.Now, "reinstated by a new connection", effects);
        }

        if (old.Cleanup == CleanupState.CleanupWait)
        {
            old.Move(CleanupTransition.M2);
        }
    }

    private void FinishReinstatement(TargetConnection old, ITargetEffects effects)
    {
        GiveWay(old, effects);
        old.Move(CleanupTransition.M4);
        if (Parameters.ErrorRecoveryLevel < 2)
        {
            EndTasksOf(old, tell: true, effects);
            Discard(old, effects);
        }
        else
        {
            SetTasksFree(old, effects); // RFC 7143 §11.14: the implicit logout is one for recovery
        }
    }

    // Thousands of sessions that fell silent at one moment are not asked at one moment: from the 65th on they are asked up to a quarter of the time earlier.
    private TimeSpan IdleBeforeProbe => _options.IdleBeforeProbe == Timeout.InfiniteTimeSpan
        ? Timeout.InfiniteTimeSpan
        : _options.IdleBeforeProbe - (_options.IdleBeforeProbe / 4 * (Tsih / 64 % 16 / 16.0));

    /// <summary>
    /// A connection's transport is gone. Its tasks wait for what the initiator does about it; another connection tells the initiator (RFC 7143 §7.14, §11.9.1 event 2).
    /// </summary>
    public void ConnectionLost(TargetConnection connection, string why, TimeSpan now, ITargetEffects effects)
    {
        _now = now;
        connection.TransportGone = true;
        EndLanding(connection, effects);
        if (!connection.IsUp)
        {
            return;
        }

        if (Type == SessionType.Discovery)
        {
            Terminate(why, CloseKind.Now, SessionEnding.Failure, effects); // there is nothing in it that anybody could come back for
            return;
        }

        // Whoever is logging it out by another connection hears by the Logout Response.
        bool known = _logouts.Exists(logout => logout.Carrier != connection && logout.Carrier.IsUp && logout.Closing.Contains(connection));
        TakeDown(connection, effects);
        if (!known && !IsClosing)
        {
            TellOfDrop(connection);
        }

        CheckFailure(why);
        CheckCleanup(now, effects);
        StepFence(effects);
        TellWindow();
    }

    // From whatever state it is in to CLEANUP_WAIT. Tasks stay, as RFC 7143 Appendix E.1 has it, but not immediate ones (§7.14), and nothing is asked of the initiator any more.
    private void TakeDown(TargetConnection connection, ITargetEffects effects)
    {
        connection.Move(connection.State switch
        {
            ConnectionState.LoggedIn => ConnectionTransition.T15,
            ConnectionState.LogoutRequested => ConnectionTransition.T16,
            _ => ConnectionTransition.T17,
        });
        connection.Deadline = _now + Retention;
        _postponed.RemoveAll(operation => operation.Connection == connection);
        AbortAll(Matching(task => task.Connection == connection && task.Immediate), waitForData: false, effects);
        foreach (TargetTask task in Matching(task => task.Connection == connection))
        {
            StopSolicited(task, effects);
            Loosen(task, effects);
        }

        // A logout that came by it cannot be answered any more: what it was to clean up has to be cleaned up by another (RFC 7143 §8.2.2, M3).
        foreach (LogoutOperation logout in _logouts)
        {
            if (logout.Carrier == connection)
            {
                foreach (TargetConnection other in logout.Closing)
                {
                    if (other is { State: ConnectionState.CleanupWait, Cleanup: CleanupState.InCleanup })
                    {
                        other.Move(CleanupTransition.M3);
                    }
                }
            }
        }
    }

    // An aborted task that waited for answers to its R2Ts will not get them: the connection is gone.
    private void Loosen(TargetTask task, ITargetEffects effects)
    {
        if (task.Aborted && task.State == TaskState.Receiving && task.Connection.LandingTask != task)
        {
            Conclude(task, effects);
        }
    }

    private void TellOfDrop(TargetConnection gone)
    {
        if (_connections.Find(static other => other.Carries) is { } survivor)
        {
            (ushort wait, ushort retain) = RetentionTimes;
            SendMessage(survivor, new AsyncMessage(0, AsyncEvent.ConnectionDrop, 0, gone.Cid, wait, retain));
        }
    }

    private static void Close(TargetConnection connection, CloseKind kind, string why, ITargetEffects effects)
    {
        if (!connection.TransportGone)
        {
            effects.Close(connection, kind, why);
        }
    }

    // RFC 7143 §6.3.6: the last connection is gone.
    private void CheckFailure(string why)
    {
        if (State == SessionState.LoggedIn && LiveConnections == 0)
        {
            WhyFailed = why;
            Move(SessionTransition.N5);
            if (_continuing > 0)
            {
                Move(SessionTransition.N7); // a login that has been let in is about to continue it
            }
        }
    }

    // RFC 7143 §7.5, §8.2.2 M1, §8.3.4 N6: whose time is up goes, and with the last of them the session.
    private void CheckCleanup(TimeSpan now, ITargetEffects effects)
    {
        if (_connections.Count == 0 && _free.Count == 0 && State != SessionState.Failed)
        {
            return;
        }

        while (FindUncleaned(now) is { } late)
        {
            late.Move(CleanupTransition.M1);
            EndTasksOf(late, tell: true, effects); // RFC 7143 §7.6 b
            Discard(late, effects);
        }

        while (FindUnclaimed(now) is { } unclaimed)
        {
            GiveUpTasksOf(unclaimed, effects);
        }

        TellWindow();
        // A login that was let in before it failed may still continue it (RFC 7143 §6.3.6).
        if (State == SessionState.Failed && _continuing == 0 && _connections.Count == 0 && _free.Count == 0)
        {
            End(WhyFailed, effects);
        }
    }

    // Loops instead of predicates, which would allocate at every tick of every session.
    private TargetConnection? FindUncleaned(TimeSpan now)
    {
        foreach (TargetConnection connection in _connections)
        {
            if (connection is { State: ConnectionState.CleanupWait, Cleanup: CleanupState.CleanupWait } && now >= connection.Deadline)
            {
                return connection;
            }
        }

        return null;
    }

    private TargetConnection? FindUnclaimed(TimeSpan now)
    {
        foreach (TargetConnection connection in _free)
        {
            if (now >= connection.Deadline)
            {
                return connection;
            }
        }

        return null;
    }

    // Tasks of a connection end without an answer. Unless the nexus goes too, a unit attention tells the initiator (RFC 7143 §11.14.5, L33).
    private void EndTasksOf(TargetConnection connection, bool tell, ITargetEffects effects)
    {
        ForgetRequestsOf(connection);
        List<TargetTask> tasks = Matching(task => task.Connection == connection);
        if (!tell)
        {
            AbortAll(tasks, waitForData: false, effects);
            return;
        }

        TransportEnd end = new(connection, AffectedUnits(tasks, effects));
        foreach (TargetTask task in tasks)
        {
            WaitFor(task, end);
        }

        AbortAll(tasks, waitForData: false, effects);
        ReleaseOperation(end, effects);
    }

    private void FinishTransportEnd(TransportEnd end, ITargetEffects effects)
    {
        if (!Ended)
        {
            TellUnits(end.Units, effects);
        }
    }

    private static void TellUnits(List<ulong> units, ITargetEffects effects)
    {
        foreach (ulong lun in units)
        {
            effects.TasksEndedByTransport(lun);
        }
    }

    // A connection that is free and whose tasks are ended leaves nothing behind.
    private void Discard(TargetConnection connection, ITargetEffects effects)
    {
        _connections.Remove(connection);
        ForgetAnsweredOf(connection, effects);
        StepFence(effects);
    }

    // Each unit once, however its LUN is spelled. Commands that were not delivered are sent again, and those that a function has ended are no news.
    private static List<ulong> AffectedUnits(List<TargetTask> tasks, ITargetEffects effects)
    {
        List<ulong> units = [];
        foreach (TargetTask task in tasks)
        {
            if (task.State != TaskState.Held && !task.Aborted && !units.Exists(lun => effects.IsSameUnit(lun, task.Lun)))
            {
                units.Add(task.Lun);
            }
        }

        return units;
    }

    private void Move(SessionTransition transition)
    {
        State = SessionStates.Next(State, transition);
        Observer?.Moved(this, transition);
    }
}
