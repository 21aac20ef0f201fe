using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Goal: I_T NEXUS RESET ends everything of the session, its response goes out before the end, and nothing can hold it up for ever.</summary>
public class NexusResetTests
{
    private readonly SessionRig _rig = new(new SessionParameters { ProtocolLevel = 2, MaxConnections = 2 }) { AutoComplete = false };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7144/6.3")]
    [Rule("7144/6.4.2")]
    public void The_response_comes_after_the_last_task_and_before_the_end_of_the_session(bool immediate)
    {
        TargetConnection carrier = _rig.Connection, second = _rig.AddConnection(1);
        _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Command(new FakeCdb(Gives: 512), 512, lun: SessionRig.Unit3);
        _rig.Connection = second;
        _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Connection = carrier;
        uint reset = _rig.Manage(TaskManagementFunction.ITNexusReset, immediate: immediate);
        Assert.All(_rig.Executing, task => Assert.True(task.Cancelled));
        while (_rig.Executing.Count > 0)
        {
            Assert.Empty(_rig.Sent);
            Assert.Empty(_rig.Closed);
            _rig.CompleteTask(_rig.Executing[0]);
        }

        SentPdu answer = _rig.TakeOne();
        Assert.Equal((TaskManagementResponseCode.FunctionComplete, reset, (ushort)0), (answer.Function, answer.Itt, answer.Cid));
        Assert.Equal([carrier, second], _rig.Closed.Select(closed => closed.Connection));
        Assert.All(_rig.Closed, closed => Assert.Equal(CloseKind.AfterFlush, closed.Kind));
        Assert.NotNull(_rig.EndedWhy);
        Assert.Empty(_rig.Session.Connections);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7144/6.3.1")]
    public void The_LUN_field_does_not_matter()
    {
        _rig.Manage(TaskManagementFunction.ITNexusReset, SessionRig.NoUnit);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.NotNull(_rig.EndedWhy);
    }

    [Fact]
    [Rule("7144/6.5")]
    public void It_waits_for_the_commands_before_it()
    {
        uint held = _rig.Command(new FakeCdb(Gives: 512), 512, cmdSN: 101);
        _rig.Manage(TaskManagementFunction.ITNexusReset, cmdSN: 102);
        Assert.Empty(_rig.Sent);
        Assert.Empty(_rig.Closed);
        uint first = _rig.Command(new FakeCdb(Gives: 512), 512, cmdSN: 100);
        Assert.Equal([first, held], _rig.Delivered);
        Assert.All(_rig.Executing, task => Assert.True(task.Cancelled));
        _rig.CompleteAll();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.NotNull(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7144/6.5")]
    public void It_waits_for_the_answers_to_R2Ts()
    {
        uint write = _rig.Command(new FakeCdb(Takes: 1024), 1024);
        ReadyToTransfer r2t = _rig.TakeOne().R2T;
        _rig.Manage(TaskManagementFunction.ITNexusReset);
        Assert.Empty(_rig.Sent);
        _rig.DataOut(write, r2t.TargetTransferTag, 0, 0, SessionRig.Bytes(1024), final: true);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.Empty(_rig.Written);
        Assert.NotNull(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7144/6.3")]
    public void What_was_sent_behind_it_is_lost_with_the_session()
    {
        _rig.Command(new FakeCdb(Gives: 512), 512);
        uint held = _rig.Command(new FakeCdb(Gives: 512), 512, cmdSN: 103);
        _rig.Nop(immediate: false, cmdSN: 104);
        _rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: 105);
        _rig.Manage(TaskManagementFunction.ITNexusReset, immediate: false, cmdSN: 101);
        uint late = _rig.Command(new FakeCdb(Gives: 512), 512, cmdSN: 102);
        _rig.Nop();
        _rig.LogOut(LogoutReason.CloseSession);
        Assert.Empty(_rig.Sent);
        Assert.DoesNotContain(held, _rig.Delivered);
        Assert.DoesNotContain(late, _rig.Delivered);
        _rig.CompleteAll();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.NotNull(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7144/6.4.2")]
    public void What_does_not_end_in_time_does_not_hold_it_up(bool withDevice)
    {
        TargetConnection second = _rig.AddConnection(1);
        _rig.Command(withDevice ? new FakeCdb(Gives: 512) : new FakeCdb(Takes: 512), 512);
        _rig.Take();
        _rig.Manage(TaskManagementFunction.ITNexusReset);
        _rig.Tick(_rig.Options.DrainTimeout);
        Assert.Empty(_rig.Closed);
        _rig.Tick(TimeSpan.FromSeconds(1));
        Assert.Equal([_rig.Connection, second], _rig.Closed.Select(closed => closed.Connection));
        Assert.All(_rig.Closed, closed => Assert.Equal(CloseKind.Now, closed.Kind));
        Assert.NotNull(_rig.EndedWhy);
        _rig.CompleteAll();
        Assert.Empty(_rig.Sent);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7144/6.3")]
    public void It_is_carried_out_though_its_connection_is_lost()
    {
        TargetConnection second = _rig.AddConnection(1);
        _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Manage(TaskManagementFunction.ITNexusReset);
        _rig.Lose(_rig.Connection, "gone");
        Assert.Null(_rig.EndedWhy);
        _rig.CompleteAll();
        Assert.Empty(_rig.Sent);
        Assert.Equal(second, Assert.Single(_rig.Closed).Connection);
        Assert.NotNull(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }
}
