using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>What follows the loss of a connection, in which order and when (RFC 7143 §7.1.4.3, §7.2, §8.2, §11.15).</summary>
public sealed class RecoveryOrderTests
{
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);

    [Fact]
    [Rule("logout/L22")]
    [Rule("7143/8.2")]
    public void A_lost_connection_is_logged_out_on_another_after_Time2Wait()
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        InitiatorConnection carrier = rig.C0;
        rig.Lose(rig.C1);

        rig.Pass(TimeSpan.FromSeconds(2) - _moment);
        Assert.Empty(rig.Logouts);
        rig.Pass(_moment);

        (InitiatorConnection on, LogoutRequest request) = Assert.Single(rig.Logouts);
        Assert.Equal((carrier, LogoutReason.RemoveConnectionForRecovery, (ushort)1), (on, request.Reason, request.Cid));
    }

    [Fact]
    [Rule("logout/L22")]
    [Rule("7143/6.3.4")]
    public void The_last_connection_is_reinstated_after_Time2Wait()
    {
        InitiatorRig rig = new(level: 1);
        rig.Lose(rig.C0);

        rig.Pass(TimeSpan.FromSeconds(2) - _moment);
        Assert.Empty(rig.Connecting);
        rig.Pass(_moment);

        InitiatorConnection next = Assert.Single(rig.Connecting);
        Assert.Equal((ConnectionPurpose.Reinstate, (ushort)0), (next.Purpose, next.Cid));
    }

    [Theory]
    [InlineData(LogoutResponseCode.CidNotFound)]
    [InlineData(LogoutResponseCode.RecoveryNotSupported)]
    [Rule("logout/L26")]
    [Rule("7143/11.15.1")]
    public void Either_refusal_of_a_recovery_logout_leads_to_the_end_of_the_cleanup(LogoutResponseCode code)
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        FakeInitiatorTask first = rig.Read();
        FakeInitiatorTask second = rig.Read();
        FakeInitiatorTask lost = first.Connection == rig.C1 ? first : second;
        rig.Lose(rig.C1);
        rig.Pass(TimeSpan.FromSeconds(2));

        rig.AnswerLogout(code, time2Wait: 1);
        rig.Pass(TimeSpan.FromSeconds(1));
        if (code == LogoutResponseCode.RecoveryNotSupported)
        {
            Assert.Equal(LogoutReason.CloseConnection, rig.Logouts[^1].Request.Reason);
            rig.AnswerLogout();
            Assert.Equal(rig.C0, lost.Connection); // begun anew
        }
        else
        {
            Assert.Equal(TaskManagementFunction.TaskReassign, Assert.Single(rig.Functions).Request.Function);
        }

        Assert.DoesNotContain(rig.Session.Connections, static it => it.State == InitiatorConnectionState.CleanupWait);
    }

    [Fact]
    [Rule("logout/L30")]
    [Rule("7143/11.15.3")]
    public void The_first_reassignment_leaves_after_the_time_that_the_answer_names()
    {
        InitiatorRig rig = RigWithLostRead(out _);
        rig.AnswerLogout(time2Wait: 3);

        rig.Pass(TimeSpan.FromSeconds(3) - _moment);
        Assert.Empty(rig.Functions);
        rig.Pass(_moment);

        Assert.Equal(TaskManagementFunction.TaskReassign, Assert.Single(rig.Functions).Request.Function);
    }

    [Fact]
    [Rule("logout/L30")]
    public void The_next_logout_leaves_after_the_time_that_a_failure_names()
    {
        InitiatorRig rig = RigWithLostRead(out _);
        rig.AnswerLogout(LogoutResponseCode.CleanupFailed, time2Wait: 3);

        rig.Pass(TimeSpan.FromSeconds(3) - _moment);
        Assert.Single(rig.Logouts);
        rig.Pass(_moment);

        Assert.Equal(2, rig.Logouts.Count);
    }

    [Fact]
    [Rule("logout/L34b")]
    [Rule("7143/11.14.4")]
    public void The_logout_of_a_lost_connection_acknowledges_what_came_on_that()
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        Serial32 expected = rig.C1.ExpStatSN;
        rig.Lose(rig.C1);
        rig.Pass(TimeSpan.FromSeconds(2));

        (InitiatorConnection on, byte[] bhs) = Assert.Single(rig.SentOf(Opcode.LogoutRequest));

        Assert.Equal((0, expected), (on.Cid, InitiatorNumbers.Read(bhs).ExpStatSN));
    }

    [Fact]
    [Rule("logout/L41")]
    [Rule("7143/7.2.2")]
    public void A_reassignment_has_the_tag_of_its_task_and_says_what_came()
    {
        InitiatorRig rig = RigWithLostRead(out FakeInitiatorTask read);
        rig.AnswerLogout();
        rig.Pass(TimeSpan.Zero);

        (InitiatorConnection on, TaskManagementRequest request) = Assert.Single(rig.Functions);

        Assert.Equal((0, true, read.InitiatorTaskTag, new Serial32(1)), (on.Cid, request.Immediate, request.ReferencedTaskTag, request.ExpDataSN));
    }

    [Theory]
    [InlineData(TaskManagementResponseCode.ReassignmentNotSupported)]
    [InlineData(TaskManagementResponseCode.FunctionNotSupported)]
    [Rule("logout/L41")]
    public void A_task_that_cannot_be_reassigned_ends_after_ABORT_TASK(TaskManagementResponseCode code)
    {
        InitiatorRig rig = RigWithLostRead(out FakeInitiatorTask read, mayRepeat: false);
        rig.AnswerLogout();
        rig.Pass(TimeSpan.Zero);
        rig.Receive(rig.C0, new TaskManagementResponse(code, rig.Functions[^1].Request.InitiatorTaskTag).Emit);
        Assert.Equal(RequestEnd.None, read.End); // it may still be alive there
        Assert.Equal(TaskManagementFunction.AbortTask, rig.Functions[^1].Request.Function);

        rig.Receive(rig.C0, new TaskManagementResponse(TaskManagementResponseCode.FunctionComplete, rig.Functions[^1].Request.InitiatorTaskTag).Emit);

        Assert.Equal((RequestEnd.Lost, true, 1), (read.End, read.MayHaveRun, read.Released));
    }

    [Fact]
    [Rule("logout/L46")]
    [Rule("7143/7.2.1")]
    public void What_was_not_acknowledged_is_sent_again_in_order_with_its_tags_and_numbers()
    {
        InitiatorRig rig = new(level: 1, connections: 2);
        rig.ExpCmdSN = new Serial32(InitiatorRig.FirstCmdSN);
        List<FakeInitiatorTask> commands = [.. Enumerable.Range(0, 6).Select(_ => rig.Read())];
        var before = Numbers(rig, rig.C1);
        Assert.Equal(3, before.Count);
        rig.Lose(rig.C1);
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.Sent.RemoveAll(static it => new BhsView(it.Bhs).Opcode == Opcode.ScsiCommand);

        InitiatorConnection carrier = rig.C0;
        (InitiatorConnection on, byte[] logout) = rig.SentOf(Opcode.LogoutRequest)[^1];
        rig.Receive(on, new LogoutResponse(LogoutResponseCode.Closed, new BhsView(logout).InitiatorTaskTag, 0, 0).Emit);

        Assert.Equal(before, Numbers(rig, carrier));
        Assert.All(commands, static it => Assert.Equal(RequestEnd.None, it.End));
    }

    private static List<(uint Tag, Serial32 CmdSN)> Numbers(InitiatorRig rig, InitiatorConnection connection) =>
        [.. rig.SentOf(Opcode.ScsiCommand).Where(it => it.Connection == connection).Select(static it => (new BhsView(it.Bhs).InitiatorTaskTag, InitiatorNumbers.Read(it.Bhs).CmdSN))];

    // A read on C1 of which one Data-In came; C1 is lost, and its logout is under way on C0.
    private static InitiatorRig RigWithLostRead(out FakeInitiatorTask read, bool mayRepeat = true)
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        FakeInitiatorTask first = rig.Read(mayRepeat: mayRepeat);
        FakeInitiatorTask second = rig.Read(mayRepeat: mayRepeat);
        FakeInitiatorTask lost = read = first.Connection == rig.C1 ? first : second;
        rig.Receive(rig.C1, new DataIn(false, false, false, ResidualFlags.None, 0, 0, lost.InitiatorTaskTag, Bhs.ReservedTag, default, 0, 0).Emit, new byte[1024], takesStatSN: false);
        rig.Lose(rig.C1);
        rig.Pass(TimeSpan.FromSeconds(2));
        return rig;
    }
}
