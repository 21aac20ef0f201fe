using Blockwire.Protocol.Login;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>Connections: how they come, and how they are lost (RFC 7143 §8.1.3, §6.3.4).</content>
public sealed partial class InitiatorSession
{
    private ushort _nextCid;
    private TimeSpan _joinAt;
    private int _joinFailures;
    private int _mostConnections; // that this session had at once
    private InitiatorLoginFailure? _failure;

    /// <summary>Connections that the session wants now: what was asked for, or what the target grants.</summary>
    public int WantedConnections { get; private set; }

    /// <summary>Why the target refused the last login that failed; null when none did.</summary>
    public InitiatorLoginFailure? Failure => _failure;

    /// <summary>Every connection that is wanted is in use, or was tried in vain.</summary>
    public bool IsComplete => State == InitiatorSessionState.LoggedIn && !IsLoggingIn && (_connections.Count(static it => it.IsOpen) >= WantedConnections || _joinFailures > 0);

    /// <summary>The TCP connection is there: the login begins (T4).</summary>
    public static void OnTransportUp(InitiatorConnection connection)
    {
        if (connection.State == InitiatorConnectionState.TransportWait)
        {
            connection.Move(InitiatorConnectionTransition.T4);
        }
    }

    /// <summary>The login has succeeded (T5).</summary>
    public void OnLoggedIn(InitiatorConnection connection, InitiatorLoginOutcome outcome, TimeSpan now, IInitiatorEffects effects)
    {
        if (connection.State != InitiatorConnectionState.InLogin)
        {
            return;
        }

        connection.Move(InitiatorConnectionTransition.T5);
        connection.Deadline = TimeSpan.MaxValue;
        connection.Parameters = outcome.ConnectionParameters;
        connection.Statuses = new StatusSequence(outcome.NextStatSN);
        connection.Probe.OnPdu(now);
        WakeAt(connection.Probe.Deadline);
        _failure = null;
        _joinFailures = 0;
        if (connection.Purpose == ConnectionPurpose.Leading)
        {
            _mostConnections = 0;
            BeginSession(connection, outcome, now, effects);
        }
        else
        {
            if (State == InitiatorSessionState.Failed)
            {
                Move(InitiatorSessionTransition.N4);
            }

            effects.Raise(new InitiatorNotice(InitiatorEvent.ConnectionUp, connection.Purpose == ConnectionPurpose.Reinstate ? "it takes the place of a lost one" : "it joined the session") { Cid = connection.Cid });
        }

        _mostConnections = Math.Max(_mostConnections, _connections.Count(static it => it.IsOpen));
        if (!Numbers.Hear(outcome.ExpCmdSN, outcome.MaxCmdSN))
        {
            Break(connection, "7143/4.2.2.1 only what was sent is acknowledged", now, effects);
            return;
        }

        if (connection.Replaces is { Cleanup: CleanupState.InCleanup } replaced)
        {
            // RFC 7143 §6.3.4: the login has logged the old connection out, with reason 2 at level 2 and with reason 1 below.
            Free(replaced);
            Settle(replaced, Level == 2, TimeSpan.Zero, now, effects);
        }

        _joinAt = now;
        Manage(now, effects);
    }

    /// <summary>The login was refused, or came to nothing in another way (T7).</summary>
    public void OnLoginFailed(InitiatorConnection connection, InitiatorLoginFailure failure, TimeSpan now, IInitiatorEffects effects)
    {
        if (connection.State is InitiatorConnectionState.InLogin or InitiatorConnectionState.TransportWait)
        {
            _failure = failure;
            Drop(connection, failure.Why, effects);
            OnLoginCameToNothing(connection, failure.Why, failure, now, effects);
            Manage(now, effects);
        }
    }

    /// <summary>
    /// A connection is gone: its transport was lost, could not be opened, or is given up. Whatever it was for is done otherwise.
    /// </summary>
    public void Lose(InitiatorConnection connection, string why, TimeSpan now, IInitiatorEffects effects) => Lose(connection, why, null, now, effects);

