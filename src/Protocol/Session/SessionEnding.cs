namespace Blockwire.Protocol.Session;

/// <summary>How a session comes to its end, as the states of RFC 7143 §8 see it.</summary>
public enum SessionEnding
{
    /// <summary>It is closed, or reinstated: its connections go to FREE with it.</summary>
    Closure,

    /// <summary>Its connections are dropped because something is wrong, and nobody may come back to it (§7.7).</summary>
    Failure,
}
