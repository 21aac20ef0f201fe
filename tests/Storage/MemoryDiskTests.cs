namespace Blockwire.Storage.Tests;

public sealed class MemoryDiskTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Ranges_are_lent_across_every_GiB()
    {
        await using MemoryDisk disk = new(3UL << 30);
        byte[] data = ChildProcess.Pattern(1);
        foreach (ulong gib in (ulong[])[1, 2])
        {
            ulong lba = (gib << 30) / 512;
            Assert.Equal(IoStatus.Ok, await disk.WriteAsync(lba, data, false, None));
            Assert.True(disk.TryLend(lba - 1, 16 << 20, out ReadOnlyMemory<byte> pages));
            Assert.Equal(data, pages[512..1024].ToArray());
        }
    }

    [Fact]
    public async Task Lent_pages_stay_readable_after_the_disk_is_closed()
    {
        MemoryDisk disk = new(1 << 20);
        await disk.WriteAsync(0, ChildProcess.Pattern(1), false, None);
        Assert.True(disk.TryLend(0, 1 << 20, out ReadOnlyMemory<byte> pages));
        await disk.DisposeAsync();
        Assert.Equal(1 << 20, pages.ToArray().Length);
        if (OperatingSystem.IsLinux()) Assert.Equal(-1, pages.Span.IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public async Task Extents_follow_what_was_written_and_unmapped()
    {
        await using MemoryDisk disk = new(64UL << 30);
        ulong page = disk.Traits.UnmapGranularityBlocks;
        ulong lba = page * 1000;
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(lba, new byte[page * 512 * 3], false, None));
        Assert.Equal(new ExtentStatus(IoStatus.Ok, ProvisioningState.Deallocated, lba), await disk.QueryExtentAsync(0, ulong.MaxValue, None));
        Assert.Equal(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, page * 3), await disk.QueryExtentAsync(lba, ulong.MaxValue, None));
        Assert.Equal(IoStatus.Ok, await disk.UnmapAsync(lba + page, page + 1, None));
        Assert.Equal(new ExtentStatus(IoStatus.Ok, ProvisioningState.Deallocated, page), await disk.QueryExtentAsync(lba + page, 1UL << 20, None));
        Assert.Equal(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, page), await disk.QueryExtentAsync(lba + (2 * page), page, None));
        Assert.Equal(IoStatus.Ok, await disk.WriteZeroesAsync(0, page, mayUnmap: false, false, None));
        Assert.Equal(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, page), await disk.QueryExtentAsync(0, 1UL << 20, None));
    }

    [Fact]
    public async Task Unmapping_a_vast_disk_is_one_quick_call()
    {
        await using MemoryDisk disk = new(64UL << 30);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(disk.Traits.BlockCount - 1, ChildProcess.Pattern(1), false, None));
        Assert.Equal(IoStatus.Ok, await disk.UnmapAsync(0, disk.Traits.BlockCount, None));
        byte[] data = new byte[512];
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(disk.Traits.BlockCount - 1, data, None));
        Assert.Equal(-1, data.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(1000, 512)]
    [InlineData(4096, 1024)]
    public void Sizes_must_fit(ulong lengthBytes, uint blockBytes) => Assert.Throws<ArgumentException>(() => new MemoryDisk(lengthBytes, blockBytes));
}
