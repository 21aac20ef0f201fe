using Blockwire.Protocol.Authentication;

namespace Blockwire.Cli.Configuration;

/// <summary>CHAP as the command line or the environment says it.</summary>
/// <param name="User">What initiators must know.</param>
/// <param name="Target">What the target proves in return.</param>
internal readonly record struct ChapPair(ChapCredential? User, ChapCredential? Target)
{
    public bool IsEmpty => User is null && Target is null;
}
