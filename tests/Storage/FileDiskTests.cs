namespace Blockwire.Storage.Tests;

/// <summary>What is particular to a disk in a file. The system calls are real, seen and held up through <see cref="ObservedCalls"/>.</summary>
public sealed class FileDiskTests : IDisposable
{
    private const ulong LengthBytes = 1 << 20;

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFile _file = new();

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task Cold_reads_wait_on_threads_of_the_disk_32_at_a_time()
    {
        // No read is there at once, and every blocking read waits: the caller still gets through all 40 calls.
        using ManualResetEventSlim medium = new();
        using SemaphoreSlim inside = new(0);
        (FileDisk disk, ObservedCalls calls) = Open(configure: calls =>
        {
            calls.NowLimit = 0;
            calls.OnRead = () =>
            {
                inside.Release();
                medium.Wait();
            };
        });
        Task<IoStatus>[] reads = [.. Enumerable.Range(0, 40).Select(i => disk.ReadAsync((ulong)i, new byte[512], None).AsTask())];
        for (int i = 0; i < FileDisk.ReadThreads; i++) await inside.WaitAsync(None);
        Assert.Equal(FileDisk.ReadThreads, calls.ReadsInside);
        Assert.All(reads, read => Assert.False(read.IsCompleted));
        medium.Set();
        Assert.All(await Task.WhenAll(reads), status => Assert.Equal(IoStatus.Ok, status));
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task A_prefetch_advises_the_system_unless_the_file_lives_in_memory()
    {
        if (!LinuxFileCalls.IsSupported) Assert.Skip("only Linux takes the advice");
        int advised = 0;
        (FileDisk disk, ObservedCalls calls) = Open(configure: calls => calls.OnReadAhead = () => Interlocked.Increment(ref advised));
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, new byte[LengthBytes], true, None));
        Assert.True(await disk.PrefetchAsync(8, 64, None));
        Assert.Equal(calls.Facts.NeverBlocks ? 0 : 1, advised);
        await disk.DisposeAsync();
        Assert.False(await disk.PrefetchAsync(8, 64, None));
    }

    [Fact]
    public async Task A_hot_read_completes_on_the_calling_thread()
    {
        if (!LinuxFileCalls.IsSupported) Assert.Skip("only Linux tells what the page cache holds");
        (FileDisk disk, ObservedCalls calls) = Open();
        byte[] data = ChildProcess.Pattern(3);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(3, data, false, None));
        int before = calls.NowReads;
        Task<IoStatus> read = disk.ReadAsync(3, data, None).AsTask();
        Assert.True(read.IsCompletedSuccessfully);
        Assert.Equal(IoStatus.Ok, await read);
        Assert.Equal(before + 1, calls.NowReads);
        Assert.Equal(ChildProcess.Pattern(3), data);
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task A_hot_read_allocates_nothing()
    {
        if (!LinuxFileCalls.IsSupported) Assert.Skip("only Linux tells what the page cache holds");
        (FileDisk bare, _) = Open();
        await using GuardedDevice disk = new(bare);
        byte[] data = new byte[4096];
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, data, false, None));
        Assert.Equal(0, AllocatedBy(() => Assert.True(Completed.Result(disk.ReadAsync(0, data, None)) == IoStatus.Ok)));
    }

    [Fact]
    public async Task A_write_that_waits_its_turn_allocates_nothing_on_the_caller()
    {
        (FileDisk disk, _) = Open();
        byte[] data = new byte[4096];
        // Awaiting would bring its own allocations; a poll shows those of the disk alone.
        long allocated = AllocatedBy(() =>
        {
            ValueTask<IoStatus> write = disk.WriteAsync(0, data, true, None);
            SpinWait spin = default;
            while (!write.IsCompleted) spin.SpinOnce();
            Assert.True(Completed.Result(write) == IoStatus.Ok);
        });
        Assert.Equal(0, allocated);
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task Flushes_that_wait_together_share_one_sync_and_never_the_running_one()
    {
        using SemaphoreSlim entered = new(0);
        using SemaphoreSlim mayGo = new(0);
        (FileDisk disk, ObservedCalls calls) = Open(configure: calls => calls.OnSync = _ =>
        {
            entered.Release();
            mayGo.Wait();
            return IoStatus.Ok;
        });
        Task<IoStatus> first = disk.FlushAsync(None).AsTask();
        await entered.WaitAsync(None);
        Task<IoStatus>[] late = [.. Enumerable.Range(0, 20).Select(_ => disk.FlushAsync(None).AsTask())];
        mayGo.Release();
        Assert.Equal(IoStatus.Ok, await first);
        await entered.WaitAsync(None);
        Assert.All(late, flush => Assert.False(flush.IsCompleted));
        mayGo.Release();
        Assert.All(await Task.WhenAll(late), status => Assert.Equal(IoStatus.Ok, status));
        Assert.Equal(2, calls.SyncCount);
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task A_forced_write_ends_with_a_sync_that_began_after_it()
    {
        List<string> events = [];
        (FileDisk disk, _) = Open(configure: calls =>
        {
            calls.OnWrite = () => events.Add("write");
            calls.OnSync = _ =>
            {
                events.Add("sync");
                return IoStatus.Ok;
            };
            calls.NowLimit = 0;
        });
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, new byte[512], forceUnitAccess: true, None));
        Assert.Equal(["write", "sync"], events);
        Assert.Equal(IoStatus.Ok, await disk.WriteZeroesAsync(0, 1, mayUnmap: false, forceUnitAccess: true, None));
        Assert.Equal("sync", events[^1]);
        Assert.Equal(2, events.Count(name => name == "sync"));
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, new byte[512], forceUnitAccess: false, None));
        Assert.Equal("write", events[^1]);
        await disk.DisposeAsync();
    }

    [Theory]
    [InlineData(IoStatus.WriteError)]
    [InlineData(IoStatus.NoSpace)]
    public async Task A_failed_sync_fails_all_who_waited_and_stays_failed(IoStatus failure)
    {
        using SemaphoreSlim entered = new(0);
        using SemaphoreSlim mayGo = new(0);
        (FileDisk disk, ObservedCalls calls) = Open(configure: calls => calls.OnSync = number =>
        {
            entered.Release();
            mayGo.Wait();
            return number == 2 ? failure : IoStatus.Ok;
        });
        Task<IoStatus> first = disk.FlushAsync(None).AsTask();
        await entered.WaitAsync(None);
        Task<IoStatus>[] late = [disk.FlushAsync(None).AsTask(), disk.FlushAsync(None).AsTask()];
        mayGo.Release(10);
        Assert.Equal(IoStatus.Ok, await first);
        Assert.All(await Task.WhenAll(late), status => Assert.Equal(failure, status));
        Assert.Equal(failure, await disk.FlushAsync(None));
        Assert.Equal(failure, await disk.WriteAsync(0, new byte[512], forceUnitAccess: true, None));
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, new byte[512], forceUnitAccess: false, None));
        Assert.Equal(2, calls.SyncCount);
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task On_a_file_in_memory_a_failed_sync_stays_failed_too()
    {
        (FileDisk disk, _) = Open(
            calls => calls.OnSync = number => number == 1 ? IoStatus.WriteError : IoStatus.Ok,
            facts => facts with { NeverBlocks = true });
        Assert.Equal(IoStatus.WriteError, await disk.FlushAsync(None));
        Assert.Equal(IoStatus.WriteError, await disk.FlushAsync(None));
        Assert.Equal(IoStatus.WriteError, await disk.WriteAsync(0, new byte[512], true, None));
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task An_error_of_a_write_reaches_its_caller_and_is_not_synced()
    {
        (FileDisk disk, ObservedCalls calls) = Open(configure: calls => (calls.NowLimit, calls.WriteAnswer) = (0, IoStatus.NoSpace));
        Assert.Equal(IoStatus.NoSpace, await disk.WriteAsync(0, new byte[512], forceUnitAccess: true, None));
        Assert.Equal(0, calls.SyncCount);
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task A_full_device_is_no_space()
    {
        if (!File.Exists("/dev/full")) Assert.Skip("there is no /dev/full");
        using Microsoft.Win32.SafeHandles.SafeFileHandle full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        LinuxFileCalls calls = new(full, new LinuxFileKind(IsBlockDevice: false, IsFile: true, CanDiscard: false, AllocationBytes: 4096, Inode: 0));
        Assert.Equal(IoStatus.NoSpace, calls.Write(0, new byte[512]));
        await Task.CompletedTask;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_cut_short_below_the_disk_is_a_read_error(bool isPortable)
    {
        // The lock keeps others from cutting it short here, so the disk is told of a length that the file no longer has.
        FileDisk disk = FileDisk.Open(_file.Path, new FileDiskOptions
        {
            CreateBytes = 1024,
            Portable = isPortable,
            Wrap = calls => new ObservedCalls(calls) { Facts = calls.Facts with { LengthBytes = 1 << 20 } },
        });
        Assert.Equal(IoStatus.ReadError, await disk.ReadAsync(1, new byte[1024], None));
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(1, new byte[512], None));
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task A_queued_call_can_be_cancelled_before_it_starts()
    {
        using ManualResetEventSlim medium = new();
        using SemaphoreSlim inside = new(0);
        (FileDisk disk, _) = Open(configure: calls =>
        {
            calls.NowLimit = 0;
            calls.OnRead = () =>
            {
                inside.Release();
                medium.Wait();
            };
        });
        Task<IoStatus>[] busy = [.. Enumerable.Range(0, FileDisk.ReadThreads).Select(_ => disk.ReadAsync(0, new byte[512], None).AsTask())];
        for (int i = 0; i < FileDisk.ReadThreads; i++) await inside.WaitAsync(None);
        using CancellationTokenSource source = new();
        Task<IoStatus> queued = disk.ReadAsync(0, new byte[512], source.Token).AsTask();
        await source.CancelAsync();
        medium.Set();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        Assert.All(await Task.WhenAll(busy), status => Assert.Equal(IoStatus.Ok, status));
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task Closing_waits_for_the_calls_that_run()
    {
        using ManualResetEventSlim medium = new();
        using SemaphoreSlim inside = new(0);
        (FileDisk disk, _) = Open(configure: calls =>
        {
            calls.NowLimit = 0;
            calls.OnRead = () =>
            {
                inside.Release();
                medium.Wait();
            };
        });
        Task<IoStatus> read = disk.ReadAsync(0, new byte[512], None).AsTask();
        await inside.WaitAsync(None);
        Task closing = disk.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        Assert.Equal(IoStatus.NotReady, await disk.ReadAsync(0, new byte[512], None));
        medium.Set();
        Assert.Equal(IoStatus.Ok, await read);
        await closing;
    }

    [Fact]
    public async Task Unmapped_space_goes_back_to_the_file_system()
    {
        (FileDisk disk, _) = Open();
        if (disk.Traits.Unmap != Support.Native) Assert.Skip("the file system takes no holes");
        byte[] all = new byte[LengthBytes];
        Array.Fill(all, (byte)1);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, all, true, None));
        Assert.Equal(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, disk.Traits.BlockCount), await disk.QueryExtentAsync(0, 1UL << 40, None));
        ulong quarter = disk.Traits.BlockCount / 4;
        Assert.Equal(IoStatus.Ok, await disk.UnmapAsync(quarter, quarter * 2, None));
        Assert.Equal(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, quarter), await disk.QueryExtentAsync(0, 1UL << 40, None));
        Assert.Equal(new ExtentStatus(IoStatus.Ok, ProvisioningState.Deallocated, quarter * 2), await disk.QueryExtentAsync(quarter, 1UL << 40, None));
        await disk.DisposeAsync();
    }

    [Fact]
    public async Task Idle_threads_end()
    {
        IoThreads threads = new("test", 4, TimeSpan.FromTicks(1));
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        threads.Queue(new Work(done.SetResult));
        await done.Task;
        SpinWait spin = default;
        while (threads.ThreadCount > 0) spin.SpinOnce();
        TaskCompletionSource again = new(TaskCreationOptions.RunContinuationsAsynchronously);
        threads.Queue(new Work(again.SetResult));
        await again.Task;
    }

    private static long AllocatedBy(Action action)
    {
        for (int i = 0; i < 50; i++) action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private (FileDisk Disk, ObservedCalls Calls) Open(Action<ObservedCalls>? configure = null, Func<FileFacts, FileFacts>? facts = null)
    {
        ObservedCalls? calls = null;
        FileDisk disk = FileDisk.Open(_file.Path, new FileDiskOptions
        {
            CreateBytes = LengthBytes,
            Wrap = inner =>
            {
                calls = new ObservedCalls(inner) { Facts = facts?.Invoke(inner.Facts) ?? inner.Facts };
                configure?.Invoke(calls);
                return calls;
            },
        });
        return (disk, calls!);
    }

    private sealed class Work(Action action) : IoWork
    {
        public override void Run() => action();
    }
}
