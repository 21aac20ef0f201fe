using System.Collections.Immutable;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>What the login core must know of the target that an initiator names.</summary>
public sealed record LoginTargetFacts
{
    /// <summary>
    /// Success, or why this initiator cannot have it here: moved (0x0101, 0x0102 with <see cref="RedirectAddresses"/>), not accessible for
    /// this initiator (0x0202), removed (0x0204), not operational (0x0301).
    /// </summary>
    public LoginStatus Status { get; init; } = LoginStatus.Success;

    /// <summary>Tag of the portal group that serves the connection (RFC 7143 §13.9).</summary>
    public ushort PortalGroupTag { get; init; } = 1;

    /// <summary>Human-readable name, or null (RFC 7143 §13.6).</summary>
    public string? Alias { get; init; }

    /// <summary>New addresses as "host:port", without a tag (RFC 7143 §13.8), for the redirecting statuses.</summary>
    public ImmutableArray<string> RedirectAddresses { get; init; } = [];

    /// <summary>How this initiator must prove itself.</summary>
    public IAuthentication Authentication { get; init; } = NoAuthentication.Instance;
}
