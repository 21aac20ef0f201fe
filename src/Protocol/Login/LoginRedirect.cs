using System.Collections.Immutable;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>A refusal that may say where the target is now: TargetAddress without a tag (RFC 7143 §11.13.5, §13.8).</summary>
internal sealed record LoginRedirect(LoginStatus Status, string Why, ImmutableArray<string> Addresses) : LoginRefusal(Status, Why)
{
    public ReadOnlyMemory<byte> ToText(int maxBytes)
    {
        KeyAnswers answers = new(maxBytes);
        foreach (string address in Addresses)
        {
            answers.Add(KeyName.TargetAddress, address);
        }

        return answers.ToArray();
    }
}
