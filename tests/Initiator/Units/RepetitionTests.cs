using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;

namespace Blockwire.Initiator.Tests.Units;

/// <summary>Goal: what did not run is sent again, what may have run only where it may, and nothing for ever. Method: scripted answers, a clock that hurries.</summary>
public sealed class RepetitionTests
{
    private static readonly SenseData BecomingReady = new(SenseKey.NotReady, 0x04, 0x01);
    private static readonly SenseData Transition = new(SenseKey.NotReady, 0x04, 0x0A);
    private static readonly SenseData Aborted = new(SenseKey.AbortedCommand, 0x47, 0x05);

    [Fact]
    public async Task A_unit_attention_is_reported_and_the_command_sent_again()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        List<string> heard = [];
        unit.Attention += (_, attention) => heard.Add(attention.ToString());
        rig.Executor.Next(OperationCode.Read10, ScriptedExecutor.Check(Sense.ReportedLunsDataChanged), ScriptedExecutor.Check(Sense.BusDeviceReset));
        await unit.ReadAsync(0, new byte[512]);

        Assert.Equal(["UNIT ATTENTION: REPORTED LUNS DATA HAS CHANGED", "UNIT ATTENTION: BUS DEVICE RESET FUNCTION OCCURRED"], heard);
        Assert.Equal(3, rig.Executor.Count(OperationCode.Read10));
    }

    [Fact]
    public async Task A_changed_capacity_is_read_before_anybody_hears_of_it()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = request => request.Cdb[0] switch
        {
            OperationCode.TestUnitReady when rig.Executor.Count(OperationCode.TestUnitReady) == 1 => new(ScriptedExecutor.Check(Sense.CapacityDataChanged)),
            OperationCode.ServiceActionIn16 => new(ScriptedExecutor.Good(new CapacityData16(99, 512, 0, false, false).Write(request.DataIn.Span))),
            _ => null,
        };
        ulong heard = 0;
        unit.Attention += (_, attention) => heard = attention.CapacityChanged ? unit.BlockCount : 1;
        await unit.TestReadyAsync();

        Assert.Equal((100ul, 100ul), (heard, unit.BlockCount));
    }

    [Fact]
    public async Task A_unit_whose_blocks_have_another_size_now_is_not_written_by_the_old_count()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = request => request.Cdb[0] switch
        {
            OperationCode.Write10 when rig.Executor.Count(OperationCode.Write10) == 1 => new(ScriptedExecutor.Check(Sense.CapacityDataChanged)),
            OperationCode.ServiceActionIn16 => new(ScriptedExecutor.Good(new CapacityData16(99, 4096, 0, false, false).Write(request.DataIn.Span))),
            _ => null,
        };

        IOException first = await Assert.ThrowsAsync<IOException>(async () => await unit.WriteAsync(8, new byte[4096]));
        await Assert.ThrowsAsync<IOException>(async () => await unit.WriteAsync(8, new byte[4096]));
        await Assert.ThrowsAsync<IOException>(async () => await unit.ReadAsync(8, new byte[4096]));
        await Assert.ThrowsAsync<IOException>(async () => await unit.UnmapAsync(8, 8));
        await Assert.ThrowsAsync<IOException>(async () => await unit.WriteSameAsync(8, 8, new byte[512]));
        await unit.FlushAsync();

        Assert.Contains("had 512 bytes and have 4096 now", first.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0, 512u), (rig.Executor.Count(OperationCode.Write10), rig.Executor.Count(OperationCode.Read10), unit.BlockBytes));
    }

    [Fact]
    public async Task Changed_mode_parameters_are_read_anew()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = request => request.Cdb[0] switch
        {
            OperationCode.TestUnitReady when rig.Executor.Count(OperationCode.TestUnitReady) == 1 => new(ScriptedExecutor.Check(Sense.ModeParametersChanged)),
            OperationCode.ModeSense10 => new(ScriptedExecutor.Good(new ModeParameterHeader(true, false, false, 0, 6).Write10(request.DataIn.Span))),
            _ => null,
        };
        await unit.TestReadyAsync();

        Assert.True(unit.Facts.WriteProtected);
        Assert.False(unit.Facts.ForceUnitAccess);
    }

    [Fact]
    public async Task A_target_that_never_stops_reporting_is_given_up()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static _ => new(ScriptedExecutor.Check(Sense.ReportedLunsDataChanged));
        ScsiException failure = await Assert.ThrowsAsync<ScsiException>(async () => await unit.FlushAsync());

        Assert.Contains("did not stop reporting", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> BusyAnswers => ["busy", "full", "ready", "transition"];

    [Theory]
    [MemberData(nameof(BusyAnswers))]
    public async Task A_busy_target_is_asked_again_after_longer_and_longer_pauses(string kind)
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Time.Hurry = true;
        rig.Executor.Next(OperationCode.Write10, Busy(kind), Busy(kind), Busy(kind));
        TimeSpan began = rig.Time.Now;
        await unit.WriteAsync(0, new byte[512]);

        Assert.Equal(TimeSpan.FromMilliseconds(20 + 40 + 80), rig.Time.Now - began);
    }

    [Theory]
    [MemberData(nameof(BusyAnswers))]
    public async Task A_target_that_stays_busy_is_given_up_after_a_while(string kind)
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Time.Hurry = true;
        rig.Executor.Answer = _ => new(Busy(kind));
        TimeSpan began = rig.Time.Now;
        await Assert.ThrowsAsync<ScsiException>(async () => await unit.ReadAsync(0, new byte[512]));

        Assert.InRange(rig.Time.Now - began, TimeSpan.FromSeconds(28), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task An_aborted_read_is_sent_again_three_times()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        ScsiResult aborted = ScriptedExecutor.Check(Aborted);
        rig.Executor.Next(OperationCode.Read10, aborted, new ScsiResult(ScsiStatus.TaskAborted, 0), aborted);
        await unit.ReadAsync(0, new byte[512]);
        rig.Executor.Next(OperationCode.Read10, aborted, aborted, aborted, aborted);

        await Assert.ThrowsAsync<ScsiException>(async () => await unit.ReadAsync(0, new byte[512]));
    }

    [Theory]
    [InlineData(Repeat.Allowed, AnswerVerdict.AgainAfterAbort)]
    [InlineData(Repeat.OnlyIfNotRun, AnswerVerdict.Failed)]
    internal void An_aborted_command_may_have_run(Repeat repeat, AnswerVerdict verdict)
    {
        Assert.Equal(verdict, RepeatRules.Judge(ScriptedExecutor.Check(Aborted), repeat, out _));
        Assert.Equal(verdict, RepeatRules.Judge(new ScsiResult(ScsiStatus.TaskAborted, 0), repeat, out _));
    }

    [Fact]
    public void What_did_not_run_is_sent_again_whatever_it_is()
    {
        Assert.Equal(AnswerVerdict.AgainAfterAttention, RepeatRules.Judge(ScriptedExecutor.Check(Sense.NexusLoss), Repeat.OnlyIfNotRun, out _));
        Assert.Equal(AnswerVerdict.AgainLater, RepeatRules.Judge(ScriptedExecutor.Check(Transition), Repeat.OnlyIfNotRun, out _));
    }

    [Fact]
    public void Errors_of_earlier_commands_are_not_repeated_away() =>
        Assert.Equal(AnswerVerdict.Failed, RepeatRules.Judge(ScriptedExecutor.Check(Sense.WriteError(5) with { Deferred = true }), Repeat.Allowed, out _));

    [Fact]
    public void A_recovered_error_is_no_failure() =>
        Assert.Equal(AnswerVerdict.Done, RepeatRules.Judge(ScriptedExecutor.Check(new SenseData(SenseKey.RecoveredError, 0x17, 1)), Repeat.OnlyIfNotRun, out _));

    [Theory]
    [InlineData(ScsiStatus.ReservationConflict)]
    [InlineData(ScsiStatus.AcaActive)]
    [InlineData(ScsiStatus.CheckCondition)]
    [InlineData((ScsiStatus)0x77)]
    public void Other_answers_are_failures(ScsiStatus status) =>
        Assert.Equal(AnswerVerdict.Failed, RepeatRules.Judge(new ScsiResult(status, 0), Repeat.Allowed, out _));

    private static ScsiResult Busy(string kind) => kind switch
    {
        "busy" => new ScsiResult(ScsiStatus.Busy, 0),
        "full" => new ScsiResult(ScsiStatus.TaskSetFull, 0),
        "ready" => ScriptedExecutor.Check(BecomingReady),
        _ => ScriptedExecutor.Check(Transition, descriptorFormat: true),
    };
}
