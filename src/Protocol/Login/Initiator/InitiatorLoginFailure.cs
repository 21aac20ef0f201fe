using System.Collections.Immutable;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>Why an initiator's login failed. The connection is to be closed.</summary>
/// <param name="Kind">In what way.</param>
/// <param name="Why">One line with the rule, without any secret.</param>
public sealed record InitiatorLoginFailure(LoginFailureKind Kind, string Why)
{
    /// <summary>The status that the target sent, or null when it sent none.</summary>
    public LoginStatus? Status { get; init; }

    /// <summary>Where the target is now, when <see cref="Kind"/> says that it is elsewhere; never empty then.</summary>
    public ImmutableArray<PortalAddress> Addresses { get; init; } = [];

    /// <summary>True when the target has moved for good.</summary>
    public bool IsPermanentRedirect => Status == LoginStatus.TargetMovedPermanently;

    /// <summary>
    /// True when the same login may succeed later: the target itself is at fault (Status-Class 3). Of class 2 RFC 7143 §11.13.5 says not to try again.
    /// </summary>
    public bool IsWorthRetrying => Status is { } status && (ushort)status >> 8 == 3;

    /// <summary>
    /// What to overlook in another attempt that may succeed, or nothing. An attempt with it gives nothing away: it offers no algorithm that was not offered
    /// before, and whoever sits in the middle could have chosen any of them at once.
    /// </summary>
    public LoginQuirks MayHelp { get; init; }

    internal static InitiatorLoginFailure BrokenRule(string rule, string why) => new(LoginFailureKind.TargetBrokeRule, $"{why} (RFC {rule})");

    internal static InitiatorLoginFailure Of(in KeyFault fault) => BrokenRule(fault.Rule, fault.Why);
}
