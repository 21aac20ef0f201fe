using System.CommandLine;
using System.Text.RegularExpressions;
using Blockwire.Cli.CommandLine;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Documents;

/// <summary>The README shows what the program has, neither more nor less.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Repository.At("README.md"));

    [Fact]
    public void Its_commands_are_those_of_the_program() =>
        Assert.Equal(
            BlockwireCommand.Create().Subcommands.Select(static it => it.Name).Order(StringComparer.Ordinal),
            CommandRow().Matches(Readme).Select(static it => it.Groups["it"].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Its_options_of_serve_are_those_of_the_program()
    {
        Command serve = BlockwireCommand.Create().Subcommands.Single(static it => it.Name == "serve");

        Assert.Equal(
            serve.Options.Select(static it => $"{it.Name} {(it.Name == "--log" ? "LEVEL" : it.HelpName)}").Order(StringComparer.Ordinal),
            OptionRow().Matches(Readme).Select(static it => it.Groups["it"].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_disk_of_its_table_is_understood() =>
        Assert.All(DiskForm().Matches(Readme).Select(static it => it.Groups["it"].Value), static disk => Assert.Single(CommandLines(disk)));

    private static IReadOnlyList<Storage.DiskSpec> CommandLines(string disk) => Tests.CommandLine.CommandLines.Serve(disk).Disks;

    [GeneratedRegex(@"^\| `blockwire (?<it>[a-z]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex CommandRow();

    [GeneratedRegex(@"^\| `(?<it>--[a-z-]+ [A-Z:]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex OptionRow();

    [GeneratedRegex(@"^\| `(?<it>(file:|memory:|null:|stripe:|mirror:|[a-z]+\.img)[^`]*)`", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex DiskForm();
}
