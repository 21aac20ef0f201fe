using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>Connections that are lost, and how their tasks go on or are repeated (RFC 7143 §6.3.4, §6.3.6, §7.2, §11.14).</content>
internal sealed partial class ScriptedInitiator
{
    private readonly List<Logout> _logouts = [];
    private bool _sessionEndWasChosen;

    /// <summary>A connection is gone, found out by whatever means.</summary>
    public void Lose(ScriptedConnection connection, string why)
    {
        if (connection.State is ScriptedState.Lost or ScriptedState.Free)
        {
            return;
        }

        Trace.Add($"init    c{connection.Cid} is lost ({connection.State}): {why}");
        _world.Census.Count($"connection lost: {why}");
        bool login = connection.State == ScriptedState.LoggingIn;
        connection.Link.AbortByInitiator();
        _logouts.RemoveAll(logout => logout.Carrier == connection && Abandon(logout));
        _functions.RemoveAll(function => function.Carrier == connection && Forget(function));
        _pings.RemoveAll(ping => ping.Connection == connection);
        if (login)
        {
            OnLoginLost(connection);
            return;
        }

        connection.State = ScriptedState.Lost;
        connection.LostAt = Now;
        connection.RecoverAt = Now + TimeSpan.FromSeconds(Time2Wait) + _random.Milliseconds(0, _random.Chance(Terms.LatePercent) ? 12_000 : 800);
        foreach (ScriptedTask task in _tasks.Values)
        {
            if (task.Connection == connection)
            {
                task.Epoch++;
            }
        }
    }

    // Its answer may have been on the way: then the connection is there for the target, and the old one, or session, is gone.
    private void OnLoginLost(ScriptedConnection connection)
    {
        Close(connection);
        if (connection.Replaces is { } old && old.RecoveredBy == connection)
        {
            old.RecoveredBy = null;
            old.RecoverAt = Now + TimeSpan.FromSeconds(1);
        }
        else if (connection is { Replaces: null, IsLeading: false })
        {
            // RFC 7143 §8.2: it may be logged in at the target, so its CID has to be cleared before it is used again.
            connection.State = ScriptedState.Lost;
            connection.RecoverAt = Now + TimeSpan.FromSeconds(Time2Wait);
            _connections.Add(connection);
        }

        _nextLoginAt = Now + TimeSpan.FromSeconds(1);
    }

    private bool Abandon(Logout logout)
    {
        _sessionEndWasChosen |= logout.Reason == LogoutReason.CloseConnection && !_connections.Exists(other => other != logout.Named && other.IsOpen);
        if (logout.Named.RecoveredBy == logout)
        {
            logout.Named.RecoveredBy = null;
            logout.Named.RecoverAt += TimeSpan.FromSeconds(1);
        }

        return true;
    }

    /// <summary>The target has sent FIN.</summary>
    public void OnFinished(ScriptedConnection connection) => Lose(connection, "closed by the target");

    private void ManageConnections()
    {
        foreach (ScriptedConnection connection in _connections.ToArray())
        {
            TimeSpan silence = Now - connection.HeardAt;
            if (connection is { State: ScriptedState.LoggingOut, RecoveredBy: not ScriptedConnection } && !_logouts.Exists(logout => logout.Named == connection || logout.Reason == LogoutReason.CloseSession))
            {
                Lose(connection, "the logout came to nothing");
                continue;
            }

            if (connection.State == ScriptedState.LoggingIn && silence > TimeSpan.FromSeconds(25))
            {
                Lose(connection, "the login is not answered");
            }
            else if (connection.IsOpen && connection.PingedAt is { } pinged && Now - pinged > TimeSpan.FromSeconds(12))
            {
                Lose(connection, "a ping is not answered");
            }
            else if (connection.IsUp && connection.PingedAt is null && silence > TimeSpan.FromSeconds(HasWorkOn(connection) ? 3 : 8))
            {
                connection.PingedAt = Now;
                Ping(connection, immediate: true, 0);
            }
        }

        if (_tsih == 0 && !_isOver && Now >= _nextLoginAt && !_connections.Exists(static connection => connection.State == ScriptedState.LoggingIn))
        {
            foreach (ScriptedConnection old in _connections.ToArray())
            {
                Close(old);
            }

            Connect((ushort)_random.Next(3), null, leading: true);
            return;
        }

        int open = _connections.Count(static connection => connection.State != ScriptedState.Free);
        if (_tsih != 0 && open < Terms.Connections && Up.Any() && Now >= _nextLoginAt && !HoldsBack && _connections.TrueForAll(static connection => connection.IsUp))
        {
            Connect(FreeCid(), null, leading: false);
        }
    }

