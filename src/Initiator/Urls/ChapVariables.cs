using Blockwire.Protocol.Authentication;

namespace Blockwire.Initiator;

/// <summary>The names under which CHAP stands in the environment, where a process list does not show it. Our names go before those of libiscsi.</summary>
public static class ChapVariables
{
    /// <summary>All of them, for messages.</summary>
    public const string Names = "BLOCKWIRE_CHAP_USER and _SECRET, BLOCKWIRE_CHAP_TARGET_USER and _SECRET, or LIBISCSI_CHAP_USERNAME and so on";

    private static readonly (string User, string Secret)[] Own =
        [("BLOCKWIRE_CHAP_USER", "BLOCKWIRE_CHAP_SECRET"), ("LIBISCSI_CHAP_USERNAME", "LIBISCSI_CHAP_PASSWORD")];

    private static readonly (string User, string Secret)[] Target =
        [("BLOCKWIRE_CHAP_TARGET_USER", "BLOCKWIRE_CHAP_TARGET_SECRET"), ("LIBISCSI_CHAP_TARGET_USERNAME", "LIBISCSI_CHAP_TARGET_PASSWORD")];

    /// <summary>What an initiator proves; null when the environment says nothing.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    /// <exception cref="ChapOptionsException">One of two is missing, or a value cannot be used.</exception>
    public static ChapCredential? FindOwn(Func<string, string?> variable) => Find(Own, variable);

    /// <summary>What a target proves; null when the environment says nothing.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    /// <exception cref="ChapOptionsException">One of two is missing, or a value cannot be used.</exception>
    public static ChapCredential? FindTarget(Func<string, string?> variable) => Find(Target, variable);

    /// <summary>The secret for an initiator's name that stands elsewhere; null when there is none.</summary>
    internal static string? FindOwnSecret(Func<string, string?> variable) =>
        Own.Select(names => variable(names.Secret)).FirstOrDefault(static secret => !string.IsNullOrEmpty(secret));

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
                throw new ChapOptionsException($"the environment has only one of {userName} and {secretName}; set both or none");
            }

            try
            {
                return new(user, ChapSecret.FromText(secret));
            }
            catch (ChapOptionsException refusal)
            {
                throw new ChapOptionsException($"{userName} and {secretName}: {refusal.Message}");
            }
        }

        return null;
    }
}
