using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Initiator.Tests.Disks;

/// <summary>Goal: a unit behaves as a file of fixed length does. Method: random histories against a byte array, and scripts for the edges.</summary>
public sealed class LogicalUnitStreamTests
{
    [Theory]
    [InlineData(1, 512)]
    [InlineData(2, 512)]
    [InlineData(3, 4096)]
    [InlineData(4, 4096)]
    public async Task A_random_history_ends_like_the_model(int seed, uint blockBytes)
    {
        await using UnitRig rig = new(256 << 10, blockBytes);
        byte[] model = new byte[256 << 10];
        Random random = new(seed);
        await using (LogicalUnitStream stream = new(await rig.OpenAsync()))
        {
            for (int step = 0; step < 400; step++)
            {
                int at = random.Next(model.Length);
                int length = random.Next(Math.Min(20000, model.Length - at) + 1);
                byte[] data = new byte[length];
                random.NextBytes(data);
                stream.Position = at;
                switch (random.Next(4))
                {
                    case 0:
                        await stream.WriteAsync(data);
                        data.CopyTo(model, at);
                        break;
                    case 1:
                        stream.Write(data, 0, length);
                        data.CopyTo(model, at);
                        break;
                    case 2:
                        await stream.ReadExactlyAsync(data);
                        Assert.True(data.AsSpan().SequenceEqual(model.AsSpan(at, length)));
                        break;
                    default:
                        Assert.Equal(length, stream.Read(data, 0, length));
                        Assert.True(data.AsSpan().SequenceEqual(model.AsSpan(at, length)));
                        break;
                }

                Assert.Equal(at + length, stream.Position);
            }
        }

        byte[] all = new byte[model.Length];
        Assert.Equal(IoStatus.Ok, await rig.Disk.ReadAsync(0, all, CancellationToken.None));
        Assert.Equal(model, all);
    }

    [Fact]
    public async Task Writers_of_parts_of_the_same_blocks_do_not_overwrite_each_other()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = request => request.Cdb[0] == OperationCode.Read10 ? Late(request) : null;
        const int Writers = 64;
        const int Bytes = 100;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            await using LogicalUnitStream stream = new(unit);
            await stream.WriteAtAsync(writer * Bytes, Enumerable.Repeat((byte)(writer + 1), Bytes).ToArray());
        }));
        rig.Executor.Answer = static _ => null;
        byte[] all = new byte[Writers * Bytes];
        await using LogicalUnitStream reader = new(unit);
        await reader.ReadExactlyAsync(all);

        Assert.Equal(Enumerable.Range(0, all.Length).Select(at => (byte)(at / Bytes + 1)), all);

        async Task<ScsiResult> LateAsync(ScsiRequest request)
        {
            await Task.Yield();
            return await new DeviceExecutor(rig.Target, isid: 2).ExecuteTwiceAsync(request);
        }

        ValueTask<ScsiResult>? Late(ScsiRequest request) => new(LateAsync(request));
    }

    [Fact]
    public async Task A_whole_block_does_not_come_between_the_reading_and_the_writing_of_a_part()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        await using LogicalUnitStream stream = new(unit);
        TaskCompletionSource<ScsiResult> read = new();
        rig.Executor.Answer = request => request.Cdb[0] == OperationCode.Read10 ? new(read.Task) : null;
        Task part = stream.WriteAtAsync(10, new byte[] { 7 }).AsTask();
        Task whole = stream.WriteAtAsync(0, Enumerable.Repeat((byte)9, 512).ToArray()).AsTask();

        Assert.False(whole.IsCompleted);
        read.SetResult(ScriptedExecutor.Good(512));
        await Task.WhenAll(part, whole);
        rig.Executor.Answer = static _ => null;
        byte[] block = new byte[512];
        await unit.ReadAsync(0, block);
        Assert.All(block, one => Assert.Equal(9, one));
    }

    [Fact]
    public async Task Whole_blocks_are_written_without_reading()
    {
        await using UnitRig rig = new();
        await using LogicalUnitStream stream = new(await rig.OpenAsync());
        await stream.WriteAsync(new byte[2048]);

        Assert.Equal((0, 1), (rig.Executor.Count(OperationCode.Read10), rig.Executor.Count(OperationCode.Write10)));
    }

    [Fact]
    public async Task A_write_over_the_end_is_refused_and_a_read_over_the_end_is_short()
    {
        await using UnitRig rig = new();
        await using LogicalUnitStream stream = new(await rig.OpenAsync());
        stream.Seek(-10, SeekOrigin.End);
        IOException refusal = await Assert.ThrowsAsync<IOException>(async () => await stream.WriteAsync(new byte[11]));

        Assert.Contains("do not fit on the unit, which has 4194304 bytes", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(10, await stream.ReadAsync(new byte[100]));
        Assert.Equal(0, await stream.ReadAsync(new byte[100]));
        Assert.Equal(0, rig.Executor.Count(OperationCode.Write10));
    }

    [Fact]
    public async Task Closing_flushes_what_was_written_and_nothing_else()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        await new LogicalUnitStream(unit).DisposeAsync();
        Assert.Equal(0, rig.Executor.Count(OperationCode.SynchronizeCache10));
        LogicalUnitStream stream = new(unit);
        await stream.WriteAsync(new byte[3]);
        await stream.FlushAsync();
        await stream.DisposeAsync();

        Assert.Equal(1, rig.Executor.Count(OperationCode.SynchronizeCache10));
        Assert.Throws<ObjectDisposedException>(stream.Flush);
    }

    [Fact]
    public async Task A_flush_that_failed_is_made_up_for()
    {
        await using UnitRig rig = new();
        await using LogicalUnitStream stream = new(await rig.OpenAsync());
        await stream.WriteAsync(new byte[512]);
        rig.Executor.Next(OperationCode.SynchronizeCache10, ScriptedExecutor.Check(Sense.WriteError(0)));
        await Assert.ThrowsAsync<ScsiException>(() => stream.FlushAsync());
        await stream.FlushAsync();

        Assert.Equal(2, rig.Executor.Count(OperationCode.SynchronizeCache10));
    }

    [Fact]
    public async Task What_a_unit_is_not_for_is_refused()
    {
        await using UnitRig rig = new();
        await using LogicalUnitStream stream = new(await rig.OpenAsync(), writable: false);

        Assert.False(stream.CanWrite);
        await Assert.ThrowsAsync<NotSupportedException>(async () => await stream.WriteAsync(new byte[1]));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(1));
        Assert.Throws<IOException>(() => stream.Seek(-1, SeekOrigin.Begin));
    }

    [Fact]
    public async Task A_waiter_that_gives_up_lets_others_pass()
    {
        BlockLocks locks = new();
        BlockLocks.Holder first = await locks.TakeAsync(5, 1, exclusive: true, CancellationToken.None);
        using CancellationTokenSource giveUp = new();
        Task<BlockLocks.Holder> second = locks.TakeAsync(0, 10, exclusive: false, giveUp.Token).AsTask();
        Task<BlockLocks.Holder> third = locks.TakeAsync(5, 1, exclusive: true, CancellationToken.None).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(third.IsCompleted);
        first.Dispose();

        (await third).Dispose();
    }
}
