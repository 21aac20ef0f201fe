using System.Numerics;

namespace Blockwire.Storage.Tests;

/// <summary>
/// What every disk does, whatever it is made of. Goal: no backend and no stack of filters differs for its callers.
/// Method: each test runs against a fresh disk of 4 MiB behind its guard.
/// </summary>
public abstract class DeviceContract : IAsyncLifetime
{
    protected const int LengthBytes = 4 << 20;

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly List<DeviceFault> _faults = [];

    protected GuardedDevice Disk { get; private set; } = null!;

    protected virtual uint BlockBytes => 512;

    /// <summary>Whether the disk keeps what is written.</summary>
    protected virtual bool Keeps => true;

    private ulong BlockCount => Disk.Traits.BlockCount;

    protected abstract IBlockDevice Create();

    public ValueTask InitializeAsync()
    {
        Disk = new GuardedDevice(Create(), _faults.Add);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Disk.DisposeAsync();
        Assert.Empty(_faults);
        CleanUp();
    }

    protected virtual void CleanUp()
    {
    }

    [Fact]
    public void Traits_are_consistent()
    {
        Assert.Equal(BlockBytes, Disk.Traits.BlockBytes);
        Assert.Equal((ulong)LengthBytes, Disk.Traits.LengthBytes);
        Assert.True(BitOperations.IsPow2(Disk.Traits.PhysicalBlockBytes));
        Assert.True(Disk.Traits.PhysicalBlockBytes >= BlockBytes);
        Assert.NotEqual(Support.No, Disk.Traits.WriteZeroes);
    }

    [Fact]
    public async Task A_fresh_disk_reads_as_zeros()
    {
        byte[] all = await ReadAsync(0, BlockCount);
        Assert.Equal(-1, all.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(129, 77)]
    [InlineData(511, 257)]
    public async Task What_is_written_is_read_back(ulong lba, ulong count)
    {
        byte[] data = Random(lba, count);
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(lba, data, forceUnitAccess: false, None));
        Assert.Equal(Kept(data), await ReadAsync(lba, count));
        if (lba > 0) Assert.Equal(new byte[BlockBytes], await ReadAsync(lba - 1, 1));
        Assert.Equal(new byte[BlockBytes], await ReadAsync(lba + count, 1));
    }

