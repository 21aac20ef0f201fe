using System.Collections.Immutable;
using System.Diagnostics;
using Blockwire.Protocol.Keys;

namespace Blockwire.Protocol.Login;

/// <summary>No proof is asked: AuthMethod=None.</summary>
public sealed class NoAuthentication : IAuthentication
{
    private NoAuthentication()
    {
    }

    /// <summary>The one instance.</summary>
    public static NoAuthentication Instance { get; } = new();

    /// <inheritdoc/>
    public ImmutableArray<string> Methods { get; } = [KeyConstant.None];

    /// <inheritdoc/>
    public IAuthenticator Start(string method) => throw new UnreachableException("None has no exchange.");
}
