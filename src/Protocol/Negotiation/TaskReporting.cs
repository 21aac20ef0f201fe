namespace Blockwire.Protocol.Negotiation;

/// <summary>Task completion reporting semantics (RFC 7143 §13.23).</summary>
public enum TaskReporting
{
    /// <summary>As RFC 3720: no response fence, standard multi-task abort.</summary>
    Rfc3720,

    /// <summary>Response fence (§4.2.2.3.3).</summary>
    ResponseFence,

    /// <summary>Fast multi-task abort (§4.2.3.4), response fence included.</summary>
    FastAbort,
}
