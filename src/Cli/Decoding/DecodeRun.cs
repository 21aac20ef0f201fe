using Blockwire.Trace;

namespace Blockwire.Cli.Decoding;

/// <summary>One run of `decode`.</summary>
internal static class DecodeRun
{
    /// <returns>The exit status.</returns>
    /// <exception cref="CliException">The input cannot be read.</exception>
    public static int Run(DecodeArguments arguments, TextWriter output, TextWriter error)
    {
        string name = arguments.File?.ToString() ?? "standard input";
        DecodePrinter printer = new(arguments, output, error);
        TraceReader reader = new(printer);
        try
        {
            using Stream stream = Open(arguments.File, name);
            reader.Read(stream);
        }
        catch (TraceException problem)
        {
            SayCounts(reader, error);
            throw new CliException($"cannot decode {name}: {problem.Message}", problem);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"cannot read {name}: {failure.Message}", failure);
        }

        SayCounts(reader, error);
        return ExitStatus.Done;
    }

    private static Stream Open(FileInfo? file, string name)
    {
        if (file is null)
        {
            return Console.OpenStandardInput();
        }

        try
        {
            return new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException($"cannot read {name}: no such file; relative paths start in the current folder", failure);
        }
        catch (UnauthorizedAccessException failure) when (Directory.Exists(file.FullName))
        {
            throw new CliException($"cannot read {name}: it is a folder; name a capture in it", failure);
        }
    }

    private static void SayCounts(TraceReader reader, TextWriter error)
    {
        if (reader.PduCount == 0)
        {
            return;
        }

        string foreign = reader.ForeignConnectionCount > 0 ? $"; TCP connections without iSCSI: {reader.ForeignConnectionCount}" : "";
        error.WriteLine($"{Count(reader.PduCount, "PDU")} on {Count(reader.ConnectionCount, "connection")}, {Count(reader.ProblemCount, "broken rule")}{foreign}");
        error.Flush();
    }

    private static string Count(long count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
