using System.Diagnostics;
using System.Globalization;

namespace Blockwire.Storage.Tests;

/// <summary>Goal: a disk that became longer is noticed, through filters and guard, and says what space it takes. Method: a real file that is extended.</summary>
public sealed class GrowthTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFile _file = new();

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task A_file_that_was_extended_has_more_blocks_through_all_layers()
    {
        FileDisk disk = FileDisk.Open(_file.Path, new FileDiskOptions { CreateBytes = 1 << 20 });
        await using GuardedDevice guarded = new(new UnmapByZeroes(new ThickFilter(disk)));
        Assert.False(guarded.TryGrow());
        Assert.Equal(IoStatus.OutOfRange, await guarded.WriteAsync(2048, new byte[512], false, None));
        Extend(2 << 20);
        Assert.True(guarded.TryGrow());
        Assert.False(guarded.TryGrow());
        Assert.Equal((4096UL, Support.Emulated), (guarded.Traits.BlockCount, guarded.Traits.Unmap));
        byte[] data = ChildProcess.Pattern(1);
        Assert.Equal(IoStatus.Ok, await guarded.WriteAsync(4095, data.AsMemory(0, 512), false, None));
        Assert.Equal(IoStatus.OutOfRange, await guarded.ReadAsync(4096, new byte[512], None));
    }

    [Fact]
    public async Task Extents_reach_into_what_was_added()
    {
        await using FileDisk disk = FileDisk.Open(_file.Path, new FileDiskOptions { CreateBytes = 1 << 20 });
        Extend(2 << 20);
        Assert.True(disk.TryGrow());
        ExtentStatus extent = await disk.QueryExtentAsync(0, 4096, None);
        Assert.Equal((IoStatus.Ok, 4096UL), (extent.Status, extent.BlockCount));
    }

    [Fact]
    public async Task A_file_that_was_cut_short_stays_as_long_as_it_was()
    {
        await using FileDisk disk = FileDisk.Open(_file.Path, new FileDiskOptions { CreateBytes = 1 << 20 });
        Extend(1 << 19);
        Assert.False(disk.TryGrow());
        Assert.Equal(2048UL, disk.Traits.BlockCount);
    }

    [Fact]
    public async Task Every_filter_with_traits_of_its_own_takes_growth()
    {
        foreach (Func<IBlockDevice, BlockFilter> make in new Func<IBlockDevice, BlockFilter>[]
        {
            static next => new ReadOnlyFilter(next), static next => new ThickFilter(next), static next => new UnmapByZeroes(next),
            static next => new ZeroesByWriting(next), static next => new ForceUnitAccessByFlush(next),
        })
        {
            await using BlockFilter filter = make(new Growing());
            DeviceTraits before = filter.Traits;
            Assert.True(filter.TryGrow());
            Assert.Equal(before with { BlockCount = 200 }, filter.Traits);
        }
    }

    [Fact]
    public async Task A_guard_does_not_believe_a_device_that_changes_more_than_its_length()
    {
        List<DeviceFault> faults = [];
        await using GuardedDevice guarded = new(new Growing { AlsoBecomesReadOnly = true }, faults.Add);
        Assert.False(guarded.TryGrow());
        Assert.Equal(100UL, guarded.Traits.BlockCount);
        Assert.Single(faults);
    }

    [Fact]
    public async Task A_file_says_what_space_it_takes_and_what_is_left()
    {
        if (!LinuxFileCalls.IsSupported) Assert.Skip("only Linux is asked");
        FileDisk disk = FileDisk.Open(_file.Path, new FileDiskOptions { CreateBytes = 64 << 20 });
        await using GuardedDevice guarded = new(new ThickFilter(disk));
        SpaceUsage empty = (await guarded.QuerySpaceAsync(None))!.Value;
        Assert.InRange(empty.UsedBytes, 0UL, 1UL << 20);
        Assert.InRange(empty.AvailableBytes!.Value, 1UL, (ulong)new DriveInfo(Path.GetDirectoryName(_file.Path)!).TotalSize);
        await guarded.WriteAsync(0, new byte[8 << 20], true, None);
        Assert.InRange((await guarded.QuerySpaceAsync(None))!.Value.UsedBytes, 8UL << 20, 9UL << 20);
        await guarded.DisposeAsync();
        Assert.Null(await guarded.QuerySpaceAsync(None));
    }

    [Fact]
    public async Task Memory_takes_the_pages_that_were_written()
    {
        await using GuardedDevice disk = new(new MemoryDisk(1 << 30));
        Assert.Equal(new SpaceUsage(0, null), await disk.QuerySpaceAsync(None));
        await disk.WriteAsync(0, new byte[1 << 20], false, None);
        Assert.Equal(1UL << 20, (await disk.QuerySpaceAsync(None))!.Value.UsedBytes);
        await disk.UnmapAsync(0, 2048, None);
        Assert.Equal(0UL, (await disk.QuerySpaceAsync(None))!.Value.UsedBytes);
    }

    private void Extend(long length)
    {
        // A FileStream would ask for a lock that the disk has.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs truncate");
        using Process truncate = Process.Start("truncate", ["-s", length.ToString(CultureInfo.InvariantCulture), _file.Path]);
        truncate.WaitForExit();
        Assert.Equal(0, truncate.ExitCode);
    }

    private sealed class Growing() : BlockFilter(new FakeBackend(static () => new(IoStatus.Ok), default))
    {
        private DeviceTraits _traits = FakeBackend.AllNative;

        public bool AlsoBecomesReadOnly { get; init; }

        public override DeviceTraits Traits => _traits;

        public override bool TryGrow()
        {
            _traits = _traits with { BlockCount = 200, ReadOnly = AlsoBecomesReadOnly };
            return true;
        }
    }
}