    private bool HasWorkOn(ScriptedConnection connection) => _tasks.Values.Any(task => task.Connection == connection) || _unacknowledged.Exists(request => request.Carrier == connection);

    private ushort FreeCid()
    {
        ushort cid = (ushort)_random.Next(6);
        while (_connections.Exists(connection => connection.Cid == cid))
        {
            cid = (ushort)((cid + 1) % 6);
        }

        return cid;
    }

    private void ManageRecovery()
    {
        if (_tsih == 0)
        {
            return;
        }

        if (_connections.Count == 0)
        {
            if (Level == 2 && AnyReassigns && Now >= _nextLoginAt)
            {
                Connect(FreeCid(), null, leading: false); // tasks wait to be reassigned: the session is continued (RFC 7143 §6.3.6)
            }
            else if (Level < 2 || !AnyReassigns)
            {
                EndSession("every connection was logged out", null);
                _nextLoginAt = Now;
            }

            return;
        }

        foreach (ScriptedConnection lost in _connections.Where(static connection => connection.State == ScriptedState.Lost).ToArray())
        {
            if (lost.RecoveredBy is null && Now >= lost.RecoverAt && _tsih != 0)
            {
                Recover(lost);
            }
        }

        foreach (Logout late in _logouts.Where(logout => Now - logout.SentAt > TimeSpan.FromSeconds(20)).ToArray())
        {
            Lose(late.Carrier, "a logout is not answered");
        }
    }

    private void Recover(ScriptedConnection lost)
    {
        bool loggingIn = _connections.Exists(static connection => connection.State == ScriptedState.LoggingIn);
        if (PickUp() is { } carrier && !_random.Chance(Terms.ReinstatePercent))
        {
            LogOut(carrier, lost, Level == 2 && !_random.Chance(Terms.GiveUpPercent) ? LogoutReason.RemoveConnectionForRecovery : LogoutReason.CloseConnection);
        }
        else if (!loggingIn && Now >= _nextLoginAt)
        {
            // Below level 2 there is nothing to continue once the last connection is gone; it is tried now and then all the same.
            bool leading = !Up.Any() && !_connections.Exists(static connection => connection.State == ScriptedState.LoggingOut) && Level < 2 && _random.Chance(80);
            if (leading)
            {
                EndSession("every connection was lost", null);
                Connect((ushort)_random.Next(3), null, leading: true);
            }
            else
            {
                Connect(lost.Cid, lost, leading: false);
            }
        }
    }

    /// <summary>Logs a connection out, over itself or over another one.</summary>
    public void LogOut(ScriptedConnection carrier, ScriptedConnection named, LogoutReason reason)
    {
        bool immediate = _random.Chance(70) || !WindowIsOpen;
        Logout logout = new(NewItt(), reason, carrier, named, Now);
        _logouts.Add(logout);
        named.RecoveredBy = logout;
        _sessionEndWasChosen |= reason == LogoutReason.CloseSession;
        LogoutRequest request = new(immediate, reason, logout.Itt, named.Cid);
        SendNumbered(carrier, immediate, Opcode.LogoutRequest, logout.Itt, request.Emit);

        // Nothing new goes out on what is being closed (RFC 7143 §11.14).
        foreach (ScriptedConnection closing in reason == LogoutReason.CloseSession ? _connections.ToArray() : [named])
        {
            if (closing.IsUp)
            {
                closing.State = ScriptedState.LoggingOut;
            }

            foreach (ScriptedTask task in _tasks.Values.Where(task => task.Connection == closing && reason != LogoutReason.RemoveConnectionForRecovery))
            {
                task.EndWasChosen = true;
            }
        }
    }

