using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Goal: an initiator cannot see a task management response before a status that was sent before it, nor after one that was sent behind it.</summary>
[Rule("7143/4.2.2.3.3")]
public class ResponseFenceTests
{
    private readonly SessionRig _rig = new();
    private readonly TargetConnection _first;
    private readonly TargetConnection _second;

    public ResponseFenceTests()
    {
        _first = _rig.Connection;
        _second = _rig.AddConnection(1);
    }

    [Theory]
    [InlineData(TaskManagementFunction.AbortTaskSet)]
    [InlineData(TaskManagementFunction.ClearTaskSet)]
    [InlineData(TaskManagementFunction.LogicalUnitReset)]
    [InlineData(TaskManagementFunction.TargetWarmReset)]
    [Rule("7143/4.2.2.3.2#1")]
    [Rule("7143/4.2.2.3.3#2")]
    [Rule("7143/4.2.2.3.4#2")]
    [Rule("7143/4.2.3.3#8")]
    [Rule("7143/4.2.3.3#10")]
    [Rule("7143/11.6.1#2")]
    public void The_response_waits_for_the_acknowledgement_of_statuses_of_other_connections(TaskManagementFunction function)
    {
        StatusOnSecond();
        Manage(function);
        SentPdu ping = _rig.TakeOne();
        Assert.Equal(1, ping.Cid);
        Assert.NotEqual(Bhs.ReservedTag, ping.NopIn.TargetTransferTag);
        Acknowledge(_first); // of no use
        Assert.Empty(_rig.Sent);
        Acknowledge(_second);
        SentPdu[] sent = [.. _rig.Take()];
        Assert.Equal([(0, Opcode.TaskManagementResponse), (0, Opcode.NopIn)], sent.Select(pdu => ((int)pdu.Cid, pdu.Opcode)));
        Acknowledge(_first);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Acknowledged_statuses_hold_up_nothing()
    {
        StatusOnSecond();
        Acknowledge(_second);
        Manage(TaskManagementFunction.AbortTaskSet);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Single(Opcode.TaskManagementResponse).Function);
    }

