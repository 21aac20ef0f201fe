using System.Collections.Immutable;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>The result of an initiator's login.</summary>
public sealed record InitiatorLoginOutcome
{
    /// <summary>The session's handle, never 0.</summary>
    public required ushort Tsih { get; init; }

    /// <summary>Session-wide parameters: agreed here, or those of the session that was joined.</summary>
    public required SessionParameters SessionParameters { get; init; }

    /// <summary>Parameters of this connection.</summary>
    public required ConnectionParameters ConnectionParameters { get; init; }

    /// <summary>The target's alias, for display, or null.</summary>
    public string? TargetAlias { get; init; }

    /// <summary>Tag of the portal group that serves the connection; null when the target did not tell.</summary>
    public ushort? PortalGroupTag { get; init; }

    /// <summary>The StatSN that comes next on this connection: ExpStatSN to go on with.</summary>
    public required Serial32 NextStatSN { get; init; }

    /// <summary>ExpCmdSN of the final response.</summary>
    public required Serial32 ExpCmdSN { get; init; }

    /// <summary>MaxCmdSN of the final response.</summary>
    public required Serial32 MaxCmdSN { get; init; }

    /// <summary>The authentication method agreed: "CHAP" or "None"; null when none was negotiated.</summary>
    public string? AuthenticationMethod { get; init; }

    /// <summary>The hash of CHAP, or null without CHAP.</summary>
    public ChapAlgorithm? ChapAlgorithm { get; init; }

    /// <summary>True when the target has proved itself to us.</summary>
    public bool IsTargetAuthenticated { get; init; }

    /// <summary>Every key that either side sent in the operational stage, in the order of the RFC.</summary>
    public required ImmutableArray<NegotiatedKey> Keys { get; init; }

    /// <summary>What was overlooked, and what is to be told to who set this up: a line each, without any secret.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}
