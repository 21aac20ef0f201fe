using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>Logouts (RFC 7143 §11.14, §11.15). Logout Requests are immediate: they must get through a closed window and past a gap.</content>
public sealed partial class InitiatorSession
{
    /// <summary>
    /// Closes the session. Nothing is taken on any more and nothing sent on any connection behind the Logout Request; commands under way end as
    /// <see cref="RequestEnd.TerminatedByLogout"/>.
    /// </summary>
    public void Close(TimeSpan now, IInitiatorEffects effects)
    {
        if (_isClosing || _isOver)
        {
            return;
        }

        _why = "the session was closed";
        if (_sessionLogout is not null)
        {
            EndWaiting(RequestEnd.Closed, _why, effects);
            _isClosing = true; // it is being logged out already, as the target wanted
            return;
        }

        InitiatorConnection? carrier = State == InitiatorSessionState.LoggedIn ? Choose() ?? _connections.Find(static it => it.State == InitiatorConnectionState.LogoutRequested) : null;
        if (carrier is null)
        {
            Conclude(RequestEnd.Closed, _why, effects);
            return;
        }

        EndWaiting(RequestEnd.Closed, _why, effects);
        foreach (InitiatorConnection login in _connections.FindAll(static it => it.State is InitiatorConnectionState.TransportWait or InitiatorConnectionState.InLogin))
        {
            Drop(login, _why, effects); // no Login Request follows either
        }

        SendLogout(new InitiatorLogout(LogoutReason.CloseSession, null), carrier, now);
        _isClosing = true;
    }

    /// <summary>Ends the session without a word to the target: every connection is closed, every command ends.</summary>
    public void Abandon(string why, IInitiatorEffects effects)
    {
        if (!_isOver)
        {
            Conclude(RequestEnd.Closed, why, effects);
        }
    }

    /// <summary>Takes one connection out of the session in good order; its commands are begun anew on others. False when it is not in use or the last one.</summary>
    public bool CloseConnection(ushort cid, TimeSpan now, IInitiatorEffects effects)
    {
        InitiatorConnection? connection = _connections.Find(it => it.Cid == cid && it.IsLoggedIn);
        if (connection is null || IsQuiet || !_connections.Exists(it => it != connection && it.IsLoggedIn))
        {
            return false;
        }

        WantedConnections = Math.Max(1, WantedConnections - 1);
        SendLogout(new InitiatorLogout(LogoutReason.CloseConnection, connection), connection, now);
        return true;
    }

    private void SendLogout(InitiatorLogout logout, InitiatorConnection carrier, TimeSpan now)
    {
        _requests.Add(logout);
        _sessionLogout = logout.Reason == LogoutReason.CloseSession ? logout : _sessionLogout;
        Span<byte> bhs = AddImmediate(logout, carrier, now);
        logout.Deadline = After(now, Options.LogoutTimeLimit);
        WakeAt(logout.Deadline);
        new LogoutRequest(true, logout.Reason, logout.InitiatorTaskTag, logout.Named?.Cid ?? logout.RepeatedCid ?? 0).Emit(bhs);

        // RFC 7143 §11.14.4: ExpStatSN is that of the connection which is logged out.
        (logout.Named ?? carrier).Stamp(bhs, Numbers.CmdSN);
        if (logout.RepeatedCid is not null)
        {
            return; // what it names has no state of its own any more
        }

        if (logout.Named == carrier || logout.Named is null)
        {
            carrier.Move(carrier.State == InitiatorConnectionState.LogoutRequested ? InitiatorConnectionTransition.T10 : InitiatorConnectionTransition.T9);
        }
        else
        {
            logout.Named.Remedy = logout;
            logout.Named.Move(CleanupTransition.M2);
        }
    }

