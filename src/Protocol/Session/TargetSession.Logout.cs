using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>Logout, and asking for it (RFC 7143 §11.14, §11.15, §11.9).</content>
public sealed partial class TargetSession
{
    // Logouts that wait for the end of tasks: two for each connection that a session can have.
    private const int MostLogouts = 64;
    private readonly List<LogoutOperation> _logouts = [];
    private bool _closingSession;

    private void OnLogout(TargetConnection carrier, ReadOnlySpan<byte> header, ITargetEffects effects)
    {
        _ = LogoutRequest.Parse(new LogoutRequestView(header), out LogoutRequest request);
        if (Type == SessionType.Discovery && request.Reason != LogoutReason.CloseSession)
        {
            // RFC 7143 §7.4.3: a discovery session is only ever closed as a whole.
            DeviateDelivered(carrier, header, Deviation.Rejected(RejectReason.ProtocolError, "7143/7.4.3 logout of a discovery session"), effects);
            return;
        }

        TargetConnection? named = request.Reason == LogoutReason.CloseSession ? carrier : _connections.Find(connection => connection.Cid == request.Cid);
        if (named is null)
        {
            AnswerUnknown(carrier, request, effects);
            return;
        }

        // RFC 7143 §11.14.4: the ExpStatSN is that of the connection to be closed.
        Acknowledge(named, InitiatorNumbers.Read(header).ExpStatSN, effects);
        switch (request.Reason)
        {
            case LogoutReason.CloseSession:
                _closingSession = true;
                EnterLogout(carrier);
                BeginLogout(carrier, request, [.. _connections], effects);
                break;
            case LogoutReason.CloseConnection:
                BeginCleanup(carrier, named, effects);
                BeginLogout(carrier, request, [named], effects);
                break;
            case LogoutReason.RemoveConnectionForRecovery when Parameters.ErrorRecoveryLevel < 2:
                BeginCleanup(carrier, named, effects);
                RefuseRecovery(carrier, request, named, effects);
                break;
            default:
                BeginCleanup(carrier, named, effects);
                Recover(carrier, request, named, effects);
                break;
        }
    }

    // Whoever hears that there is no such connection sends its commands anew. When its time was up or its cleanup has failed, a write of it may still be with the device:
    // the answer waits for the end of that, like any other.
    private void AnswerUnknown(TargetConnection carrier, in LogoutRequest request, ITargetEffects effects)
    {
        ushort cid = request.Cid;
        LogoutOperation operation = new(carrier, request, [], [], _now);
        _logouts.Add(operation);
        foreach (TargetTask task in Matching(task => task.Aborted && task.Connection.Cid == cid))
        {
            WaitFor(task, operation);
        }

        ReleaseOperation(operation, effects);
    }

    private static void EnterLogout(TargetConnection connection) =>
        connection.Move(connection.State == ConnectionState.LogoutRequested ? ConnectionTransition.T10 : ConnectionTransition.T9);

    // The connection itself goes to IN_LOGOUT; one that another connection logs out goes to, or is in, CLEANUP_WAIT, and its cleanup begins (RFC 7143 §8.2).
    private void BeginCleanup(TargetConnection carrier, TargetConnection named, ITargetEffects effects)
    {
        if (named == carrier)
        {
            EnterLogout(carrier);
            return;
        }

        if (named.Carries)
        {
            TakeDown(named, effects);
            DropOutgoing(named, effects);
        }

        if (named is { State: ConnectionState.CleanupWait, Cleanup: CleanupState.CleanupWait })
        {
            named.Move(CleanupTransition.M2);
        }
    }

    // RFC 7143 §11.15.1 code 2. The logout has failed: the named connection waits for another one (§8.1.3, T17; §8.2, M3).
    private void RefuseRecovery(TargetConnection carrier, in LogoutRequest request, TargetConnection named, ITargetEffects effects)
    {
        (ushort wait, ushort retain) = RetentionTimes;
        SendLogoutResponse(carrier, request, LogoutResponseCode.RecoveryNotSupported, wait, retain);
        FailCleanup(named, effects);
        Close(named, named == carrier ? CloseKind.AfterFlush : CloseKind.Now, "logout for recovery below recovery level 2", effects);
        CheckFailure("logout for recovery below recovery level 2");
        CheckCleanup(_now, effects);
    }

    private void FailCleanup(TargetConnection named, ITargetEffects effects)
    {
        if (named.State == ConnectionState.InLogout)
        {
            TakeDown(named, effects);
        }
        else if (named is { State: ConnectionState.CleanupWait, Cleanup: CleanupState.InCleanup })
        {
            named.Move(CleanupTransition.M3);
        }
    }

    // RFC 7143 §11.14, recovery level 2: nothing is cancelled, so nothing has to be waited for (L14, L23).
    private void Recover(TargetConnection carrier, in LogoutRequest request, TargetConnection named, ITargetEffects effects)
    {
        (ushort wait, ushort retain) = RetentionTimes;
        SendLogoutResponse(carrier, request, LogoutResponseCode.Closed, wait, retain);
        if (named.State == ConnectionState.InLogout)
        {
            named.Move(ConnectionTransition.T13);
        }
        else
        {
            named.Move(CleanupTransition.M4);
        }

        SetTasksFree(named, effects);
        Close(named, named == carrier ? CloseKind.AfterFlush : CloseKind.WithoutFlush, "logout for recovery", effects);
        CheckFailure("logged out for recovery");
        CheckCleanup(_now, effects);
    }

    private (ushort Time2Wait, ushort Time2Retain) RetentionTimes => ((ushort)Parameters.DefaultTime2Wait, (ushort)Parameters.DefaultTime2Retain);

