using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Interop.Tests.SystemCalls;

/// <summary>
/// Goal: no change lets the server make more system calls for a command unseen, which cost more than most code does. Method: strace counts them while a load that is
/// the same every time runs; recorded.tsv has what they were. strace holds the server at every call, and the load is quick: what the server asks for too early may have come by
/// then. So a receive too many can show as a wait too few, and fewer calls than recorded are a failure as well.
/// </summary>
public sealed class SystemCallTests
{
    private const int Rounds = 5000, Counts = 3;

    // Of the calls, and calls for each send of the load: how a batch happens to arrive, and what timers do beside it. One more for each send is beyond it at depth 1.
    private const double SlackShare = 0.15, SlackCalls = 0.4;

    [Theory]
    [InlineData("4k-read-q1", RawLoadKind.Reads, 1)]
    [InlineData("4k-read-q32", RawLoadKind.Reads, 32)]
    [InlineData("4k-write-q1", RawLoadKind.Writes, 1)]
    [InlineData("4k-write-q32", RawLoadKind.Writes, 32)]
    public async Task A_command_takes_as_many_as_recorded(string name, RawLoadKind kind, int atOnce)
    {
        CallFigures now = await CountAsync(kind, atOnce);
        if (Environment.GetEnvironmentVariable("BLOCKWIRE_WRITE_DOCS") == "1")
        {
            RecordedCalls.Write(name, now);
        }

        CallFigures recorded = RecordedCalls.Of(name);
        string figures = $"for a command of {name}, input and output, futex, and all:\nrecorded {recorded}\nnow      {now}";
        double slack = (recorded.InputOutput * SlackShare) + (SlackCalls / atOnce);
        Assert.True(now.InputOutput <= recorded.InputOutput + slack, $"More system calls than before {figures}");
        Assert.True(now.InputOutput >= recorded.InputOutput - slack, $"Fewer system calls than before: write them anew with BLOCKWIRE_WRITE_DOCS=1; {figures}");
        Assert.True(now.Futex <= recorded.Futex + (SlackCalls / atOnce), $"More hops between threads than before {figures}");
    }

    // The leanest of three: what happens beside the commands only adds.
    private static async Task<CallFigures> CountAsync(RawLoadKind kind, int atOnce)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(["memory:16M"]);
        using RawLoad load = new(server.Portal, server.TargetName, kind, atOnce);
        int commands = Rounds * atOnce;
        load.Run(commands);
        List<CallFigures> counted = [];
        for (int i = 0; i < Counts; i++)
        {
            counted.Add(CallFigures.Of(await SystemCallCount.OfAsync(server.ProcessId, () => load.Run(commands)), commands));
        }

        return counted.MinBy(static it => it.InputOutput + it.Futex)!;
    }
}