    private void OnLogoutResponse(InitiatorConnection connection, ReadOnlySpan<byte> bhs, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = LogoutResponse.Parse(new LogoutResponseView(bhs), out LogoutResponse response);
        if (!check.IsOk)
        {
            Break(connection, check.Rule, now, effects);
            return;
        }

        if (!TakeStatus(connection, TargetNumbers.Read(bhs).StatSN, now, effects))
        {
            return;
        }

        if (_requests.Find(response.InitiatorTaskTag) is not InitiatorLogout logout || logout.Connection != connection)
        {
            NoteUnlessLate(connection, response.InitiatorTaskTag, "7143/11.15 a Logout Response answers a Logout Request", effects);
            return;
        }

        Forget(logout);
        if (logout.RepeatedCid is { } repeated)
        {
            OnRepeatedLogout(repeated, TimeSpan.FromSeconds(response.Time2Wait), now);
        }
        else if (logout.Reason == LogoutReason.CloseSession)
        {
            OnSessionLogout(logout, connection, response, now, effects);
        }
        else if (logout.Named == connection)
        {
            OnOwnLogout(connection, response, now, effects);
        }
        else
        {
            OnRecoveryLogout(logout, response, now, effects);
        }
    }

    private void OnSessionLogout(InitiatorLogout logout, InitiatorConnection carrier, in LogoutResponse response, TimeSpan now, IInitiatorEffects effects)
    {
        if (response.Response != LogoutResponseCode.Closed)
        {
            OnLogoutFailed(logout, $"the target answered the logout with {response.Response}", now, effects, registered: false);
            return;
        }

        foreach (InitiatorConnection connection in _connections.ToArray())
        {
            EndInOrder(connection, effects, "the session was logged out");
        }

        Move(InitiatorSessionTransition.N3);
        if (logout.ThenRenew && !_isClosing)
        {
            Renew("the target asked for a logout", TimeSpan.FromSeconds(Parameters.DefaultTime2Wait), now, effects);
        }
        else
        {
            Conclude(RequestEnd.TerminatedByLogout, _why, effects);
        }
    }

    // T13, T8, T18; a connection that waits for its cleanup has it with the session's (M1, M4).
    private void EndInOrder(InitiatorConnection connection, IInitiatorEffects effects, string why)
    {
        switch (connection.State)
        {
            case InitiatorConnectionState.InLogout:
                connection.Move(InitiatorConnectionTransition.T13);
                break;
            case InitiatorConnectionState.LoggedIn:
                connection.Move(InitiatorConnectionTransition.T8);
                break;
            case InitiatorConnectionState.LogoutRequested:
                connection.Move(InitiatorConnectionTransition.T18);
                break;
            case InitiatorConnectionState.CleanupWait:
                connection.Move(connection.Cleanup == CleanupState.InCleanup ? CleanupTransition.M4 : CleanupTransition.M1);
                _connections.Remove(connection);
                return;
            case InitiatorConnectionState.TransportWait:
                connection.Move(InitiatorConnectionTransition.T2);
                break;
            case InitiatorConnectionState.InLogin:
                connection.Move(InitiatorConnectionTransition.T7);
                break;
        }

        _connections.Remove(connection);
        effects.Close(connection, InitiatorClose.InOrder, why);
    }

    /// <summary>A connection that logged itself out (reason 1): its commands are over at the target.</summary>
    private void OnOwnLogout(InitiatorConnection connection, in LogoutResponse response, TimeSpan now, IInitiatorEffects effects)
    {
        if (response.Response != LogoutResponseCode.Closed)
        {
            // T17: it has to be settled from elsewhere, by the same rule of waiting (RFC 7143 §11.15.3).
            connection.Move(InitiatorConnectionTransition.T17);
            effects.Close(connection, InitiatorClose.Now, $"the target answered the logout with {response.Response}");
            AbandonRequestsOf(connection, "its connection was logged out", now, effects);
            BeginCleanup(connection, $"the target answered its logout with {response.Response}", (response.Time2Wait, Parameters.DefaultTime2Retain), now, effects);
            return;
        }

        connection.Move(InitiatorConnectionTransition.T13);
        _connections.Remove(connection);
        effects.Close(connection, InitiatorClose.InOrder, "it was logged out");
        effects.Raise(new InitiatorNotice(InitiatorEvent.ConnectionClosed, "it was logged out") { Cid = connection.Cid });
        AbandonRequestsOf(connection, "its connection was logged out", now, effects);
        Settle(connection, forRecovery: false, TimeSpan.Zero, now, effects);
        _joinAt = now + TimeSpan.FromSeconds(Parameters.DefaultTime2Wait);
        WakeAt(_joinAt);
        GoOnWithoutConnections("its last connection was logged out", now, effects);
    }

