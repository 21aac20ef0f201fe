using System.Globalization;

namespace Blockwire.Interop.Tests.SystemCalls;

/// <summary>System calls for one command.</summary>
/// <param name="InputOutput">Those that move bytes or wait for them.</param>
/// <param name="Futex">Those by which threads wait for and wake each other: a hop between threads takes one or two.</param>
/// <param name="Which">All that matter by name, for the reader.</param>
internal sealed record CallFigures(double InputOutput, double Futex, string Which)
{
    private static readonly string[] InputOutputNames = ["recv", "send", "read", "write", "pread", "pwrite", "epoll_", "poll", "ppoll", "select", "io_uring", "splice", "fdatasync", "fsync"];

    /// <summary>
    /// Figures of what was counted. The rest is not held to anything: how often a thread yields while it spins, and what the compiler and the garbage collector do with memory, is
    /// the machine's matter.
    /// </summary>
    public static CallFigures Of(IReadOnlyDictionary<string, long> calls, int commands)
    {
        return new(
            Sum(static name => InputOutputNames.Any(it => name.StartsWith(it, StringComparison.Ordinal))),
            Sum(static name => name == "futex"),
            string.Join(", ", calls.OrderByDescending(static it => it.Value).Take(4).Select(it => string.Create(CultureInfo.InvariantCulture, $"{it.Key} {(double)it.Value / commands:0.000}"))));

        double Sum(Func<string, bool> counts) => (double)calls.Where(it => counts(it.Key)).Sum(static it => it.Value) / commands;
    }

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    public static CallFigures Parse(string text)
    {
        string[] cells = text.Split('\t');
        return new(double.Parse(cells[0], CultureInfo.InvariantCulture), double.Parse(cells[1], CultureInfo.InvariantCulture), cells[2]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{InputOutput:0.000}\t{Futex:0.000}\t{Which}");
}
