namespace Blockwire.Protocol.Session;

/// <summary>Hears of every transition of a session and its connections (RFC 7143 §8), under the session's lock.</summary>
public interface ISessionObserver
{
    /// <summary>A connection has moved.</summary>
    void Moved(TargetConnection connection, ConnectionTransition transition);

    /// <summary>The cleanup of a connection has moved.</summary>
    void Moved(TargetConnection connection, CleanupTransition transition);

    /// <summary>The session has moved.</summary>
    void Moved(TargetSession session, SessionTransition transition);
}
