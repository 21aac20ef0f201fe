namespace Blockwire.Protocol.Negotiation;

/// <summary>The two kinds of session (RFC 7143 §4.3, §13.21).</summary>
public enum SessionType
{
    /// <summary>Everything is allowed; belongs to one target.</summary>
    Normal,

    /// <summary>Only SendTargets and Logout.</summary>
    Discovery,
}
