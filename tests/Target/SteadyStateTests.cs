using Blockwire.Storage;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

[CollectionDefinition(nameof(SteadyStateTests), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>
/// Goal: a warm server allocates nothing for a command. Method: all that this process allocates during a million commands over real sockets, whose client is one
/// thread with two buffers, so that what is counted is the server's.
/// </summary>
[Collection(nameof(SteadyStateTests))]
public class SteadyStateTests
{
    private const int Commands = 1_000_000, AtOnce = 32;

    [Fact]
    public async Task A_million_reads_and_writes_allocate_nothing()
    {
        await using ServerRig rig = await ServerRig.StartAsync(disks: new MemoryDisk(1 << 20));
        using RawLoad load = new(rig.Portal, ServerRig.TargetName, RawLoadKind.Mixed, AtOnce);

        load.Run(Commands / 50);
        GC.Collect();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        load.Run(Commands);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        // The runtime itself allocates a little now and then: thread pool growth, timers of the tick, tiering. A byte for every 16 commands is more than all of it.
        Assert.True(allocated < Commands / 16, $"{allocated} bytes for {Commands} commands");
    }
}
