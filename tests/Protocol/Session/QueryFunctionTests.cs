using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Goal: the functions of RFC 7144 that ask answer right and change nothing. Method: tasks in every state, then a question.</summary>
public class QueryFunctionTests
{
    private readonly SessionRig _rig = new(new SessionParameters { ProtocolLevel = 2, MaxConnections = 2 }) { AutoComplete = false };

    [Theory]
    [InlineData(TaskManagementFunction.QueryTask, 1)]
    [InlineData(TaskManagementFunction.QueryTaskSet, 1)]
    [InlineData(TaskManagementFunction.ITNexusReset, 1)]
    [InlineData(TaskManagementFunction.QueryAsynchronousEvent, 1)]
    [InlineData(TaskManagementFunction.QueryTask, 0)]
    [InlineData(TaskManagementFunction.ITNexusReset, 0)]
    [Rule("7144/4.1")]
    [Rule("7144/6.3")]
    public void Below_level_2_none_of_the_four_is_served(TaskManagementFunction function, int level)
    {
        SessionRig rig = new(new SessionParameters { ProtocolLevel = level }) { AutoComplete = false };
        uint itt = rig.Command(new FakeCdb(Gives: 512), 512);
        rig.PendingEvents[SessionRig.Unit0] = 0x162907;
        rig.Manage(function, referenced: itt, refCmdSN: 100);
        rig.Manage(function, referenced: itt, refCmdSN: 100, cmdSN: 105);
        Assert.All(rig.Take(), pdu => Assert.Equal((TaskManagementResponseCode.FunctionNotSupported, 0), (pdu.Function, pdu.TaskManagement.AdditionalInformation)));
        Assert.Empty(rig.Closed);
        rig.CompleteTask(itt);
        Assert.True(rig.TakeOne().EndsCommand);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7144/6.4.2")]
    public void QUERY_TASK_finds_a_task_and_lets_it_live(bool immediateCommand)
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 512), 512, immediate: immediateCommand);
        uint query = _rig.Manage(TaskManagementFunction.QueryTask, referenced: itt, refCmdSN: 100);
        TaskManagementResponse answer = _rig.TakeOne().TaskManagement;
        Assert.Equal((TaskManagementResponseCode.FunctionSucceeded, query, 0), (answer.Response, answer.InitiatorTaskTag, answer.AdditionalInformation));
        Assert.False(Assert.Single(_rig.Executing).Cancelled);
        _rig.CompleteTask(itt);
        Assert.True(_rig.TakeOne().EndsCommand); // RFC 7144 §6.3: its response may follow that of the query
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7144/6.4.2")]
    public void QUERY_TASK_of_a_write_that_waits_for_data_and_of_a_command_behind_a_hole()
    {
        uint write = _rig.Command(new FakeCdb(Takes: 512), 512);
        uint held = _rig.Command(new FakeCdb(Gives: 512), 512, cmdSN: 102);
        _rig.Take();
        _rig.Manage(TaskManagementFunction.QueryTask, referenced: write, refCmdSN: 100, cmdSN: 103);
        _rig.Manage(TaskManagementFunction.QueryTask, referenced: held, refCmdSN: 102, cmdSN: 103);
        Assert.All(_rig.Take(), pdu => Assert.Equal(TaskManagementResponseCode.FunctionSucceeded, pdu.Function));
        Assert.Equal(101u, _rig.Session.Window.ExpCmdSN.Value);
    }

    [Fact]
    [Rule("7144/6.4.2")]
    public void QUERY_TASK_of_a_task_that_has_ended_or_is_on_another_unit()
    {
        uint ended = _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.CompleteAll();
        uint elsewhere = _rig.Command(new FakeCdb(Gives: 512), 512, lun: SessionRig.Unit3);
        _rig.Take();
        _rig.Manage(TaskManagementFunction.QueryTask, referenced: ended, refCmdSN: 100);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.Manage(TaskManagementFunction.QueryTask, referenced: elsewhere, refCmdSN: 101);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.Manage(TaskManagementFunction.QueryTask, SessionRig.FlatUnit3, elsewhere, 101);
        Assert.Equal(TaskManagementResponseCode.FunctionSucceeded, _rig.TakeOne().Function);
    }

    [Fact]
    [Rule("7144/6.3.3")]
    public void QUERY_TASK_of_a_command_that_never_came_counts_it_as_received()
    {
        uint held = _rig.Command(new FakeCdb(Gives: 512), 512, cmdSN: 101);
        Assert.Empty(_rig.Executing);
        _rig.Manage(TaskManagementFunction.QueryTask, referenced: 4711, refCmdSN: 100, cmdSN: 102);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.Equal(held, Assert.Single(_rig.Executing).InitiatorTaskTag);
        Assert.Equal(102u, _rig.Session.Window.ExpCmdSN.Value);
    }

    [Fact]
    [Rule("7144/6.3.3")]
    public void QUERY_TASK_with_the_number_of_the_request_itself_closes_no_hole()
    {
        _rig.Manage(TaskManagementFunction.QueryTask, referenced: 4711, refCmdSN: 100, cmdSN: 100);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.Equal(100u, _rig.Session.Window.ExpCmdSN.Value);
    }

    [Fact]
    [Rule("7144/6.3")]
    public void QUERY_TASK_is_not_for_task_management_requests()
    {
        _rig.Command(new FakeCdb(Gives: 512), 512);
        uint running = _rig.Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Manage(TaskManagementFunction.QueryTask, referenced: running);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, _rig.TakeOne().Function);
        uint postponed = _rig.Manage(TaskManagementFunction.ClearTaskSet, cmdSN: 105);
        _rig.Manage(TaskManagementFunction.QueryTask, referenced: postponed);
        Assert.Equal(TaskManagementResponseCode.FunctionRejected, _rig.TakeOne().Function);
    }

    [Fact]
    [Rule("7144/6.4.2")]
    public void QUERY_TASK_SET_asks_for_the_unit_that_the_LUN_names()
    {
        _rig.Command(new FakeCdb(Gives: 512), 512, lun: SessionRig.Unit3);
        _rig.Manage(TaskManagementFunction.QueryTaskSet);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.Manage(TaskManagementFunction.QueryTaskSet, SessionRig.FlatUnit3);
        Assert.Equal(TaskManagementResponseCode.FunctionSucceeded, _rig.TakeOne().Function);
        _rig.CompleteAll();
        _rig.Take();
        _rig.Manage(TaskManagementFunction.QueryTaskSet, SessionRig.Unit3, immediate: false);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7144/6.4.2")]
    public void QUERY_TASK_SET_does_not_wait_and_does_not_count_what_was_sent_behind_it()
    {
        _rig.Command(new FakeCdb(Gives: 512), 512, cmdSN: 103);
        _rig.Manage(TaskManagementFunction.QueryTaskSet, cmdSN: 102);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.Manage(TaskManagementFunction.QueryTaskSet, cmdSN: 104);
        Assert.Equal(TaskManagementResponseCode.FunctionSucceeded, _rig.TakeOne().Function);
    }

    [Fact]
    [Rule("7144/6.3")]
    public void A_query_that_is_not_immediate_has_its_place_in_the_order()
    {
        _rig.Manage(TaskManagementFunction.QueryTaskSet, immediate: false, cmdSN: 101);
        Assert.Empty(_rig.Sent);
        _rig.Command(new FakeCdb(Gives: 512), 512, cmdSN: 100);
        Assert.Equal(TaskManagementResponseCode.FunctionSucceeded, _rig.TakeOne().Function);
        _rig.CompleteAll();
    }

    [Fact]
    [Rule("7144/6.4.2")]
    [Rule("7144/6.4.1")]
    public void QUERY_ASYNCHRONOUS_EVENT_tells_what_is_pending_on_the_unit()
    {
        _rig.PendingEvents[SessionRig.Unit3] = 0x162907;
        _rig.Manage(TaskManagementFunction.QueryAsynchronousEvent, SessionRig.FlatUnit3);
        SentPdu answer = _rig.TakeOne();
        Assert.Equal(TaskManagementResponseCode.FunctionSucceeded, answer.Function);
        Assert.Equal([0x16, 0x29, 0x07, 0], answer.Header[8..12]);
        _rig.Manage(TaskManagementFunction.QueryAsynchronousEvent);
        answer = _rig.TakeOne();
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, answer.Function);
        Assert.Equal([0, 0, 0, 0], answer.Header[8..12]);
    }

    [Theory]
    [InlineData(TaskManagementFunction.QueryTask)]
    [InlineData(TaskManagementFunction.QueryTaskSet)]
    [InlineData(TaskManagementFunction.QueryAsynchronousEvent)]
    [Rule("7144/6.3.1")]
    public void A_query_needs_a_LUN_that_exists(TaskManagementFunction function)
    {
        _rig.Manage(function, SessionRig.NoUnit);
        Assert.Equal(TaskManagementResponseCode.LunDoesNotExist, _rig.TakeOne().Function);
        Assert.Empty(_rig.Closed);
    }

    [Theory]
    [InlineData(2, 7)]
    [InlineData(1, 0)]
    [InlineData(0, 0)]
    [Rule("7144/5.1.1")]
    public void Command_priority_is_read_at_level_2_only(int level, byte expected)
    {
        SessionRig rig = new(new SessionParameters { ProtocolLevel = level }) { AutoComplete = false };
        rig.Command(new FakeCdb(Gives: 512), 512, priority: 7);
        Assert.Equal(expected, Assert.Single(rig.Executing).Priority);
    }

    [Fact]
    [Rule("7144/5.2.1")]
    public void The_status_qualifier_is_0()
    {
        _rig.Command(new FakeCdb(Gives: 512) { Fails = true }, 512);
        _rig.CompleteAll();
        ScsiResponse response = _rig.TakeOne().Response;
        Assert.Equal((2, 0), (response.Status, response.StatusQualifier));
    }
}
