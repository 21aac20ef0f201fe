using Blockwire.Protocol.Session;

namespace Blockwire.Protocol.Initiator;

/// <summary>How a connection of the initiator comes to its end.</summary>
public enum InitiatorClose
{
    /// <summary>At once.</summary>
    Now,

    /// <summary>The logout was answered: FIN is sent, the peer's is waited for a while, then it is closed (RFC 7143 §11.14).</summary>
    InOrder,
}

/// <summary>
/// What a session core of the initiator asks of its shell. All calls come under the session's lock and must neither block nor call back into the session; whatever
/// takes time is noted and done after the lock is left.
/// </summary>
public interface IInitiatorEffects
{
    /// <summary>
    /// Open a transport connection and log in. The shell tells <see cref="InitiatorSession.OnTransportUp"/>, then <see cref="InitiatorSession.OnLoggedIn"/> or
    /// <see cref="InitiatorSession.OnLoginFailed"/>.
    /// </summary>
    void Connect(InitiatorConnection connection);

    /// <summary>Close the transport connection, or give up opening it. What was queued on the connection is dropped, outside the lock.</summary>
    void Close(InitiatorConnection connection, InitiatorClose how, string why);

    /// <summary>A request has ended: the shell calls its <see cref="InitiatorRequest.Release"/> once the lock is left.</summary>
    void Ended(InitiatorRequest request);

    /// <summary>Something happened that callers may want to hear of.</summary>
    void Raise(in InitiatorNotice notice);

    /// <summary>The target broke a rule: count it, and write one line.</summary>
    void Note(InitiatorConnection connection, in Deviation deviation);
}

/// <summary>Hears of every transition of a session and its connections (RFC 7143 §8), under the session's lock.</summary>
public interface IInitiatorObserver
{
    /// <summary>A connection has moved.</summary>
    void Moved(InitiatorConnection connection, InitiatorConnectionTransition transition);

    /// <summary>The cleanup of a connection has moved.</summary>
    void Moved(InitiatorConnection connection, CleanupTransition transition);

    /// <summary>The session has moved.</summary>
    void Moved(InitiatorSession session, InitiatorSessionTransition transition);
}

/// <summary>What happened to a session.</summary>
public enum InitiatorEvent
{
    /// <summary>The session is there, for the first time.</summary>
    SessionUp,

    /// <summary>The session is lost; it is tried to get a new one.</summary>
    SessionLost,

    /// <summary>A new session has taken the place of a lost one; what may be repeated is repeated.</summary>
    SessionRenewed,

    /// <summary>An attempt to get a session came to nothing; more follow.</summary>
    RenewalFailed,

    /// <summary>Commands fail at once from now on: the time limit for a new session is over. Attempts go on.</summary>
    FailingFast,

    /// <summary>The session is closed, by the caller or for good by the target.</summary>
    SessionClosed,

    /// <summary>A connection is in use.</summary>
    ConnectionUp,

    /// <summary>A connection is lost.</summary>
    ConnectionLost,

    /// <summary>A lost connection has been logged out or reinstated: its tasks go on, or are begun anew.</summary>
    ConnectionRecovered,

    /// <summary>A connection was logged out in good order.</summary>
    ConnectionClosed,

    /// <summary>A task goes on over another connection (RFC 7143 §7.2.2).</summary>
    TaskReassigned,

    /// <summary>A command was begun anew after a loss.</summary>
    CommandRepeated,

    /// <summary>The target asks for a logout (Asynchronous Message, event 1).</summary>
    LogoutRequested,

    /// <summary>The target asks for a negotiation (event 4).</summary>
    NegotiationRequested,

    /// <summary>A SCSI event, with sense data (event 0).</summary>
    ScsiEvent,

    /// <summary>The target ended the tasks on a logical unit (event 5).</summary>
    TasksTerminated,

    /// <summary>A vendor's event (248 to 255).</summary>
    VendorEvent,
}

/// <summary>Something that happened to a session.</summary>
/// <param name="Event">What.</param>
/// <param name="Why">In words.</param>
public readonly record struct InitiatorNotice(InitiatorEvent Event, string Why)
{
    /// <summary>CID of the connection it is about.</summary>
    public ushort? Cid { get; init; }

    /// <summary>LUN field it is about.</summary>
    public ulong Lun { get; init; }

    /// <summary>Sense or vendor data, in memory of its own.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>What the target refused a login with, when it did.</summary>
    public object? Failure { get; init; }
}
