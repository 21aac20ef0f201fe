namespace Blockwire.Cli.Logging;

/// <summary>Text from elsewhere on its way to a terminal, which would obey the control characters in it.</summary>
internal static class TerminalText
{
    /// <summary>One line.</summary>
    public static string Line(string text) => Replace(text, keepLines: false);

    /// <summary>Lines.</summary>
    public static string Lines(string text) => Replace(text, keepLines: true);

    private static string Replace(string text, bool keepLines) =>
        text.Any(it => IsUnwanted(it, keepLines)) ? string.Concat(text.Select(it => IsUnwanted(it, keepLines) ? '?' : it)) : text;

    private static bool IsUnwanted(char letter, bool keepLines) => char.IsControl(letter) && !(keepLines && letter == '\n');
}