    [Fact]
    public async Task The_last_block_can_be_written_and_nothing_behind_it()
    {
        byte[] data = Random(1, 2);
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(BlockCount - 1, data.AsMemory(0, (int)BlockBytes), true, None));
        Assert.Equal(Kept(data[..(int)BlockBytes]), await ReadAsync(BlockCount - 1, 1));
        Assert.Equal(IoStatus.OutOfRange, await Disk.WriteAsync(BlockCount - 1, data, false, None));
        Assert.Equal(IoStatus.OutOfRange, await Disk.WriteAsync(ulong.MaxValue, data, false, None));
        Assert.Equal(IoStatus.OutOfRange, await Disk.ReadAsync(BlockCount - 1, data, None));
        Assert.Equal(IoStatus.OutOfRange, await Disk.ReadAsync(ulong.MaxValue - 1, data, None));
        Assert.Equal(IoStatus.OutOfRange, await Disk.WriteZeroesAsync(1, BlockCount, true, false, None));
        Assert.Equal(IoStatus.OutOfRange, (await Disk.QueryExtentAsync(BlockCount, 1, None)).Status);
        if (Disk.Traits.Unmap != Support.No) Assert.Equal(IoStatus.OutOfRange, await Disk.UnmapAsync(2, ulong.MaxValue, None));
        Assert.False(Disk.TryLend(BlockCount - 1, data.Length, out _));
    }

    [Fact]
    public async Task A_call_for_no_blocks_does_nothing()
    {
        Assert.Equal(IoStatus.Ok, await Disk.ReadAsync(BlockCount, Memory<byte>.Empty, None));
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(3, ReadOnlyMemory<byte>.Empty, true, None));
        Assert.Equal(IoStatus.Ok, await Disk.WriteZeroesAsync(3, 0, true, true, None));
        Assert.Equal(IoStatus.OutOfRange, await Disk.ReadAsync(BlockCount + 1, Memory<byte>.Empty, None));
    }

    [Fact]
    public async Task A_buffer_of_part_of_a_block_is_a_defect_of_the_caller()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Disk.ReadAsync(0, new byte[BlockBytes + 1], None));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Disk.WriteAsync(0, new byte[BlockBytes - 1], false, None));
    }

    [Fact]
    public async Task Concurrent_writes_to_different_blocks_all_arrive()
    {
        const int Writers = 16;
        ulong blocksEach = BlockCount / Writers;
        await Parallel.ForEachAsync(Enumerable.Range(0, Writers), async (writer, cancellationToken) =>
        {
            for (ulong i = 0; i < Math.Min(blocksEach, 16); i++)
            {
                ulong lba = (i * Writers) + (ulong)writer;      // neighbours belong to different writers
                Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(lba, Random(lba, 1), false, cancellationToken));
            }
            Assert.Equal(IoStatus.Ok, await Disk.FlushAsync(cancellationToken));
        });
        for (ulong lba = 0; lba < Writers * Math.Min(blocksEach, 16); lba++) Assert.Equal(Kept(Random(lba, 1)), await ReadAsync(lba, 1));
    }

    [Fact]
    public async Task Many_calls_in_flight_answer_each_for_itself()
    {
        byte[] data = Random(5, 64);
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(0, data, false, None));
        byte[][] buffers = [.. Enumerable.Range(0, 64).Select(_ => new byte[BlockBytes])];
        Task<IoStatus>[] reads = [.. buffers.Select((buffer, i) => Disk.ReadAsync((ulong)i, buffer, None).AsTask())];
        Assert.All(await Task.WhenAll(reads), status => Assert.Equal(IoStatus.Ok, status));
        Assert.Equal(Kept(data), buffers.SelectMany(buffer => buffer));
    }

    [Fact]
    public async Task Flush_and_forced_writes_succeed()
    {
        Assert.Equal(IoStatus.Ok, await Disk.FlushAsync(None));
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(2, Random(2, 2), forceUnitAccess: true, None));
        Assert.Equal(IoStatus.Ok, await Disk.WriteZeroesAsync(2, 1, mayUnmap: false, forceUnitAccess: true, None));
        Assert.Equal(IoStatus.Ok, await Disk.FlushAsync(None));
    }

    [Theory]
    [InlineData(0, 1024)]
    [InlineData(3, 1)]
    [InlineData(5, 600)]
    public async Task Unmapped_blocks_read_as_zeros_and_their_neighbours_stay(ulong lba, ulong count)
    {
        if (Disk.Traits.Unmap == Support.No)
        {
            Assert.Equal(IoStatus.NotSupported, await Disk.UnmapAsync(lba, 1, None));
            return;
        }
        await CheckZeroing(lba, Math.Min(count, BlockCount - lba - 2), (at, blocks) => Disk.UnmapAsync(at, blocks, None));
    }

    [Theory]
    [InlineData(0, 1024, true)]
    [InlineData(3, 1, true)]
    [InlineData(5, 600, false)]
    [InlineData(1, 1000, false)]
    public async Task Zeroed_blocks_read_as_zeros_and_their_neighbours_stay(ulong lba, ulong count, bool mayUnmap) =>
        await CheckZeroing(lba, Math.Min(count, BlockCount - lba - 2), (at, blocks) => Disk.WriteZeroesAsync(at, blocks, mayUnmap, false, None));

    [Fact]
    public async Task Extents_cover_the_disk_and_data_is_never_called_a_hole()
    {
        ulong written = BlockCount / 2;
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(written, Random(9, 8), true, None));
        int extents = 0;
        for (ulong lba = 0; lba < BlockCount; extents++)
        {
            ExtentStatus extent = await Disk.QueryExtentAsync(lba, BlockCount - lba, None);
            Assert.Equal(IoStatus.Ok, extent.Status);
            Assert.InRange(extent.BlockCount, 1UL, BlockCount - lba);
            bool isWritten = lba < written + 8 && written < lba + extent.BlockCount;
            if (Keeps && isWritten) Assert.Equal(ProvisioningState.Mapped, extent.State);
            lba += extent.BlockCount;
        }
        Assert.InRange(extents, 1, (int)BlockCount);
        Assert.Equal(1UL, (await Disk.QueryExtentAsync(written, 1, None)).BlockCount);
    }

    [Fact]
    public async Task Lent_pages_show_what_a_read_shows()
    {
        byte[] data = Random(4, 4);
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(9, data, false, None));
        if (!Disk.TryLend(9, data.Length, out ReadOnlyMemory<byte> pages)) return;
        Assert.Equal(await ReadAsync(9, 4), pages.ToArray());
        // A disk that has only pieces of its memory to lend says so.
        if (Disk.TryLend(0, LengthBytes, out pages)) Assert.Equal(await ReadAsync(0, BlockCount), pages.ToArray());
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        CancellationToken cancelled = new(canceled: true);
        byte[] data = Random(6, 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Disk.WriteAsync(0, data, true, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Disk.ReadAsync(0, data, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Disk.FlushAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Disk.UnmapAsync(0, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Disk.WriteZeroesAsync(0, 1, false, false, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Disk.QueryExtentAsync(0, 1, cancelled));
        Assert.Equal(new byte[BlockBytes], await ReadAsync(0, 1));
    }

    [Fact]
    public async Task A_promise_to_complete_inline_is_kept()
    {
        if (!Disk.Traits.CompletesInline) return;
        byte[] data = Random(3, 8);
        Task<IoStatus>[] calls =
            [Disk.WriteAsync(0, data, true, None).AsTask(), Disk.ReadAsync(0, data, None).AsTask(), Disk.FlushAsync(None).AsTask()];
        Assert.All(calls, call => Assert.True(call.IsCompletedSuccessfully));
        Assert.All(await Task.WhenAll(calls), status => Assert.Equal(IoStatus.Ok, status));
    }

    [Fact]
    public async Task A_closed_disk_is_not_ready()
    {
        await Disk.DisposeAsync();
        await Disk.DisposeAsync();
        byte[] data = new byte[BlockBytes];
        Assert.Equal(IoStatus.NotReady, await Disk.ReadAsync(0, data, None));
        Assert.Equal(IoStatus.NotReady, await Disk.WriteAsync(0, data, true, None));
        Assert.Equal(IoStatus.NotReady, await Disk.FlushAsync(None));
        Assert.Equal(IoStatus.NotReady, await Disk.WriteZeroesAsync(0, 1, true, false, None));
        Assert.Equal(IoStatus.NotReady, (await Disk.QueryExtentAsync(0, 1, None)).Status);
        Assert.False(Disk.TryLend(0, data.Length, out _));
    }

    [Fact]
    public async Task Behind_a_read_only_filter_nothing_changes()
    {
        byte[] data = Random(8, 1);
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(0, data, false, None));
        await using GuardedDevice readOnly = new(new ReadOnlyFilter(Disk));
        Assert.True(readOnly.Traits.ReadOnly);
        Assert.Equal(IoStatus.WriteProtected, await readOnly.WriteAsync(0, new byte[BlockBytes], false, None));
        Assert.Equal(IoStatus.WriteProtected, await readOnly.UnmapAsync(0, 1, None));
        Assert.Equal(IoStatus.WriteProtected, await readOnly.WriteZeroesAsync(0, 1, true, false, None));
        Assert.Equal(Kept(data), await ReadAsync(0, 1));
    }

    /// <summary>Random operations against a byte array that obeys the same contract. Seeds are part of the test's name.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_random_history_ends_like_the_model(int seed)
    {
        Random random = new(seed);
        byte[] model = new byte[LengthBytes];
        for (int step = 0; step < 150; step++)
        {
            ulong lba = (ulong)random.NextInt64((long)BlockCount);
            ulong count = (ulong)random.NextInt64(1, Math.Min(200, (long)(BlockCount - lba)) + 1);
            Span<byte> range = model.AsSpan((int)(lba * BlockBytes), (int)(count * BlockBytes));
            switch (random.Next(6))
            {
                case 0 or 1:
                    byte[] data = new byte[count * BlockBytes];
                    random.NextBytes(data);
                    data.CopyTo(range);
                    Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(lba, data, random.Next(8) == 0, None));
                    break;
                case 2 when Disk.Traits.Unmap != Support.No:
                    range.Clear();
                    Assert.Equal(IoStatus.Ok, await Disk.UnmapAsync(lba, count, None));
                    break;
                case 3:
                    range.Clear();
                    Assert.Equal(IoStatus.Ok, await Disk.WriteZeroesAsync(lba, count, random.Next(2) == 0, false, None));
                    break;
                case 4:
                    ExtentStatus extent = await Disk.QueryExtentAsync(lba, count, None);
                    Assert.Equal(IoStatus.Ok, extent.Status);
                    if (extent.State == ProvisioningState.Deallocated && Keeps)
                        Assert.Equal(-1, model.AsSpan((int)(lba * BlockBytes), (int)(extent.BlockCount * BlockBytes)).IndexOfAnyExcept((byte)0));
                    break;
                default:
                    Assert.Equal(Kept(range.ToArray()), await ReadAsync(lba, count));
                    break;
            }
        }
        Assert.Equal(Kept(model), await ReadAsync(0, BlockCount));
    }

    protected byte[] Random(ulong seed, ulong blocks)
    {
        byte[] data = new byte[blocks * BlockBytes];
        new Random((int)seed + 77).NextBytes(data);
        return data;
    }

    protected async Task<byte[]> ReadAsync(ulong lba, ulong blocks)
    {
        byte[] data = new byte[blocks * BlockBytes];
        data.AsSpan().Fill(0xA5);
        Assert.Equal(IoStatus.Ok, await Disk.ReadAsync(lba, data, None));
        return data;
    }

    private byte[] Kept(byte[] data) => Keeps ? data : new byte[data.Length];

    private async Task CheckZeroing(ulong lba, ulong count, Func<ulong, ulong, ValueTask<IoStatus>> zero)
    {
        byte[] all = Random(lba, BlockCount);
        Assert.Equal(IoStatus.Ok, await Disk.WriteAsync(0, all, false, None));
        Assert.Equal(IoStatus.Ok, await zero(lba, count));
        all.AsSpan((int)(lba * BlockBytes), (int)(count * BlockBytes)).Clear();
        Assert.Equal(Kept(all), await ReadAsync(0, BlockCount));
    }
}
