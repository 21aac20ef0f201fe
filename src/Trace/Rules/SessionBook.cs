using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>The sessions of a capture, so that further connections find theirs.</summary>
internal sealed class SessionBook
{
    private const int Most = 1 << 14;
    private readonly Dictionary<(string Target, string Initiator, ulong Isid, ushort Tsih), SessionModel> _sessions = [];

    /// <summary>A login has succeeded: the session that the connection is in from now on.</summary>
    public SessionModel Enter(ConnectionModel connection, LoginRequest first, ushort tsih, string initiatorName)
    {
        string target = connection.Traced.Target;
        if (first.Tsih != 0)
        {
            SessionModel joined = _sessions.GetValueOrDefault((target, initiatorName, first.Isid, first.Tsih)) ?? new();
            joined.ConnectionsSeen++;
            // A connection with the same CID is reinstated: the old one is gone (RFC 7143 §6.3.4).
            joined.Connections.RemoveAll(it => it.Cid == connection.Cid);
            joined.Connections.Add(connection);
            return joined;
        }

        if (_sessions.Count >= Most)
        {
            _sessions.Clear();
        }

        SessionModel session = connection.Session;
        session.InitiatorName = initiatorName;
        session.Isid = first.Isid;
        session.Tsih = tsih;
        session.ConnectionsSeen = 1;
        session.Connections.Add(connection);
        _sessions[(target, initiatorName, first.Isid, tsih)] = session;
        return session;
    }

    /// <summary>The connection is over.</summary>
    public static void Leave(ConnectionModel connection)
    {
        SessionModel session = connection.Session;
        session.Connections.Remove(connection);
        if (connection.Phase != ConnectionPhase.Over)
        {
            session.HasAborted = true; // what was under way on it may go on elsewhere, or not
        }
    }

    /// <summary>A logout has closed the whole session.</summary>
    public void Close(SessionModel session)
    {
        foreach (var key in _sessions.Where(it => it.Value == session).Select(static it => it.Key).ToArray())
        {
            _sessions.Remove(key);
        }
    }
}
