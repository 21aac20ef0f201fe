using System.CommandLine;

namespace Blockwire.Cli.CommandLine;

/// <summary>The root of the command line: every command is a row here.</summary>
internal static class BlockwireCommand
{
    /// <summary>Parses arguments as they stand: no response files, no bundled letters, since a disk's name may look like either.</summary>
    public static ParseResult Parse(IReadOnlyList<string> arguments) =>
        Create().Parse(arguments, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });

    public static RootCommand Create()
    {
        RootCommand root = new("Blockwire shares disks over iSCSI (RFC 7143), reaches those of others, and reads captures.");
        root.Directives.Clear();
        root.Subcommands.Add(ServeCommand.Create());
        root.Subcommands.Add(DiscoverCommand.CreateDiscover());
        root.Subcommands.Add(DiscoverCommand.CreateList());
        root.Subcommands.Add(UnitCommands.CreateInfo());
        root.Subcommands.Add(UnitCommands.CreateRead());
        root.Subcommands.Add(UnitCommands.CreateWrite());
        root.Subcommands.Add(CopyCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(UnitCommands.CreatePing());
        root.Subcommands.Add(DecodeCommand.Create());
        return root;
    }
}
