namespace Blockwire.Protocol.Keys;

/// <summary>What a key's value holds for (RFC 7143 §13, "Scope").</summary>
public enum KeyScope
{
    /// <summary>CO: this connection only.</summary>
    Connection,

    /// <summary>SW: the whole session.</summary>
    Session,
}
