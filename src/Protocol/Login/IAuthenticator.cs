using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Login;

/// <summary>One exchange of an authentication method on one connection. The login core carries its keys and knows nothing of their meaning.</summary>
public interface IAuthenticator
{
    /// <summary>Takes the method's keys of one request.</summary>
    /// <param name="keys">The keys, syntactically legal, each at most once per login. Never empty.</param>
    AuthenticationStep OnKeys(IReadOnlyList<TextPair> keys);
}