    [Fact]
    [Rule("7143/4.2.2.3.3")]
    public void Statuses_of_the_function_s_own_connection_are_waited_for_too()
    {
        _rig.AutoComplete = false;
        uint covered = _rig.Command(new FakeCdb());
        uint other = _rig.Command(new FakeCdb(), lun: SessionRig.Unit3);
        Manage(TaskManagementFunction.AbortTaskSet);
        _rig.CompleteTask(other);
        _rig.CompleteTask(covered);
        Assert.Equal([Opcode.ScsiResponse, Opcode.NopIn], _rig.Take().Select(pdu => pdu.Opcode));
        Acknowledge(_first);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Take()[0].Function);
        Acknowledge(_first);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_single_connection_has_no_fence()
    {
        SessionRig rig = new();
        rig.Command(new FakeCdb());
        rig.Take();
        rig.Manage(TaskManagementFunction.LogicalUnitReset);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, rig.TakeOne().Function);
    }

    [Fact]
    public void ABORT_TASK_has_no_fence()
    {
        StatusOnSecond();
        _rig.AutoComplete = false;
        uint task = _rig.Command(new FakeCdb());
        Manage(TaskManagementFunction.AbortTask, task);
        _rig.CompleteTask(task);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
    }

    [Fact]
    [Rule("7143/4.2.2.3.2#2")]
    [Rule("7143/4.2.2.3.3#3")]
    [Rule("7143/4.2.2.3.3#4")]
    public void Statuses_of_the_unit_behind_the_response_wait_until_it_is_acknowledged()
    {
        StatusOnSecond();
        Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Take();
        _rig.Connection = _second;
        uint other = Behind(SessionRig.Unit3);
        uint held = Behind(SessionRig.Unit0);
        Assert.Equal(other, _rig.TakeOne().Itt);
        Acknowledge(_second);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Single(Opcode.TaskManagementResponse).Function);
        Assert.DoesNotContain(_rig.Take(), pdu => pdu.EndsCommand);
        Acknowledge(_first);
        Assert.Equal((1, held), (_rig.Sent.Single().Cid, _rig.TakeOne().Itt));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_second_function_waits_behind_the_fence_of_the_first_and_may_end_what_it_holds()
    {
        StatusOnSecond();
        Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Connection = _second;
        Behind(SessionRig.Unit0);
        uint second = Manage(TaskManagementFunction.LogicalUnitReset);
        Assert.Single(_rig.Sent, pdu => pdu.Opcode == Opcode.TaskManagementResponse);
        Acknowledge(_first);
        Assert.Equal(2, _rig.Sent.Count(pdu => pdu.Opcode == Opcode.TaskManagementResponse));
        Assert.Equal(second, _rig.Sent.Last(pdu => pdu.Opcode == Opcode.TaskManagementResponse).Itt);
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.EndsCommand);
        Acknowledge(_second);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Statuses_behind_a_function_that_waits_for_another_fence_wait_too()
    {
        StatusOnSecond();
        Manage(TaskManagementFunction.AbortTaskSet);
        uint second = _rig.Manage(TaskManagementFunction.AbortTaskSet, SessionRig.Unit3);
        uint held = Behind(SessionRig.Unit3);
        Assert.DoesNotContain(_rig.Take(), pdu => pdu.EndsCommand);
        Acknowledge(_second);
        _rig.Take();
        Acknowledge(_first);
        Assert.Equal(second, _rig.Take()[0].Itt);
        Acknowledge(_first);
        Assert.Equal(held, _rig.TakeOne().Itt);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connection_that_does_not_acknowledge_is_dropped_and_the_fence_goes_on(bool takesAnswers)
    {
        StatusOnSecond();
        Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Take();
        _rig.Tick(_rig.Options.ProbePatience);
        Assert.Empty(_rig.Closed);
        if (takesAnswers)
        {
            _second.TakesAnswers(_rig.Now);
        }

        _rig.Tick(TimeSpan.FromMilliseconds(1));
        if (takesAnswers)
        {
            Assert.Empty(_rig.Closed); // a slow reader is not a dead one
            return;
        }

        Assert.Equal(_second, Assert.Single(_rig.Closed).Connection);
        _rig.LoseForGood(_second, "dropped");
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Single(Opcode.TaskManagementResponse).Function);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_the_connection_of_the_function_its_fence_goes(bool responseSent)
    {
        StatusOnSecond();
        Manage(TaskManagementFunction.AbortTaskSet);
        if (responseSent)
        {
            Acknowledge(_second);
        }

        _rig.Connection = _second;
        uint held = Behind(SessionRig.Unit0);
        _rig.Take();
        _rig.LoseForGood(_first, "reset");
        Assert.Contains(_rig.Sent, pdu => pdu.Cid == 1 && pdu.Itt == held && pdu.EndsCommand);
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.Opcode == Opcode.TaskManagementResponse);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_held_status_is_lost_with_its_connection()
    {
        StatusOnSecond();
        Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Connection = _second;
        Behind(SessionRig.Unit0);
        _rig.Take();
        _rig.LoseForGood(_second, "reset");
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.EndsCommand);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Single(Opcode.TaskManagementResponse).Function);
        _rig.AssertNothingLeaks();
    }

    // Its initiator has not said that it has seen it.
    private void StatusOnSecond()
    {
        _rig.Connection = _second;
        _rig.Command(new FakeCdb());
        _rig.Take();
        _rig.Connection = _first;
    }

    private uint Manage(TaskManagementFunction function, uint referenced = Bhs.ReservedTag) =>
        _rig.Manage(function, referenced: referenced, refCmdSN: _rig.CmdSN - 1);

    // On the second connection.
    private uint Behind(ulong lun) => _rig.CommandWithoutNews(_second, lun);

    private void Acknowledge(TargetConnection connection) => _rig.Acknowledge(connection);
}
