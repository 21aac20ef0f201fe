namespace Blockwire.Protocol.Authentication;

/// <summary>A place where CHAP is asked for.</summary>
/// <param name="Name">What messages call it, such as "target iqn...".</param>
/// <param name="Options">Its options.</param>
public sealed record ChapScope(string Name, ChapOptions Options);

/// <summary>Looks at all secrets of a server together, as RFC 7143 §9.2.1 asks: what it forbids is refused, what it advises against is told.</summary>
public static class ChapReview
{
    /// <summary>Checks every scope and then all of them together.</summary>
    /// <param name="scopes">All places where CHAP is asked for.</param>
    /// <returns>Warnings, a line each, without any secret.</returns>
    /// <exception cref="ChapOptionsException">A scope is unusable, or one secret serves both directions.</exception>
    public static IReadOnlyList<string> Examine(IReadOnlyCollection<ChapScope> scopes)
    {
        foreach (ChapScope scope in scopes)
        {
            try
            {
                scope.Options.Validate();
            }
            catch (ChapOptionsException problem)
            {
                throw new ChapOptionsException($"{scope.Name}: {problem.Message}");
            }
        }

        (string Scope, ChapCredential Credential)[] initiators =
            [.. scopes.SelectMany(static scope => scope.Options.Accounts.Select(account => (scope.Name, account.Credential)))];
        (string Scope, ChapCredential Credential)[] targets =
            [.. scopes.SelectMany(static scope => scope.Options.TargetCredentials.Select(credential => (scope.Name, credential)))];
        RefuseBothDirections(initiators, targets);
        return [.. ShortSecrets([.. initiators, .. targets]), .. SharedSecrets(initiators)];
    }

    /// <summary>What is to be said of a secret that is too short.</summary>
    internal static string ShortSecret(ChapCredential credential) =>
        $"the CHAP secret of '{credential.Name}' is shorter than {ChapSecret.ShortBelowBytes} bytes (96 bits) and can be guessed by whoever listens (RFC 7143 §9.2.1); take a longer random one";

    private static void RefuseBothDirections((string Scope, ChapCredential It)[] initiators, (string Scope, ChapCredential It)[] targets)
    {
        foreach ((string scope, ChapCredential user) in initiators)
        {
            foreach ((string other, ChapCredential target) in targets)
            {
                if (user.Secret.Matches(target.Secret))
                {
                    throw new ChapOptionsException(
                        $"the CHAP secret of user '{user.Name}' ({scope}) is also what '{target.Name}' ({other}) proves to initiators; "
                        + "a secret must not serve both directions (RFC 7143 §9.2.1)");
                }
            }
        }
    }

    private static IEnumerable<string> ShortSecrets(IEnumerable<(string Scope, ChapCredential It)> all) =>
        all.Where(static each => each.It.Secret.IsShort)
            .Select(static each => $"{each.Scope}: {ShortSecret(each.It)}")
            .Distinct();

    private static IEnumerable<string> SharedSecrets((string Scope, ChapCredential It)[] initiators)
    {
        for (int at = 1; at < initiators.Length; at++)
        {
            (string scope, ChapCredential user) = initiators[at];
            foreach ((string other, ChapCredential earlier) in initiators[..at])
            {
                if (earlier.Name != user.Name && earlier.Secret.Matches(user.Secret))
                {
                    yield return $"{scope}: the CHAP users '{user.Name}' and '{earlier.Name}' ({other}) have one secret, so each can pass for the other (RFC 7143 §9.2.1)";
                    break;
                }
            }
        }
    }
}
