namespace Blockwire.Protocol.Initiator;

/// <summary>States of a connection at the initiator (RFC 7143 §8.1.1, §8.1.3). S3 belongs to targets alone.</summary>
public enum InitiatorConnectionState
{
    /// <summary>S1: gone, or not begun.</summary>
    Free,

    /// <summary>S2: the transport connection was asked for.</summary>
    TransportWait,

    /// <summary>S4: the login is going on.</summary>
    InLogin,

    /// <summary>S5: full feature phase.</summary>
    LoggedIn,

    /// <summary>S6: a Logout Request for it is under way; nothing new is sent.</summary>
    InLogout,

    /// <summary>S7: the target has asked for a logout.</summary>
    LogoutRequested,

    /// <summary>S8: the transport connection is gone, its tasks are not; see <see cref="Session.CleanupState"/>.</summary>
    CleanupWait,
}

/// <summary>Transitions of a connection at the initiator, numbered as in RFC 7143 §8.1.2. T3 and T6 are illegal there.</summary>
public enum InitiatorConnectionTransition
{
    /// <summary>The transport connection was asked for.</summary>
    T1 = 1,

    /// <summary>It did not come about.</summary>
    T2,

    /// <summary>It is there: the login begins.</summary>
    T4 = 4,

    /// <summary>The login succeeded.</summary>
    T5,

    /// <summary>The login came to nothing.</summary>
    T7 = 7,

    /// <summary>The session was closed on another connection.</summary>
    T8,

    /// <summary>A Logout Request was sent.</summary>
    T9,

    /// <summary>The Logout Request was sent that the target had asked for.</summary>
    T10,

    /// <summary>The target asks for a logout.</summary>
    T11,

    /// <summary>The target asks again.</summary>
    T12,

    /// <summary>The logout succeeded.</summary>
    T13,

    /// <summary>The target asks for a logout that is under way.</summary>
    T14,

    /// <summary>The transport was lost or dropped.</summary>
    T15,

    /// <summary>The transport was lost or dropped after the target had asked for a logout.</summary>
    T16,

    /// <summary>The logout failed, timed out, or the transport was lost during it.</summary>
    T17,

    /// <summary>The session was closed on another connection after the target had asked for a logout.</summary>
    T18,
}

/// <summary>The table of RFC 7143 §8.1.3: the one place that knows which transitions of an initiator's connection there are.</summary>
public static class InitiatorConnectionStates
{
    /// <summary>The state after a transition.</summary>
    /// <exception cref="InvalidOperationException">The RFC has no such transition from this state.</exception>
    public static InitiatorConnectionState Next(InitiatorConnectionState from, InitiatorConnectionTransition transition) => (from, transition) switch
    {
        (InitiatorConnectionState.Free, InitiatorConnectionTransition.T1) => InitiatorConnectionState.TransportWait,
        (InitiatorConnectionState.TransportWait, InitiatorConnectionTransition.T2) => InitiatorConnectionState.Free,
        (InitiatorConnectionState.TransportWait, InitiatorConnectionTransition.T4) => InitiatorConnectionState.InLogin,
        (InitiatorConnectionState.InLogin, InitiatorConnectionTransition.T5) => InitiatorConnectionState.LoggedIn,
        (InitiatorConnectionState.InLogin, InitiatorConnectionTransition.T7) => InitiatorConnectionState.Free,
        (InitiatorConnectionState.LoggedIn, InitiatorConnectionTransition.T8) => InitiatorConnectionState.Free,
        (InitiatorConnectionState.LoggedIn, InitiatorConnectionTransition.T9) => InitiatorConnectionState.InLogout,
        (InitiatorConnectionState.LoggedIn, InitiatorConnectionTransition.T11) => InitiatorConnectionState.LogoutRequested,
        (InitiatorConnectionState.LoggedIn, InitiatorConnectionTransition.T15) => InitiatorConnectionState.CleanupWait,
        (InitiatorConnectionState.InLogout, InitiatorConnectionTransition.T13) => InitiatorConnectionState.Free,
        (InitiatorConnectionState.InLogout, InitiatorConnectionTransition.T14) => InitiatorConnectionState.InLogout,
        (InitiatorConnectionState.InLogout, InitiatorConnectionTransition.T17) => InitiatorConnectionState.CleanupWait,
        (InitiatorConnectionState.LogoutRequested, InitiatorConnectionTransition.T10) => InitiatorConnectionState.InLogout,
        (InitiatorConnectionState.LogoutRequested, InitiatorConnectionTransition.T12) => InitiatorConnectionState.LogoutRequested,
        (InitiatorConnectionState.LogoutRequested, InitiatorConnectionTransition.T16) => InitiatorConnectionState.CleanupWait,
        (InitiatorConnectionState.LogoutRequested, InitiatorConnectionTransition.T18) => InitiatorConnectionState.Free,
        _ => throw new InvalidOperationException($"RFC 7143 §8.1.3 has no transition {transition} from {from}"),
    };
}

/// <summary>States of a session at the initiator (RFC 7143 §8.3.1, §8.3.3).</summary>
public enum InitiatorSessionState
{
    /// <summary>Q1: over, or not begun.</summary>
    Free,

    /// <summary>Q3: in use.</summary>
    LoggedIn,

    /// <summary>Q4: no connection is left.</summary>
    Failed,
}

/// <summary>Transitions of a session at the initiator, numbered as in RFC 7143 §8.3.4. The others are illegal there.</summary>
public enum InitiatorSessionTransition
{
    /// <summary>The first connection reached the full feature phase.</summary>
    N1 = 1,

    /// <summary>The session was closed in good order.</summary>
    N3 = 3,

    /// <summary>The session was continued.</summary>
    N4,

    /// <summary>The last connection was lost.</summary>
    N5,

    /// <summary>The session's time is up, or a new one takes its place.</summary>
    N6,
}

/// <summary>The table of RFC 7143 §8.3.1.</summary>
public static class InitiatorSessionStates
{
    /// <summary>The state after a transition.</summary>
    /// <exception cref="InvalidOperationException">The RFC has no such transition from this state.</exception>
    public static InitiatorSessionState Next(InitiatorSessionState from, InitiatorSessionTransition transition) => (from, transition) switch
    {
        (InitiatorSessionState.Free, InitiatorSessionTransition.N1) => InitiatorSessionState.LoggedIn,
        (InitiatorSessionState.LoggedIn, InitiatorSessionTransition.N3) => InitiatorSessionState.Free,
        (InitiatorSessionState.LoggedIn, InitiatorSessionTransition.N5) => InitiatorSessionState.Failed,
        (InitiatorSessionState.Failed, InitiatorSessionTransition.N4) => InitiatorSessionState.LoggedIn,
        (InitiatorSessionState.Failed, InitiatorSessionTransition.N6) => InitiatorSessionState.Free,
        _ => throw new InvalidOperationException($"RFC 7143 §8.3.1 has no transition {transition} from {from}"),
    };
}
