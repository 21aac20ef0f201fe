using System.Collections.Concurrent;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: work on many blocks leaves the thread that asked for it, even when the disk completes everything inline, and lets others go between its pieces.
/// Method: a disk that notes on which thread it is called, holds the first call, or cancels from within one.
/// </summary>
[Collection(nameof(Alone))]
public sealed class LongWorkTests
{
    private const int Blocks = 20_000;
    private const int MostBytes = 1 << 20;
    private const ulong WorkBytes = Blocks * 512UL;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Rig _rig = new(new FakeDisk(512, 2 * Blocks));

    public static TheoryData<string> Long =>
        ["VERIFY", "VERIFY each", "VERIFY one", "WRITE AND VERIFY", "WRITE SAME", "WRITE SAME zeros", "UNMAP", "UNMAP list"];

    [Theory]
    [MemberData(nameof(Long))]
    public void It_runs_in_pieces_on_other_threads(string name)
    {
        ConcurrentQueue<ulong> pieces = [];
        int mine = Environment.CurrentManagedThreadId;
        bool wasMine = false;
        _rig.Disk.OnCall = bytes =>
        {
            pieces.Enqueue(bytes);
            wasMine |= Environment.CurrentManagedThreadId == mine;
        };
        long workItems = ThreadPool.CompletedWorkItemCount;

        using Running running = Begin(name);
        running.WaitForGood();

        Assert.False(wasMine, "the disk was called on the thread that asked");
        Assert.True(pieces.Max() <= MostBytes, $"a piece of {pieces.Max()} bytes");
        Assert.Equal(name == "WRITE AND VERIFY" ? 2 * WorkBytes : WorkBytes, pieces.Aggregate(0UL, static (sum, one) => sum + one));
        Assert.True(ThreadPool.CompletedWorkItemCount - workItems >= (long)(WorkBytes / MostBytes), "several pieces were one work item");
    }

    [Theory]
    [MemberData(nameof(Long))]
    public void It_can_be_cancelled_between_two_pieces(string name)
    {
        using CancellationTokenSource cancellation = new();
        int calls = 0;
        _rig.Disk.OnCall = _ =>
        {
            if (Interlocked.Increment(ref calls) == 3)
            {
                cancellation.Cancel();
            }
        };

        using Running running = Begin(name, cancellation.Token);

        Assert.Throws<OperationCanceledException>(running.Wait);
        Assert.Equal(3, calls);
    }

