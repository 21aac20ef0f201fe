using Blockwire.Cli.Copying;
using Blockwire.Storage;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>Goal: a copy is right or says that it is not, and knows what is on stable storage. Method: disks in this process, some of them bad.</summary>
public sealed class CopierTests
{
    private const int Size = 8 << 20;
    private const int Chunk = 1 << 20;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_target_that_gives_other_data_back_is_found_out()
    {
        await using CopyEnd source = await FilledAsync(1);
        await using CopyEnd target = End(new CorruptFilter(new MemoryDisk(Size), new FaultRule(DeviceOperation.Read, 1234, 1)));
        CopyTally tally = new();
        await new Copier(source, target, targetIsZero: true, Chunk, tally).RunAsync(0, Size, Stop);

        CliException found = await Assert.ThrowsAsync<CliException>(() => new Verifier(source, target, Chunk, tally).RunAsync(Size, Stop));

        Assert.Contains($"byte {1234 * 512} ", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_fails_to_write_ends_the_copy_with_the_place()
    {
        await using CopyEnd source = await FilledAsync(1);
        await using CopyEnd target = End(new ErrorFilter(
            new MemoryDisk(Size), new InjectedError(new FaultRule(DeviceOperation.Write, 5000, 1), IoStatus.WriteError)));

        IOException failed = await Assert.ThrowsAsync<IOException>(() => new Copier(source, target, true, Chunk, new CopyTally()).RunAsync(0, Size, Stop));

        Assert.Contains("writing failed at byte", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_noted_as_done_was_flushed_before()
    {
        await using CopyEnd source = await FilledAsync(1);
        CountingFilter counted = new(new MemoryDisk(Size));
        await using CopyEnd target = End(counted);
        List<(long Done, long Flushes)> noted = [];
        Copier copier = new(source, target, true, 64 << 10, new CopyTally())
        {
            CheckpointPeriod = TimeSpan.Zero, Checkpoint = done => noted.Add((done, counted.Counts.Flushes)),
        };

        await copier.RunAsync(0, Size, Stop);

        Assert.Equal(Size, noted[^1].Done);
        Assert.Equal(noted.Select(static it => it.Done).Order(), noted.Select(static it => it.Done));
        Assert.Equal(Enumerable.Range(1, noted.Count).Select(static it => (long)it), noted.Select(static it => it.Flushes));
    }

    [Fact]
    public async Task A_copy_that_begins_later_leaves_what_is_before()
    {
        await using CopyEnd source = await FilledAsync(1);
        await using CopyEnd target = End(new MemoryDisk(Size));

        await new Copier(source, target, true, Chunk, new CopyTally()).RunAsync(Size / 2, Size, Stop);

        byte[] read = new byte[Size];
        await target.ReadAsync(0, read, Stop);
        Assert.All(read[..(Size / 2)], static it => Assert.Equal(0, it));
        Assert.Equal(TransferTests.Bytes(1, Size)[(Size / 2)..], read[(Size / 2)..]);
    }

    [Theory]
    [InlineData(0, 100, false, 100)]
    [InlineData(65536, 131072, true, 65536)]
    [InlineData(0, 65536, false, 65536)]
    [InlineData(131072, 131072, true, 131072)]
    [InlineData(70000, 200000, true, 65536)]
    public void Zeros_are_found_in_granules(int zeros, int length, bool isZero, int run)
    {
        byte[] data = new byte[length];
        data.AsSpan(zeros).Fill(1);

        Assert.Equal((isZero, run), ZeroRuns.First(data));
    }

    private static CopyEnd End(IBlockDevice device) => new(device, "memory:", $"memory {Guid.NewGuid()}", device);

    private static async Task<CopyEnd> FilledAsync(int seed)
    {
        CopyEnd end = End(new MemoryDisk(Size));
        await end.WriteAsync(0, TransferTests.Bytes(seed, Size), Stop);
        return end;
    }
}
