using System.Collections.Immutable;
using Blockwire.Protocol.Login;

namespace Blockwire.Protocol.Authentication;

/// <summary>CHAP as one initiator meets it: no login without it.</summary>
/// <param name="options">Who may log in; validated.</param>
/// <param name="initiatorName">Normalised iSCSI name that the initiator gives itself.</param>
/// <param name="random">Source of challenges.</param>
public sealed class ChapAuthentication(ChapOptions options, string initiatorName, RandomSource random) : IAuthentication
{
    /// <summary>The method's name in AuthMethod.</summary>
    public const string Method = "CHAP";

    /// <inheritdoc/>
    public ImmutableArray<string> Methods { get; } = [Method];

    /// <inheritdoc/>
    public IAuthenticator Start(string method) => new ChapExchange(options, initiatorName, random);
}
