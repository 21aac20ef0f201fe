using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Naming;

namespace Blockwire.Cli.Configuration;

/// <summary>Reads a CHAP section of a configuration file. Its users may still come from elsewhere.</summary>
internal static class ChapReader
{
    /// <exception cref="ConfigurationException">It says something wrong.</exception>
    public static ChapOptions Read(ChapSection section, string path) => new()
    {
        Accounts = [.. (section.Users ?? []).Select((user, at) => Account(user, $"{path}.users[{at}]"))],
        Target = section.Mutual is null ? null : Credential(section.Mutual.User, section.Mutual.Secret, $"{path}.mutual"),
        Policy = Policy(section, path),
    };

    private static ChapAccount Account(ChapUserSection section, string path) => new(Credential(section.User, section.Secret, path))
    {
        InitiatorName = section.Initiator is null ? null : Initiator(section.Initiator, $"{path}.initiator"),
        Target = section.Mutual is null ? null : Credential(section.Mutual.User, section.Mutual.Secret, $"{path}.mutual"),
    };

    private static ChapCredential Credential(string? user, string? secret, string path) =>
        string.IsNullOrEmpty(user) ? throw new ConfigurationException($"{path}.user: missing")
        : string.IsNullOrEmpty(secret) ? throw new ConfigurationException($"{path}.secret: missing")
        : ChapText.TryRead(user, secret, out ChapCredential? credential, out string? problem) ? credential
        : throw new ConfigurationException($"{path}: {problem}");

    private static string Initiator(string text, string path) =>
        IscsiName.TryParse(text, out IscsiName name, out string? problem) ? name.Text : throw new ConfigurationException($"{path}: '{text}': {problem}");

    private static ChapPolicy Policy(ChapSection section, string path)
    {
        ChapPolicy policy = ChapPolicy.Default with { ChallengeBytes = section.ChallengeBytes ?? ChapPolicy.Default.ChallengeBytes };
        if (section.Algorithms is { } names)
        {
            policy = policy with { Algorithms = [.. names.Select((name, at) => Algorithm(name, $"{path}.algorithms[{at}]")).Distinct()] };
        }

        policy = section.Require is { } weakest ? policy.AtLeast(Algorithm(weakest, $"{path}.require")) : policy;
        try
        {
            policy.Validate();
            return policy;
        }
        catch (ChapOptionsException problem)
        {
            throw new ConfigurationException($"{path}: {problem.Message}");
        }
    }

    private static ChapAlgorithm Algorithm(string name, string path) =>
        ChapAlgorithmName.Find(name) ?? throw new ConfigurationException($"{path}: '{name}' is none of {ChapAlgorithmName.Choice}");
}
