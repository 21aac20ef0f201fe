namespace Blockwire.Protocol.Login;

/// <summary>In what way an initiator's login failed.</summary>
public enum LoginFailureKind
{
    /// <summary>The target refused with a status.</summary>
    Refused,

    /// <summary>The target is elsewhere: <see cref="InitiatorLoginFailure.Addresses"/>.</summary>
    Redirected,

    /// <summary>What the target sent breaks a rule that cannot be overlooked.</summary>
    TargetBrokeRule,

    /// <summary>The target did not prove itself, or no authentication that we may use was agreed.</summary>
    NotAuthenticated,

    /// <summary>The target granted less than our policy demands, such as a digest.</summary>
    PolicyNotMet,

    /// <summary>Another portal group than the expected one serves the connection.</summary>
    WrongPortalGroup,
}
