using System.Net;
using System.Security.Cryptography;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Scsi.Device;
using Blockwire.Transport;

namespace Blockwire.Target;

/// <summary>What a <see cref="TargetServer"/> serves, where, and within which bounds.</summary>
public sealed record TargetServerOptions
{
    /// <summary>Where it listens. At least one.</summary>
    public required IReadOnlyList<PortalOptions> Portals { get; init; }

    /// <summary>The targets, with names that differ.</summary>
    public required IReadOnlyList<TargetOptions> Targets { get; init; }

    /// <summary>What is agreed to at login.</summary>
    public TargetOffers Offers { get; init; } = new();

    /// <summary>
    /// What discovery sessions must prove, named target or not; null lets everyone ask for names and portals. Apart from what the targets ask for.
    /// </summary>
    public ChapOptions? DiscoveryChap { get; init; }

    /// <summary>Where challenges come from; the system's cryptographic generator by default.</summary>
    public RandomSource Random { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Bounds of the text of a login.</summary>
    public LoginLimits LoginLimits { get; init; } = LoginLimits.Default;

    /// <summary>Bounds and times of a session.</summary>
    public TargetSessionOptions Session { get; init; } = new();

    /// <summary>
    /// Initiators may send TARGET WARM RESET and TARGET COLD RESET, which end the commands, and the latter the sessions, of all initiators of the target. False: they are
    /// answered with "authorization failed" (RFC 7143 §11.5.1). Resets of single logical units are always served.
    /// </summary>
    public bool AllowTargetReset { get; init; } = true;

    /// <summary>Time from connecting to the end of the login. 15 seconds by default.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Connections that may be in login at once; more are closed at once. 4096 by default.</summary>
    public int MaxLoginsInProgress { get; init; } = 4096;

    /// <summary>
    /// Bytes of buffers of all sessions together, above which each session runs one task at a time. A quarter of the memory that the process may use, by default.
    /// </summary>
    public long MemoryLimitBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    /// <summary>
    /// Sessions without connections that are kept at most, for Time2Wait and Time2Retain, in case their initiators come back. 1024 by default; beyond it, or when memory
    /// is short, the oldest are ended early.
    /// </summary>
    public int MaxFailedSessions { get; init; } = 1024;

    /// <summary>Hears what goes over every connection, for a capture; null, the default, when nobody listens. It is slower with than without.</summary>
    public ITransportTap? Tap { get; init; }

    /// <summary>Every place where CHAP is asked for.</summary>
    public IReadOnlyList<ChapScope> ChapScopes =>
    [
        .. Targets.Where(static target => target.Chap is not null).Select(static target => new ChapScope($"target {target.Name}", target.Chap!)),
        .. DiscoveryChap is null ? Array.Empty<ChapScope>() : [new("discovery", DiscoveryChap)],
    ];

    /// <summary>Time that a peer has to close after the target's FIN (RFC 7143 §11.14). 5 seconds by default.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>A portal: an address in a portal group (RFC 7143 §4.4.1).</summary>
/// <param name="EndPoint">Address and port; port 0 lets the system pick one.</param>
/// <param name="PortalGroupTag">Portals with one tag can serve connections of one session.</param>
public sealed record PortalOptions(IPEndPoint EndPoint, ushort PortalGroupTag = 1);

/// <summary>A target and its logical units.</summary>
/// <param name="Name">iSCSI name.</param>
/// <param name="Units">Logical units. The server flushes them when it stops; their devices stay the caller's to dispose.</param>
public sealed record TargetOptions(string Name, IReadOnlyList<LogicalUnit> Units)
{
    /// <summary>Human-readable name told at login, or null (RFC 7143 §13.6).</summary>
    public string? Alias { get; init; }

    /// <summary>What initiators must prove to log in; null lets everyone in.</summary>
    public ChapOptions? Chap { get; init; }

    /// <summary>Portal groups that do not begin active/optimized, or are preferred.</summary>
    public IReadOnlyList<PortGroupOptions> PortGroups { get; init; } = [];

    /// <summary>
    /// Where the access states that initiators set (SET TARGET PORT GROUPS) are kept, for groups that <see cref="PortGroups"/> does not name; null keeps them nowhere. Not the store of a
    /// logical unit. When what it has cannot be read, the server is not made: <see cref="UnitStateException"/>.
    /// </summary>
    public IUnitStateStore? State { get; init; }
}
