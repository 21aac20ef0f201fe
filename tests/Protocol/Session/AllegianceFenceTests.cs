using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Goal: with several connections the statuses that tell of an auto contingent allegiance are in order with the others, wherever TaskReporting promises that.</summary>
public sealed class AllegianceFenceTests
{
    private readonly SessionRig _rig = new(SessionParameters.Default with { TaskReporting = TaskReporting.ResponseFence, MaxConnections = 2 });
    private readonly TargetConnection _first, _second;

    public AllegianceFenceTests() => (_first, _second) = (_rig.Connection, _rig.AddConnection(1));

    [Theory]
    [InlineData((byte)2)]
    [InlineData((byte)0x30)]
    [Rule("7143/4.2.2.3.4#3")]
    [Rule("7143/4.2.2.3.4#4")]
    public void The_status_that_establishes_it_and_the_first_ACA_ACTIVE_wait_for_the_statuses_before_them(byte status)
    {
        uint before = _rig.CommandWithoutNews(_first);
        _rig.Refusing = task =>
        {
            task.Status = status;
            task.Sense = status == 2 ? new byte[] { 5, 0x20, 0 } : default;
            task.TellsOfAllegiance = true;
        };
        uint told = _rig.CommandWithoutNews(_second);
        Assert.Equal(before, Assert.Single(_rig.Take(), static pdu => pdu.EndsCommand).Itt);
        _rig.Refusing = null;
        uint behind = _rig.CommandWithoutNews(_first);
        _rig.Acknowledge(_first);
        SentPdu fenced = Assert.Single(_rig.Take(), static pdu => pdu.EndsCommand);
        Assert.Equal((told, status), (fenced.Itt, fenced.Response.Status));
        _rig.Acknowledge(_second);
        Assert.Equal(behind, Assert.Single(_rig.Take(), static pdu => pdu.EndsCommand).Itt);
        _rig.Acknowledge(_first);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.3.4#5")]
    public void The_response_to_CLEAR_ACA_waits_too()
    {
        _rig.CommandWithoutNews(_first);
        _rig.Take();
        _rig.Connection = _second;
        byte[] header = _rig.Header(new TaskManagementRequest(true, TaskManagementFunction.ClearAca, SessionRig.Unit0, 900, Bhs.ReservedTag, default, default).Emit, _rig.CmdSN);
        _rig.Receive(header);
        Assert.DoesNotContain(_rig.Take(), static pdu => pdu.Opcode == Opcode.TaskManagementResponse);
        _rig.Acknowledge(_first);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, Assert.Single(_rig.Take(), static pdu => pdu.Opcode == Opcode.TaskManagementResponse).Function);
    }
}
