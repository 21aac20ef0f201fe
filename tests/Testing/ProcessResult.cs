namespace Blockwire.Testing;

/// <summary>What a program said and how it ended.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">Null when it was killed because its time was over.</param>
/// <param name="Output">Standard output, lines joined by a newline.</param>
/// <param name="Error">Standard error, likewise.</param>
public sealed record ProcessResult(string Command, int? ExitCode, string Output, string Error)
{
    /// <summary>All of it as a reader of a failed test wants to see it.</summary>
    public override string ToString() =>
        $"$ {Command}\n{Output}\n{Error}\n=> {(ExitCode is { } code ? $"exit {code}" : "killed: out of time")}";

    /// <summary>Returns this when the exit code is 0.</summary>
    /// <exception cref="InvalidOperationException">It is not; the message is <see cref="ToString"/>.</exception>
    public ProcessResult Succeeded() => ExitCode == 0 ? this : throw new InvalidOperationException(ToString());
}