    [Theory]
    [MemberData(nameof(Long))]
    public void A_read_is_served_while_two_are_under_way(string name)
    {
        using ManualResetEventSlim both = new();
        using ManualResetEventSlim go = new();
        int mine = Environment.CurrentManagedThreadId;
        int begun = 0;
        _rig.Disk.OnCall = _ =>
        {
            if (Environment.CurrentManagedThreadId == mine)
            {
                return;
            }

            if (Interlocked.Increment(ref begun) == 2)
            {
                both.Set();
            }

            Assert.True(go.Wait(Limit), "nobody let the disk go on");
        };

        using Running one = Begin(name);
        using Running other = Begin(name);
        Assert.True(both.Wait(Limit), "the second waits for the first");
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 8)).ShouldBeGood();
        Assert.False(one.IsOver || other.IsOver);
        go.Set();

        one.WaitForGood();
        other.WaitForGood();
    }

    [Theory]
    [InlineData(OperationCode.Verify16, 2048, true)]
    [InlineData(OperationCode.Verify16, 2049, false)]
    [InlineData(OperationCode.WriteAndVerify16, 2048, true)]
    [InlineData(OperationCode.WriteAndVerify16, 2049, false)]
    [InlineData(OperationCode.OrWrite16, 2048, true)]
    [InlineData(OperationCode.OrWrite16, 2049, false)]
    [InlineData(OperationCode.Read16, 2049, true)]
    [InlineData(OperationCode.Write16, 2049, true)]
    public void Short_work_and_plain_reads_and_writes_stay_on_the_thread(byte operation, uint blocks, bool inline)
    {
        using Running running = new(_rig, Cdbs.Sixteen(operation, 0, blocks), new byte[blocks * 512], CancellationToken.None);

        Assert.Equal(inline, running.PromisedInline);
        running.WaitForGood();
    }

    [Fact]
    public void Pieces_of_an_unmap_end_at_whole_granules()
    {
        FakeDisk disk = new(512, 8 * 8192) { Traits = _rig.Disk.Traits with { BlockCount = 8 * 8192, UnmapGranularityBlocks = 8192 } };
        ConcurrentQueue<ulong> pieces = [];
        disk.OnCall = bytes => pieces.Enqueue(bytes / 512);
        byte[] list = Cdbs.UnmapList(new UnmapDescriptor(5, 20_000));

        new Rig(disk).Run(Cdbs.Unmap(list.Length), list).ShouldBeGood();

        Assert.Equal([8187UL, 8192UL, 3621UL], pieces);
    }

    private Running Begin(string name, CancellationToken cancellationToken = default)
    {
        byte[] block = Enumerable.Repeat((byte)7, 512).ToArray();
        byte[] zeros = new byte[Blocks * 512];
        byte[] whole = Cdbs.UnmapList(new UnmapDescriptor(3, Blocks));
        byte[] list = Cdbs.UnmapList([.. Enumerable.Range(0, 10).Select(static at => new UnmapDescriptor((ulong)at * 2500, 2000))]);
        (byte[] cdb, byte[] data) = name switch
        {
            "VERIFY" => (Cdbs.Sixteen(OperationCode.Verify16, 3, Blocks), Array.Empty<byte>()),
            "VERIFY each" => (Cdbs.Sixteen(OperationCode.Verify16, 3, Blocks, 0x02), zeros),
            "VERIFY one" => (Cdbs.Sixteen(OperationCode.Verify16, 3, Blocks, 0x06), zeros[..512]),
            "WRITE AND VERIFY" => (Cdbs.Sixteen(OperationCode.WriteAndVerify16, 3, Blocks, 0x02), zeros),
            "WRITE SAME" => (Cdbs.Sixteen(OperationCode.WriteSame16, 3, Blocks), block),
            "WRITE SAME zeros" => (Cdbs.Sixteen(OperationCode.WriteSame16, 3, Blocks, 0x08), zeros[..512]),
            "UNMAP" => (Cdbs.Unmap(whole.Length), whole),
            _ => (Cdbs.Unmap(list.Length), list),
        };
        return new(_rig, cdb, data, cancellationToken);
    }

    /// <summary>A command that was begun, and may still run.</summary>
    private sealed class Running : IDisposable
    {
        private readonly OneBufferPool _pool = new();
        private readonly ScsiCommand _command;
        private readonly Task _execution;

        public Running(Rig rig, byte[] cdb, byte[] dataOut, CancellationToken cancellationToken)
        {
            _command = new(_pool);
            _command.Begin(rig.First, 0, cdb, TaskAttribute.Simple);
            Assert.True(rig.Target.Prepare(_command), $"{_command.Status}");
            PromisedInline = _command.CompletesInline;
            _command.DataOut = dataOut.AsMemory(0, (int)_command.DataOutWanted);
            _execution = rig.Target.ExecuteAsync(_command, cancellationToken).AsTask();
            Assert.True(!PromisedInline || _execution.IsCompleted, "promised to complete inline");
        }

        public bool PromisedInline { get; }

        public bool IsOver => _execution.IsCompleted;

        public void Wait() => _execution.WaitAsync(Limit).GetAwaiter().GetResult();

        public void WaitForGood()
        {
            Wait();
            Assert.Equal(ScsiStatus.Good, _command.Status);
        }

        public void Dispose()
        {
            _command.End();
            Assert.Equal(0, _pool.Out);
            _pool.Dispose();
        }
    }
}
