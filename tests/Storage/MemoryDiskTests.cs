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

    [Fact]
    public async Task What_was_never_written_is_lent_from_pages_that_all_disks_share()
    {
        await using MemoryDisk disk = new(64UL << 30);
        ulong page = disk.Traits.UnmapGranularityBlocks;
        Assert.True(disk.TryLend(5, 1 << 20, out ReadOnlyMemory<byte> pages));
        Assert.True(pages.Equals(ZeroPages.Memory[..(1 << 20)]));
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(2048 + page, ChildProcess.Pattern(1), false, None));
        Assert.True(disk.TryLend(2048, 1 << 20, out pages));
        Assert.Equal(ChildProcess.Pattern(1), pages.Slice((int)page * 512, 512).ToArray());
        Assert.True(disk.TryLend(2048, (int)page * 512, out pages));
        Assert.True(pages.Equals(ZeroPages.Memory[..((int)page * 512)]));
        Assert.True(disk.TryLend(0, ZeroPages.LengthBytes + 512, out pages));
        Assert.Equal(ZeroPages.LengthBytes + 512, pages.Length);
    }

    [Fact]
    public async Task Reading_what_was_never_written_costs_no_page_tables()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        await using MemoryDisk disk = new(64UL << 30);
        byte[] data = new byte[512];
        long before = PageTableKilobytes();
        for (ulong lba = 0; lba < disk.Traits.BlockCount; lba += (2 << 20) / 512)
        {
            data.AsSpan().Fill(1);
            Assert.Equal(IoStatus.Ok, await disk.ReadAsync(lba, data, None));
            Assert.Equal(-1, data.AsSpan().IndexOfAnyExcept((byte)0));
            Assert.True(disk.TryLend(lba, 512, out ReadOnlyMemory<byte> pages));
            Assert.Equal(0, pages.Span[0]);
        }
        // A table of 4 KiB for each 2 MiB would be 128 MiB.
        Assert.InRange(PageTableKilobytes() - before, long.MinValue, 32 << 10);

        static long PageTableKilobytes() => long.Parse(
            File.ReadLines("/proc/self/status").First(static line => line.StartsWith("VmPTE:", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(1000, 512)]
    [InlineData(4096, 1024)]
    public void Sizes_must_fit(ulong lengthBytes, uint blockBytes) => Assert.Throws<ArgumentException>(() => new MemoryDisk(lengthBytes, blockBytes));
}
