using System.Collections.Immutable;
using Blockwire.Protocol.Authentication;

namespace Blockwire.Cli.Configuration;

/// <summary>Which CHAP a target gets: the command line goes before the configuration, and that before the environment.</summary>
internal static class ChapChoice
{
    /// <param name="commandLine">Replaces the same in the configuration.</param>
    /// <param name="configured">The target's section, with or without users.</param>
    /// <param name="environment">Fills in what neither says.</param>
    /// <returns>Null when nobody asks for CHAP.</returns>
    /// <exception cref="CliException">There is only the target's half.</exception>
    public static ChapOptions? Of(ChapPair commandLine, ChapOptions? configured, ChapPair environment)
    {
        bool configuredUsers = configured is { Accounts.Length: > 0 };
        ImmutableArray<ChapAccount> accounts = commandLine.User is { } user ? [new(user)]
            : configuredUsers ? configured!.Accounts
            : environment.User is { } fallback ? [new(fallback)]
            : [];
        ChapCredential? target = commandLine.Target ?? configured?.Target ?? (configuredUsers ? null : environment.Target);
        if (accounts.IsEmpty && target is not null)
        {
            throw new CliException("the target has a CHAP secret of its own and asks initiators for none; give --chap or --chap-file as well");
        }

        return accounts.IsEmpty && configured is null ? null
            : (configured ?? new() { Accounts = [] }) with { Accounts = accounts, Target = target };
    }
}
