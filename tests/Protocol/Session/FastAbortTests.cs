using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Goal: with FastAbort nobody waits for data of tasks that are being ended, and everybody who may be sending some is told.</summary>
[Rule("7143/4.2.3.4")]
public class FastAbortTests
{
    private readonly SessionRig _rig = Rig(TaskReporting.FastAbort);
    private readonly TargetConnection _first;

    public FastAbortTests() => _first = _rig.Connection;

    [Theory]
    [InlineData(TaskManagementFunction.AbortTaskSet)]
    [InlineData(TaskManagementFunction.ClearTaskSet)]
    [InlineData(TaskManagementFunction.LogicalUnitReset)]
    [InlineData(TaskManagementFunction.TargetWarmReset)]
    [InlineData(TaskManagementFunction.TargetColdReset)]
    [Rule("7143/4.2.3.4#1")]
    public void The_response_does_not_wait_for_data_and_its_own_connection_is_told_nothing(TaskManagementFunction function)
    {
        Write(_first);
        _rig.Manage(function);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Take()[0].Function);
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.Opcode == Opcode.AsyncMessage && pdu.Async.Event == AsyncEvent.TaskTermination);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.3.4#6")]
    public void The_response_still_waits_for_the_device()
    {
        _rig.AutoComplete = false;
        _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        Assert.Empty(_rig.Sent);
        _rig.CompleteAll();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.3.4#5")]
    public void The_response_still_waits_for_the_commands_before_the_function()
    {
        uint behind = _rig.Command(new FakeCdb(Takes: 4096), 4096, cmdSN: _rig.CmdSN + 1);
        _rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: _rig.CmdSN + 2);
        Assert.Empty(_rig.Sent);
        uint first = _rig.Command(new FakeCdb(Takes: 4096), 4096);
        Assert.Equal([first, behind], _rig.Delivered);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Single(Opcode.TaskManagementResponse).Function);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.3.4#11")]
    public void The_first_response_of_a_third_party_session_is_fenced()
    {
        TargetConnection second = _rig.AddConnection(1);
        SessionRig issuing = Rig(TaskReporting.FastAbort);
        issuing.Others.Add(_rig);
        _rig.CommandWithoutNews(_first);
        issuing.Manage(TaskManagementFunction.LogicalUnitReset);
        _rig.Take();
        uint response = _rig.CommandWithoutNews(second);
        Assert.DoesNotContain(_rig.Take(), pdu => pdu.EndsCommand);
        _rig.Acknowledge(_first);
        Assert.Equal(response, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
    }

    [Fact]
    [Rule("7143/11.9.1")]
    [Rule("7143/4.2.3.4#8")]
    [Rule("7143/4.2.3.4#10")]
    [Rule("7143/4.2.3.4#13")]
    public void Another_connection_of_the_session_is_told_and_acknowledges_before_the_response()
    {
        TargetConnection second = _rig.AddConnection(1);
        Write(second);
        Write(second);
        _rig.Connection = _first;
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        List<SentPdu> sent = _rig.Take();
        SentPdu message = Assert.Single(sent, pdu => pdu.Opcode == Opcode.AsyncMessage);
        Assert.Equal((1, new AsyncMessage(SessionRig.Unit0, AsyncEvent.TaskTermination, 0, 0, 0, 0)), (message.Cid, message.Async));
        Assert.Empty(message.Data);
        Assert.DoesNotContain(sent, pdu => pdu.Opcode == Opcode.TaskManagementResponse);
        _rig.Acknowledge(second);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Take()[0].Function);
        _rig.Acknowledge(_first);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.3.4#8")]
    public void A_connection_without_tasks_of_the_unit_is_told_nothing()
    {
        TargetConnection second = _rig.AddConnection(1);
        Write(second, SessionRig.Unit3);
        Write(_first);
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Take()[0].Function);
        Assert.Equal(1, _rig.Session.TaskCount);
    }

    [Fact]
    [Rule("7143/4.2.3.4#9")]
    public void A_target_reset_tells_of_each_unit_on_each_connection()
    {
        TargetConnection second = _rig.AddConnection(1), third = _rig.AddConnection(2);
        Write(second);
        Write(second, SessionRig.Unit3);
        Write(third, SessionRig.Unit3);
        _rig.Connection = _first;
        _rig.Manage(TaskManagementFunction.TargetWarmReset);
        (int, ulong)[] told = [.. _rig.Take().Where(pdu => pdu.Opcode == Opcode.AsyncMessage).Select(pdu => ((int)pdu.Cid, pdu.Async.Lun))];
        Assert.Equal([(1, SessionRig.Unit0), (1, SessionRig.Unit3), (2, SessionRig.Unit3)], told);
    }

    [Fact]
    [Rule("7143/4.2.3.4#7")]
    [Rule("7143/4.2.3.4#12")]
    public void Data_for_the_tasks_is_taken_without_a_word_until_the_initiator_has_answered()
    {
        TargetConnection second = _rig.AddConnection(1);
        (uint itt, uint ttt) = Write(second);
        _rig.Connection = _first;
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Take();
        _rig.Connection = second;
        _rig.DataOut(itt, ttt, 0, 0, new byte[512], final: false);
        Assert.Empty(_rig.Notes);
        _rig.Acknowledge(second, SessionRig.Unit3); // not the unit of the message
        _rig.DataOut(itt, ttt, 1, 512, new byte[512], final: false);
        Assert.Empty(_rig.Notes);
        _rig.Acknowledge(second);
        _rig.DataOut(itt, ttt, 2, 1024, new byte[512], final: true);
        Assert.Equal(DeviationAction.Ignore, Assert.Single(_rig.Notes).Action);
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.Opcode == Opcode.Reject);
    }

    [Fact]
    public void Unsolicited_data_under_way_is_taken_without_a_word_too()
    {
        SessionRig rig = new(new SessionParameters { TaskReporting = TaskReporting.FastAbort, InitialR2T = false });
        TargetConnection first = rig.Connection, second = rig.AddConnection(1);
        rig.Connection = second;
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096, final: false);
        rig.Connection = first;
        rig.Manage(TaskManagementFunction.AbortTaskSet);
        rig.Connection = second;
        rig.DataOut(itt, Bhs.ReservedTag, 0, 0, new byte[512], final: false);
        Assert.Empty(rig.Notes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Late_data_does_not_hurt_a_new_task_with_the_same_tag(bool spoilt)
    {
        TargetConnection second = _rig.AddConnection(1);
        (uint itt, uint ttt) = Write(second);
        _rig.Connection = _first;
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        (_, uint newTtt) = Write(second, tag: itt);
        _rig.Take();
        _rig.DataOut(itt, ttt, 0, 0, new byte[512], final: true, digestError: spoilt);
        Assert.Equal(spoilt ? [Opcode.Reject] : [], _rig.Take().Select(pdu => pdu.Opcode));
        _rig.DataOut(itt, newTtt, 0, 0, SessionRig.Bytes(4096), final: true);
        Assert.Equal(SessionRig.Bytes(4096), _rig.Written[itt]);
    }

    [Fact]
    public void An_initiator_that_does_not_answer_is_not_waited_for_forever()
    {
        TargetConnection second = _rig.AddConnection(1);
        (uint itt, uint ttt) = Write(second);
        _rig.Connection = _first;
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Tick(_rig.Options.ProbePatience + TimeSpan.FromTicks(1));
        Assert.Contains(_rig.Closed, it => it.Connection == second); // what the fence does
        Assert.Equal(DeviationAction.Ignore, Assert.Single(_rig.Notes).Action);
        _rig.Connection = second;
        _rig.DataOut(itt, ttt, 0, 0, new byte[512], final: true);
        Assert.Equal(2, _rig.Notes.Count);
    }

    [Fact]
    [Rule("7143/4.2.3.4#8")]
    [Rule("7143/4.2.3.5#1")]
    public void A_third_party_session_with_one_connection_is_told()
    {
        SessionRig issuing = Rig(TaskReporting.FastAbort);
        issuing.Others.Add(_rig);
        (uint itt, uint ttt) = Write(_first);
        issuing.Manage(TaskManagementFunction.LogicalUnitReset);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, issuing.TakeOne().Function);
        Assert.Equal((AsyncEvent.TaskTermination, SessionRig.Unit0), (_rig.Sent[0].Async.Event, _rig.Sent[0].Async.Lun));
        _rig.DataOut(itt, ttt, 0, 0, new byte[512], final: false);
        Assert.Empty(_rig.Notes);
        Assert.Equal(0, _rig.Session.TaskCount);
    }

    [Theory]
    [InlineData(TaskReporting.Rfc3720, TaskReporting.FastAbort, true)]
    [InlineData(TaskReporting.FastAbort, TaskReporting.Rfc3720, false)]
    [InlineData(TaskReporting.FastAbort, TaskReporting.ResponseFence, false)]
    [Rule("7143/4.2.3.5")]
    [Rule("7143/4.2.3.5#2")]
    [Rule("7143/11.9.1#6")]
    public void What_a_third_party_session_is_told_hangs_on_its_own_TaskReporting(TaskReporting issuing, TaskReporting thirdParty, bool told)
    {
        SessionRig one = Rig(issuing), other = Rig(thirdParty);
        one.Others.Add(other);
        uint itt = other.Command(new FakeCdb(Takes: 4096), 4096);
        other.Take();
        one.Manage(TaskManagementFunction.ClearTaskSet);
        Assert.Equal(told, other.Sent.Exists(pdu => pdu.Opcode == Opcode.AsyncMessage));
        Assert.DoesNotContain(other.Sent, pdu => pdu.Itt == itt);
        Assert.Equal(0, other.Session.TaskCount);
    }

    [Fact]
    [Rule("7143/4.2.3.3")]
    public void A_command_of_a_third_party_session_that_waits_for_its_turn_is_not_ended()
    {
        SessionRig issuing = Rig(TaskReporting.Rfc3720);
        issuing.Others.Add(_rig);
        uint held = _rig.Command(new FakeCdb(), cmdSN: _rig.CmdSN + 1);
        issuing.Manage(TaskManagementFunction.LogicalUnitReset);
        _rig.Command(new FakeCdb());
        Assert.Contains(_rig.Sent, pdu => pdu.EndsCommand && pdu.Itt == held);
    }

    private static SessionRig Rig(TaskReporting reporting) => new(new SessionParameters { TaskReporting = reporting, ImmediateData = false });

    // A write that has its R2T and waits for data.
    private (uint Itt, uint Ttt) Write(TargetConnection connection, ulong lun = SessionRig.Unit0, uint? tag = null)
    {
        _rig.Connection = connection;
        uint itt = _rig.Command(new FakeCdb(Takes: 4096), 4096, lun: lun, tag: tag);
        return (itt, _rig.Take().Single(pdu => pdu.Opcode == Opcode.ReadyToTransfer).R2T.TargetTransferTag);
    }
}
