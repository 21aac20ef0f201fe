using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Goal: the first status with a unit attention after a multi-task abort is neither overtaken nor does it overtake, wherever TaskReporting promises that.</summary>
[Rule("7143/4.2.2.3.4")]
public class AttentionFenceTests
{
    private readonly SessionRig _issuing = new(Reporting(TaskReporting.ResponseFence));
    private readonly SessionRig _rig;
    private readonly TargetConnection _first, _second;

    public AttentionFenceTests()
    {
        _rig = ThirdParty(Reporting(TaskReporting.ResponseFence));
        (_first, _second) = (_rig.Session.Connections[0], _rig.Session.Connections[1]);
    }

    [Fact]
    [Rule("7143/4.2.3.3")]
    [Rule("7143/4.2.2.3.4#1")]
    [Rule("7143/4.2.3.3#9")]
    [Rule("7143/4.2.3.6#1")]
    public void The_first_status_of_a_third_party_session_waits_for_the_statuses_before_it()
    {
        uint before = _rig.CommandWithoutNews(_first);
        Reset();
        uint attention = _rig.CommandWithoutNews(_second);
        List<SentPdu> sent = _rig.Take();
        Assert.Equal(before, sent.Single(pdu => pdu.EndsCommand).Itt);
        Assert.Equal(0, Assert.Single(sent, pdu => pdu.Opcode == Opcode.NopIn).Cid);
        _rig.Acknowledge(_first);
        SentPdu status = _rig.Take()[0];
        Assert.Equal((attention, 1), (status.Itt, (int)status.Cid));
        SessionRig.AssertSense(status, 6, 0x29, 3);
        _rig.Acknowledge(_second);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Statuses_behind_it_wait_until_it_is_acknowledged()
    {
        Reset();
        uint attention = _rig.CommandWithoutNews(_second);
        Assert.Equal(attention, _rig.Take()[0].Itt);
        uint behind = _rig.CommandWithoutNews(_first);
        uint elsewhere = _rig.CommandWithoutNews(_first, SessionRig.Unit3);
        Assert.Equal(elsewhere, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.Acknowledge(_second);
        Assert.Equal(behind, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Once_it_is_through_there_is_no_fence_any_more()
    {
        Reset();
        _rig.CommandWithoutNews(_second);
        _rig.Acknowledge(_second);
        _rig.Take();
        _rig.CommandWithoutNews(_first);
        _rig.CommandWithoutNews(_second);
        Assert.Equal(2, _rig.Take().Count(pdu => pdu.EndsCommand));
    }

    [Fact]
    [Rule("7143/4.2.3.3")]
    public void The_first_status_is_fenced_though_the_attention_comes_with_the_second()
    {
        Reset();
        _rig.Attentions.Clear();
        uint first = _rig.CommandWithoutNews(_second);
        uint second = _rig.CommandWithoutNews(_first);
        Assert.Equal(first, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.Acknowledge(_second);
        Assert.Equal(second, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.Attentions.Add(SessionRig.Unit0);
        _rig.CommandWithoutNews(_second);
        Assert.DoesNotContain(_rig.Take(), pdu => pdu.EndsCommand); // the status on the first connection is not acknowledged
        _rig.Acknowledge(_first);
        SessionRig.AssertSense(_rig.Take()[0], 6, 0x29, 3);
    }

    [Fact]
    [Rule("7143/4.2.2.3.4#1")]
    public void On_the_issuing_session_it_is_the_status_with_the_attention()
    {
        TargetConnection first = _issuing.Connection, second = _issuing.AddConnection(1);
        _issuing.Manage(TaskManagementFunction.LogicalUnitReset);
        _issuing.Acknowledge(first);
        uint before = _issuing.CommandWithoutNews(first);
        _issuing.Attentions.Add(SessionRig.Unit0);
        uint attention = _issuing.CommandWithoutNews(second);
        Assert.Equal(before, Assert.Single(_issuing.Take(), pdu => pdu.EndsCommand).Itt);
        _issuing.Acknowledge(first);
        Assert.Equal(attention, Assert.Single(_issuing.Take(), pdu => pdu.EndsCommand).Itt);
        _issuing.Acknowledge(second);
        _issuing.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/13.23")]
    public void With_RFC3720_it_is_not_promised()
    {
        SessionRig plain = ThirdParty(Reporting(TaskReporting.Rfc3720));
        plain.CommandWithoutNews(plain.Session.Connections[0]);
        Reset();
        plain.CommandWithoutNews(plain.Session.Connections[1]);
        Assert.Equal(2, plain.Take().Count(pdu => pdu.EndsCommand));
    }

    [Fact]
    public void A_session_with_one_connection_needs_none()
    {
        _rig.CommandWithoutNews(_second);
        Reset();
        _rig.Lose(_first);
        _rig.Take();
        _rig.CommandWithoutNews(_second);
        Assert.Single(_rig.Take(), pdu => pdu.EndsCommand);
        TargetConnection third = _rig.AddConnection(2);
        _rig.CommandWithoutNews(third);
        Assert.Single(_rig.Take(), pdu => pdu.EndsCommand); // and owes none later
    }

    [Fact]
    public void CLEAR_TASK_SET_is_no_news_to_a_session_without_tasks()
    {
        _rig.CommandWithoutNews(_first);
        _issuing.Manage(TaskManagementFunction.ClearTaskSet);
        _rig.CommandWithoutNews(_second);
        Assert.Equal(2, _rig.Take().Count(pdu => pdu.EndsCommand));
    }

    [Fact]
    public void A_target_reset_owes_one_for_each_unit()
    {
        _rig.CommandWithoutNews(_first);
        _issuing.Manage(TaskManagementFunction.TargetWarmReset);
        _rig.Take();
        uint one = _rig.CommandWithoutNews(_second), other = _rig.CommandWithoutNews(_second, SessionRig.Unit3);
        Assert.DoesNotContain(_rig.Take(), pdu => pdu.EndsCommand);
        _rig.Acknowledge(_first);
        Assert.Equal(one, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.Acknowledge(_second);
        Assert.Equal(other, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.Acknowledge(_second);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void When_its_task_is_aborted_the_next_status_takes_its_place()
    {
        _rig.CommandWithoutNews(_first);
        Reset();
        uint aborted = _rig.CommandWithoutNews(_second);
        uint next = _rig.CommandWithoutNews(_second);
        _rig.Take();
        uint function = AbortFromSecond(aborted);
        _rig.Acknowledge(_first);
        Assert.Equal(next, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.Acknowledge(_second);
        Assert.Equal(function, _rig.Single(Opcode.TaskManagementResponse).Itt);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void When_another_session_ends_its_task_what_waits_behind_goes_on_at_once()
    {
        _rig.CommandWithoutNews(_first);
        Reset();
        _rig.CommandWithoutNews(_second);
        uint function = AbortFromSecond(4711);
        Assert.DoesNotContain(_rig.Take(), pdu => pdu.Opcode == Opcode.TaskManagementResponse);
        Reset();
        Assert.Equal(function, _rig.Single(Opcode.TaskManagementResponse).Itt);
        Assert.Equal(0, _rig.Session.TaskCount);
    }

    [Fact]
    public void With_its_connection_it_goes()
    {
        _rig.AddConnection(2);
        _rig.CommandWithoutNews(_first);
        Reset();
        _rig.CommandWithoutNews(_second);
        uint behind = _rig.CommandWithoutNews(_first);
        _rig.Take();
        _rig.Lose(_second);
        _rig.Acknowledge(_first);
        Assert.Equal(behind, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.Acknowledge(_first);
        _rig.Tick(_rig.Retention);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void After_a_reassignment_it_is_fenced_on_its_new_connection()
    {
        SessionRig rig = ThirdParty(Reporting(TaskReporting.ResponseFence) with { ErrorRecoveryLevel = 2 });
        TargetConnection first = rig.Session.Connections[0], second = rig.Session.Connections[1], third = rig.AddConnection(2);
        rig.CommandWithoutNews(third, SessionRig.Unit3);
        Reset();
        uint attention = rig.CommandWithoutNews(second);
        rig.Lose(second);
        rig.Connection = first;
        rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        rig.Take();
        rig.Manage(TaskManagementFunction.TaskReassign, referenced: attention);
        List<SentPdu> sent = rig.Take();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, sent.Single(pdu => pdu.Opcode == Opcode.TaskManagementResponse).Function);
        Assert.DoesNotContain(sent, pdu => pdu.EndsCommand);
        rig.Acknowledge(first);
        rig.Acknowledge(third);
        Assert.Equal((attention, 0), (rig.Sent.Single(pdu => pdu.EndsCommand).Itt, (int)rig.Single(Opcode.ScsiResponse).Cid));
        rig.Acknowledge(first);
        rig.Tick(rig.Retention);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.3.6")]
    public void A_status_held_behind_it_may_be_ended_by_another_session()
    {
        _rig.CommandWithoutNews(_first);
        Reset();
        _rig.CommandWithoutNews(_second);
        _rig.CommandWithoutNews(_second);
        _rig.Take();
        Reset();
        Assert.Equal(0, _rig.Session.TaskCount);
        uint attention = _rig.CommandWithoutNews(_second);
        _rig.Acknowledge(_first);
        Assert.Equal(attention, Assert.Single(_rig.Take(), pdu => pdu.EndsCommand).Itt);
        _rig.Acknowledge(_second);
        _rig.AssertNothingLeaks();
    }

    private static SessionParameters Reporting(TaskReporting reporting) => new() { TaskReporting = reporting };

    private SessionRig ThirdParty(SessionParameters parameters)
    {
        SessionRig rig = new(parameters);
        rig.AddConnection(1);
        _issuing.Others.Add(rig);
        return rig;
    }

    private void Reset()
    {
        _issuing.Manage(TaskManagementFunction.LogicalUnitReset);
        foreach (SessionRig rig in _issuing.Others)
        {
            rig.Attentions.Add(SessionRig.Unit0);
        }
    }

    // Its PDU acknowledges nothing of the first connection.
    private uint AbortFromSecond(uint task)
    {
        _rig.Connection = _second;
        return _rig.Manage(TaskManagementFunction.AbortTask, referenced: task, refCmdSN: _rig.CmdSN - 2);
    }
}
