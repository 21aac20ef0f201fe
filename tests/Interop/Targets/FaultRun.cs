using System.Collections.Concurrent;
using System.Diagnostics;
using Blockwire.Initiator;
using Blockwire.Protocol.Initiator;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>What happens to a connection.</summary>
internal enum Fault
{
    Reset,
    Fin,
    ShortStall,
    LongStall,
    SpoilFromTarget,
    SpoilToTarget,
}

/// <summary>A verified load over a proxy, with faults; then the disk is read over a session that knows of none.</summary>
internal sealed class FaultRun
{
    /// <summary>A connection that is silent for twice this long counts as lost.</summary>
    internal static readonly TimeSpan Ping = TimeSpan.FromSeconds(1);

    /// <summary>What the session told.</summary>
    public ConcurrentQueue<InitiatorNotice> Notices { get; } = new();

    /// <summary>Commands that reached the caller without an answer.</summary>
    public IReadOnlyCollection<string> Errors { get; private set; } = [];

    public long Operations { get; private set; }

    public int Faults { get; private set; }

    /// <summary>Recovery level that was agreed on.</summary>
    public int Level { get; private set; }

    public int Count(InitiatorEvent what) => Notices.Count(it => it.Event == what);

    public static async Task<FaultRun> RunAsync(RealTarget target, IscsiSessionOptions options, int diskBytes, IReadOnlyList<Fault> faults, TimeSpan? pause = null, int seed = 1)
    {
        FaultRun run = new();
        await using FaultProxy proxy = new(target.Portal);
        IscsiSessionOptions through = options with
        {
            Portals = [Protocol.Naming.PortalAddress.From(proxy.Portal)],
            Session = options.Session with { PingAfter = Ping, PingTimeLimit = Ping, RetryAfter = TimeSpan.FromSeconds(1), SnackAfter = TimeSpan.FromMilliseconds(500) },
        };
        VerifiedLoad load = new(diskBytes);
        IscsiSession session = await OpenSessions.OpenAsync(through);
        session.Noticed += (_, told) => run.Notices.Enqueue(told.Notice);
        try
        {
            run.Level = session.Parameters.ErrorRecoveryLevel;
            int connections = session.Connections.Count;
            LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(target.Lun));
            await Transfers.ClearAsync(unit, diskBytes);
            using CancellationTokenSource enough = new();
            Task working = load.RunAsync(unit, enough.Token);
            try
            {
                foreach (Fault fault in faults)
                {
                    await run.StrikeAsync(proxy, fault, load, working, new Random(seed++), pause ?? TimeSpan.FromMilliseconds(300));
                }
            }
            finally
            {
                await enough.CancelAsync();
                await working.WaitAsync(RealTarget.Limit);
            }

            await WholeAsync(session, connections);
            run.Operations = load.Operations;
            run.Errors = load.Errors;
            await load.VerifyAsync(unit);
            await session.CloseAsync().WaitAsync(RealTarget.Limit);
        }
        finally
        {
            session.Abandon();
            TestContext.Current.TestOutputHelper?.WriteLine($"{run}");
        }

        await using IscsiSession other = await OpenSessions.OpenAsync(target.Options());
        await load.VerifyAsync(await LogicalUnit.OpenAsync(other.Unit(target.Lun)));
        return run;
    }

    public override string ToString() =>
        $"{Faults} faults, {Operations} commands, {Errors.Count} errors; {string.Join(", ", Notices.GroupBy(static it => it.Event).Select(static it => $"{it.Key} {it.Count()}"))}\n{string.Join('\n', Errors.Take(5))}";

    // Each fault meets a session that works, and lasts.
    private async Task StrikeAsync(FaultProxy proxy, Fault fault, VerifiedLoad load, Task working, Random random, TimeSpan pause)
    {
        await ProgressAsync(load, working);
        await Task.Delay(random.Next(20, 150));
        Stopwatch watch = Stopwatch.StartNew();
        while (!Strike(proxy, fault, random))
        {
            Assert.True(watch.Elapsed < RealTarget.Limit, "no connection is busy");
            await Task.Delay(10);
        }

        Faults++;
        await Task.Delay(pause);
        await ProgressAsync(load, working);
    }

    // Every connection comes back.
    private static async Task WholeAsync(IscsiSession session, int connections)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (session.Connections.Count < connections)
        {
            Assert.True(watch.Elapsed < RealTarget.Limit, $"{session.Connections.Count} of {connections} connections are back");
            await Task.Delay(10);
        }
    }

    private static bool Strike(FaultProxy proxy, Fault fault, Random random) => fault switch
    {
        Fault.Reset => proxy.Cut(random, reset: true),
        Fault.Fin => proxy.Cut(random, reset: false),
        Fault.ShortStall => proxy.Stall(random, Ping),
        Fault.LongStall => proxy.Stall(random, Ping * 4),
        _ => proxy.Spoil(random, fault == Fault.SpoilFromTarget),
    };

    private static async Task ProgressAsync(VerifiedLoad load, Task working)
    {
        long before = load.Operations;
        Stopwatch watch = Stopwatch.StartNew();
        while (load.Operations < before + 40)
        {
            if (working.IsCompleted)
            {
                await working;
            }

            Assert.True(watch.Elapsed < RealTarget.Limit, $"the load stands still; {load.Operations} commands, {load.Errors.Count} errors");
            await Task.Delay(10);
        }
    }
}
