namespace Blockwire.Storage.Tests;

/// <summary>Goal: no backend, however wrong, reaches the caller of a guard. Method: a backend that answers whatever a test says.</summary>
public sealed class GuardedDeviceTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly List<DeviceFault> _faults = [];
    private readonly byte[] _block = new byte[512];

    [Theory]
    [InlineData(IoStatus.Ok, IoStatus.Ok, IoStatus.Ok)]
    [InlineData(IoStatus.NotReady, IoStatus.NotReady, IoStatus.NotReady)]
    [InlineData(IoStatus.ReadError, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData(IoStatus.WriteError, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData(IoStatus.NoSpace, IoStatus.ReadError, IoStatus.NoSpace)]
    [InlineData(IoStatus.WriteProtected, IoStatus.ReadError, IoStatus.WriteProtected)]
    [InlineData(IoStatus.OutOfRange, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData(IoStatus.NotSupported, IoStatus.ReadError, IoStatus.WriteError)]
    [InlineData((IoStatus)99, IoStatus.ReadError, IoStatus.WriteError)]
    public async Task An_answer_out_of_place_becomes_an_error(IoStatus answer, IoStatus ofRead, IoStatus ofWrite)
    {
        foreach (bool isLater in (bool[])[false, true])
        {
            await using GuardedDevice disk = Guard(async () =>
            {
                if (isLater) await Task.Yield();
                return answer;
            });
            _faults.Clear();
            Assert.Equal(ofRead, await disk.ReadAsync(0, _block, None));
            Assert.Equal(ofWrite, await disk.WriteAsync(0, _block, false, None));
            Assert.Equal(ofWrite, await disk.WriteZeroesAsync(0, 1, false, false, None));
            Assert.Equal(ofWrite, await disk.UnmapAsync(0, 1, None));
            Assert.Equal((ofRead == answer ? 0 : 1) + (ofWrite == answer ? 0 : 3), _faults.Count);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_exception_becomes_an_error_and_a_report(bool isThrownLater)
    {
        InvalidOperationException thrown = new("a defect");
        await using GuardedDevice disk = Guard(() => isThrownLater ? ValueTask.FromException<IoStatus>(thrown) : throw thrown);
        Assert.Equal(IoStatus.ReadError, await disk.ReadAsync(0, _block, None));
        Assert.Equal(IoStatus.WriteError, await disk.WriteAsync(0, _block, true, None));
        Assert.Equal(IoStatus.WriteError, await disk.FlushAsync(None));
        Assert.Equal(IoStatus.WriteError, await disk.UnmapAsync(0, 1, None));
        Assert.Equal(IoStatus.WriteError, await disk.WriteZeroesAsync(0, 1, false, false, None));
        Assert.Equal(IoStatus.ReadError, (await disk.QueryExtentAsync(0, 1, None)).Status);
        Assert.Equal(6, _faults.Count);
        Assert.All(_faults, fault => Assert.Same(thrown, fault.Exception));
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_an_error()
    {
        await using GuardedDevice disk = Guard(() => throw new OperationCanceledException());
        Assert.Equal(IoStatus.ReadError, await disk.ReadAsync(0, _block, None));
        using CancellationTokenSource source = new();
        await using GuardedDevice slow = Guard(async () =>
        {
            await source.CancelAsync();
            throw new OperationCanceledException(source.Token);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await slow.ReadAsync(0, _block, source.Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public async Task An_extent_of_the_wrong_length_is_an_error(ulong blocks)
    {
        await using GuardedDevice disk = Guard(() => new(IoStatus.Ok), new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, blocks));
        Assert.Equal(IoStatus.ReadError, (await disk.QueryExtentAsync(0, 10, None)).Status);
        Assert.Single(_faults);
    }

    [Fact]
    public async Task Pages_of_the_wrong_length_are_not_lent()
    {
        await using GuardedDevice disk = Guard(() => new(IoStatus.Ok));
        Assert.False(disk.TryLend(0, 512, out ReadOnlyMemory<byte> pages));
        Assert.True(pages.IsEmpty);
        Assert.Single(_faults);
    }

    [Fact]
    public async Task What_the_traits_deny_does_not_reach_the_backend()
    {
        FakeBackend backend = new(() => throw new InvalidOperationException("reached"), default)
        {
            Traits = FakeBackend.AllNative with { Unmap = Support.No, WriteZeroes = Support.No, ForceUnitAccess = Support.No },
        };
        await using GuardedDevice disk = new(backend, _faults.Add);
        Assert.Equal(IoStatus.NotSupported, await disk.UnmapAsync(0, 1, None));
        Assert.Equal(IoStatus.NotSupported, await disk.WriteZeroesAsync(0, 1, false, false, None));
        Assert.Equal(IoStatus.NotSupported, await disk.WriteAsync(0, _block, forceUnitAccess: true, None));
        Assert.Empty(_faults);
    }

    [Fact]
    public void Contradictory_traits_are_refused()
    {
        foreach (DeviceTraits traits in (DeviceTraits[])[
            FakeBackend.AllNative with { BlockBytes = 1000 },
            FakeBackend.AllNative with { BlockCount = 0 },
            FakeBackend.AllNative with { BlockCount = ulong.MaxValue },
            FakeBackend.AllNative with { PhysicalBlockBytes = 256 },
            FakeBackend.AllNative with { PhysicalBlockBytes = 1536 },
            FakeBackend.AllNative with { UnmapGranularityBlocks = 0 }])
        {
            Assert.Throws<ArgumentException>(() => new GuardedDevice(new FakeBackend(() => new(IoStatus.Ok), default) { Traits = traits }));
        }
    }

    [Fact]
    public void The_path_to_a_memory_disk_allocates_nothing()
    {
        GuardedDevice disk = new(new MemoryDisk(1 << 20));
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            Assert.True(Completed.Result(disk.WriteAsync(1, _block, true, None)) == IoStatus.Ok);
            Assert.True(Completed.Result(disk.ReadAsync(1, _block, None)) == IoStatus.Ok);
            Assert.True(disk.TryLend(1, 512, out _));
        }
    }

    private GuardedDevice Guard(Func<ValueTask<IoStatus>> answer, ExtentStatus extent = default) => new(new FakeBackend(answer, extent), _faults.Add);
}
