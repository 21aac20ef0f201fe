using Blockwire.Testing;

namespace Blockwire.Interop.Tests.SystemCalls;

/// <summary>The file of system calls for each command, a line for each load.</summary>
internal static class RecordedCalls
{
    private const string Head = """
        # System calls of the server for one command, counted by strace -f -c: the load, input and output, futex, the most frequent ones of all.
        # After a change that is wanted write them anew: BLOCKWIRE_WRITE_DOCS=1 ./test --only SystemCall

        """;

    private static string FilePath => Repository.At("tests", "Interop", "SystemCalls", "recorded.tsv");

    /// <summary>What is recorded for a load.</summary>
    /// <exception cref="InvalidOperationException">Nothing is.</exception>
    public static CallFigures Of(string load) =>
        Lines().TryGetValue(load, out string? line)
            ? CallFigures.Parse(line)
            : throw new InvalidOperationException($"{FilePath} has no line for {load}: run the test with BLOCKWIRE_WRITE_DOCS=1");

    /// <summary>Puts a load's line into the file; the others stay.</summary>
    public static void Write(string load, CallFigures figures)
    {
        SortedDictionary<string, string> lines = Lines();
        lines[load] = figures.ToString();
        File.WriteAllText(FilePath, Head + string.Concat(lines.Select(static line => $"{line.Key}\t{line.Value}\n")));
    }

    private static SortedDictionary<string, string> Lines() => new(
        (File.Exists(FilePath) ? File.ReadAllLines(FilePath) : []).Select(static line => line.Split('\t', 2)).Where(static it => it.Length == 2).ToDictionary(static it => it[0], static it => it[1]),
        StringComparer.Ordinal);
}
