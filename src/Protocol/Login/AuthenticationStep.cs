using System.Collections.Immutable;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>How far an authentication exchange has come.</summary>
public enum AuthenticationVerdict
{
    /// <summary>More keys are needed from the initiator.</summary>
    Continue,

    /// <summary>The initiator has proved itself.</summary>
    Accepted,

    /// <summary>It has not; <see cref="AuthenticationStep.Status"/> says how the login ends.</summary>
    Refused,
}

/// <summary>The answer of an <see cref="IAuthenticator"/>.</summary>
/// <param name="Verdict">How far it has come.</param>
/// <param name="Keys">Keys to send; none when refused.</param>
/// <param name="Name">The name proved, when accepted.</param>
/// <param name="Why">One line for the log when refused; no secret, no challenge, no response.</param>
/// <param name="Status">Success, or the login status of the refusal.</param>
public readonly record struct AuthenticationStep(
    AuthenticationVerdict Verdict, ImmutableArray<TextPair> Keys, string? Name, string? Why, LoginStatus Status = LoginStatus.Success)
{
    /// <summary>Sends keys and waits for more.</summary>
    /// <param name="keys">Keys to send.</param>
    public static AuthenticationStep Continue(params ImmutableArray<TextPair> keys) => new(AuthenticationVerdict.Continue, keys, null, null);

    /// <summary>Accepts the initiator.</summary>
    /// <param name="name">The name proved.</param>
    /// <param name="keys">Last keys to send, as for mutual authentication.</param>
    public static AuthenticationStep Accept(string name, params ImmutableArray<TextPair> keys) =>
        new(AuthenticationVerdict.Accepted, keys, name, null);

    /// <summary>Refuses an initiator whose proof is wrong: authentication failure, 0x0201.</summary>
    /// <param name="why">One line for the log.</param>
    public static AuthenticationStep Refuse(string why) => Refuse(LoginStatus.AuthenticationFailure, why);

    /// <summary>Refuses an initiator.</summary>
    /// <param name="status">
    /// 0x0201 for a wrong proof; 0x0200 or 0x0207 for keys and values that are not those of the step (RFC 7143 §9.2).
    /// </param>
    /// <param name="why">One line for the log.</param>
    public static AuthenticationStep Refuse(LoginStatus status, string why) => new(AuthenticationVerdict.Refused, [], null, why, status);
}
