using System.Globalization;
using Blockwire.Testing;

namespace Blockwire.Interop.Tests.SystemCalls;

/// <summary>How often a process made each system call while something was done, as strace counts them.</summary>
internal static class SystemCallCount
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Counts in all threads of a process. Skips the test, or fails it where CI=true, when strace is missing or may not look at the process.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> OfAsync(int processId, Action work)
    {
        Peer.Require("strace");
        string summary = Path.GetTempFileName();
        try
        {
            string process = processId.ToString(CultureInfo.InvariantCulture);
            await using ChildProcess strace = ChildProcess.Start("strace", ["-f", "-c", "-U", "calls,name", "-o", summary, "-p", process]);
            await strace.WaitUntilAsync(static it => it.HasExited || it.ErrorLines.Any(static line => line.Contains(" attached", StringComparison.Ordinal)), Limit, "it was attached to every thread");
            if (strace.HasExited)
            {
                Assert.True(strace.Log.Contains("not permitted", StringComparison.Ordinal), $"strace ended: {strace.Log}");
                Peer.Missing($"strace may not attach to a process here (CAP_SYS_PTRACE, or kernel.yama.ptrace_scope=0): {strace.Log}");
            }

            work();
            strace.Terminate();
            await strace.WaitForExitAsync(Limit);
            return Parse(await File.ReadAllLinesAsync(summary));
        }
        finally
        {
            File.Delete(summary);
        }
    }

    // Lines of two words, a number and a name; the last one is the total.
    private static Dictionary<string, long> Parse(IEnumerable<string> lines)
    {
        Dictionary<string, long> calls = [];
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 2 && words[1] != "total" && long.TryParse(words[0], CultureInfo.InvariantCulture, out long count))
            {
                calls[words[1]] = count;
            }
        }

        return calls.Count > 0 ? calls : throw new InvalidOperationException("strace counted nothing");
    }
}
