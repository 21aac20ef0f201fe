using System.Diagnostics;
using System.Globalization;
using Blockwire.Cli.Clients;
using Blockwire.Initiator;

namespace Blockwire.Cli.Benching;

/// <summary>`blockwire bench`: loads a unit and tells how it does.</summary>
internal static class BenchRun
{
    public static async Task<int> RunAsync(ClientContext context, BenchArguments arguments, CancellationToken stop)
    {
        List<ConnectedUnit> units = [];
        try
        {
            for (int i = 0; i < arguments.Sessions; i++)
            {
                units.Add(await context.Connector.OpenUnitAsync(arguments.Url, stop));
            }

            BenchPlan plan = Plan(units[0].Unit, arguments);
            int slots = arguments.Depth * arguments.Sessions;
            BenchSlot[] all = [.. Enumerable.Range(0, slots).Select(i => new BenchSlot(plan, units[i % units.Count].Unit, i, slots))];
            BenchResult result = await MeasureAsync(plan, all, stop);
            int connections = units.SelectMany(static unit => unit.Sessions).Sum(static session => session.Connections.Count);
            if (context.Json)
            {
                await context.WriteJsonAsync(result.ToJson(arguments, connections));
            }
            else
            {
                await context.WriteAsync(result.ToText(arguments, connections));
            }

            return ExitStatus.Done;
        }
        finally
        {
            await Task.WhenAll(units.Select(static unit => unit.DisposeAsync().AsTask()));
        }
    }

    private static BenchPlan Plan(LogicalUnit unit, BenchArguments arguments)
    {
        if (unit.Facts.Capacity is null)
        {
            throw new CliException(unit.Facts.CapacityProblem ?? $"{unit.Name}: it has no capacity; choose a LUN that is a disk with a medium");
        }

        if (arguments.Block % unit.BlockBytes != 0 || (ulong)arguments.Block / unit.BlockBytes > unit.BlockCount)
        {
            throw new CliException(string.Create(
                CultureInfo.InvariantCulture, $"{unit.Name}: --block {arguments.Block} has to be a multiple of its block size {unit.BlockBytes} and no larger than the unit"));
        }

        if (arguments.Block / unit.BlockBytes > unit.MostTransferBlocks)
        {
            throw new CliException(string.Create(
                CultureInfo.InvariantCulture, $"{unit.Name}: it takes at most {unit.MostTransferBlocks * unit.BlockBytes} bytes in one command; choose a smaller --block"));
        }

        return arguments.ReadPercent < 100 && unit.Facts.WriteProtected
            ? throw new CliException($"{unit.Name}: the unit is write protected; measure reads, or see to it at the target")
            : new BenchPlan(arguments, unit.BlockBytes, unit.BlockCount);
    }

    private static async Task<BenchResult> MeasureAsync(BenchPlan plan, BenchSlot[] slots, CancellationToken stop)
    {
        Task running = Task.WhenAll(slots.Select(static slot => Task.Run(slot.RunAsync)));
        using Process process = Process.GetCurrentProcess();
        try
        {
            await WaitAsync(running, plan.Arguments.WarmUp, stop);
            process.Refresh();
            TimeSpan processorBefore = process.TotalProcessorTime;
            long allocatedBefore = GC.GetTotalAllocatedBytes();
            long from = Stopwatch.GetTimestamp();
            plan.From = from;
            await WaitAsync(running, plan.Arguments.Time, stop);
            plan.End();
            TimeSpan took = Stopwatch.GetElapsedTime(from);
            process.Refresh();
            TimeSpan processor = process.TotalProcessorTime - processorBefore;
            long allocated = GC.GetTotalAllocatedBytes() - allocatedBefore;
            await running.WaitAsync(stop);
            LatencyHistogram latencies = new();
            long[] ofSessions = new long[plan.Arguments.Sessions];
            for (int i = 0; i < slots.Length; i++)
            {
                latencies.Add(slots[i].Latencies);
                ofSessions[i % ofSessions.Length] += slots[i].Latencies.Count;
            }

            return new BenchResult(latencies, took, processor, allocated, slots.Sum(static slot => slot.Repeated), ofSessions);
        }
        finally
        {
            plan.End();
        }
    }

    // Ends early when a command failed, or it was interrupted.
    private static async Task WaitAsync(Task running, TimeSpan time, CancellationToken stop)
    {
        if (await Task.WhenAny(running, Task.Delay(time, stop)) == running)
        {
            await running;
        }

        stop.ThrowIfCancellationRequested();
    }
}
