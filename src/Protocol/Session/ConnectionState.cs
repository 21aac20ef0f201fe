namespace Blockwire.Protocol.Session;

/// <summary>States of a connection at the target (RFC 7143 §8.1.1, §8.1.4). S2 belongs to initiators alone.</summary>
public enum ConnectionState
{
    /// <summary>S1: gone, or not begun.</summary>
    Free,

    /// <summary>S3: the transport connection is there, no Login Request yet.</summary>
    TransportUp,

    /// <summary>S4: the login is going on.</summary>
    InLogin,

    /// <summary>S5: full feature phase.</summary>
    LoggedIn,

    /// <summary>S6: a Logout Request is being carried out; nothing new is taken.</summary>
    InLogout,

    /// <summary>S7: the target has asked for a logout.</summary>
    LogoutRequested,

    /// <summary>S8: the transport connection is gone, its tasks are not; see <see cref="CleanupState"/>.</summary>
    CleanupWait,
}

/// <summary>Transitions of a connection at the target, numbered as in RFC 7143 §8.1.2. T1, T2 and T14 are illegal there.</summary>
public enum ConnectionTransition
{
    /// <summary>The transport connection was accepted.</summary>
    T3 = 3,

    /// <summary>The first Login Request came.</summary>
    T4,

    /// <summary>The login succeeded.</summary>
    T5,

    /// <summary>Gone before a Login Request came.</summary>
    T6,

    /// <summary>The login came to nothing.</summary>
    T7,

    /// <summary>Closed with its session, or reinstated.</summary>
    T8,

    /// <summary>A Logout Request came.</summary>
    T9,

    /// <summary>The Logout Request came that the target had asked for.</summary>
    T10,

    /// <summary>The target asks for a logout.</summary>
    T11,

    /// <summary>The target asks again.</summary>
    T12,

    /// <summary>The logout succeeded.</summary>
    T13,

    /// <summary>The transport was lost or dropped.</summary>
    T15 = 15,

    /// <summary>The transport was lost or dropped after the target had asked for a logout.</summary>
    T16,

    /// <summary>The logout failed, or the transport was lost during it.</summary>
    T17,

    /// <summary>Closed with its session, or reinstated, after the target had asked for a logout.</summary>
    T18,
}

/// <summary>The table of RFC 7143 §8.1.4: the one place that knows which transitions of a connection there are.</summary>
public static class ConnectionStates
{
    /// <summary>The state after a transition.</summary>
    /// <exception cref="InvalidOperationException">The RFC has no such transition from this state.</exception>
    public static ConnectionState Next(ConnectionState from, ConnectionTransition transition) => (from, transition) switch
    {
        (ConnectionState.Free, ConnectionTransition.T3) => ConnectionState.TransportUp,
        (ConnectionState.TransportUp, ConnectionTransition.T4) => ConnectionState.InLogin,
        (ConnectionState.TransportUp, ConnectionTransition.T6) => ConnectionState.Free,
        (ConnectionState.InLogin, ConnectionTransition.T5) => ConnectionState.LoggedIn,
        (ConnectionState.InLogin, ConnectionTransition.T7) => ConnectionState.Free,
        (ConnectionState.LoggedIn, ConnectionTransition.T8) => ConnectionState.Free,
        (ConnectionState.LoggedIn, ConnectionTransition.T9) => ConnectionState.InLogout,
        (ConnectionState.LoggedIn, ConnectionTransition.T11) => ConnectionState.LogoutRequested,
        (ConnectionState.LoggedIn, ConnectionTransition.T15) => ConnectionState.CleanupWait,
        (ConnectionState.InLogout, ConnectionTransition.T13) => ConnectionState.Free,
        (ConnectionState.InLogout, ConnectionTransition.T17) => ConnectionState.CleanupWait,
        (ConnectionState.LogoutRequested, ConnectionTransition.T10) => ConnectionState.InLogout,
        (ConnectionState.LogoutRequested, ConnectionTransition.T12) => ConnectionState.LogoutRequested,
        (ConnectionState.LogoutRequested, ConnectionTransition.T16) => ConnectionState.CleanupWait,
        (ConnectionState.LogoutRequested, ConnectionTransition.T18) => ConnectionState.Free,
        _ => throw new InvalidOperationException($"RFC 7143 §8.1.4 has no transition {transition} from {from}"),
    };
}
