using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>The result of a completed login.</summary>
public sealed record LoginOutcome
{
    /// <summary>Normal or Discovery.</summary>
    public required SessionType SessionType { get; init; }

    /// <summary>Normalised name of the initiator.</summary>
    public required string InitiatorName { get; init; }

    /// <summary>Its alias, or null. For display only (RFC 7143 §13.7).</summary>
    public string? InitiatorAlias { get; init; }

    /// <summary>Normalised name of the target; null in an unnamed discovery session.</summary>
    public string? TargetName { get; init; }

    /// <summary>Tag of the portal group in use.</summary>
    public required ushort PortalGroupTag { get; init; }

    /// <summary>Initiator's half of the session identifier, 48 bits.</summary>
    public required ulong Isid { get; init; }

    /// <summary>The session's handle.</summary>
    public required ushort Tsih { get; init; }

    /// <summary>Connection identifier within the session.</summary>
    public required ushort Cid { get; init; }

    /// <summary>True when the login made the session, false when the connection joined one.</summary>
    public required bool IsLeading { get; init; }

    /// <summary>The name that the authentication method proved, or null.</summary>
    public string? AuthenticatedName { get; init; }

    /// <summary>Session-wide parameters.</summary>
    public required SessionParameters SessionParameters { get; init; }

    /// <summary>Parameters of this connection.</summary>
    public required ConnectionParameters ConnectionParameters { get; init; }

    /// <summary>
    /// The CmdSN the full feature phase starts with: that of the first Login Request of a new session (RFC 7143 §11.12.8), ExpCmdSN of the
    /// session for a connection that joins it.
    /// </summary>
    public required Serial32 FirstCmdSN { get; init; }

    /// <summary>The StatSN of the next response on this connection.</summary>
    public required Serial32 NextStatSN { get; init; }

    /// <summary>What the directory handed over when it admitted the connection.</summary>
    public object? Admitted { get; init; }
}
