using System.Collections.Immutable;

namespace Blockwire.Protocol.Authentication;

/// <summary>CHAP at one target, or at discovery: who may log in and what they are told in return (RFC 7143 §12.1.3).</summary>
public sealed record ChapOptions
{
    /// <summary>Who may log in. At least one.</summary>
    public required ImmutableArray<ChapAccount> Accounts { get; init; }

    /// <summary>What the target proves to an initiator that asks for it; null refuses those that ask, unless their account has its own.</summary>
    public ChapCredential? Target { get; init; }

    /// <summary>Algorithms and challenge.</summary>
    public ChapPolicy Policy { get; init; } = ChapPolicy.Default;

    /// <summary>Every name and secret that the target proves.</summary>
    internal IEnumerable<ChapCredential> TargetCredentials =>
        Accounts.Select(static account => account.Target).Append(Target).OfType<ChapCredential>();

    /// <summary>Throws when the options cannot be used.</summary>
    /// <exception cref="ChapOptionsException">It says why, without a secret.</exception>
    public void Validate()
    {
        Policy.Validate();
        if (Accounts.IsDefaultOrEmpty)
        {
            throw new ChapOptionsException("CHAP without anybody who may log in");
        }

        foreach (ChapCredential credential in Accounts.Select(static account => account.Credential).Concat(TargetCredentials))
        {
            ChapName.Validate(credential.Name);
        }

        HashSet<(string, string?)> seen = [];
        foreach (ChapAccount account in Accounts)
        {
            if (!seen.Add((account.Credential.Name, account.InitiatorName)))
            {
                throw new ChapOptionsException($"the CHAP user '{account.Credential.Name}' is there twice for the same initiators");
            }
        }
    }
}
