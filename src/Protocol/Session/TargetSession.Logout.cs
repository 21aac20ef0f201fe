using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>Logout, and asking for it (RFC 7143 §11.14, §11.15, §11.9).</content>
public sealed partial class TargetSession
{
    private readonly List<LogoutOperation> _logouts = [];

    private void OnLogout(TargetConnection carrier, ReadOnlySpan<byte> header, ITargetEffects effects)
    {
        _ = LogoutRequest.Parse(new LogoutRequestView(header), out LogoutRequest request);
        if (Type == SessionType.Discovery && request.Reason != LogoutReason.CloseSession)
        {
            // RFC 7143 §7.4.3: a discovery session is only ever closed as a whole.
            DeviateDelivered(carrier, header, Deviation.Rejected(RejectReason.ProtocolError, "7143/7.4.3 logout of a discovery session"), effects);
            return;
        }

        TargetConnection? named = request.Reason == LogoutReason.CloseSession
            ? carrier
            : _connections.Find(connection => connection.Cid == request.Cid) ?? _losses.Find(loss => loss.Connection.Cid == request.Cid)?.Connection;
        if (named is null)
        {
            SendLogoutResponse(carrier, request, LogoutResponseCode.CidNotFound, 0, 0);
            return;
        }

        if (request.Reason == LogoutReason.RemoveConnectionForRecovery && Parameters.ErrorRecoveryLevel < 2)
        {
            RefuseRecovery(carrier, request, named, effects);
            return;
        }

        List<TargetConnection> closing = request.Reason == LogoutReason.CloseSession ? [.. _connections] : [named];
        BeginLogout(carrier, request, closing, effects);
    }

    // RFC 7143 §11.15.1 code 2. The logout has failed: the named connection is not usable any more (§8.1.3, T17).
    private void RefuseRecovery(TargetConnection carrier, in LogoutRequest request, TargetConnection named, ITargetEffects effects)
    {
        SendLogoutResponse(
            carrier,
            request,
            LogoutResponseCode.RecoveryNotSupported,
            (ushort)Parameters.DefaultTime2Wait,
            (ushort)Parameters.DefaultTime2Retain);
        if (named == carrier)
        {
            carrier.State = ConnectionState.InLogout;
        }

        if (named.State != ConnectionState.Free)
        {
            effects.Close(named, named == carrier ? CloseKind.AfterFlush : CloseKind.Now, "logout for recovery below recovery level 2");
        }
    }

    // Nothing new is taken on the closing connections; their tasks end; the response comes after the last of them (L10, L15).
    private void BeginLogout(TargetConnection carrier, in LogoutRequest request, List<TargetConnection> closing, ITargetEffects effects)
    {
        List<TargetTask> tasks = Matching(task => closing.Contains(task.Connection));
        LogoutOperation operation = new(carrier, request, closing, AffectedUnits(tasks, effects), _now);
        _logouts.Add(operation);
        foreach (TargetConnection connection in closing)
        {
            if (connection.State != ConnectionState.Free)
            {
                connection.State = ConnectionState.InLogout;
                ForgetRequestsOf(connection);
            }
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

        if (operation.Carrier.State != ConnectionState.Free)
        {
            (ushort wait, ushort retain) = code == LogoutResponseCode.Closed ? ((ushort)0, (ushort)0) : ((ushort)Parameters.DefaultTime2Wait, (ushort)Parameters.DefaultTime2Retain);
            SendLogoutResponse(operation.Carrier, operation.Request, code, wait, retain);
        }

        foreach (TargetConnection connection in operation.Closing)
        {
            if (connection.State != ConnectionState.Free)
            {
                connection.State = ConnectionState.Free;
                _connections.Remove(connection);
                effects.Close(connection, CloseKind.AfterFlush, "logout");
            }
        }

        if (_connections.Count == 0)
        {
            End("logout", effects);
            return;
        }

        foreach (ulong lun in operation.Units)
        {
            effects.TasksEndedByTransport(lun);
        }

        StepFence(effects);
    }

    private void CheckLogoutDeadline(TimeSpan now, ITargetEffects effects)
    {
        while (_logouts.Find(operation => now - operation.StartedAt > _options.DrainTimeout) is { } late)
        {
            FinishLogout(late, LogoutResponseCode.CleanupFailed, effects);
        }
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
                connection.State = ConnectionState.LogoutRequested;
                Span<byte> bhs = connection.Outgoing.Add();
                ushort seconds = (ushort)Math.Clamp(Math.Ceiling(within.TotalSeconds), 0, ushort.MaxValue);
                new AsyncMessage(0, AsyncEvent.LogoutRequest, 0, 0, 0, seconds).Emit(bhs);
                connection.StampStatus(bhs);
            }
        }
    }
}
