using System.Text;
using Blockwire.Scsi.Device.Work;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: FORMAT UNIT and SANITIZE as SBC-3 §4.11, §5.2 and §5.24 have them. Method: a disk of 4 MiB, which is four pieces, whose calls can be held up.
/// </summary>
#pragma warning disable CA1001 // the disk is an array, and rigs still use it when a test ends
public sealed class MediumWorkTests
#pragma warning restore CA1001
{
    private const byte Overwrite = 1, BlockErase = 2, ExitFailureMode = 0x1F;
    private const byte Immediate = 0x80, AllowExit = 0x20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeDisk _disk = new(blockCount: 8192);

    [Fact]
    public void A_format_zeroes_every_block()
    {
        Rig rig = Filled();
        rig.Run(Cdbs.Format(0)).ShouldBeGood();
        Assert.False(_disk.Bytes(0, 8192).ContainsAnyExcept((byte)0));
        Assert.True(_disk.LastZeroingMayUnmap && _disk.Flushes > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_format_writes_its_pattern_into_every_block(bool isLong)
    {
        Rig rig = Filled();
        byte[] header = isLong ? [0, 0x88, 0, 0, 0, 0, 0, 0] : [0, 0x88, 0, 0];
        rig.Run(Cdbs.Format((byte)(isLong ? 0x30 : 0x10)), [.. header, 0, 1, 0, 3, 7, 8, 9]).ShouldBeGood();
        for (uint lba = 0; lba < 8192; lba += 1023)
        {
            Span<byte> block = _disk.Bytes(lba, 1);
            Assert.Equal((7, 8, 9, 7, 8), (block[0], block[1], block[2], block[510], block[511]));
        }
    }

    [Theory]
    [InlineData("01000000", 0, 2)]
    [InlineData("08000000", 0, 7)] // protection
    [InlineData("00080000", 1, 6)] // a pattern without FOV
    [InlineData("00010000", 1, 2)] // vendor specific
    [InlineData("00800004", 2, 7)] // defects
    [InlineData("0088000020010001AA", 4, 7)] // security initialization
    [InlineData("0088000000020001AA", 5, 7)] // pattern type
    [InlineData("0088000000010000", 6, 7)] // no pattern
    [InlineData("0088000000010201", 6, 7)] // longer than a block
    [InlineData("0088000000000001AA", 6, 7)] // the default pattern has no length
    public void A_bad_format_list_is_refused_at_its_place(string list, int at, int bit)
    {
        Rig rig = Filled();
        rig.Run(Cdbs.Format(0x10), Convert.FromHexString(list)).ShouldBe(Sense.InvalidFieldInParameterList(at, bit));
        Assert.Equal(0, _disk.Zeroings);
    }

    [Theory]
    [InlineData("008800")]
    [InlineData("00880000")]
    [InlineData("0088000000010002AA")]
    public void A_format_list_that_ends_too_early_is_refused(string list) =>
        Filled().Run(Cdbs.Format(0x10), Convert.FromHexString(list)).ShouldBe(Sense.ParameterListLengthError);

    [Fact]
    public void Without_a_list_the_bits_that_describe_it_are_ignored()
    {
        Rig rig = Filled();
        rig.Run(Cdbs.Format(0x20)).ShouldBeGood();
        rig.Run(Cdbs.Format(0x08)).ShouldBeGood();
        rig.Run(Cdbs.Format(0x04)).ShouldBe(Sense.InvalidFieldInCdb(1, 2));
    }

    [Fact]
    public void While_a_format_runs_only_some_commands_are_answered_and_sense_tells_the_progress()
    {
        using Hold hold = new(_disk, calls: 2);
        Rig rig = Filled();
        rig.Run(Cdbs.Format(0x10), [0, 0x82, 0, 0]).ShouldBeGood();
        hold.Reached();
        SenseData progress = Sense.FormatInProgress.WithProgress(16384);
        rig.Run(Cdbs.TestUnitReady).ShouldBe(progress);
        rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBe(progress);
        rig.Run(Cdbs.Format(0)).ShouldBe(progress);
        rig.Run(Cdbs.Sanitize(BlockErase)).ShouldBe(progress);
        rig.Run(Cdbs.StartStop(0)).ShouldBe(progress);
        Assert.Equal(progress, SenseData.Parse(rig.Run(Cdbs.RequestSense()).DataIn));
        rig.Run(Cdbs.Inquiry()).ShouldBeGood();
        rig.Run(Cdbs.LogSense(0)).ShouldBeGood();
        hold.Release();
        Ended(rig);
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void Work_goes_on_when_the_nexus_that_asked_has_gone()
    {
        using Hold hold = new(_disk, calls: 1);
        Rig rig = Filled();
        rig.Run(Cdbs.Sanitize(BlockErase, flags: Immediate)).ShouldBeGood();
        rig.Target.DetachNexus(rig.First);
        hold.Reached();
        hold.Release();
        Ended(rig);
        Assert.False(_disk.Bytes(0, 8192).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_reset_ends_a_format_which_leaves_the_medium_unusable_until_the_next()
    {
        using Hold hold = new(_disk, calls: 1);
        Rig rig = Filled();
        rig.Run(Cdbs.Format(0x10), [0, 0x82, 0, 0]).ShouldBeGood();
        hold.Reached();
        rig.Target.LogicalUnitReset(0, rig.First);
        hold.Release();
        Ended(rig);
        rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
        rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.MediumFormatCorrupted);
        rig.Run(Cdbs.Format(0)).ShouldBeGood();
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_reset_does_not_end_a_sanitize()
    {
        using Hold hold = new(_disk, calls: 1);
        Rig rig = Filled();
        rig.Run(Cdbs.Sanitize(BlockErase, flags: Immediate)).ShouldBeGood();
        hold.Reached();
        rig.Target.LogicalUnitReset(0, rig.First);
        rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
        rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.SanitizeInProgress.WithProgress(0));
        hold.Release();
        Ended(rig);
        Assert.False(_disk.Bytes(0, 8192).ContainsAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(1, false, 0x5A)]
    [InlineData(2, true, 0xA5)]
    [InlineData(3, true, 0x5A)]
    [InlineData(2, false, 0x5A)]
    public void An_overwrite_goes_over_the_medium_as_often_as_it_is_told(int count, bool invert, byte last)
    {
        Rig rig = Filled();
        rig.Run(Cdbs.Sanitize(Overwrite, 5), [(byte)(count | (invert ? 0x80 : 0)), 0, 0, 1, 0x5A]).ShouldBeGood();
        Assert.False(_disk.Bytes(0, 8192).ContainsAnyExcept(last));
        Assert.Equal((4 * count, count), (_disk.Writes - 1, _disk.Flushes));
    }

    [Theory]
    [InlineData("2100000111", 0, 6)]
    [InlineData("0000000111", 0, 4)]
    [InlineData("0101000111", 1, 7)]
    [InlineData("0100000011", 2, 7)]
    [InlineData("0100020111", 2, 7)]
    public void A_bad_overwrite_list_is_refused_at_its_place(string list, int at, int bit)
    {
        Rig rig = Filled();
        rig.Run(Cdbs.Sanitize(Overwrite, list.Length / 2), Convert.FromHexString(list)).ShouldBe(Sense.InvalidFieldInParameterList(at, bit));
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void Wrong_lengths_and_unknown_service_actions_are_refused()
    {
        Rig rig = Filled();
        rig.Run(Cdbs.Sanitize(Overwrite, 4), new byte[4]).ShouldBe(Sense.InvalidFieldInCdb(7));
        rig.Run(Cdbs.Sanitize(Overwrite, 517), new byte[517]).ShouldBe(Sense.InvalidFieldInCdb(7));
        rig.Run(Cdbs.Sanitize(Overwrite, 10), [1, 0, 0, 2, 1]).ShouldBe(Sense.ParameterListLengthError);
        rig.Run(Cdbs.Sanitize(Overwrite, 5), [1, 0, 0, 2, 1]).ShouldBe(Sense.ParameterListLengthError);
        rig.Run(Cdbs.Sanitize(BlockErase, 5), new byte[5]).ShouldBe(Sense.InvalidFieldInCdb(7));
        rig.Run(Cdbs.Sanitize(3)).ShouldBe(Sense.InvalidFieldInCdb(1, 4)); // there is no key to forget
        rig.Run(Cdbs.Sanitize(ExitFailureMode)).ShouldBeGood();
    }

    [Fact]
    public void A_sanitize_that_failed_stands_until_another_succeeds()
    {
        Rig rig = Filled();
        _disk.Failure = IoStatus.WriteError;
        rig.Run(Cdbs.Sanitize(BlockErase)).ShouldBe(Sense.SanitizeFailed);
        _disk.Failure = IoStatus.Ok;
        rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.SanitizeFailed);
        rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBe(Sense.SanitizeFailed);
        rig.Run(Cdbs.Format(0)).ShouldBe(Sense.SanitizeFailed);
        Assert.Equal(Sense.SanitizeFailed, SenseData.Parse(rig.Run(Cdbs.RequestSense()).DataIn));
        rig.Run(Cdbs.Sanitize(ExitFailureMode)).ShouldBe(Sense.InvalidFieldInCdb(1, 4));
        rig.Run(Cdbs.Sanitize(BlockErase, flags: AllowExit)).ShouldBe(Sense.InvalidFieldInCdb(1, 5));
        rig.Run(Cdbs.Sanitize(Overwrite, 5, AllowExit), [1, 0, 0, 1, 9]).ShouldBe(Sense.InvalidFieldInCdb(1, 5));
        rig.Run(Cdbs.Sanitize(BlockErase)).ShouldBeGood();
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_failure_that_allows_it_is_left_by_exit_failure_mode()
    {
        Rig rig = Filled();
        _disk.Failure = IoStatus.WriteError;
        rig.Run(Cdbs.Sanitize(BlockErase, flags: AllowExit)).ShouldBe(Sense.SanitizeFailed);
        _disk.Failure = IoStatus.Ok;
        rig.Run(Cdbs.Sanitize(ExitFailureMode)).ShouldBeGood();
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_failed_sanitize_is_known_after_a_restart()
    {
        FakeStateStore store = new();
        Rig rig = new(_disk, state: store);
        _disk.Failure = IoStatus.WriteError;
        rig.Run(Cdbs.Sanitize(Overwrite, 5, AllowExit), [1, 0, 0, 1, 9]).ShouldBe(Sense.SanitizeFailed);
        _disk.Failure = IoStatus.Ok;
        LogicalUnit again = new(0, _disk, new() { Identity = "x", State = store });
        Assert.Equal(Sense.SanitizeFailed, again.Work.Refusal);
        rig.Run(Cdbs.Sanitize(ExitFailureMode)).ShouldBeGood();
        Assert.Null(new LogicalUnit(0, _disk, new() { Identity = "x", State = store }).Work.Refusal);
    }

    [Fact]
    public void A_sanitize_that_a_loss_of_power_interrupted_begins_again()
    {
        FakeStateStore store = new();
        Rig rig = new(_disk, state: store);
        _disk.Failure = IoStatus.NotReady; // the disk was closed under it
        rig.Run(Cdbs.Sanitize(Overwrite, 6), [0x82, 0, 0, 2, 1, 2]);
        _disk.Failure = IoStatus.Ok;
        LogicalUnit again = new(0, _disk, new() { Identity = "x", State = store });
        Assert.True(SpinWait.SpinUntil(() => !again.Work.IsRunning, Patience));
        Assert.Equal((0xFE, 0xFD, 0xFE), (_disk.Bytes(0, 1)[0], _disk.Bytes(0, 1)[1], _disk.Bytes(8191, 1)[0]));
        Assert.Null(new LogicalUnit(0, _disk, new() { Identity = "x", State = store }).Work.Refusal);
    }

    [Fact]
    public void A_sanitize_that_cannot_be_kept_is_not_begun()
    {
        FakeStateStore store = new() { Fails = true };
        Rig rig = new(_disk, state: store);
        rig.Run(Cdbs.Sanitize(BlockErase)).ShouldBe(Sense.InternalTargetFailure);
        Assert.Equal(0, _disk.Zeroings);
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{ "state": "begun" }""")]
    [InlineData("""{ "state": "begun", "operation": "overwrite", "pattern": "0", "passes": 1, "invert": true, "allowsExit": true }""")]
    [InlineData("""{ "state": "begun", "operation": "overwrite", "pattern": "00", "passes": 99, "invert": true, "allowsExit": true }""")]
    public void A_document_that_is_none_is_refused_at_the_start(string document)
    {
        FakeStateStore store = new();
        store.Documents[SanitizeState.DocumentName] = Encoding.UTF8.GetBytes(document);
        Assert.Throws<UnitStateException>(() => new Rig(_disk, state: store));
    }

    [Fact]
    public void Defect_lists_are_empty_in_the_format_that_is_asked_for()
    {
        Rig rig = new();
        Assert.Equal([0, 0x1D, 0, 0], rig.Run([OperationCode.ReadDefectData10, 0, 0x1D, 0, 0, 0, 0, 0, 8, 0]).DataIn);
        Assert.Equal([0, 0x08, 0, 0, 0, 0, 0, 0], rig.Run([OperationCode.ReadDefectData12, 0x08, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0]).DataIn);
        rig.Run([OperationCode.ReadDefectData10, 0, 0x1E, 0, 0, 0, 0, 0, 8, 0]).ShouldBe(Sense.InvalidFieldInCdb(2, 2));
        rig.Run([OperationCode.ReadDefectData12, 0x0F, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0]).ShouldBe(Sense.InvalidFieldInCdb(1, 2));
        rig.Run([OperationCode.ReadDefectData12, 0x08, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0]).ShouldBe(Sense.InvalidFieldInCdb(2));
    }

    [Fact]
    public void A_readable_block_stays_and_an_unreadable_one_is_written_anew()
    {
        Rig rig = Filled();
        byte[] reassign = [OperationCode.ReassignBlocks, 0, 0, 0, 0, 0];
        rig.Run(reassign, [0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2]).ShouldBeGood();
        Assert.Equal(1, _disk.Writes);
        _disk.OnCall = _ => _disk.Failure = _disk.Failure == IoStatus.ReadError ? IoStatus.Ok : IoStatus.ReadError;
        rig.Run(reassign, [0, 0, 0, 4, 0, 0, 0, 1]).ShouldBeGood();
        _disk.OnCall = null;
        Assert.False(_disk.Bytes(1, 1).ContainsAnyExcept((byte)0));
        Assert.Equal(1, _disk.ForcedWrites);
    }

    [Fact]
    public void The_first_block_that_could_not_be_reassigned_is_told()
    {
        Rig rig = Filled();
        int reads = 0;
        _disk.OnCall = _ => _disk.Failure = ++reads switch
        {
            1 => IoStatus.Ok,
            2 => IoStatus.ReadError,
            _ => IoStatus.WriteError,
        };
        rig.Run([OperationCode.ReassignBlocks, 0, 0, 0, 0, 0], [0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3])
            .ShouldBe(Sense.NoDefectSpareLocation(2) with { CommandSpecific = 2 });
    }

    [Fact]
    public void A_bad_list_of_blocks_reassigns_none()
    {
        Rig rig = new();
        rig.Run([OperationCode.ReassignBlocks, 3, 0, 0, 0, 0], [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 4, 0]).ShouldBe(Sense.LbaOutOfRange(1024));
        rig.Run([OperationCode.ReassignBlocks, 2, 0, 0, 0, 0], [0, 0, 0, 4, 0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInParameterList(2));
        rig.Run([OperationCode.ReassignBlocks, 1, 0, 0, 0, 0], [0, 0, 0, 3, 0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInParameterList(0));
        rig.Run([OperationCode.ReassignBlocks, 0, 0, 0, 0, 0], [0, 1, 0, 4, 0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInParameterList(1));
        rig.Run([OperationCode.ReassignBlocks, 0, 0, 0, 0, 0], [0, 0, 0, 8, 0, 0, 0, 0]).ShouldBe(Sense.ParameterListLengthError);
        rig.Run([OperationCode.ReassignBlocks, 0, 0, 0, 0, 0], [0, 0, 0]).ShouldBe(Sense.ParameterListLengthError);
    }

    private static void Ended(Rig rig) => Assert.True(SpinWait.SpinUntil(() => !rig.Unit.Work.IsRunning, Patience), "the work does not end");

    private Rig Filled()
    {
        Rig rig = new(_disk);
        byte[] data = new byte[8192 * 512];
        data.AsSpan().Fill(0x77);
        rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 8192), data).ShouldBeGood();
        return rig;
    }

    /// <summary>Holds the disk up after some calls that zero a piece, until it is told to go on.</summary>
    private sealed class Hold : IDisposable
    {
        private readonly ManualResetEventSlim _reached = new();
        private readonly ManualResetEventSlim _go = new();

        public Hold(FakeDisk disk, int calls)
        {
            int left = calls;
            disk.OnCall = bytes =>
            {
                if (bytes == MediumPass.PieceBytes && --left == 0)
                {
                    _reached.Set();
                    _go.Wait(Patience);
                }
            };
        }

        public void Reached() => Assert.True(_reached.Wait(Patience), "the work does not come so far");

        public void Release() => _go.Set();

        public void Dispose()
        {
            _go.Set();
            _reached.Dispose();
        }
    }
}
