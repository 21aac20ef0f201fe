using Blockwire.Scsi.Device.Work;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: nothing that was accepted before a medium began to be formatted or sanitized lands behind it, and that it was not finished is known afterwards. Method: writes that are
/// prepared, or on their way to the disk, when the work begins.
/// </summary>
#pragma warning disable CA1001 // the disk is an array
public sealed class LateCommandTests
#pragma warning restore CA1001
{
    private const byte BlockErase = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeDisk _disk = new(blockCount: 8192);
    private readonly FakeStateStore _store = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_that_was_accepted_before_does_not_run_any_more(bool sanitize)
    {
        Rig rig = new(_disk);
        ScsiCommand write = Prepared(rig, Cdbs.Ten(OperationCode.Write10, 7, 1));
        rig.Run(sanitize ? Cdbs.Sanitize(BlockErase) : Cdbs.Format(0)).ShouldBeGood();
        write.DataOut = Filled(512);
        await rig.Target.ExecuteAsync(write, TestContext.Current.CancellationToken);
        Assert.Equal((ScsiStatus.CheckCondition, SenseKey.NotReady), (write.Status, SenseData.Parse(write.Sense)!.Value.Key));
        Assert.False(_disk.Bytes(7, 1).ContainsAnyExcept((byte)0));
        rig.Run(Cdbs.Ten(OperationCode.Write10, 7, 1), Filled(512)).ShouldBeGood();
    }

    [Fact]
    public async Task What_tells_of_the_unit_runs_though_it_was_prepared_before()
    {
        Rig rig = new(_disk);
        ScsiCommand inquiry = Prepared(rig, Cdbs.Inquiry());
        rig.Run(Cdbs.Format(0)).ShouldBeGood();
        await rig.Target.ExecuteAsync(inquiry, TestContext.Current.CancellationToken);
        Assert.Equal(ScsiStatus.Good, inquiry.Status);
        inquiry.End();
    }

    [Fact]
    public async Task The_first_block_waits_for_a_write_that_is_under_way()
    {
        Rig rig = new(_disk);
        using ManualResetEventSlim writing = new(), go = new();
        _disk.OnCall = bytes =>
        {
            if (bytes == 512)
            {
                writing.Set();
                go.Wait(Patience);
            }
        };
        Task<Outcome> write = Task.Run(() => rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), Filled(512)), TestContext.Current.CancellationToken);
        Assert.True(writing.Wait(Patience, TestContext.Current.CancellationToken));
        Task<Outcome> format = Task.Run(() => rig.Run(Cdbs.Format(0)), TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => rig.Unit.Work.IsRunning, Patience));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(0, _disk.Zeroings);
        go.Set();
        (await write).ShouldBeGood();
        (await format).ShouldBeGood();
        Assert.False(_disk.Bytes(0, 1).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public async Task A_disk_that_one_has_alone_refuses_the_others_and_is_theirs_again_afterwards()
    {
        ExclusiveDevice device = new(_disk);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using (SoleAccess alone = await device.TakeAloneAsync())
        {
            Assert.Equal(IoStatus.Ok, await alone.WriteAsync(0, Filled(512), false, cancellation));
            Assert.Equal(IoStatus.NotReady, await device.WriteAsync(1, Filled(512), false, cancellation));
            Assert.Equal(IoStatus.NotReady, await device.ReadAsync(0, new byte[512], cancellation));
            Assert.Equal(IoStatus.NotReady, await device.UnmapAsync(0, 1, cancellation));
            Assert.Equal(IoStatus.NotReady, await device.WriteZeroesAsync(0, 1, true, false, cancellation));
            using BlockHold hold = await device.HoldAsync(0, 1, toChange: false, cancellation);
            Assert.Equal(IoStatus.NotReady, await hold.WriteAsync(0, Filled(512), false, cancellation));
            Assert.Equal(IoStatus.NotReady, await hold.ReadAsync(0, new byte[512], cancellation));
            Assert.Equal(IoStatus.Ok, await device.FlushAsync(cancellation));
        }

        Assert.Equal(1, _disk.Writes);
        Assert.Equal(IoStatus.Ok, await device.WriteAsync(1, Filled(512), false, cancellation));
    }

    [Fact]
    public void A_format_that_a_loss_of_power_interrupted_leaves_the_medium_corrupted_until_the_next()
    {
        Rig rig = new(_disk, state: _store);
        _disk.Failure = IoStatus.NotReady; // the disk was closed under it
        rig.Run(Cdbs.Format(0));
        _disk.Failure = IoStatus.Ok;
        Rig again = Restarted();
        Assert.Equal(Sense.MediumFormatCorrupted, again.Unit.Work.Refusal);
        again.Run(Cdbs.Format(0)).ShouldBeGood();
        Assert.Null(Restarted().Unit.Work.Refusal);
    }

    [Fact]
    public void A_format_that_failed_is_known_after_a_restart_and_a_sanitize_mends_it()
    {
        Rig rig = new(_disk, state: _store);
        _disk.Failure = IoStatus.WriteError;
        rig.Run(Cdbs.Format(0)).ShouldBe(Sense.WriteError(0) with { Information = null });
        _disk.Failure = IoStatus.Ok;
        rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.MediumFormatCorrupted);
        Rig again = Restarted();
        Assert.Equal(Sense.MediumFormatCorrupted, again.Unit.Work.Refusal);
        again.Run(Cdbs.Sanitize(BlockErase)).ShouldBeGood();
        Assert.Null(Restarted().Unit.Work.Refusal);
    }

    [Fact]
    public void A_format_that_cannot_be_kept_is_not_begun()
    {
        Rig rig = new(_disk, state: _store);
        _store.Fails = true;
        rig.Run(Cdbs.Format(0)).ShouldBe(Sense.InternalTargetFailure);
        Assert.Equal(0, _disk.Zeroings);
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_document_of_a_format_that_is_none_is_refused_at_the_start()
    {
        _store.Documents[FormatState.DocumentName] = [1, 2, 3];
        Assert.Throws<UnitStateException>(() => new Rig(_disk, state: _store));
    }

    private Rig Restarted() => new(_disk, state: _store);

    private static byte[] Filled(int length) => [.. Enumerable.Repeat((byte)0x5A, length)];

    private static ScsiCommand Prepared(Rig rig, byte[] cdb)
    {
        ScsiCommand command = new(System.Buffers.MemoryPool<byte>.Shared);
        command.Begin(rig.First, 0, cdb, TaskAttribute.Simple);
        Assert.True(rig.Target.Prepare(command));
        return command;
    }
}
