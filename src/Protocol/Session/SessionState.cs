namespace Blockwire.Protocol.Session;

/// <summary>States of a session at the target (RFC 7143 §8.3.2, §8.3.3).</summary>
public enum SessionState
{
    /// <summary>Q1: over, or not begun.</summary>
    Free,

    /// <summary>Q2: the login of the leading connection is going on.</summary>
    Active,

    /// <summary>Q3: in use.</summary>
    LoggedIn,

    /// <summary>Q4: no connection is left, the session waits for one.</summary>
    Failed,

    /// <summary>Q5: a login that would continue the session is going on.</summary>
    InContinue,
}

/// <summary>Transitions of a session at the target, numbered as in RFC 7143 §8.3.4. N4 is illegal there.</summary>
public enum SessionTransition
{
    /// <summary>The leading login began.</summary>
    N1 = 1,

    /// <summary>It succeeded.</summary>
    N2,

    /// <summary>The session was closed, or reinstated while it was in use.</summary>
    N3,

    /// <summary>The last connection failed or was logged out for recovery.</summary>
    N5 = 5,

    /// <summary>The session's time is up, or it was reinstated.</summary>
    N6,

    /// <summary>A login that would continue the session began.</summary>
    N7,

    /// <summary>The last of those came to nothing.</summary>
    N8,

    /// <summary>The leading login came to nothing.</summary>
    N9,

    /// <summary>The session goes on.</summary>
    N10,

    /// <summary>The session was reinstated while another login was to continue it.</summary>
    N11,
}

/// <summary>The table of RFC 7143 §8.3.2.</summary>
public static class SessionStates
{
    /// <summary>The state after a transition.</summary>
    /// <exception cref="InvalidOperationException">The RFC has no such transition from this state.</exception>
    public static SessionState Next(SessionState from, SessionTransition transition) => (from, transition) switch
    {
        (SessionState.Free, SessionTransition.N1) => SessionState.Active,
        (SessionState.Active, SessionTransition.N2) => SessionState.LoggedIn,
        (SessionState.Active, SessionTransition.N9) => SessionState.Free,
        (SessionState.LoggedIn, SessionTransition.N3) => SessionState.Free,
        (SessionState.LoggedIn, SessionTransition.N5) => SessionState.Failed,
        (SessionState.Failed, SessionTransition.N6) => SessionState.Free,
        (SessionState.Failed, SessionTransition.N7) => SessionState.InContinue,
        (SessionState.InContinue, SessionTransition.N8) => SessionState.Failed,
        (SessionState.InContinue, SessionTransition.N10) => SessionState.LoggedIn,
        (SessionState.InContinue, SessionTransition.N11) => SessionState.Free,
        _ => throw new InvalidOperationException($"RFC 7143 §8.3.2 has no transition {transition} from {from}"),
    };
}
