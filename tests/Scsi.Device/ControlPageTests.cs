namespace Blockwire.Scsi.Device.Tests;

/// <summary>What the control and the informational exceptions mode pages change (SPC-4 §7.5.8, §7.5.11).</summary>
public sealed class ControlPageTests
{
    private const byte Control = 0x0A, Exceptions = 0x1C;

    private readonly Rig _rig = new();

    [Theory]
    [InlineData(0x00, 0x00, OtherTasks.GoOn)]
    [InlineData(0x00, 0x02, OtherTasks.EndOfAll)]
    [InlineData(0x20, 0x02, OtherTasks.EndOfNexus)]
    [InlineData(0x00, 0x06, OtherTasks.EndOfNexus)]
    [InlineData(0x20, 0x06, OtherTasks.EndOfNexus)]
    public void QERR_says_whose_tasks_a_check_condition_ends(byte tst, byte qerr, OtherTasks expected)
    {
        Select(Control, (2, tst), (3, qerr)).ShouldBeGood();
        using OneBufferPool pool = new();
        ScsiCommand command = new(pool);
        command.Begin(_rig.First, 0, Cdbs.Ten(OperationCode.Read10, 5000, 1), TaskAttribute.Simple);
        Assert.False(_rig.Target.Prepare(command));
        Assert.Equal(expected, _rig.Target.Ended(command, ScsiStatus.CheckCondition));
        Assert.Equal(OtherTasks.GoOn, _rig.Target.Ended(command, ScsiStatus.Busy));
    }

    [Fact]
    public void TST_and_TAS_are_told_to_the_transport()
    {
        Assert.Equal((false, false), (_rig.Target.HasTaskSetPerNexus(0), _rig.Target.AnswersAborted(0)));
        Select(Control, (2, 0x20), (5, 0x40)).ShouldBeGood();
        Assert.Equal((true, true), (_rig.Target.HasTaskSetPerNexus(0), _rig.Target.AnswersAborted(0)));
        Assert.Equal((false, false), (_rig.Target.HasTaskSetPerNexus(7UL << 48), _rig.Target.AnswersAborted(7UL << 48)));
    }

    [Theory]
    [InlineData(2, 0x40)]
    [InlineData(2, 0x01)]
    [InlineData(3, 0x04)]
    [InlineData(3, 0x20)]
    [InlineData(4, 0x10)]
    [InlineData(5, 0x80)]
    [InlineData(9, 0x01)]
    public void Values_that_are_reserved_or_cannot_be_true_are_refused(int at, byte bits)
    {
        byte[] before = Page(Control);
        byte[] page = [.. before];
        page[at] ^= bits;
        Outcome outcome = Select(page);
        Assert.Equal((SenseKey.IllegalRequest, (byte)0x26), (outcome.Sense!.Value.Key, outcome.Sense.Value.Asc));
        Assert.Equal(before, Page(Control));
    }

    [Theory]
    [InlineData(0x20)]
    [InlineData(0x30)]
    public void With_an_interlock_a_unit_attention_stays_until_REQUEST_SENSE_takes_it(byte interlock)
    {
        Select(Control, (4, interlock)).ShouldBeGood();
        for (int i = 0; i < 3; i++)
        {
            _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.ModeParametersChanged);
        }

        Assert.Equal(Sense.ModeParametersChanged, SenseData.Parse(_rig.Run(_rig.Second, Cdbs.RequestSense()).DataIn));
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Theory]
    [InlineData(ScsiStatus.Busy, 7)]
    [InlineData(ScsiStatus.TaskSetFull, 8)]
    [InlineData(ScsiStatus.ReservationConflict, 9)]
    public void The_full_interlock_tells_of_statuses_that_were_missed(ScsiStatus status, byte qualifier)
    {
        foreach (byte interlock in new byte[] { 0, 0x20, 0x30 })
        {
            Select(Control, (4, interlock)).ShouldBeGood();
            using OneBufferPool pool = new();
            ScsiCommand command = new(pool);
            command.Begin(_rig.First, 0, Cdbs.TestUnitReady, TaskAttribute.Simple);
            Assert.True(_rig.Target.Prepare(command));
            _rig.Target.Ended(command, status);
            Outcome outcome = _rig.Run(Cdbs.TestUnitReady);
            Assert.Equal(interlock == 0x30 ? new SenseData(SenseKey.UnitAttention, 0x2C, qualifier) : null, outcome.Sense);
        }
    }

    [Fact]
    public void TEST_pretends_a_failure_by_unit_attention_once_for_every_nexus()
    {
        Select(Exceptions, (2, 0x04), (3, 2)).ShouldBeGood();
        SenseData pretended = new(SenseKey.UnitAttention, 0x5D, 0xFF);
        _rig.Run(Cdbs.TestUnitReady).ShouldBe(pretended);
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        Outcome[] heard = [_rig.Run(_rig.Second, Cdbs.TestUnitReady), _rig.Run(_rig.Second, Cdbs.TestUnitReady)];
        Assert.Contains(pretended, heard.Select(static it => it.Sense!.Value));
        Assert.Equal((0x5D, 0xFF), Log());
        Select(Exceptions, (2, 0x08), (3, 0)).ShouldBeGood();
        Assert.Equal((0, 0), Log());
    }

    [Fact]
    public void TEST_tells_it_to_who_asks()
    {
        Select(Exceptions, (2, 0x04), (3, 6)).ShouldBeGood();
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5D, 0xFF), SenseData.Parse(_rig.Run(Cdbs.RequestSense()).DataIn));
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Theory]
    [InlineData(0x0C, 0, 2)]
    [InlineData(0x04, 4, 3)]
    [InlineData(0x84, 0, 2)]
    public void TEST_of_what_is_disabled_and_methods_that_are_not_there_are_refused(byte flags, byte method, int at)
    {
        Outcome outcome = Select(Exceptions, (2, flags), (3, method));
        Assert.Equal(SenseKey.IllegalRequest, outcome.Sense?.Key);
        Assert.Equal(at + 4, outcome.Sense!.Value.FieldByte);
    }

    private (int Asc, int Ascq) Log()
    {
        byte[] page = _rig.Run([0x4D, 0, 0x40 | 0x2F, 0, 0, 0, 0, 0, 255, 0]).DataIn;
        return (page[8], page[9]);
    }

    private byte[] Page(byte code) => _rig.Run(Cdbs.ModeSense6(code, noDescriptors: true)).DataIn[4..];

    // Sets whole bytes but for bits that are always on.
    private Outcome Select(byte code, params (int At, byte Value)[] bytes)
    {
        byte[] page = Page(code);
        foreach ((int at, byte value) in bytes)
        {
            page[at] = (byte)(value | (code == Control && at == 2 ? 0x02 : code == Control && at == 3 ? 0x10 : 0));
        }

        return Select(page);
    }

    private Outcome Select(byte[] page)
    {
        page[0] &= 0x3F;
        return _rig.Run([OperationCode.ModeSelect6, 0x10, 0, 0, (byte)(4 + page.Length), 0], [0, 0, 0, 0, .. page]);
    }
}
