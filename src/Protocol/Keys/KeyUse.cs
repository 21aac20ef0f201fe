namespace Blockwire.Protocol.Keys;

/// <summary>Whether a key wants an answer (RFC 7143 §6.2).</summary>
public enum KeyUse
{
    /// <summary>One side states a value; no answer.</summary>
    Declarative,

    /// <summary>One side proposes, the other selects.</summary>
    Negotiated,
}