    // Nothing new is taken on the closing connections; their tasks end; the response comes after the last of them (L10, L15).
    private void BeginLogout(TargetConnection carrier, in LogoutRequest request, List<TargetConnection> closing, ITargetEffects effects)
    {
        bool everything = request.Reason == LogoutReason.CloseSession;
        List<TargetTask> tasks = Matching(task => everything || closing.Contains(task.Connection));
        LogoutOperation operation = new(carrier, request, closing, AffectedUnits(tasks, effects), _now);
        _logouts.Add(operation);
        foreach (TargetConnection connection in closing)
        {
            ForgetRequestsOf(connection);
        }

        foreach (TargetTask task in tasks)
        {
            WaitFor(task, operation);
        }

        AbortAll(tasks, waitForData: false, effects);
        ReleaseOperation(operation, effects);
    }

    private void FinishLogout(LogoutOperation operation, LogoutResponseCode code, ITargetEffects effects)
    {
        if (!_logouts.Remove(operation))
        {
            return; // it was answered when its time was up
        }

        bool answerable = operation.Carrier.IsUp;
        bool unknown = operation.Closing.Count == 0;
        if (answerable)
        {
            (ushort wait, ushort retain) = code == LogoutResponseCode.Closed ? ((ushort)0, (ushort)0) : RetentionTimes;
            SendLogoutResponse(operation.Carrier, operation.Request, unknown && code == LogoutResponseCode.Closed ? LogoutResponseCode.CidNotFound : code, wait, retain);
        }

        if (unknown)
        {
            return;
        }

        // RFC 7143 §8.2.2, M3: a logout that nobody can be told of has failed as well.
        if (!answerable || code != LogoutResponseCode.Closed)
        {
            FailLogout(operation, effects);
        }
        else if (operation.Request.Reason == LogoutReason.CloseSession)
        {
            foreach (TargetConnection other in operation.Closing)
            {
                if (other != operation.Carrier)
                {
                    DropOutgoing(other, effects); // nothing follows the response on any connection (L19)
                }
            }

            CloseSession("logout", CloseKind.AfterFlush, effects);
        }
        else
        {
            FinishConnectionLogout(operation, effects);
        }
    }

    // The tasks have ended all the same; what they were is told once the connections are gone for good.
    private void FailLogout(LogoutOperation operation, ITargetEffects effects)
    {
        _closingSession = false;
        TellUnits(operation.Units, effects);
        foreach (TargetConnection connection in operation.Closing)
        {
            FailCleanup(connection, effects);
            if (!connection.IsUp)
            {
                Close(connection, CloseKind.AfterFlush, "the logout failed", effects);
            }
        }

        CheckFailure("the logout failed");
        CheckCleanup(_now, effects);
    }

    private void FinishConnectionLogout(LogoutOperation operation, ITargetEffects effects)
    {
        foreach (TargetConnection connection in operation.Closing)
        {
            if (connection.State == ConnectionState.InLogout)
            {
                connection.Move(ConnectionTransition.T13);
            }
            else if (connection.State == ConnectionState.CleanupWait)
            {
                if (connection.Cleanup == CleanupState.CleanupWait)
                {
                    connection.Move(CleanupTransition.M2);
                }

                connection.Move(CleanupTransition.M4);
            }
            else
            {
                continue; // an earlier logout has closed it
            }

            Close(connection, connection == operation.Carrier ? CloseKind.AfterFlush : CloseKind.WithoutFlush, "logout", effects);
            Discard(connection, effects);
        }

        // A login that has been let in is about to be answered: the session goes on with it.
        if (_connections.Count == 0 && !AnyTaskIsFree() && _continuing == 0)
        {
            _free.Clear();
            End("logout", effects); // RFC 7143 §6.3.5: a session closure
            return;
        }

        TellUnits(operation.Units, effects);
        CheckFailure("its last connection was logged out");
        CheckCleanup(_now, effects);
        TellWindow();
    }

    private void CheckLogoutDeadline(TimeSpan now, ITargetEffects effects)
    {
        while (FindLateLogout(now) is { } late)
        {
            FinishLogout(late, LogoutResponseCode.CleanupFailed, effects);
        }
    }

    private LogoutOperation? FindLateLogout(TimeSpan now)
    {
        foreach (LogoutOperation operation in _logouts)
        {
            if (now - operation.StartedAt > _options.DrainTimeout)
            {
                return operation;
            }
        }

        return null;
    }

    private static void SendLogoutResponse(TargetConnection carrier, in LogoutRequest request, LogoutResponseCode code, ushort time2Wait, ushort time2Retain)
    {
        Span<byte> bhs = carrier.Outgoing.Add();
        new LogoutResponse(code, request.InitiatorTaskTag, time2Wait, time2Retain).Emit(bhs);
        carrier.StampStatus(bhs);
    }

    /// <summary>Asks the initiator to log out every connection (RFC 7143 §11.9.1, event 1), before a shutdown.</summary>
    /// <param name="within">Time that it has.</param>
    /// <param name="effects">The shell.</param>
    public void RequestLogout(TimeSpan within, ITargetEffects effects)
    {
        foreach (TargetConnection connection in _connections.ToArray())
        {
            if (Type == SessionType.Discovery)
            {
                // RFC 7143 §7.4.3: no Async Message there; the target just closes.
                effects.Close(connection, CloseKind.AfterFlush, "the server stops");
            }
            else if (connection.State == ConnectionState.LoggedIn)
            {
                connection.Move(ConnectionTransition.T11);
                ushort seconds = (ushort)Math.Clamp(Math.Ceiling(within.TotalSeconds), 0, ushort.MaxValue);
                SendMessage(connection, new AsyncMessage(0, AsyncEvent.LogoutRequest, 0, 0, 0, seconds));
            }
        }
    }
}
