using Blockwire.Protocol.Authentication;

namespace Blockwire.Cli.Configuration;

/// <summary>CHAP from the environment, where a process list does not show it. Our names go before those of libiscsi.</summary>
internal static class ChapEnvironment
{
    /// <summary>The variables, for messages.</summary>
    public const string Variables = "BLOCKWIRE_CHAP_USER and _SECRET, BLOCKWIRE_CHAP_TARGET_USER and _SECRET, or LIBISCSI_CHAP_USERNAME and so on";

    private static readonly (string User, string Secret)[] UserNames =
        [("BLOCKWIRE_CHAP_USER", "BLOCKWIRE_CHAP_SECRET"), ("LIBISCSI_CHAP_USERNAME", "LIBISCSI_CHAP_PASSWORD")];

    private static readonly (string User, string Secret)[] TargetNames =
        [("BLOCKWIRE_CHAP_TARGET_USER", "BLOCKWIRE_CHAP_TARGET_SECRET"), ("LIBISCSI_CHAP_TARGET_USERNAME", "LIBISCSI_CHAP_TARGET_PASSWORD")];

    /// <param name="variable">The value of a variable, or null.</param>
    /// <exception cref="CliException">One of two is missing, or a value cannot be used.</exception>
    public static ChapPair Read(Func<string, string?> variable) => new(Find(UserNames, variable), Find(TargetNames, variable));

    private static ChapCredential? Find((string User, string Secret)[] names, Func<string, string?> variable)
    {
        foreach ((string userName, string secretName) in names)
        {
            (string? user, string? secret) = (variable(userName), variable(secretName));
            if (string.IsNullOrEmpty(user) && string.IsNullOrEmpty(secret))
            {
                continue;
            }

            if (string.IsNullOrEmpty(user) || string.IsNullOrEmpty(secret))
            {
                throw new CliException($"the environment has only one of {userName} and {secretName}; set both or none");
            }

            return ChapText.TryRead(user, secret, out ChapCredential? credential, out string? problem)
                ? credential
                : throw new CliException($"{userName} and {secretName}: {problem}");
        }

        return null;
    }
}
