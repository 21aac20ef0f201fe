using System.Security.Cryptography;
using Blockwire.Protocol.Naming;

namespace Blockwire.Initiator;

/// <summary>The initiator's name, the same at every start (RFC 7143 §4.2.7): targets give access by it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Note">One line for the user when the name will not last, or null.</param>
public sealed record InitiatorIdentity(IscsiName Name, string? Note)
{
    /// <summary>What a name of our own making begins with.</summary>
    public const string Prefix = "iqn.2026-11.local.blockwire:";

    private const string Variable = "BLOCKWIRE_INITIATOR";
    private const string FileName = "initiator-name";
    private const int LongestHost = 63;

    /// <summary>Finds the name: BLOCKWIRE_INITIATOR, or that in the state folder, where one is made of the host's name the first time.</summary>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <param name="hostName">The host's name.</param>
    /// <exception cref="InitiatorNameException">The name that stands there is none.</exception>
    public static InitiatorIdentity Find(Func<string, string?> variable, string hostName)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (variable(Variable) is { Length: > 0 } given)
        {
            return new(Read(given, Variable), null);
        }

        string host = LegalPart(hostName);
        if (StateFolder.Find(variable) is not { } folder)
        {
            return Passing(host, $"there is no home for state: set BLOCKWIRE_STATE to a folder, or {Variable} to a name");
        }

        string path = Path.Combine(folder, FileName);
        string text;
        try
        {
            // Hosts exist that share a name; the random part keeps their sessions apart.
            text = StateFolder.ReadOrCreate(path, () => $"{Prefix}{host}{(host.Length > 0 ? "-" : "")}{RandomPart()}");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Passing(host, $"{path} can be neither read nor made ({problem.Message}): set BLOCKWIRE_STATE to another folder, or {Variable} to a name");
        }

        return new(Read(text, path), null);
    }

    private static InitiatorIdentity Passing(string host, string why) =>
        new(Read(Prefix + (host.Length > 0 ? host : RandomPart()), "the host's name"), $"the initiator's name is one for this run; {why}");

    private static IscsiName Read(string text, string where) => IscsiName.TryParse(text, out IscsiName name, out string? why)
        ? name
        : throw new InitiatorNameException($"{where}: the initiator's name {why}; write one like {Prefix}host");

    private static string RandomPart() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    // "localhost" tells nothing apart.
    private static string LegalPart(string hostName)
    {
        string legal = string.Concat(hostName.ToLowerInvariant().Select(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' ? c : '-'));
        legal = legal[..Math.Min(legal.Length, LongestHost)].Trim('-', '.');
        return legal.StartsWith("localhost", StringComparison.Ordinal) ? "" : legal;
    }
}
