using System.Collections.Immutable;

namespace Blockwire.Protocol.Login;

/// <summary>How one initiator may prove itself to one target: the methods allowed and a way to start each (RFC 7143 §12.1).</summary>
public interface IAuthentication
{
    /// <summary>Allowed values of AuthMethod, in the order the target would propose them. "None" is there when no proof is needed.</summary>
    ImmutableArray<string> Methods { get; }

    /// <summary>Starts an exchange.</summary>
    /// <param name="method">One of <see cref="Methods"/>, never "None".</param>
    IAuthenticator Start(string method);
}
