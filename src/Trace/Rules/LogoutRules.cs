using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Logout: what is closed, and that nothing follows (RFC 7143 §11.14, §11.15).</summary>
internal sealed class LogoutRules(SessionBook sessions) : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode == Opcode.LogoutRequest)
        {
            LogoutRequest.Parse(new(pdu.BasicHeader), out LogoutRequest request);
            OnRequest(pdu, request, connection);
        }
        else if (pdu.Opcode == Opcode.LogoutResponse)
        {
            LogoutResponse.Parse(new(pdu.BasicHeader), out LogoutResponse response);
            OnResponse(pdu, response, connection);
        }
    }

    private static void OnRequest(TracedPdu pdu, in LogoutRequest request, ConnectionModel connection)
    {
        SessionModel session = connection.Session;
        if (request.Reason == LogoutReason.RemoveConnectionForRecovery && session.Parameters is { ErrorRecoveryLevel: < 2 })
        {
            pdu.Flag("7143/7.1.4.3", "a connection is removed for recovery below error recovery level 2");
        }

        TaskLookup.Begin(
            pdu,
            new LogoutTask(request.InitiatorTaskTag, connection, request) { CmdSN = InitiatorNumbers.Read(pdu.BasicHeader).CmdSN, Immediate = request.Immediate },
            connection);
        session.HasAborted = true; // other tasks may end without an answer
        foreach (ConnectionModel closing in Closing(request, connection))
        {
            if (closing.Phase == ConnectionPhase.FullFeature)
            {
                closing.Phase = ConnectionPhase.LoggingOut;
            }
        }
    }

    private void OnResponse(TracedPdu pdu, in LogoutResponse response, ConnectionModel connection)
    {
        bool isKnown = connection.Session.Tasks.TryGetValue(pdu.Header.InitiatorTaskTag, out TaskModel? task);
        if (!isKnown)
        {
            if (connection.Session.IsComplete)
            {
                pdu.Flag("7143/11.15", "a Logout Response to no Logout Request");
            }

            return;
        }

        if (!TaskLookup.IsKind(pdu, task!, Opcode.LogoutRequest) || task is not LogoutTask logout)
        {
            return;
        }

        if ((byte)response.Response > 3)
        {
            pdu.Flag("7143/11.15.1", $"the response {(byte)response.Response} is not assigned");
        }

        ConnectionModel[] closing = [.. Closing(logout.Request, connection)];
        foreach (ConnectionModel it in closing)
        {
            if (it.Phase == ConnectionPhase.LoggingOut)
            {
                // A logout that failed leaves the connection as it is.
                it.Phase = response.Response == LogoutResponseCode.Closed ? ConnectionPhase.Over : ConnectionPhase.FullFeature;
            }
        }

        if (response.Response == LogoutResponseCode.Closed && logout.Request.Reason == LogoutReason.CloseSession)
        {
            sessions.Close(connection.Session);
        }
    }

    private static IEnumerable<ConnectionModel> Closing(LogoutRequest request, ConnectionModel connection) =>
        request.Reason == LogoutReason.CloseSession ? connection.Session.Connections.Append(connection).Distinct()
        : connection.Session.Connections.Append(connection).Distinct().Where(it => it.Cid == request.Cid);

    private sealed class LogoutTask(uint tag, ConnectionModel connection, LogoutRequest request) : TaskModel(tag, Opcode.LogoutRequest, connection)
    {
        public LogoutRequest Request { get; } = request;
    }
}
