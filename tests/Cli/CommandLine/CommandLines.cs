using System.CommandLine;
using Blockwire.Cli.CommandLine;

namespace Blockwire.Cli.Tests.CommandLine;

/// <summary>Parses what a user would type, words split at spaces.</summary>
internal static class CommandLines
{
    public static ServeArguments Serve(string line)
    {
        ParseResult parsed = BlockwireCommand.Parse($"serve {line}".Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Null(CommandLineProblem.Find(parsed));
        return ServeCommand.Read(parsed);
    }

    public static string? Problem(string line) =>
        CommandLineProblem.Find(BlockwireCommand.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
}
