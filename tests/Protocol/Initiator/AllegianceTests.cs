using Blockwire.Protocol.Initiator;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>What becomes of a task when its connection was logged out and the target has an opinion of its own on it (RFC 7143 §7.2.2, §11.6.1).</summary>
public sealed class AllegianceTests
{
    [Fact]
    [Rule("logout/L41")]
    [Rule("7143/11.6.1")]
    public void The_logout_is_repeated_once_when_the_target_takes_a_task_for_allegiant_still()
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        FakeInitiatorTask task = Unassigned(rig);

        Answer(rig, TaskManagementResponseCode.TaskStillAllegiant);
        Assert.Equal((2, LogoutReason.RemoveConnectionForRecovery, (ushort)1), (rig.Logouts.Count, rig.Logouts[^1].Request.Reason, rig.Logouts[^1].Request.Cid));
        rig.AnswerLogout();
        rig.Pass(TimeSpan.Zero);
        Assert.Equal(2, rig.Functions.Count);
        Answer(rig, TaskManagementResponseCode.FunctionComplete);

        rig.Answer(task);
        Assert.Equal(RequestEnd.Answered, task.End);
    }

    [Fact]
    [Rule("logout/L41")]
    [Rule("7143/11.6.1")]
    public void The_session_begins_anew_when_that_does_not_help_either()
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        FakeInitiatorTask task = Unassigned(rig);

        Answer(rig, TaskManagementResponseCode.TaskStillAllegiant);
        rig.AnswerLogout();
        rig.Pass(TimeSpan.Zero);
        Answer(rig, TaskManagementResponseCode.TaskStillAllegiant);

        Assert.Equal(InitiatorSessionState.Failed, rig.Session.State);
        Assert.Equal(RequestEnd.None, task.End); // it waits for the new session, which ends the old task
        Assert.Equal(2, rig.Session.WaitingCount);
    }

    [Fact]
    public void A_read_is_not_sent_anew_while_a_lost_connection_still_receives_for_it()
    {
        InitiatorRig rig = new(level: 1, connections: 2);
        FakeInitiatorTask read = rig.Read();
        InitiatorConnection lost = read.Connection!;
        byte[] header = new byte[Bhs.Length];
        new DataIn(false, false, false, ResidualFlags.None, 0, 0, read.InitiatorTaskTag, Bhs.ReservedTag, default, 0, 0).Emit(header);
        Bhs.SetLengths(header, 0, 512);
        Assert.Equal(512, rig.Session.PlanLanding(lost, header, out IDisposable? hold).Length);

        rig.Lose(lost);
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.AnswerLogout();
        Assert.Null(read.Connection);
        hold!.Dispose();
        rig.Pass(TimeSpan.FromMilliseconds(10));

        Assert.NotNull(read.Connection);
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void Nothing_that_a_reassignment_has_acknowledged_is_asked_for_again()
    {
        DataArrival arrival = new();
        for (uint number = 0; number < 10; number++)
        {
            arrival.Take(number);
        }

        Assert.Equal(10u, arrival.Restart());
        arrival.Take(0); // the target begins at the start all the same
        arrival.Take(4);
        Assert.False(arrival.HasHoles);
        arrival.Take(12);

        Assert.True(arrival.TryGetHole(out uint first, out uint count));
        Assert.Equal((10u, 2u), (first, count));
    }

    // One task of two is on the connection that is lost and logged out; TASK REASSIGN is under way for it.
    private static FakeInitiatorTask Unassigned(InitiatorRig rig)
    {
        FakeInitiatorTask first = rig.Read();
        FakeInitiatorTask second = rig.Read();
        FakeInitiatorTask task = first.Connection == rig.C1 ? first : second;
        rig.Lose(rig.C1);
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.AnswerLogout();
        rig.Pass(TimeSpan.Zero);
        Assert.Single(rig.Functions);
        return task;
    }

    private static void Answer(InitiatorRig rig, TaskManagementResponseCode code)
    {
        (InitiatorConnection connection, TaskManagementRequest request) = rig.Functions[^1];
        rig.Receive(connection, new TaskManagementResponse(code, request.InitiatorTaskTag).Emit);
    }
}
