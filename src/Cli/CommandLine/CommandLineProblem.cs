using System.CommandLine;
using System.CommandLine.Parsing;

namespace Blockwire.Cli.CommandLine;

/// <summary>Turns what is wrong with a command line into one line.</summary>
internal static class CommandLineProblem
{
    /// <summary>The first problem with what was parsed and where to read on; null when there is none.</summary>
    public static string? Find(ParseResult parsed)
    {
        if (AsksForTextOnly(parsed))
        {
            return null;
        }

        Command command = parsed.CommandResult.Command;
        string? problem = UnknownOption(parsed, command) ?? UnknownCommand(parsed, command) ?? FirstError(parsed);
        string name = command is RootCommand ? "blockwire" : $"blockwire {command.Name}";
        return problem is null ? null : $"{problem}{(problem.EndsWith('?') ? " See" : "; see")} {name} --help";
    }

    private static string? FirstError(ParseResult parsed) =>
        parsed.Errors is [{ } error, ..] ? WithoutStop(error.Message.ReplaceLineEndings(" ")) : null;

    // The library's own sentences end with a word in quotes and a full stop; a hint follows here.
    private static string WithoutStop(string message) => message.EndsWith("'.", StringComparison.Ordinal) ? message[..^1] : message;

    private static bool AsksForTextOnly(ParseResult parsed) =>
        parsed.Action is System.CommandLine.Help.HelpAction || parsed.Action?.GetType().DeclaringType == typeof(VersionOption);

    /// <summary>
    /// An argument that looks like an option. The parser takes it for a disk; a disk of such a name is written ./-name, or after --.
    /// </summary>
    private static string? UnknownOption(ParseResult parsed, Command command)
    {
        Token? token = parsed.Tokens
            .TakeWhile(static it => it.Type != TokenType.DoubleDash)
            .FirstOrDefault(it => it.Type == TokenType.Argument && it.Value.Length > 1 && it.Value[0] == '-' && !IsValueOfOption(parsed, it));
        if (token is null)
        {
            return null;
        }

        string name = token.Value.Split('=', 2)[0];
        IEnumerable<string> known = command.Options.SelectMany(static it => it.Aliases.Append(it.Name));
        return $"unknown option '{name}'{Suggestion.For(name, known)}";
    }

    private static bool IsValueOfOption(ParseResult parsed, Token token) =>
        parsed.CommandResult.Children.OfType<OptionResult>().Any(option => option.Tokens.Contains(token, ReferenceEqualityComparer.Instance));

    private static string? UnknownCommand(ParseResult parsed, Command command)
    {
        if (command.Subcommands.Count == 0)
        {
            return null;
        }

        string[] known = [.. command.Subcommands.Select(static it => it.Name)];
        return parsed.UnmatchedTokens is [{ } word, ..]
            ? $"unknown command '{word}'{Suggestion.For(word, known)}"
            : $"a command is missing: {string.Join(", ", known)}";
    }
}
