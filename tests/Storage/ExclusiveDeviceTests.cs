namespace Blockwire.Storage.Tests;

/// <summary>
/// Goal: who holds blocks has them alone, against those who came before and those who come after, and others are not held up. Method: a device whose calls end when the test
/// lets them.
/// </summary>
#pragma warning disable CA1001 // the disk below is a null disk, which has nothing to dispose
public sealed class ExclusiveDeviceTests
#pragma warning restore CA1001
{
    private readonly HeldCalls _below = new(inline: false);
    private readonly ExclusiveDevice _device;

    public ExclusiveDeviceTests() => _device = new ExclusiveDevice(_below);

    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hold_waits_for_what_is_under_way()
    {
        Task<IoStatus> write = Write(0);
        Task<BlockHold> hold = Hold(0);
        Assert.False(hold.IsCompleted);
        _below.LetGo();
        Assert.Equal(IoStatus.Ok, await write);
        (await hold).Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_for_held_blocks_waits(bool reads)
    {
        BlockHold hold = await Hold(4);
        Task<IoStatus> call = reads ? _device.ReadAsync(4, new byte[512], None).AsTask() : Write(4);
        Assert.Equal((false, 0), (call.IsCompleted, _below.Begun));
        hold.Dispose();
        await _below.LetGoOneAsync();
        Assert.Equal(IoStatus.Ok, await call);
    }

    [Fact]
    public async Task What_comes_for_other_blocks_does_not_wait()
    {
        using BlockHold hold = await Hold(4);
        Task<IoStatus> call = Write(5);
        await _below.LetGoOneAsync();
        Assert.Equal(IoStatus.Ok, await call);
    }

    [Fact]
    public async Task Holds_of_the_same_blocks_are_had_in_order()
    {
        BlockHold first = await Hold(4);
        Task<BlockHold> second = Hold(4);
        Task<BlockHold> other = Hold(5);
        (await other).Dispose();
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task When_all_holds_are_over_calls_pass_again()
    {
        (await Hold(4)).Dispose();
        Task<IoStatus> write = Write(4);
        Assert.Equal(1, _below.Begun);
        _below.LetGo();
        Assert.Equal(IoStatus.Ok, await write);
    }

    [Fact]
    public async Task A_cancelled_hold_holds_nothing()
    {
        Task<IoStatus> write = Write(4);
        using CancellationTokenSource cancellation = new();
        Task<BlockHold> hold = _device.HoldAsync(4, 1, toChange: true, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        _below.LetGo();
        await Assert.ThrowsAsync<OperationCanceledException>(() => hold);
        await write;
        (await Hold(4)).Dispose();
    }

    [Fact]
    public async Task A_watcher_hears_of_each_change_before_it_begins()
    {
        List<(ulong, ulong)> heard = [];
        using (BlockHold all = await Hold(0, 16))
        {
            _device.Watch((lba, count) => heard.Add((lba, count)));
        }

        Task[] calls =
        [
            Write(4), _device.UnmapAsync(5, 2, None).AsTask(), _device.WriteZeroesAsync(7, 3, false, false, None).AsTask(),
            _device.ReadAsync(9, new byte[512], None).AsTask(),
        ];
        Assert.Equal([(4, 1), (5, 2), (7, 3)], heard);
        _device.Unwatch();
        calls = [.. calls, Write(8)];
        _below.LetGo();
        await Task.WhenAll(calls);
        Assert.Equal(3, heard.Count);
    }

    [Fact]
    public async Task Nothing_is_lent_once_blocks_were_held_to_be_changed()
    {
        await using MemoryDisk memory = new(1 << 20);
        ExclusiveDevice device = new(memory);
        (await device.HoldAsync(0, 1, toChange: false, None)).Dispose();
        Assert.True(device.TryLend(0, 512, out _));
        (await device.HoldAsync(0, 1, toChange: true, None)).Dispose();
        Assert.False(device.TryLend(0, 512, out _));
    }

    [Fact]
    public async Task On_an_inline_disk_a_call_waits_on_its_thread()
    {
        HeldCalls below = new(inline: true);
        below.LetGo();
        ExclusiveDevice device = new(below);
        BlockHold hold = await device.HoldAsync(4, 1, toChange: true, None);
        using ManualResetEventSlim begins = new();
        bool wasComplete = false;
        Thread other = new(() =>
        {
            begins.Set();
            wasComplete = IsOver(device.WriteAsync(4, new byte[512], false, CancellationToken.None));
        });
        other.Start();
        begins.Wait(None);
        Assert.False(other.Join(50));
        hold.Dispose();
        other.Join();
        Assert.True(wasComplete);
    }

    [Fact]
    public async Task Passing_allocates_nothing()
    {
        await using MemoryDisk memory = new(1 << 20);
        ExclusiveDevice device = new(memory);
        byte[] block = new byte[512];
        Turn();
        Assert.Equal(0, Enumerable.Range(0, 20).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Turn();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));

        void Turn()
        {
            for (int i = 0; i < 1000; i++)
            {
                if (!IsOver(device.ReadAsync(1, block, default)) || !IsOver(device.WriteAsync(1, block, false, default)))
                {
                    throw new InvalidOperationException("not inline");
                }
            }
        }
    }

    private static bool IsOver(ValueTask<IoStatus> call) => call.IsCompletedSuccessfully;

    private Task<IoStatus> Write(ulong lba) => _device.WriteAsync(lba, new byte[512], false, None).AsTask();

    private Task<BlockHold> Hold(ulong lba, ulong count = 1) => _device.HoldAsync(lba, count, toChange: true, None).AsTask();

    /// <summary>Calls that end when they are let go.</summary>
    private sealed class HeldCalls(bool inline) : BlockFilter(new NullDisk(1 << 20, 512))
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _begun = new(0);
        private int _count;

        public override DeviceTraits Traits => base.Traits with { CompletesInline = inline };

        public int Begun => Volatile.Read(ref _count);

        public void LetGo() => _go.TrySetResult();

        /// <summary>Lets all calls go, once one has begun.</summary>
        public async Task LetGoOneAsync()
        {
            await _begun.WaitAsync(TestContext.Current.CancellationToken);
            LetGo();
        }

        public override ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) => Call();

        public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) => Call();

        public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => Call();

        public override ValueTask<IoStatus> WriteZeroesAsync(
            ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) => Call();

        private ValueTask<IoStatus> Call()
        {
            Interlocked.Increment(ref _count);
            _begun.Release();
            return _go.Task.IsCompleted ? new(IoStatus.Ok) : Later();
        }

        private async ValueTask<IoStatus> Later()
        {
            await _go.Task;
            return IoStatus.Ok;
        }
    }
}
