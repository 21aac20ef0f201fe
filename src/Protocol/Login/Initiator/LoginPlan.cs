using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>All that an initiator's login of one connection starts from.</summary>
public sealed record LoginPlan
{
    /// <summary>The initiator's name.</summary>
    public required IscsiName InitiatorName { get; init; }

    /// <summary>Its alias, for display at the target, or null.</summary>
    public string? InitiatorAlias { get; init; }

    /// <summary>The target's name; null only in a discovery session.</summary>
    public IscsiName? TargetName { get; init; }

    /// <summary>Normal or Discovery.</summary>
    public SessionType SessionType { get; init; }

    /// <summary>The initiator's half of the session identifier, 48 bits (RFC 7143 §11.12.5).</summary>
    public required ulong Isid { get; init; }

    /// <summary>0 for a leading login; otherwise the session to join, and <see cref="Existing"/> is given too.</summary>
    public ushort Tsih { get; init; }

    /// <summary>The connection's identifier: a new one to add a connection, that of a lost one to reinstate it (§6.3.4).</summary>
    public ushort Cid { get; init; }

    /// <summary>What is proposed. The session-wide keys are left out when a session is joined: they hold already.</summary>
    public InitiatorOffers Offers { get; init; } = new();

    /// <summary>How to prove ourselves, and what proof to want; null for no authentication.</summary>
    public ChapInitiatorOptions? Credentials { get; init; }

    /// <summary>CmdSN of a new session's first command, or the session's CmdSN now (§11.12.8).</summary>
    public Serial32 CmdSN { get; init; } = new(1);

    /// <summary>ExpStatSN of the connection that is reinstated; without meaning otherwise (§11.12.9).</summary>
    public Serial32 ExpStatSN { get; init; }

    /// <summary>Initiator Task Tag of the whole login; not the reserved one.</summary>
    public uint InitiatorTaskTag { get; init; }

    /// <summary>The parameters of the session to join; null on a leading login.</summary>
    public SessionParameters? Existing { get; init; }

    /// <summary>The portal group that must serve the connection, as all connections of a session must be in one; null when any will do (§13.9).</summary>
    public ushort? ExpectedPortalGroupTag { get; init; }

    /// <summary>What is overlooked in this target.</summary>
    public LoginQuirks Quirks { get; init; }

    /// <summary>Most text and requests of the login.</summary>
    public LoginLimits Limits { get; init; } = LoginLimits.Default;

    /// <summary>Checks that the parts fit together.</summary>
    /// <returns>This plan.</returns>
    /// <exception cref="ArgumentException">They do not.</exception>
    /// <exception cref="ChapOptionsException">The credentials cannot be used.</exception>
    public LoginPlan Validated()
    {
        _ = Offers.Validated();
        Credentials?.Validate();
        string? why = InitiatorName.Text.Length == 0 ? "a login needs the initiator's name"
            : SessionType == SessionType.Normal && TargetName is null ? "a normal session needs the target's name"
            : Isid >> 48 != 0 ? "an ISID has 48 bits"
            : InitiatorTaskTag == Bhs.ReservedTag ? "0xffffffff is no Initiator Task Tag"
            : Tsih != 0 != Existing is not null ? "a TSIH and the parameters of the session to join go together"
            : Tsih != 0 && SessionType == SessionType.Discovery ? "a discovery session has one connection"
            : null;
        return why is null ? this : throw new ArgumentException(why);
    }
}
