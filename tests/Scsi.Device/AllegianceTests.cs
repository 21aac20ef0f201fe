namespace Blockwire.Scsi.Device.Tests;

/// <summary>Auto contingent allegiance at the device server (SAM-5 §5.9): who is let into the task set, who is blocked, and until when.</summary>
public sealed class AllegianceTests
{
    private const byte Naca = 4;

    private readonly Rig _rig = new(state: new FakeStateStore());
    private readonly GoOnRecorder _transport = new();

    public AllegianceTests() => _rig.Target.TaskSets = _transport;

    [Fact]
    public void INQUIRY_and_the_report_of_functions_say_that_there_is_ACA()
    {
        Assert.Equal(0x20, _rig.Run(Cdbs.Inquiry()).DataIn[3] & 0x20);
        Assert.Equal(0, _rig.Run(_rig.First, Cdbs.Inquiry(), lun: LunFormat.Encode(7)).DataIn[3] & 0x20);
        Assert.Equal(0x20, _rig.Run(Cdbs.TaskFunctions()).DataIn[0] & 0x20);
    }

    [Fact]
    public void Without_NACA_a_failure_establishes_nothing()
    {
        Fail(_rig.First, naca: false);
        Assert.False(_rig.Unit.HasAllegiance);
        Good(_rig.First);
    }

    [Fact]
    public void A_good_command_with_NACA_establishes_nothing()
    {
        Assert.Equal(ScsiStatus.Good, Send(_rig.First, WithNaca(Cdbs.TestUnitReady)).Status);
        Assert.False(_rig.Unit.HasAllegiance);
    }

    [Fact]
    public void NACA_where_there_is_no_unit_is_refused()
    {
        _rig.Run(_rig.First, WithNaca(Cdbs.Inquiry()), lun: LunFormat.Encode(7)).ShouldBe(Sense.InvalidFieldInCdb(5, 2));
        _rig.Run(_rig.First, WithNaca(Cdbs.Inquiry()), lun: LunFormat.ReportLunsWellKnown).ShouldBe(Sense.InvalidFieldInCdb(5, 2));
    }

    [Fact]
    public void The_faulted_nexus_may_send_commands_with_the_ACA_attribute_one_at_a_time()
    {
        Fail(_rig.First);
        foreach (byte[] cdb in new[] { Cdbs.TestUnitReady, Cdbs.Inquiry(), WithNaca(Cdbs.TestUnitReady), [0xC0, 0, 0, 0, 0, 0] })
        {
            Assert.Equal(ScsiStatus.AcaActive, Send(_rig.First, cdb).Status);
        }

        ScsiCommand running = Begin(_rig.First, Cdbs.TestUnitReady, TaskAttribute.Aca);
        Assert.True(_rig.Target.Prepare(running));
        Assert.False(ScsiTargetDevice.IsBlocked(running));
        Assert.Equal(ScsiStatus.AcaActive, Send(_rig.First, Cdbs.TestUnitReady, TaskAttribute.Aca).Status);
        running.End(); // aborted
        Assert.Equal(ScsiStatus.Good, Send(_rig.First, Cdbs.TestUnitReady, TaskAttribute.Aca).Status);
        Assert.Equal(ScsiStatus.Good, Send(_rig.First, Cdbs.TestUnitReady, TaskAttribute.Aca).Status);
        Assert.True(_rig.Unit.HasAllegiance);
    }

    [Fact]
    public void Other_nexuses_hear_BUSY_or_with_NACA_ACA_ACTIVE()
    {
        Fail(_rig.First);
        Assert.Equal(ScsiStatus.Busy, Send(_rig.Second, Cdbs.TestUnitReady).Status);
        Assert.Equal(ScsiStatus.AcaActive, Send(_rig.Second, WithNaca(Cdbs.TestUnitReady)).Status);
        Assert.Equal(ScsiStatus.AcaActive, Send(_rig.Second, Cdbs.TestUnitReady, TaskAttribute.Aca).Status);
    }

