namespace Blockwire.Initiator.Tests.Sessions;

/// <summary>
/// Goal: no allocation per command in steady state. Method: everything that this process allocates while it reads and writes, our server included, stays far below one
/// object a command.
/// </summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    private const int Commands = 10_000;
    private const int SmallestObjectBytes = 24;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_command_allocates_nothing_in_steady_state(bool inline)
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        IscsiSessionOptions options = rig.Options() with { CompletesInline = inline };

        // Above level 0 our server keeps what is not acknowledged, in objects of its own.
        IscsiSession session = await rig.OpenAsync(options with { Offers = options.Offers with { ErrorRecoveryLevel = 0 } });
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));
        byte[] buffer = new byte[4096];

        await WorkAsync(unit, buffer, Commands / 2);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await WorkAsync(unit, buffer, Commands);
        long perCommand = (GC.GetTotalAllocatedBytes(precise: true) - before) / Commands;

        Assert.True(perCommand < SmallestObjectBytes / 2, $"{perCommand} bytes a command");
    }

    private static async Task WorkAsync(LogicalUnit unit, byte[] buffer, int commands)
    {
        for (int i = 0; i < commands; i += 2)
        {
            await unit.WriteAsync((ulong)(i % 1000), buffer);
            await unit.ReadAsync((ulong)(i % 1000), buffer);
        }
    }
}