    private void Lose(InitiatorConnection connection, string why, (int Wait, int Retain)? times, TimeSpan now, IInitiatorEffects effects)
    {
        switch (connection.State)
        {
            case InitiatorConnectionState.TransportWait or InitiatorConnectionState.InLogin:
                Drop(connection, why, effects);
                OnLoginCameToNothing(connection, why, null, now, effects);
                break;
            case InitiatorConnectionState.LoggedIn:
                connection.Move(InitiatorConnectionTransition.T15);
                OnLost(connection, why, times, now, effects);
                break;
            case InitiatorConnectionState.LogoutRequested:
                connection.Move(InitiatorConnectionTransition.T16);
                OnLost(connection, why, times, now, effects);
                break;
            case InitiatorConnectionState.InLogout:
                connection.Move(InitiatorConnectionTransition.T17);
                OnLost(connection, why, times, now, effects);
                break;
        }
    }

    private void OnLost(InitiatorConnection connection, string why, (int Wait, int Retain)? times, TimeSpan now, IInitiatorEffects effects)
    {
        effects.Close(connection, InitiatorClose.Now, why);
        effects.Raise(new InitiatorNotice(InitiatorEvent.ConnectionLost, why) { Cid = connection.Cid });
        if (_isClosing)
        {
            // The end was wanted; without its carrier nobody waits for the answer (L54, L55).
            if (_sessionLogout is not { } logout || logout.Connection == connection)
            {
                Conclude(RequestEnd.TerminatedByLogout, $"the connection was lost while the session was logged out: {why}", effects);
            }

            return;
        }

        AbandonRequestsOf(connection, $"its connection was lost: {why}", now, effects);
        BeginCleanup(connection, why, times ?? (Parameters.DefaultTime2Wait, Parameters.DefaultTime2Retain), now, effects);
        Manage(now, effects);
    }

    private InitiatorConnection Connect(ushort cid, ConnectionPurpose purpose, InitiatorConnection? replaces, TimeSpan now, IInitiatorEffects effects)
    {
        InitiatorConnection connection = new(this, cid, purpose, replaces, new IdleProbe(Options.PingAfter, Options.PingTimeLimit));
        _connections.Add(connection);
        connection.Move(InitiatorConnectionTransition.T1);
        connection.Deadline = After(now, Options.LoginTimeLimit);
        WakeAt(connection.Deadline);
        effects.Connect(connection);
        return connection;
    }

    private void ConnectLeading(TimeSpan now, IInitiatorEffects effects)
    {
        WantedConnections = Options.Connections;
        _renewAt = TimeSpan.MaxValue;
        Connect(NextCid(), ConnectionPurpose.Leading, null, now, effects);
    }

    private ushort NextCid()
    {
        while (_connections.Exists(it => it.Cid == _nextCid))
        {
            _nextCid++;
        }

        return _nextCid++;
    }

    private bool IsLoggingIn => _connections.Exists(static it => it.State is InitiatorConnectionState.TransportWait or InitiatorConnectionState.InLogin);

    /// <summary>Frees a connection from whatever state, without a remedy.</summary>
    private void Drop(InitiatorConnection connection, string why, IInitiatorEffects effects)
    {
        switch (connection.State)
        {
            case InitiatorConnectionState.Free:
                return;
            case InitiatorConnectionState.TransportWait:
                connection.Move(InitiatorConnectionTransition.T2);
                break;
            case InitiatorConnectionState.InLogin:
                connection.Move(InitiatorConnectionTransition.T7);
                break;
            case InitiatorConnectionState.CleanupWait:
                Free(connection);
                return;
            default:
                connection.Move(connection.State switch
                {
                    InitiatorConnectionState.LoggedIn => InitiatorConnectionTransition.T15,
                    InitiatorConnectionState.LogoutRequested => InitiatorConnectionTransition.T16,
                    _ => InitiatorConnectionTransition.T17,
                });
                connection.Move(CleanupTransition.M1);
                break;
        }

        _connections.Remove(connection);
        effects.Close(connection, InitiatorClose.Now, why);
    }

