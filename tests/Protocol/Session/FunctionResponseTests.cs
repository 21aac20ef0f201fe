using System.Text;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Each response code from its cause, and functions on what is no SCSI task.</summary>
[Rule("7143/11.6.1")]
public class FunctionResponseTests
{
    private readonly SessionRig _rig = new() { AutoComplete = false };

    [Theory]
    [InlineData(TaskManagementFunction.TargetWarmReset)]
    [InlineData(TaskManagementFunction.TargetColdReset)]
    [Rule("7143/11.5.1")]
    [Rule("7143/11.5.1#12")]
    public void A_reset_of_the_target_may_be_forbidden(TaskManagementFunction function)
    {
        SessionRig rig = new(options: new TargetSessionOptions { WindowDepth = 16, AllowTargetReset = false }) { AutoComplete = false };
        uint itt = rig.Command(new FakeCdb());
        rig.Manage(function);
        Assert.Equal(TaskManagementResponseCode.AuthorizationFailed, rig.TakeOne().Function);
        Assert.Empty(rig.ReachedOut);
        Assert.False(rig.EverythingClosed);
        rig.CompleteTask(itt);
        Assert.Equal(itt, rig.TakeOne().Itt);
        rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)] // lost while the response waits for its fence
    public void TARGET_COLD_RESET_closes_everything_though_nobody_is_left_to_answer(int connections)
    {
        uint itt = _rig.Command(new FakeCdb());
        TargetConnection carrier = _rig.Connection;
        if (connections > 1)
        {
            _rig.Connection = _rig.AddConnection(1);
            _rig.CompleteTask(_rig.Command(new FakeCdb(), lun: SessionRig.Unit3));
            _rig.Connection = carrier;
        }

        _rig.Manage(TaskManagementFunction.TargetColdReset);
        if (connections > 1)
        {
            _rig.CompleteTask(itt);
        }

        Assert.False(_rig.EverythingClosed);
        _rig.Lose(carrier);
        _rig.CompleteAll();
        Assert.True(_rig.EverythingClosed);
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.Opcode == Opcode.TaskManagementResponse);
    }

    [Fact]
    public void A_reset_of_a_unit_cannot_be_forbidden()
    {
        SessionRig rig = new(options: new TargetSessionOptions { WindowDepth = 16, AllowTargetReset = false });
        rig.Manage(TaskManagementFunction.LogicalUnitReset);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, rig.TakeOne().Function);
    }

    [Fact]
    public void ABORT_TASK_on_a_LUN_that_does_not_exist()
    {
        _rig.Manage(TaskManagementFunction.AbortTask, SessionRig.NoUnit, referenced: 4711, refCmdSN: 100, cmdSN: 102);
        Assert.Equal(TaskManagementResponseCode.LunDoesNotExist, _rig.TakeOne().Function);
        Assert.Equal(100u, _rig.Session.Window.ExpCmdSN.Value); // nothing counts as received
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Rule("7143/11.5.1")]
    [Rule("7143/7.11")]
    public void ABORT_TASK_on_another_connection_brings_a_status_that_was_lost_with_its_own(int level)
    {
        SessionRig rig = new(new SessionParameters { ErrorRecoveryLevel = level });
        TargetConnection first = rig.Connection, second = rig.AddConnection(1);
        uint number = rig.CmdSN;
        uint itt = rig.CommandWithoutNews(second);
        rig.Lose(second);
        rig.Connection = first;
        if (level == 2)
        {
            byte[] logout = rig.Header(new LogoutRequest(true, LogoutReason.RemoveConnectionForRecovery, rig.NewTag(), 1).Emit, rig.CmdSN);
            new InitiatorNumbers(new Serial32(rig.CmdSN), second.AcknowledgedStatSN).Write(logout); // that of the connection that is logged out
            rig.Receive(logout);
        }

        rig.Take();
        rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: number);
        List<SentPdu> sent = rig.Take();
        Assert.Equal((itt, 0), (sent[0].Itt, (int)sent[0].Response.Status));
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, sent[1].Function);
        rig.Acknowledge(first);
        rig.Tick(rig.Retention);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.11")]
    [Rule("7143/7.11#3")]
    public void ABORT_TASK_of_a_task_whose_status_is_on_its_way_finds_no_task()
    {
        SessionRig rig = new(new SessionParameters { ErrorRecoveryLevel = 1 });
        uint number = rig.CmdSN;
        uint itt = rig.CommandWithoutNews(rig.Connection);
        rig.Take();
        rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: number);
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, rig.TakeOne().Function);
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void ABORT_TASK_ends_a_Text_negotiation()
    {
        uint itt = OpenText();
        TextResponse open = _rig.TakeOne().Text;
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: 100);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.Receive(_rig.Header(new TextRequest(true, true, false, 0, itt, open.TargetTransferTag).Emit, _rig.CmdSN));
        Assert.Equal(RejectReason.InvalidPduField, _rig.TakeOne().Reject.Reason);
        _rig.AutoComplete = true;
        _rig.Command(new FakeCdb(Gives: 4096), 4096);
        Assert.Equal(4096, _rig.TakeOne().Data.Length); // what it had said so far is forgotten
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void ABORT_TASK_of_a_Text_negotiation_on_another_connection_is_rejected()
    {
        uint itt = OpenText();
        _rig.Connection = _rig.AddConnection(1);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: 100);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, _rig.Single(Opcode.TaskManagementResponse).Function);
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void ABORT_TASK_of_a_request_that_waits_for_its_turn_leaves_its_number_received()
    {
        uint ping = _rig.Nop(immediate: false, cmdSN: 101);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: ping, refCmdSN: 101, cmdSN: 102);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.Command(new FakeCdb(), cmdSN: 100);
        Assert.Empty(_rig.Sent); // no answer to the ping
        Assert.Equal(102u, _rig.Session.Window.ExpCmdSN.Value);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void ABORT_TASK_of_a_function_that_waits_for_its_turn_is_rejected()
    {
        uint function = _rig.Manage(TaskManagementFunction.AbortTaskSet, immediate: false, cmdSN: 101);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: function, refCmdSN: 101, cmdSN: 102);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, _rig.TakeOne().Function);
        _rig.Command(new FakeCdb(), cmdSN: 100);
        _rig.CompleteAll();
        Assert.Equal(function, _rig.TakeOne().Itt);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(TaskManagementFunction.AbortTaskSet)]
    [InlineData(TaskManagementFunction.ClearTaskSet)]
    [InlineData(TaskManagementFunction.LogicalUnitReset)]
    [Rule("7143/4.2.3.3")]
    public void A_function_whose_commands_do_not_come_is_rejected(TaskManagementFunction function)
    {
        uint held = _rig.Command(new FakeCdb(), cmdSN: 101);
        _rig.Manage(function, cmdSN: 102);
        _rig.Tick(_rig.Options.DrainTimeout);
        Assert.Empty(_rig.Sent);
        _rig.Tick(TimeSpan.FromTicks(1));
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, _rig.TakeOne().Function);
        Assert.Empty(_rig.ReachedOut);
        _rig.Command(new FakeCdb(), cmdSN: 100);
        Assert.Equal(held, _rig.Delivered[1]);
        _rig.CompleteAll();
        Assert.Equal(2, _rig.Take().Count(pdu => pdu.EndsCommand));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void The_connection_that_owes_data_is_dropped_not_that_of_the_function()
    {
        TargetConnection first = _rig.Connection, second = _rig.AddConnection(1);
        _rig.Connection = second;
        _rig.Command(new FakeCdb(Takes: 4096), 4096);
        _rig.Connection = first;
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Tick(_rig.Options.DrainTimeout + TimeSpan.FromTicks(1));
        Assert.Equal(second, Assert.Single(_rig.Closed).Connection);
        _rig.Lose(second);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Single(Opcode.TaskManagementResponse).Function);
    }

    [Fact]
    [Rule("7143/4.2.2.1#5")]
    public void On_every_connection_there_is_room_for_one_immediate_command_and_one_function()
    {
        for (int i = 0; i < _rig.Options.MaxImmediateCommands; i++)
        {
            _rig.Command(new FakeCdb(), immediate: true);
            _rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: _rig.CmdSN + 5); // waits for commands before it
        }

        _rig.Command(new FakeCdb(), immediate: true);
        _rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: _rig.CmdSN + 5);
        Assert.Equal([RejectReason.ImmediateCommandReject, RejectReason.ImmediateCommandReject], _rig.Take().Select(pdu => pdu.Reject.Reason));
        _rig.Connection = _rig.AddConnection(1);
        uint first = _rig.Command(new FakeCdb(), immediate: true);
        uint function = _rig.Manage(TaskManagementFunction.AbortTask, referenced: first, refCmdSN: _rig.CmdSN);
        Assert.Empty(_rig.Take());
        _rig.CompleteTask(first);
        Assert.Equal(function, _rig.TakeOne().Itt);
        _rig.Command(new FakeCdb(), immediate: true);
        _rig.Command(new FakeCdb(), immediate: true);
        Assert.Equal(RejectReason.ImmediateCommandReject, _rig.TakeOne().Reject.Reason);
    }

    [Fact]
    [Rule("7143/11.5.1#16")]
    [Rule("7143/11.5.1#17")]
    public void TASK_REASSIGN_of_a_function_is_rejected()
    {
        SessionRig rig = new(new SessionParameters { ErrorRecoveryLevel = 2 }) { AutoComplete = false };
        rig.Command(new FakeCdb());
        uint itt = rig.Manage(TaskManagementFunction.AbortTaskSet);
        rig.Manage(TaskManagementFunction.TaskReassign, referenced: itt);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, rig.TakeOne().Function);
    }

    [Fact]
    [Rule("7143/11.5.1")]
    [Rule("7143/11.5.1#16")]
    [Rule("7143/11.5.1#17")]
    public void TASK_REASSIGN_of_a_Text_negotiation_is_rejected()
    {
        SessionRig rig = new(new SessionParameters { ErrorRecoveryLevel = 2 });
        uint itt = OpenText(rig);
        rig.Connection = rig.AddConnection(1);
        rig.Manage(TaskManagementFunction.TaskReassign, referenced: itt);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, rig.Single(Opcode.TaskManagementResponse).Function);
    }

    [Fact]
    [Rule("7143/11.5.1")]
    [Rule("7143/11.5.1#16")]
    [Rule("7143/11.5.1#17")]
    public void TASK_REASSIGN_of_a_logout_is_rejected()
    {
        SessionRig rig = new(new SessionParameters { ErrorRecoveryLevel = 2 }) { AutoComplete = false };
        TargetConnection first = rig.Connection;
        rig.Connection = rig.AddConnection(1);
        rig.Command(new FakeCdb());
        uint itt = rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        rig.Connection = first;
        rig.Manage(TaskManagementFunction.TaskReassign, referenced: itt);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, rig.Single(Opcode.TaskManagementResponse).Function);
    }

    private uint OpenText() => OpenText(_rig);

    private static uint OpenText(SessionRig rig)
    {
        uint itt = rig.NewTag();
        byte[] keys = Encoding.ASCII.GetBytes("MaxRecvDataSegmentLength=1024\0");
        rig.Receive(rig.Header(new TextRequest(true, false, false, 0, itt, Bhs.ReservedTag).Emit, rig.CmdSN), keys);
        return itt;
    }
}
