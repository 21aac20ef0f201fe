using System.Collections.Immutable;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Login;

/// <summary>How far an authentication exchange has come.</summary>
public enum AuthenticationVerdict
{
    /// <summary>More keys are needed from the initiator.</summary>
    Continue,

    /// <summary>The initiator has proved itself.</summary>
    Accepted,

    /// <summary>It has not: status 0x0201.</summary>
    Refused,
}

/// <summary>The answer of an <see cref="IAuthenticator"/>.</summary>
/// <param name="Verdict">How far it has come.</param>
/// <param name="Keys">Keys to send; none when refused.</param>
/// <param name="Name">The name proved, when accepted.</param>
/// <param name="Why">One line for the log when refused; no secret, no challenge, no response.</param>
public readonly record struct AuthenticationStep(
    AuthenticationVerdict Verdict, ImmutableArray<TextPair> Keys, string? Name, string? Why)
{
    /// <summary>Sends keys and waits for more.</summary>
    /// <param name="keys">Keys to send.</param>
    public static AuthenticationStep Continue(params ImmutableArray<TextPair> keys) => new(AuthenticationVerdict.Continue, keys, null, null);

    /// <summary>Accepts the initiator.</summary>
    /// <param name="name">The name proved.</param>
    /// <param name="keys">Last keys to send, as for mutual authentication.</param>
    public static AuthenticationStep Accept(string name, params ImmutableArray<TextPair> keys) =>
        new(AuthenticationVerdict.Accepted, keys, name, null);

    /// <summary>Refuses the initiator.</summary>
    /// <param name="why">One line for the log.</param>
    public static AuthenticationStep Refuse(string why) => new(AuthenticationVerdict.Refused, [], null, why);
}
