using System.Collections.Immutable;
using System.Security.Cryptography;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Transport;

namespace Blockwire.Initiator;

/// <summary>What a session needs to know: where, who, and how.</summary>
public sealed record IscsiSessionOptions
{
    /// <summary>
    /// Portals of one portal group of the target, at least one. A login that fails at one is tried at the next; the connections of a session spread over them.
    /// </summary>
    public required ImmutableArray<PortalAddress> Portals { get; init; }

    /// <summary>This initiator's name.</summary>
    public required IscsiName InitiatorName { get; init; }

    /// <summary>The target's name; null for a discovery session.</summary>
    public IscsiName? TargetName { get; init; }

    /// <summary>A name for people that the target is told; null for none.</summary>
    public string? InitiatorAlias { get; init; }

    /// <summary>
    /// ISID, 48 bits (RFC 7143 §11.12.5). Another session with the same target portal group and the same ISID takes the place of this one (§6.3.5), so parallel
    /// sessions need different ones; <see cref="IsidRegistry"/> sees to that.
    /// </summary>
    public required Isid Isid { get; init; }

    /// <summary>What is proposed in the login. <see cref="InitiatorOffers.MaxConnections"/> follows <see cref="InitiatorSessionOptions.Connections"/>.</summary>
    public InitiatorOffers Offers { get; init; } = new();

    /// <summary>CHAP; null for none.</summary>
    public ChapInitiatorOptions? Credentials { get; init; }

    /// <summary>Time limits, connections, recovery.</summary>
    public InitiatorSessionOptions Session { get; init; } = new() { Jitter = static () => System.Random.Shared.NextDouble() };

    /// <summary>Faults of the target in the login that are put up with.</summary>
    public LoginQuirks LoginQuirks { get; init; }

    /// <summary>How long the target's FIN is waited for after a logout (RFC 7143 §11.14); 2 seconds.</summary>
    public TimeSpan FinWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// What waits for a command goes on on the thread that has received its answer, which saves a hop between threads. For callers that never block a thread in
    /// what follows: one that does would wait for answers that only that thread can receive.
    /// </summary>
    public bool CompletesInline { get; init; }

    /// <summary>Hears every byte of every connection, for a capture; null for nobody.</summary>
    public ITransportTap? Tap { get; init; }

    /// <summary>Random bytes, for CHAP.</summary>
    public RandomSource Random { get; init; } = static destination => RandomNumberGenerator.Fill(destination);

    /// <summary>A discovery session (RFC 7143 §4.3).</summary>
    internal bool IsDiscovery => TargetName is null;

    internal SessionType SessionType => IsDiscovery ? SessionType.Discovery : SessionType.Normal;
}
