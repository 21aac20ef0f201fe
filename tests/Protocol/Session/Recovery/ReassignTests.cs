using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>Logout for recovery, and TASK REASSIGN on another connection (RFC 7143 §7.2.2, §11.5, §11.14).</summary>
public class ReassignTests
{
    private const uint Length = 2300;

    private readonly SessionRig _rig = RecoveryRig.Of(level: 2);
    private readonly TargetConnection _first;
    private readonly TargetConnection _second;

    public ReassignTests()
    {
        _rig.AutoComplete = false;
        _first = _rig.Connection;
        _second = _rig.AddConnection(1, parameters: ConnectionParameters.Default with { PeerMaxRecvDataSegmentLength = RecoveryRig.Segment });
        _rig.Connection = _second;
        _rig.States.Take();
    }

    [Fact]
    [Rule("logout/L23")]
    [Rule("logout/L29")]
    public void A_logout_for_recovery_on_its_own_connection_is_answered_at_once_and_its_tasks_are_kept()
    {
        uint read = _rig.Command(new FakeCdb(Gives: 100), 100);
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        SentPdu response = _rig.TakeOne();
        Assert.Equal((LogoutResponseCode.Closed, 1, 4), (response.Logout.Response, response.Logout.Time2Wait, response.Logout.Time2Retain));
        Assert.Equal((_second, CloseKind.AfterFlush), (_rig.Closed.Single().Connection, _rig.Closed.Single().Kind));
        Assert.Equal("1:T9 1:T13", _rig.States.Take());
        Assert.False(_rig.Executing.Single().Cancelled);
        _rig.CompleteTask(read);
        Assert.Empty(_rig.Sent);
        Assert.Equal(1, _rig.Session.TaskCount);
    }

