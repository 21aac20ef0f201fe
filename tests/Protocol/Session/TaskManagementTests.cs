using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

public class TaskManagementTests
{
    private readonly SessionRig _rig = new(new SessionParameters { ImmediateData = false, MaxBurstLength = 4096, FirstBurstLength = 4096, MaxOutstandingR2T = 2 }) { AutoComplete = false };

    [Fact]
    [Rule("7143/11.6.1")]
    [Rule("7143/11.5.1#1")]
    public void ABORT_TASK_cancels_and_answers_when_the_task_has_ended()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: 100);
        Assert.True(Assert.Single(_rig.Executing).Cancelled);
        Assert.Empty(_rig.Sent);
        _rig.CompleteAll();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.6.1")]
    public void ABORT_TASK_ends_a_write_that_waits_for_data_and_its_late_data_is_ignored()
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = _rig.TakeOne().R2T.TargetTransferTag;
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: 100);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.DataOut(itt, ttt, 0, 0, new byte[4096], final: true);
        Assert.Empty(_rig.Sent);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.6.1")]
    public void ABORT_TASK_of_a_held_command_leaves_its_number_received()
    {
        uint itt = _rig.Command(new FakeCdb(), cmdSN: 101);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: 101, cmdSN: 102);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        uint first = _rig.Command(new FakeCdb(), cmdSN: 100);
        Assert.Equal([first], _rig.Delivered);
        Assert.Equal(102u, _rig.Session.Window.ExpCmdSN.Value);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.6.1")]
    [Rule("logout/L47")]
    [Rule("7143/7.11#2")]
    public void ABORT_TASK_closes_the_hole_of_a_command_that_never_came()
    {
        uint behind = _rig.Command(new FakeCdb(), cmdSN: 101);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: 4711, refCmdSN: 100, cmdSN: 102);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.Equal([behind], _rig.Delivered);
        Assert.Equal(102u, _rig.Session.Window.ExpCmdSN.Value);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.6.1")]
    public void ABORT_TASK_twice_behind_a_hole_is_complete_twice()
    {
        uint itt = _rig.Command(new FakeCdb(), cmdSN: 101);
        for (int i = 0; i < 2; i++)
        {
            _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: 101, cmdSN: 102);
            Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        }
    }

    [Theory]
    [InlineData(99u)]
    [InlineData(300u)]
    [InlineData(102u)] // within the window, but not before the function
    [Rule("7143/11.6.1")]
    [Rule("logout/L47")]
    public void ABORT_TASK_of_a_number_outside_finds_no_task(uint refCmdSN)
    {
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: 4711, refCmdSN: refCmdSN, cmdSN: 102);
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.TakeOne().Function);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void ABORT_TASK_of_an_immediate_command()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 1), 1, immediate: true);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: 100);
        _rig.CompleteAll();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.5.3")]
    public void ABORT_TASK_with_another_LUN_finds_no_task()
    {
        uint itt = _rig.Command(new FakeCdb(), lun: SessionRig.Unit3);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: 100);
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.TakeOne().Function);
        _rig.CompleteAll();
        Assert.Equal(0, _rig.TakeOne().Response.Status);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.6.1")]
    [Rule("7143/11.5.1#9")]
    [Rule("7143/11.5.1#10")]
    public void ABORT_TASK_of_a_function_is_rejected_whether_it_runs_or_waits()
    {
        _rig.Command(new FakeCdb());
        uint running = _rig.Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: running);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, _rig.TakeOne().Function);
        uint postponed = _rig.Manage(TaskManagementFunction.ClearTaskSet, cmdSN: 105);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: postponed);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, _rig.TakeOne().Function);
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void Functions_that_pile_up_are_rejected()
    {
        _rig.Command(new FakeCdb());
        for (int i = 0; i < _rig.Options.MaxImmediateCommands; i++)
        {
            _rig.Manage(TaskManagementFunction.AbortTaskSet);
        }

        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        Assert.Equal(RejectReason.ImmediateCommandReject, _rig.TakeOne().Reject.Reason);
        _rig.CompleteAll();
        Assert.Equal(_rig.Options.MaxImmediateCommands, _rig.Take().Count(pdu => pdu.Opcode == Opcode.TaskManagementResponse));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.5.3")]
    public void A_unit_is_the_same_however_its_LUN_is_spelt()
    {
        uint itt = _rig.Command(new FakeCdb(), lun: SessionRig.Unit3);
        _rig.Manage(TaskManagementFunction.AbortTaskSet, SessionRig.FlatUnit3);
        Assert.True(Assert.Single(_rig.Executing).Cancelled);
        _rig.CompleteTask(itt);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
    }

    [Fact]
    [Rule("7143/11.4.11")]
    public void A_task_that_another_session_ended_opens_the_window_with_a_NOP_In()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 512), 512);
        SessionRig other = new();
        other.Manage(TaskManagementFunction.LogicalUnitReset);
        TaskManagementOperation operation = Assert.Single(other.ReachedOut);
        _rig.Do(session => session.EndTasksFor(operation, [SessionRig.Unit0], _rig));
        _rig.CompleteTask(itt);
        SentPdu told = _rig.TakeOne();
        Assert.Equal((Bhs.ReservedTag, Bhs.ReservedTag), (told.NopIn.InitiatorTaskTag, told.NopIn.TargetTransferTag));
        Assert.Equal(116u, told.Numbers.MaxCmdSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.3.2")]
    public void ABORT_TASK_SET_takes_the_earlier_tasks_of_its_LUN()
    {
        uint covered = _rig.Command(new FakeCdb());
        uint immediate = _rig.Command(new FakeCdb(), immediate: true);
        uint elsewhere = _rig.Command(new FakeCdb(), lun: SessionRig.Unit3);
        _rig.Manage(TaskManagementFunction.AbortTaskSet, immediate: false);
        uint later = _rig.Command(new FakeCdb());
        Assert.Equal([covered, immediate], _rig.Executing.Where(task => task.Cancelled).Select(task => task.InitiatorTaskTag));
        _rig.CompleteAll();
        List<SentPdu> sent = _rig.Take();
        Assert.Equal([elsewhere, later], sent.Where(pdu => pdu.EndsCommand).Select(pdu => pdu.Itt));
        Assert.Single(sent, pdu => pdu.Opcode == Opcode.TaskManagementResponse);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(TaskManagementFunction.AbortTaskSet)]
    [InlineData(TaskManagementFunction.ClearTaskSet)]
    [InlineData(TaskManagementFunction.LogicalUnitReset)]
    [InlineData(TaskManagementFunction.TargetWarmReset)]
    [InlineData(TaskManagementFunction.TargetColdReset)]
    [Rule("7143/4.2.3.3")]
    [Rule("7143/4.2.3.3#1")]
    [Rule("7143/4.2.3.3#5")]
    [Rule("7143/11.5.1#5")]
    public void Functions_on_sets_wait_for_the_answers_to_R2Ts(TaskManagementFunction function)
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 8192), 8192);
        uint[] tags = [.. _rig.Take().Select(pdu => pdu.R2T.TargetTransferTag)];
        _rig.Manage(function);
        _rig.DataOut(itt, tags[0], 0, 0, new byte[4096], final: true);
        Assert.Empty(_rig.Sent);

        // The initiator may end the sequence early.
        _rig.DataOut(itt, tags[1], 0, 4096, [], final: true);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Take()[0].Function);
        Assert.Empty(_rig.Written);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void An_initiator_that_never_answers_the_R2Ts_loses_its_connection()
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 4096), 4096);
        _rig.Take();
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Tick(_rig.Options.DrainTimeout);
        Assert.Empty(_rig.Closed);
        _rig.Tick(TimeSpan.FromSeconds(1));
        Assert.Equal(CloseKind.Now, Assert.Single(_rig.Closed).Kind);
        _rig.LoseForGood(_rig.Connection, "closed");
        Assert.DoesNotContain(_rig.Written, pair => pair.Key == itt);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(TaskManagementFunction.AbortTaskSet)]
    [InlineData(TaskManagementFunction.ClearTaskSet)]
    [InlineData(TaskManagementFunction.LogicalUnitReset)]
    [Rule("7143/4.2.3.3")]
    [Rule("7143/4.2.2.1#4")]
    [Rule("7143/4.2.3.3#6")]
    [Rule("7143/11.6.1#2")]
    public void An_immediate_function_behind_a_hole_waits_for_the_commands_before_it(TaskManagementFunction function)
    {
        uint behind = _rig.Command(new FakeCdb(), cmdSN: 101);
        uint later = _rig.Command(new FakeCdb(), cmdSN: 102);
        _rig.Manage(function, cmdSN: 102);
        Assert.Empty(_rig.Sent);
        uint first = _rig.Command(new FakeCdb(), cmdSN: 100);
        Assert.Equal([first, behind], _rig.Executing.Where(task => task.Cancelled).Select(task => task.InitiatorTaskTag));
        Assert.Equal([first, behind, later], _rig.Delivered);
        _rig.CompleteAll();
        List<SentPdu> sent = _rig.Take();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, sent.Single(pdu => pdu.Opcode == Opcode.TaskManagementResponse).Function);
        Assert.Equal(later, sent.Single(pdu => pdu.EndsCommand).Itt);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void A_function_that_waits_does_not_take_an_immediate_command_that_came_behind_it()
    {
        _rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: 101);
        uint behind = _rig.Command(new FakeCdb(), immediate: true, cmdSN: 101);
        uint covered = _rig.Command(new FakeCdb(), cmdSN: 100);
        Assert.Equal([covered], _rig.Executing.Where(task => task.Cancelled).Select(task => task.InitiatorTaskTag));
        _rig.CompleteAll();
        Assert.Equal(behind, _rig.Take().Single(pdu => pdu.EndsCommand).Itt);
        _rig.CmdSN = 101;
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#4")]
    public void An_immediate_function_waits_for_its_commands_when_the_window_is_full_of_held_ones()
    {
        for (uint i = 1; i < 16; i++)
        {
            _rig.Command(new FakeCdb(), cmdSN: 100 + i);
        }

        _rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: 116);
        Assert.Empty(_rig.Sent);
        _rig.Command(new FakeCdb(), cmdSN: 100);
        Assert.Equal(16, _rig.Executing.Count(task => task.Cancelled));
        _rig.CompleteAll();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(TaskManagementFunction.TargetWarmReset)]
    [InlineData(TaskManagementFunction.TargetColdReset)]
    [Rule("7143/4.2.3.3")]
    [Rule("7143/E.1#26")]
    public void A_target_reset_does_not_wait_and_closes_the_holes_before_it(TaskManagementFunction function)
    {
        _rig.Command(new FakeCdb(), cmdSN: 101);
        uint pong = _rig.Nop(immediate: false, cmdSN: 103);
        _rig.Manage(function, cmdSN: 104);
        Assert.Empty(_rig.Delivered);
        List<SentPdu> sent = _rig.Take();
        Assert.Equal(pong, sent.Single(pdu => pdu.Opcode == Opcode.NopIn).Itt);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, sent.Single(pdu => pdu.Opcode == Opcode.TaskManagementResponse).Function);
        Assert.Equal(104u, _rig.Session.Window.ExpCmdSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(TaskManagementFunction.ClearTaskSet)]
    [InlineData(TaskManagementFunction.LogicalUnitReset)]
    [InlineData(TaskManagementFunction.TargetWarmReset)]
    [Rule("7143/11.5.1")]
    [Rule("7143/4.2.3.3#7")]
    [Rule("7143/11.5.1#1")]
    public void Functions_that_reach_beyond_the_session_are_handed_to_the_shell(TaskManagementFunction function)
    {
        _rig.Manage(function, SessionRig.Unit3);
        Assert.Equal(function, Assert.Single(_rig.ReachedOut).Request.Function);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.False(_rig.EverythingClosed);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.6.1")]
    [Rule("7143/11.5.1#1")]
    [Rule("7143/11.6.1#1")]
    public void TARGET_COLD_RESET_closes_everything_after_its_response()
    {
        _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Manage(TaskManagementFunction.TargetColdReset);
        Assert.False(_rig.EverythingClosed);
        _rig.CompleteAll();
        List<SentPdu> sent = _rig.Take();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, sent[0].Function);
        Assert.Equal(AsyncEvent.SessionDrop, sent[1].Async.Event);
        Assert.True(_rig.EverythingClosed);
        Assert.Equal(CloseKind.AfterFlush, Assert.Single(_rig.Closed).Kind);
        Assert.NotNull(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(TaskManagementFunction.AbortTaskSet)]
    [InlineData(TaskManagementFunction.ClearAca)]
    [InlineData(TaskManagementFunction.ClearTaskSet)]
    [InlineData(TaskManagementFunction.LogicalUnitReset)]
    [Rule("7143/11.6.1")]
    public void A_LUN_that_does_not_exist(TaskManagementFunction function)
    {
        _rig.Manage(function, SessionRig.NoUnit);
        Assert.Equal(TaskManagementResponseCode.LunDoesNotExist, _rig.TakeOne().Function);
        Assert.Empty(_rig.ReachedOut);
    }

    [Theory]
    [InlineData(TaskManagementFunction.TaskReassign, TaskManagementResponseCode.ReassignmentNotSupported)]
    [InlineData(TaskManagementFunction.QueryTask, TaskManagementResponseCode.FunctionNotSupported)]
    [InlineData((TaskManagementFunction)0, TaskManagementResponseCode.FunctionNotSupported)]
    [InlineData((TaskManagementFunction)13, TaskManagementResponseCode.FunctionNotSupported)]
    [InlineData((TaskManagementFunction)127, TaskManagementResponseCode.FunctionNotSupported)]
    [Rule("7143/11.6.1")]
    [Rule("logout/L39")]
    [Rule("7143/7.2.2#4")]
    [Rule("7143/11.5.1#1")]
    public void Functions_that_are_not_supported(TaskManagementFunction function, TaskManagementResponseCode response)
    {
        _rig.Manage(function);
        Assert.Equal(response, _rig.TakeOne().Function);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L39")]
    public void TASK_REASSIGN_has_to_be_immediate()
    {
        _rig.Manage(TaskManagementFunction.TaskReassign, immediate: false);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
        Assert.Equal(SessionRig.FirstCmdSN, _rig.Session.Window.ExpCmdSN.Value); // rejected means not received (RFC 7143 §7.3)
    }

    [Fact]
    [Rule("7143/11.5.1")]
    [Rule("7143/4.2.3.3#10")]
    [Rule("7143/11.5.1#3")]
    public void No_response_of_a_covered_task_follows_the_response()
    {
        for (int i = 0; i < 6; i++)
        {
            _rig.Command(new FakeCdb(Gives: 512), 512);
        }

        _rig.Manage(TaskManagementFunction.LogicalUnitReset);
        while (_rig.Executing.Count > 0)
        {
            Assert.Empty(_rig.Sent);
            _rig.CompleteTask(_rig.Executing[^1]);
        }

        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_function_whose_connection_has_gone_is_not_answered()
    {
        _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: 105);
        _rig.LoseForGood(_rig.Connection, "gone");
        _rig.CompleteAll();
        Assert.Empty(_rig.Sent);
        _rig.AssertNothingLeaks();
    }
}
