namespace Blockwire.Cli.Decoding;

/// <summary>How PDUs are printed.</summary>
internal enum DecodeForm
{
    /// <summary>A line, and every field below it.</summary>
    Full,

    /// <summary>A line.</summary>
    Brief,

    /// <summary>A JSON object on a line.</summary>
    Json,
}

/// <summary>What the command line of `decode` says.</summary>
/// <param name="File">What to read; null for standard input.</param>
/// <param name="Form">How to print.</param>
/// <param name="OnlyProblems">Leave out PDUs that break no rule.</param>
internal sealed record DecodeArguments(FileInfo? File, DecodeForm Form, bool OnlyProblems);
