namespace Blockwire.Storage;

/// <summary>Text that names no disk. The message is one line: the text, what is wrong with it, what is allowed.</summary>
public sealed class DiskSpecException(string text, string problem) : FormatException($"disk '{DiskText.Printable(text)}': {problem}")
{
    /// <summary>The text as it was given.</summary>
    public string Text { get; } = text;

    /// <summary>What is wrong, and what is allowed in its place.</summary>
    public string Problem { get; } = problem;
}
