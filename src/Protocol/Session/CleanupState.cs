namespace Blockwire.Protocol.Session;

/// <summary>States of a connection's cleanup (RFC 7143 §8.2), which it goes through while it is in <see cref="ConnectionState.CleanupWait"/>.</summary>
public enum CleanupState
{
    /// <summary>R1: waits for a logout or a reinstating login. Its time is bounded by Time2Wait and Time2Retain.</summary>
    CleanupWait,

    /// <summary>R2: a logout or a reinstating login is under way.</summary>
    InCleanup,

    /// <summary>R3: over, the same as S1.</summary>
    Free,
}

/// <summary>Transitions of a cleanup, numbered as in RFC 7143 §8.2.2.</summary>
public enum CleanupTransition
{
    /// <summary>Its time is up, or the session was closed on another connection.</summary>
    M1 = 1,

    /// <summary>A logout began, by request or by a reinstating login.</summary>
    M2,

    /// <summary>That logout or login failed.</summary>
    M3,

    /// <summary>It succeeded.</summary>
    M4,
}

/// <summary>The table of RFC 7143 §8.2.</summary>
public static class CleanupStates
{
    /// <summary>The state after a transition.</summary>
    /// <exception cref="InvalidOperationException">The RFC has no such transition from this state.</exception>
    public static CleanupState Next(CleanupState from, CleanupTransition transition) => (from, transition) switch
    {
        (CleanupState.CleanupWait, CleanupTransition.M1) => CleanupState.Free,
        (CleanupState.CleanupWait, CleanupTransition.M2) => CleanupState.InCleanup,
        (CleanupState.InCleanup, CleanupTransition.M3) => CleanupState.CleanupWait,
        (CleanupState.InCleanup, CleanupTransition.M4) => CleanupState.Free,
        _ => throw new InvalidOperationException($"RFC 7143 §8.2 has no transition {transition} from {from}"),
    };
}
