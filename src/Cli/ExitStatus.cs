namespace Blockwire.Cli;

/// <summary>How the program ends.</summary>
internal static class ExitStatus
{
    /// <summary>It did what it was told.</summary>
    public const int Done = 0;

    /// <summary>It failed; one line on stderr says what, where and what to do.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;
}