    [Fact]
    public void With_a_task_set_for_each_nexus_the_others_go_on()
    {
        SetControl(0x20);
        Fail(_rig.First);
        Good(_rig.Second);
        Assert.Equal(Sense.InvalidMessageError, SenseData.Parse(Send(_rig.Second, Cdbs.TestUnitReady, TaskAttribute.Aca).Sense));
        Fail(_rig.Second);
        Assert.Equal(ScsiStatus.AcaActive, Send(_rig.First, Cdbs.TestUnitReady).Status);
        _rig.Target.ClearAca(0, _rig.First);
        Good(_rig.First);
        Assert.Equal(ScsiStatus.AcaActive, Send(_rig.Second, Cdbs.TestUnitReady).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Commands_in_the_task_set_are_blocked(bool perNexus)
    {
        SetControl(perNexus ? (byte)0x20 : (byte)0);
        ScsiCommand own = Begin(_rig.First, Cdbs.TestUnitReady), other = Begin(_rig.Second, Cdbs.TestUnitReady);
        Assert.True(_rig.Target.Prepare(own) && _rig.Target.Prepare(other));
        Assert.False(ScsiTargetDevice.IsBlocked(own) || ScsiTargetDevice.IsBlocked(other));
        Fail(_rig.First);
        Assert.Equal((true, !perNexus), (ScsiTargetDevice.IsBlocked(own), ScsiTargetDevice.IsBlocked(other)));
        _rig.Target.ClearAca(0, _rig.First);
        Assert.False(ScsiTargetDevice.IsBlocked(own) || ScsiTargetDevice.IsBlocked(other));
    }

    [Fact]
    public void The_ACA_attribute_without_allegiance_is_an_invalid_message()
    {
        foreach (byte[] cdb in new[] { Cdbs.TestUnitReady, Cdbs.Inquiry(), Cdbs.Ten(OperationCode.Write10, 0, 1) })
        {
            ScsiCommand command = Send(_rig.First, cdb, TaskAttribute.Aca);
            Assert.Equal((new SenseData(SenseKey.IllegalRequest, 0x49, 0x00), 0u), (SenseData.Parse(command.Sense), command.DataOutWanted));
        }

        Good(_rig.First);
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("reset")]
    [InlineData("target reset")]
    [InlineData("nexus loss")]
    [InlineData("failure without NACA")]
    public void It_ends_with(string event_)
    {
        Fail(_rig.First);
        switch (event_)
        {
            case "clear":
                _rig.Target.ClearAca(0, _rig.First);
                break;
            case "reset":
                _rig.Target.LogicalUnitReset(0, _rig.Second);
                break;
            case "target reset":
                _rig.Target.TargetReset(_rig.Second, powerOn: true);
                break;
            case "nexus loss":
                _rig.Target.DetachNexus(_rig.First);
                break;
            default:
                Assert.Equal(ScsiStatus.CheckCondition, Send(_rig.First, [0xC0, 0, 0, 0, 0, 0], TaskAttribute.Aca).Status);
                break;
        }

        Assert.False(_rig.Unit.HasAllegiance);
        Assert.Equal([0ul], _transport.WentOn);
        _ = _rig.Run(_rig.Second, Cdbs.TestUnitReady); // takes a unit attention
        Good(_rig.Second);
    }

    [Fact]
    public void It_is_established_anew_by_a_command_with_ACA_attribute_and_NACA_that_fails()
    {
        Fail(_rig.First);
        ScsiCommand failed = Send(_rig.First, WithNaca([0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), TaskAttribute.Aca);
        Assert.Equal(ScsiStatus.CheckCondition, failed.Status);
        Assert.Equal(ScsiStatus.CheckCondition, Send(_rig.First, WithNaca(Cdbs.Ten(OperationCode.Read10, 5000, 1)), TaskAttribute.Aca).Status);
        _rig.Target.ClearAca(0, _rig.First);
        Assert.False(_rig.Unit.HasAllegiance);
    }

    [Fact]
    public void CLEAR_ACA_of_another_nexus_does_nothing()
    {
        Fail(_rig.First);
        _rig.Target.ClearAca(0, _rig.Second);
        Assert.True(_rig.Unit.HasAllegiance);
        Assert.Empty(_transport.WentOn);
    }

    [Fact]
    public void PREEMPT_AND_ABORT_of_the_faulted_nexus_passes_and_ends_it()
    {
        _rig.Run(_rig.First, ReserveOut(ReservationAction.Register), new ReservationParameters(0, 1).ToArray()).ShouldBeGood();
        _rig.Run(_rig.Second, ReserveOut(ReservationAction.Register), new ReservationParameters(0, 2).ToArray()).ShouldBeGood();
        Fail(_rig.First);
        Assert.Equal(ScsiStatus.Busy, Send(_rig.Second, ReserveOut(ReservationAction.Preempt)).Status);
        _rig.Run(_rig.Second, ReserveOut(ReservationAction.PreemptAndAbort), new ReservationParameters(2, 1).ToArray()).ShouldBeGood();
        Assert.False(_rig.Unit.HasAllegiance);
        Assert.Equal([0ul], _transport.WentOn);
    }

    [Fact]
    public void TMF_ONLY_keeps_commands_with_the_ACA_attribute_out_too()
    {
        SetControl(0x10);
        Fail(_rig.First);
        Assert.Equal(ScsiStatus.AcaActive, Send(_rig.First, Cdbs.TestUnitReady, TaskAttribute.Aca).Status);
    }

    [Fact]
    public void The_transport_is_told_which_results_tell_of_it()
    {
        Assert.True(Fail(_rig.First).TellsOfAllegiance);
        Assert.Equal([true, false], [Send(_rig.First, Cdbs.TestUnitReady).TellsOfAllegiance, Send(_rig.First, Cdbs.TestUnitReady).TellsOfAllegiance]);
        Assert.False(Send(_rig.Second, Cdbs.TestUnitReady).TellsOfAllegiance); // BUSY
        byte[] naca = WithNaca(Cdbs.TestUnitReady);
        Assert.Equal([true, false], [Send(_rig.Second, naca).TellsOfAllegiance, Send(_rig.Second, naca).TellsOfAllegiance]);
    }

    private static byte[] WithNaca(byte[] cdb) => [.. cdb[..^1], Naca];

    private static byte[] ReserveOut(ReservationAction action) => [OperationCode.PersistentReserveOut, (byte)action, 0, 0, 0, 0, 0, 0, ReservationParameters.Length, 0];

    private void SetControl(byte flags)
    {
        byte[] page = _rig.Run(Cdbs.ModeSense6(0x0A, noDescriptors: true)).DataIn[4..];
        page[2] |= flags;
        _rig.Run([OperationCode.ModeSelect6, 0x10, 0, 0, (byte)(4 + page.Length), 0], [0, 0, 0, 0, .. page]).ShouldBeGood();
        _ = _rig.Run(_rig.Second, Cdbs.TestUnitReady); // MODE PARAMETERS CHANGED, when they were
        _transport.WentOn.Clear();
    }

    private void Good(Nexus nexus) => Assert.Equal(ScsiStatus.Good, Send(nexus, Cdbs.TestUnitReady).Status);

    private ScsiCommand Fail(Nexus nexus, bool naca = true)
    {
        byte[] cdb = Cdbs.Ten(OperationCode.Read10, 5000, 1);
        ScsiCommand command = Send(nexus, naca ? WithNaca(cdb) : cdb);
        Assert.Equal(Sense.LbaOutOfRange(5000), SenseData.Parse(command.Sense));
        return command;
    }

    private ScsiCommand Begin(Nexus nexus, byte[] cdb, TaskAttribute attribute = TaskAttribute.Simple)
    {
        ScsiCommand command = new(System.Buffers.MemoryPool<byte>.Shared);
        command.Begin(nexus, 0, cdb, attribute);
        return command;
    }

    // As a transport does it.
    private ScsiCommand Send(Nexus nexus, byte[] cdb, TaskAttribute attribute = TaskAttribute.Simple)
    {
        ScsiCommand command = Begin(nexus, cdb, attribute);
        if (_rig.Target.Prepare(command))
        {
            _rig.Target.ExecuteAsync(command, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }

        _rig.Target.Ended(command, command.Status);
        return command;
    }

    private sealed class GoOnRecorder : ITaskSets
    {
        public List<ulong> WentOn { get; } = [];

        public ValueTask EndTasksAsync(ulong lun, ScsiCommand by, IReadOnlyList<NexusName> nexuses, CancellationToken cancellationToken) => default;

        public void GoOn(ulong lun) => WentOn.Add(lun);
    }
}