    /// <summary>The cleanup of a lost connection is over: M4 when a logout did it, M1 otherwise.</summary>
    private void Free(InitiatorConnection connection)
    {
        if (connection.State == InitiatorConnectionState.CleanupWait)
        {
            connection.Move(connection.Cleanup == CleanupState.InCleanup ? CleanupTransition.M4 : CleanupTransition.M1);
        }

        connection.Remedy = null;
        _connections.Remove(connection);
    }

    /// <summary>Requests on a connection that is gone, other than commands, which go on or are begun anew with its cleanup.</summary>
    private void AbandonRequestsOf(InitiatorConnection connection, string why, TimeSpan now, IInitiatorEffects effects)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is not { } request || request.Connection != connection)
            {
                continue;
            }

            switch (request)
            {
                case InitiatorTask task:
                    task.Aborting = false;
                    break;
                case OwnFunction function:
                    if (function.Task is { Place: not TaskPlace.Idle } aborted && aborted.InitiatorTaskTag == function.TaskTag)
                    {
                        aborted.Aborting = false;
                    }

                    EndOwn(function);
                    break;
                case InitiatorLogout logout:
                    Forget(logout);
                    if (logout.RepeatedCid is { } repeated)
                    {
                        OnRepeatedLogout(repeated, TimeSpan.Zero, now);
                    }
                    else if (logout.Named is { } named && named != connection && named.Remedy == logout)
                    {
                        named.Remedy = null;
                        named.Move(CleanupTransition.M3);
                    }

                    break;
                default:
                    EndRequest(request, RequestEnd.Lost, why, effects);
                    if (request is InitiatorFunction unanswered)
                    {
                        AbortCovered(unanswered, stoppedOnly: false, "was sent, and its answer was lost", now, effects);
                    }

                    break;
            }
        }
    }

    // More connections, one login at a time: some targets serve no more (LIO keeps the next waiting).
    private void JoinMore(TimeSpan now, IInitiatorEffects effects)
    {
        if (State != InitiatorSessionState.LoggedIn || IsQuiet || _connections.Count >= WantedConnections || now < _joinAt || IsLoggingIn
            || !_connections.TrueForAll(static it => it.IsLoggedIn))
        {
            return;
        }

        Connect(NextCid(), ConnectionPurpose.Join, null, now, effects);
    }

    private void OnLoginCameToNothing(InitiatorConnection connection, string why, InitiatorLoginFailure? failure, TimeSpan now, IInitiatorEffects effects)
    {
        switch (connection.Purpose)
        {
            case ConnectionPurpose.Leading:
                OnRenewalFailed(why, failure, now, effects);
                break;
            case ConnectionPurpose.Join when failure?.Status is LoginStatus.TooManyConnections or LoginStatus.CannotIncludeInSession
                && _connections.Count(static it => it.IsOpen) >= _mostConnections: // else it still counts one that is gone (LIO), and takes it later
                WantedConnections = Math.Max(1, _connections.Count(static it => it.IsOpen)); // the target takes no more
                GoOnWithoutConnections(why, now, effects);
                break;
            case ConnectionPurpose.Join:
                // RFC 7143 §8.2: its answer may be lost, so that the target has it logged in; another CID is used, and the target finds out by itself.
                _joinAt = now + BackOff(++_joinFailures);
                WakeAt(_joinAt);
                GoOnWithoutConnections(why, now, effects);
                break;
            default:
                if (connection.Replaces is { Cleanup: CleanupState.InCleanup } lost && lost.Remedy == connection)
                {
                    OnReinstatementFailed(lost, why, failure, now, effects);
                }

                break;
        }
    }
}
