using System.CommandLine;
using Blockwire.Cli.CommandLine;
using Blockwire.Cli.Logging;

namespace Blockwire.Cli;

/// <summary>The entry of the `blockwire` program.</summary>
internal static class Program
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static async Task<int> Main(string[] arguments)
    {
        // Socket completions run on the thread that saw them, without a hop to the pool. The runtime reads this when the first socket
        // is made; who set it before us knows better.
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }

        return await RunAsync(arguments, Console.Out, StandardError.OpenWriter());
    }

    /// <summary>Parses the arguments, runs the command and returns the exit status.</summary>
    internal static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        ParseResult parsed = BlockwireCommand.Parse(arguments);
        if (CommandLineProblem.Find(parsed) is { } problem)
        {
            await SayAsync(error, problem);
            return ExitStatus.Usage;
        }

        try
        {
            // Our own signal handling drains; the library's would end the process under it.
            return await parsed.InvokeAsync(
                new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (CliException failure)
        {
            await SayAsync(error, failure.Message);
            return ExitStatus.Failed;
        }
        catch (Exception defect)
        {
            string where = defect.StackTrace?.Split('\n')[0].Trim() ?? "at an unknown place";
            await SayAsync(
                error, $"a defect of ours: {defect.GetType().Name}: {defect.Message.ReplaceLineEndings(" ")} {where}; please report it with this line");
            return ExitStatus.Failed;
        }
    }

    // Like the log: a stderr that nobody reads does not keep the program from ending. Even calls that are named otherwise block there.
    private static async Task SayAsync(TextWriter error, string problem)
    {
        try
        {
            await Task.Run(() =>
            {
                error.WriteLine($"blockwire: {TerminalText.Line(problem)}");
                error.Flush();
            }).WaitAsync(LogLines.Patience);
        }
        catch (Exception unheard) when (unheard is TimeoutException or IOException)
        {
            // There is no other place to say it; the exit status does.
        }
    }
}