    private void OnLogoutResponse(ScriptedConnection connection, ReadOnlySpan<byte> bhs)
    {
        Check(LogoutResponse.Parse(new LogoutResponseView(bhs), out LogoutResponse response));
        TargetNumbers numbers = TargetNumbers.Read(bhs);
        if (!connection.TakeStatSN(numbers.StatSN, counts: true))
        {
            return;
        }

        int at = _logouts.FindIndex(it => it.Itt == response.InitiatorTaskTag);
        BrokenRuleException.Unless(at >= 0 && _logouts[at].Carrier == connection, $"a logout is answered once, where it came from: itt {response.InitiatorTaskTag}");
        Logout logout = _logouts[at];
        _world.Census.Count($"logout: {logout.Reason}, {response.Response}");
        _logouts.RemoveAt(at);
        ScriptedConnection named = logout.Named;
        bool wasLost = named.State == ScriptedState.Lost;
        if (named.RecoveredBy == logout)
        {
            named.RecoveredBy = null;
        }

        if (logout.Reason == LogoutReason.CloseSession)
        {
            BrokenRuleException.Unless(response.Response is LogoutResponseCode.Closed or LogoutResponseCode.CleanupFailed, $"a session can be closed: {response.Response}");
            _sessionEndWasChosen = true;
            EndSession("the session was logged out", null);
            _nextLoginAt = Now;
            return;
        }

        switch (response.Response)
        {
            case LogoutResponseCode.Closed:
                // With the last connection the session goes (RFC 7143 §6.3.5), and requests that were not acknowledged go with it.
                _sessionEndWasChosen |= logout.Reason == LogoutReason.CloseConnection && !_connections.Exists(other => other != named && other.IsOpen);
                Settle(named, numbers.ExpCmdSN, logout.Reason == LogoutReason.RemoveConnectionForRecovery, TimeSpan.FromSeconds(response.Time2Wait), chosen: !wasLost || Level == 2);
                break;
            case LogoutResponseCode.CidNotFound:
                // It was settled before: by an earlier logout, or because its time ran out. What became of its tasks their reassignment tells.
                Settle(named, numbers.ExpCmdSN, logout.Reason == LogoutReason.RemoveConnectionForRecovery, TimeSpan.Zero, chosen: !wasLost || Level == 2);
                break;
            case LogoutResponseCode.CleanupFailed when named.State == ScriptedState.Lost:
                named.RecoverAt = Now + TimeSpan.FromSeconds(response.Time2Wait);
                break;
            case LogoutResponseCode.CleanupFailed:
                Lose(named, "its cleanup failed");
                break;
            default:
                throw new BrokenRuleException($"a logout that is right is carried out: {response.Response} for {logout.Reason} at level {Level}");
        }
    }

    /// <summary>
    /// A connection has been logged out, in so many words or by a login with its CID. Commands that were acknowledged wait for their reassignment or are over; those
    /// that were not are missing at the target, and sent again (RFC 7143 §11.14, §7.2.1).
    /// </summary>
    private void Settle(ScriptedConnection gone, Serial32 expCmdSN, bool forRecovery, TimeSpan wait, bool chosen)
    {
        TimeSpan known = gone.Link.TargetHeardAt ?? Now;
        Trace.Add($"init    c{gone.Cid} is settled, ExpCmdSN {expCmdSN}{(forRecovery ? ", for recovery" : "")}");
        Acknowledge(expCmdSN);
        foreach (ScriptedTask task in _tasks.Values.Reverse().Where(task => task.Connection == gone).ToArray())
        {
            bool discarded = !task.Immediate && task.CmdSN >= expCmdSN;
            task.Connection = null;
            TimeSpan since = task.Reassigning && task.FreeSince.Known < known ? task.FreeSince.Known : known; // the reassignment may never have arrived
            task.Reassigning = false;
            task.Epoch++;
            task.Sequences.Clear();
            task.Sending = false;
            if (discarded)
            {
                ResetData(task);
            }
            else if (forRecovery)
            {
                task.ReassignAt = Now + wait + (_random.Chance(Terms.LatePercent) ? _random.Milliseconds(0, 4_000) : TimeSpan.Zero);
                task.FreeSince = (Now, since);
            }
            else
            {
                task.FreeSince = (Now, since);
                End(task, "its connection was logged out", chosen ? Outcome.Chosen : Outcome.Failed);
            }
        }

        foreach (Request request in _unacknowledged)
        {
            if (request.Carrier == gone)
            {
                request.Carrier = null;
            }
        }

        Close(gone);
    }

    private static void ResetData(ScriptedTask task)
    {
        task.NextDataSN = task.NextR2TSN = task.AcknowledgedDataSN = default;
        task.MissingData.Clear();
        task.PendingAck = null;
        task.StatusStatSN = null;
        task.HasStatus = false;
        task.SnackTag = 0;
    }

    private sealed class Logout(uint itt, LogoutReason reason, ScriptedConnection carrier, ScriptedConnection named, TimeSpan sentAt)
    {
        public uint Itt { get; } = itt;

        public LogoutReason Reason { get; } = reason;

        public ScriptedConnection Carrier { get; } = carrier;

        public ScriptedConnection Named { get; } = named;

        public TimeSpan SentAt { get; } = sentAt;
    }
}