    [Fact]
    [Rule("logout/L35")]
    [Rule("logout/L38")]
    [Rule("7143/7.2.2")]
    [Rule("7143/7.1.5#2")]
    [Rule("7143/11.5.6#2")]
    public void A_read_goes_on_behind_the_last_data_that_was_acknowledged_and_its_status_has_a_new_number()
    {
        uint read = _rig.Command(new FakeCdb(Gives: Length), Length);
        _rig.CompleteAll();
        SentPdu status = _rig.Take()[^1];
        LogOutSecond();
        _rig.Reassign(read, expDataSN: 3);
        List<SentPdu> sent = _rig.Take();
        Assert.Equal([Opcode.TaskManagementResponse, Opcode.DataIn, Opcode.DataIn, Opcode.ScsiResponse], sent.Select(pdu => pdu.Opcode));
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, sent[0].Function);
        Assert.Equal([3u, 4u], sent[1..3].Select(pdu => pdu.DataIn.DataSN.Value));
        Assert.Equal(SessionRig.Bytes((int)Length, (int)read)[1536..], RecoveryRig.DataOf(sent));
        Assert.All(sent, pdu => Assert.Equal(0, pdu.Cid));
        Assert.Equal((read, 5u, status.Response.Status), (sent[3].Itt, sent[3].Response.ExpDataSN.Value, sent[3].Response.Status));
        End();
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(5u, 5u)]
    [InlineData(6u, 0u)]
    [Rule("7143/11.5.6")]
    [Rule("7143/11.5.6#4")]
    public void A_number_that_cannot_be_is_ignored_and_0_changes_nothing(uint expDataSN, uint first)
    {
        uint read = _rig.Command(new FakeCdb(Gives: Length), Length);
        _rig.CompleteAll();
        LogOutSecond();
        _rig.Reassign(read, expDataSN);
        Assert.Equal(5 - first, (uint)_rig.Sent.Count(pdu => pdu.Opcode == Opcode.DataIn));
        Assert.Single(_rig.Sent, pdu => pdu.EndsCommand);
        _rig.Take();
        End();
    }

    [Fact]
    [Rule("7143/11.5.6")]
    public void Data_that_was_acknowledged_by_DataACK_stays_so()
    {
        uint read = _rig.Command(new FakeCdb(Gives: Length), Length);
        _rig.CompleteAll();
        DataIn asks = _rig.Take()[1].DataIn;
        _rig.Snack(SnackType.DataAck, ttt: asks.TargetTransferTag, begin: 2, lun: asks.Lun);
        LogOutSecond();
        _rig.Reassign(read);
        Assert.Equal([2u, 3u, 4u], _rig.Take().Where(pdu => pdu.Opcode == Opcode.DataIn).Select(pdu => pdu.DataIn.DataSN.Value));
        End();
    }

    [Fact]
    [Rule("logout/L40")]
    public void The_other_connection_may_take_other_segments()
    {
        uint read = _rig.Command(new FakeCdb(Gives: Length), Length);
        _rig.CompleteAll();
        LogOutSecond();
        _rig.Connection = _rig.AddConnection(2, parameters: ConnectionParameters.Default with { PeerMaxRecvDataSegmentLength = 700 });
        _rig.Reassign(read, expDataSN: 1);
        List<SentPdu> sent = _rig.Take();
        Assert.Equal([(1u, 512u, 700), (2u, 1212u, 324), (3u, 1536u, 700), (4u, 2236u, 64)], sent[1..^1].Select(pdu => (pdu.DataIn.DataSN.Value, pdu.DataIn.BufferOffset, pdu.Data.Length)));
        Assert.Equal(5u, sent[^1].Response.ExpDataSN.Value);
        Assert.Equal(SessionRig.Bytes((int)Length, (int)read)[512..], RecoveryRig.DataOf(sent));
        End();
    }

    [Fact]
    [Rule("logout/L37")]
    public void A_status_that_was_not_acknowledged_comes_again()
    {
        uint bad = _rig.Command(new FakeCdb { Fails = true });
        _rig.CompleteAll();
        SentPdu status = _rig.TakeOne();
        LogOutSecond();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Reassign(bad).Function);
        SentPdu again = _rig.Take()[1];
        Assert.Equal((status.Response, 0), (again.Response, again.Cid));
        Assert.Equal(status.Data, again.Data);
        End();
    }

    [Fact]
    [Rule("logout/L36")]
    public void A_write_is_asked_for_what_is_missing_and_written_once()
    {
        byte[] data = SessionRig.Bytes(3000);
        uint write = _rig.Command(new FakeCdb(Takes: 3000), 3000);
        SentPdu r2t = _rig.TakeOne();
        _rig.DataOut(write, r2t.R2T.TargetTransferTag, 0, 0, data[..400], final: false);
        LogOutSecond();
        _rig.Reassign(write, expDataSN: 1);
        List<SentPdu> sent = _rig.Take();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, sent[0].Function);
        List<uint> numbers = [];
        for (SentPdu? ask = sent.ElementAtOrDefault(1); ask is not null; ask = _rig.Take().Find(pdu => pdu.Opcode == Opcode.ReadyToTransfer))
        {
            ReadyToTransfer want = ask.R2T;
            numbers.Add(want.R2TSN.Value);
            Assert.Equal(0, ask.Cid);
            _rig.DataOut(write, want.TargetTransferTag, 0, want.BufferOffset, data[(int)want.BufferOffset..][..(int)want.DesiredDataTransferLength], final: true);
        }

        Assert.Equal([1u, 2u, 3u], numbers);
        _rig.CompleteAll();
        Assert.Equal(data, _rig.Written[write]);
        Assert.Equal((0, write), (_rig.Sent[0].Cid, _rig.Take()[0].Itt));
        End();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Rule("logout/L14")]
    [Rule("7143/7.2.2#6")]
    public void A_task_that_is_executing_answers_where_it_is_reassigned_to(bool endsBefore)
    {
        uint read = _rig.Command(new FakeCdb(Gives: 600), 600);
        LogOutSecond();
        if (endsBefore)
        {
            _rig.CompleteTask(read);
            Assert.Empty(_rig.Sent);
        }

        _rig.Reassign(read);
        if (!endsBefore)
        {
            _rig.CompleteTask(read);
        }

        List<SentPdu> sent = _rig.Take();
        Assert.Equal([Opcode.TaskManagementResponse, Opcode.DataIn, Opcode.DataIn, Opcode.ScsiResponse], sent.Select(pdu => pdu.Opcode));
        Assert.Equal(SessionRig.Bytes(600, (int)read), RecoveryRig.DataOf(sent));
        End();
    }

    [Fact]
    [Rule("logout/L39")]
    [Rule("7143/11.6.1")]
    public void The_answer_says_why_a_task_cannot_be_reassigned()
    {
        uint task = _rig.Command(new FakeCdb());
        uint other = _rig.Manage(TaskManagementFunction.AbortTaskSet, lun: SessionRig.Unit3);
        _rig.Connection = _first;
        Assert.Equal(TaskManagementResponseCode.TaskStillAllegiant, _rig.Reassign(task).Function);
        _rig.Take();
        _rig.Lose(_second);
        _rig.Take();
        Assert.Equal(TaskManagementResponseCode.TaskStillAllegiant, _rig.Reassign(task).Function);
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.Reassign(4711).Function);
        _rig.Take();
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Reassign(task).Function);
        Assert.Equal(TaskManagementResponseCode.TaskStillAllegiant, _rig.Reassign(task).Function);
        _rig.Take();
        Assert.Equal(Opcode.Reject, _rig.Reassign(task, immediate: false).Opcode);
        _rig.CompleteAll();
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.Reassign(other).Function);
    }

    [Fact]
    [Rule("logout/L39")]
    public void A_status_that_was_acknowledged_is_no_task_any_more()
    {
        uint task = _rig.Command(new FakeCdb());
        _rig.CompleteAll();
        _rig.Take();
        _rig.Connection = _first;
        _rig.ExpStatSN = SessionRig.FirstStatSN + 1; // of the connection that is closed
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.Reassign(task).Function);
    }

    [Theory]
    [InlineData(7000u)]
    [InlineData(0xFFFFFFFEu)]
    [Rule("logout/L34b")]
    [Rule("7143/11.14.4")]
    public void The_ExpStatSN_of_a_logout_is_that_of_the_connection_it_closes(uint firstStatSN)
    {
        TargetConnection third = _rig.AddConnection(3, firstStatSN);
        _rig.Connection = third;
        _rig.ExpStatSN = firstStatSN;
        uint[] tasks = [.. Enumerable.Range(0, 4).Select(_ => _rig.Command(new FakeCdb()))];
        _rig.CompleteAll();
        _rig.Connection = _first;
        _rig.ExpStatSN = SessionRig.FirstStatSN;
        _rig.Nop();
        _rig.Take();
        _rig.ExpStatSN = firstStatSN + 2;
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 3);
        _rig.ExpStatSN = SessionRig.FirstStatSN;
        Assert.Equal(SessionRig.FirstStatSN, _first.AcknowledgedStatSN.Value);
        Assert.Equal(
            [TaskManagementResponseCode.TaskDoesNotExist, TaskManagementResponseCode.TaskDoesNotExist, TaskManagementResponseCode.FunctionComplete, TaskManagementResponseCode.FunctionComplete],
            tasks.Select(task => _rig.Reassign(task).Function));
    }

    [Fact]
    [Rule("logout/L31")]
    [Rule("7143/7.5")]
    public void Tasks_wait_for_Time2Wait_and_Time2Retain_and_then_the_initiator_is_told()
    {
        uint early = _rig.Command(new FakeCdb());
        uint late = _rig.Command(new FakeCdb(), lun: SessionRig.Unit3);
        LogOutSecond();
        _rig.Now += _rig.Retention - TimeSpan.FromTicks(1);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Reassign(early).Function);
        _rig.Now += TimeSpan.FromTicks(1);
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.Reassign(4711).Function);
        Assert.True(_rig.Executing.Single(task => task.InitiatorTaskTag == late).Cancelled);
        Assert.Empty(_rig.EndedByTransport); // the device has not let go of it
        _rig.CompleteAll();
        Assert.Equal([SessionRig.Unit3], _rig.EndedByTransport);
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.Reassign(late).Function);
        End();
    }

    [Fact]
    [Rule("logout/L13")]
    public void What_was_not_acknowledged_is_thrown_away()
    {
        uint held = _rig.Command(new FakeCdb(), cmdSN: 101);
        LogOutSecond();
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.Reassign(held).Function);
        Assert.True(_rig.Session.Window.Misses(new Serial32(101)));
        Assert.Empty(_rig.EndedByTransport);
        _rig.Command(new FakeCdb(), cmdSN: 100);
        _rig.Command(new FakeCdb(), cmdSN: 101, tag: held);
        Assert.Equal([held], _rig.Executing.Skip(1).Select(task => task.InitiatorTaskTag));
    }

    [Fact]
    [Rule("7143/7.14")]
    [Rule("7143/7.14#3")]
    [Rule("7143/E.1#1")]
    public void Immediate_commands_do_not_outlive_their_connection()
    {
        uint task = _rig.Command(new FakeCdb(), immediate: true);
        _rig.Lose(_second);
        Assert.True(_rig.Executing.Single().Cancelled);
        _rig.CompleteAll();
        _rig.Connection = _first;
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        _rig.Take();
        Assert.Equal(TaskManagementResponseCode.TaskDoesNotExist, _rig.Reassign(task).Function);
    }

    [Fact]
    [Rule("logout/L43")]
    [Rule("7143/6.3.4")]
    public void A_reinstated_connection_can_take_its_former_tasks_back()
    {
        uint read = _rig.Command(new FakeCdb(Gives: 600), 600);
        _rig.Connection = _rig.Reinstate(1);
        Assert.Equal("1:T15 1:M2 1:M4 1:T5", _rig.States.Take());
        Assert.Equal(CloseKind.Now, _rig.Closed.Single().Kind);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Reassign(read).Function);
        _rig.CompleteTask(read);
        Assert.Equal(SessionRig.Bytes(600, (int)read), RecoveryRig.DataOf(_rig.Take()));
        End();
    }

    [Fact]
    [Rule("7143/7.1.3")]
    public void Data_of_finished_tasks_is_kept_within_bounds_and_read_again()
    {
        SessionRig rig = RecoveryRig.Of(2, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 1000 });
        rig.AutoComplete = false;
        rig.AddConnection(1);
        uint[] reads = [.. Enumerable.Range(0, 3).Select(_ => rig.Command(new FakeCdb(Gives: 800), 800))];
        rig.Lose(rig.Connection);
        rig.CompleteAll();
        Assert.Equal((800L, 0L), (rig.Session.KeptBytes, rig.Session.DataBytes));
        rig.Connection = rig.Session.Connections.Single(connection => connection.Cid == 1);
        rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 0);
        rig.Take();
        rig.AutoComplete = true;
        foreach (uint read in reads)
        {
            Assert.Equal(TaskManagementResponseCode.FunctionComplete, rig.Reassign(read).Function);
            Assert.Equal(SessionRig.Bytes(800, (int)read), RecoveryRig.DataOf(rig.Take()));
        }

        Assert.Equal(reads, rig.Reread); // the last too: what was read again takes its room
        rig.ExpStatSN = rig.Connection.NextStatSN.Value;
        rig.Acknowledge(rig.ExpStatSN);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void A_task_can_lose_its_second_connection_too()
    {
        uint read = _rig.Command(new FakeCdb(Gives: Length), Length);
        _rig.CompleteAll();
        LogOutSecond();
        _rig.Reassign(read, expDataSN: 1);
        _rig.Take();
        _rig.AddConnection(5);
        _rig.Lose(_first);
        _rig.Connection = _rig.Session.Connections.Single(connection => connection.Cid == 5);
        _rig.ExpStatSN = SessionRig.FirstStatSN;
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 0);
        _rig.Reassign(read, expDataSN: 4);
        Assert.Equal(SessionRig.Bytes((int)Length, (int)read)[2048..], RecoveryRig.DataOf(_rig.Take()));
        End();
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void An_ordered_command_does_not_wait_for_an_answer_that_has_no_connection()
    {
        uint read = _rig.Command(new FakeCdb(Gives: 600), 600);
        _rig.Lose(_second);
        _rig.Connection = _first;
        _rig.ExpStatSN = SessionRig.FirstStatSN;
        uint ordered = _rig.Command(new FakeCdb(), attribute: 2);
        Assert.Equal(read, Assert.Single(_rig.Executing).InitiatorTaskTag);
        _rig.CompleteTask(read);
        Assert.Equal(ordered, Assert.Single(_rig.Executing).InitiatorTaskTag);
    }

    // The second connection is logged out for recovery by the first, which goes on.
    private void LogOutSecond()
    {
        _rig.Connection = _first;
        _rig.ExpStatSN = SessionRig.FirstStatSN;
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        Assert.Equal(LogoutResponseCode.Closed, _rig.Take()[^1].Logout.Response);
        Assert.Equal("1:T15 1:M2 1:M4", _rig.States.Take());
    }

    private void End()
    {
        _rig.Take();
        _rig.Acknowledge(_rig.Connection.NextStatSN.Value);
        _rig.AssertNothingLeaks();
    }
}
