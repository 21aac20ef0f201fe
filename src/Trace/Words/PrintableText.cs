namespace Blockwire.Trace.Words;

/// <summary>What a peer sent must not act on the terminal that shows it.</summary>
internal static class PrintableText
{
    /// <summary>The text with its control characters spelled out.</summary>
    public static string Of(string text) => text.Any(char.IsControl)
        ? string.Concat(text.Select(static it => char.IsControl(it) ? $"\\x{(int)it:x2}" : it.ToString()))
        : text;
}