    /// <summary>
    /// Was that the last connection? A logout with reason 1 that leaves none has closed the session, unless others are lost and not settled: then it has failed (RFC 7143
    /// §6.3.5, §8.3). One that logs in now may have come in time.
    /// </summary>
    private void GoOnWithoutConnections(string why, TimeSpan now, IInitiatorEffects effects)
    {
        if (State != InitiatorSessionState.LoggedIn || IsLoggingIn || _connections.Exists(static it => it.IsOpen))
        {
            return;
        }

        if (_connections.Count > 0)
        {
            Move(InitiatorSessionTransition.N5);
            return;
        }

        Move(InitiatorSessionTransition.N3);
        if (_isClosing)
        {
            Conclude(RequestEnd.TerminatedByLogout, _why, effects);
            return;
        }

        effects.Raise(new InitiatorNotice(InitiatorEvent.SessionLost, why));
        Renew(why, TimeSpan.FromSeconds(Parameters.DefaultTime2Wait), now, effects);
    }

    /// <summary>A logout that came to nothing: rejected, failed, or not answered.</summary>
    private void OnLogoutFailed(InitiatorLogout logout, string why, TimeSpan now, IInitiatorEffects effects, bool registered = true)
    {
        InitiatorConnection carrier = logout.Connection!;
        if (registered)
        {
            Forget(logout);
        }

        if (logout.RepeatedCid is { } repeated)
        {
            OnRepeatedLogout(repeated, TimeSpan.Zero, now);
        }
        else if (logout.Reason == LogoutReason.CloseSession && (!logout.ThenRenew || _isClosing))
        {
            // T17 for the carrier; the caller wanted the end, and has it.
            _why = why;
            Conclude(RequestEnd.TerminatedByLogout, why, effects);
        }
        else if (logout.Named is { } named && named != carrier)
        {
            CleanupFailed(named, why, now, effects);
        }
        else
        {
            Lose(carrier, why, now, effects);
        }
    }

    /// <summary>The end of it all: every connection is closed, every request ends.</summary>
    private void Conclude(RequestEnd end, string why, IInitiatorEffects effects)
    {
        _isOver = true;
        _why = why;
        foreach (InitiatorConnection connection in _connections.ToArray())
        {
            Drop(connection, why, effects);
        }

        _connections.Clear();
        if (State == InitiatorSessionState.LoggedIn)
        {
            Move(InitiatorSessionTransition.N5);
        }

        if (State == InitiatorSessionState.Failed)
        {
            Move(InitiatorSessionTransition.N6);
        }

        for (int place = 0; place < _requests.Places; place++)
        {
            switch (_requests.At(place))
            {
                case InitiatorTask task:
                    Detach(task);
                    Finish(task, task.AbortAs != RequestEnd.None ? task.AbortAs : end, why, true, effects);
                    break;
                case { } request:
                    EndRequest(request, end, why, effects);
                    break;
            }
        }

        EndWaitingTexts(end, why, effects);
        Numbers.Begin(Numbers.CmdSN);
        EndWaiting(end == RequestEnd.TerminatedByLogout ? RequestEnd.Closed : end, why, effects);
        Tsih = 0;
        Deadline = TimeSpan.MaxValue;
        effects.Raise(new InitiatorNotice(InitiatorEvent.SessionClosed, why) { Failure = _failure });
    }

    private void EndWaiting(RequestEnd end, string why, IInitiatorEffects effects)
    {
        while (_waiting.First is { } task)
        {
            _waiting.Remove(task);
            EndUnsent(task, end, why, effects);
        }
    }
}
