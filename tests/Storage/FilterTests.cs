namespace Blockwire.Storage.Tests;

public sealed class FilterTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly byte[] _block = new byte[512];

    [Fact]
    public async Task Errors_strike_by_range()
    {
        await using ErrorFilter disk = new(
            new MemoryDisk(1 << 20), new InjectedError(new FaultRule(DeviceOperation.Read, lba: 10, blockCount: 2), IoStatus.ReadError));
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(9, _block, None));
        Assert.Equal(IoStatus.ReadError, await disk.ReadAsync(9, new byte[1024], None));
        Assert.Equal(IoStatus.ReadError, await disk.ReadAsync(11, _block, None));
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(12, _block, None));
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(10, _block, false, None));
        Assert.False(disk.TryLend(10, 512, out _));
        Assert.True(disk.TryLend(12, 512, out _));
    }

    [Fact]
    public async Task Errors_strike_every_nth_call_of_their_kind()
    {
        await using ErrorFilter disk = new(
            new MemoryDisk(1 << 20),
            new InjectedError(new FaultRule(DeviceOperation.Write | DeviceOperation.Flush, every: 3), IoStatus.WriteError));
        List<IoStatus> answers = [];
        for (int i = 0; i < 3; i++)
        {
            answers.Add(await disk.WriteAsync(0, _block, false, None));
            answers.Add(await disk.FlushAsync(None));
            Assert.Equal(IoStatus.Ok, await disk.ReadAsync(0, _block, None));
        }
        Assert.Equal(
            [IoStatus.Ok, IoStatus.Ok, IoStatus.WriteError, IoStatus.Ok, IoStatus.Ok, IoStatus.WriteError], answers);
    }

    [Fact]
    public async Task Errors_strike_unmap_zeroing_and_extents()
    {
        await using ErrorFilter disk = new(
            new MemoryDisk(1 << 20),
            new InjectedError(new FaultRule(DeviceOperation.Unmap | DeviceOperation.WriteZeroes), IoStatus.NoSpace),
            new InjectedError(new FaultRule(DeviceOperation.QueryExtent), IoStatus.ReadError));
        Assert.Equal(IoStatus.NoSpace, await disk.UnmapAsync(0, 1, None));
        Assert.Equal(IoStatus.NoSpace, await disk.WriteZeroesAsync(0, 1, false, false, None));
        Assert.Equal(IoStatus.ReadError, (await disk.QueryExtentAsync(0, 1, None)).Status);
    }

    [Fact]
    public async Task Corruption_damages_what_is_read_and_not_what_is_kept()
    {
        MemoryDisk memory = new(1 << 20);
        await using CorruptFilter disk = new(memory, new FaultRule(DeviceOperation.Read, lba: 5, blockCount: 1));
        byte[] data = ChildProcess.Pattern(5);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(5, data, false, None));
        byte[] read = new byte[1024];
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(4, read, None));
        Assert.Equal((byte)(data[0] ^ 0xFF), read[512]);
        Assert.Equal(data[1..], read[513..]);
        Assert.False(disk.TryLend(5, 512, out _));
        Assert.Equal(IoStatus.Ok, await memory.ReadAsync(5, _block, None));
        Assert.Equal(data, _block);
    }

    [Fact]
    public async Task Delays_wait_for_their_clock()
    {
        ManualTime time = new();
        await using DelayFilter disk = new(new MemoryDisk(1 << 20), TimeSpan.FromHours(1), TimeSpan.FromHours(2), time);
        Task<IoStatus> read = disk.ReadAsync(0, _block, None).AsTask();
        Task<IoStatus> write = disk.WriteAsync(0, _block, false, None).AsTask();
        Assert.False(read.IsCompleted);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(IoStatus.Ok, await read);
        Assert.False(write.IsCompleted);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(IoStatus.Ok, await write);
        Assert.False(disk.Traits.CompletesInline);
        Assert.False(disk.TryLend(0, 512, out _));
    }

    [Fact]
    public async Task Counts_are_of_every_call()
    {
        await using CountingFilter disk = new(new MemoryDisk(1 << 20));
        await disk.ReadAsync(0, _block, None);
        Assert.True(disk.TryLend(0, 1024, out _));
        await disk.WriteAsync(0, _block, true, None);
        await disk.WriteAsync(0, _block, false, None);
        await disk.WriteZeroesAsync(0, 1, false, true, None);
        await disk.UnmapAsync(0, 1, None);
        await disk.FlushAsync(None);
        Assert.Equal(new DeviceCounts(2, 1536, 2, 1024, 2, 1, 1, 1), disk.Counts);
    }

    [Fact]
    public async Task Forced_writes_flush_a_device_that_has_no_FUA()
    {
        BareDevice bare = new(new MemoryDisk(1 << 20));
        await using ZeroesByWriting disk = new(new ForceUnitAccessByFlush(bare));
        Assert.Equal(Support.Emulated, disk.Traits.ForceUnitAccess);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, _block, false, None));
        Assert.Equal(0, bare.Flushes);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, _block, true, None));
        Assert.Equal(1, bare.Flushes);
        Assert.Equal(IoStatus.Ok, await disk.WriteZeroesAsync(0, 1, false, true, None));
        Assert.Equal(2, bare.Flushes);
    }

    [Fact]
    public async Task A_failed_write_is_not_flushed()
    {
        BareDevice bare = new(new MemoryDisk(1 << 20));
        await using ForceUnitAccessByFlush disk = new(new ErrorFilter(bare, new InjectedError(new FaultRule(DeviceOperation.Write), IoStatus.NoSpace)));
        Assert.Equal(IoStatus.NoSpace, await disk.WriteAsync(0, _block, true, None));
        Assert.Equal(0, bare.Flushes);
    }
}
