using Blockwire.Protocol.Initiator;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>What an initiator leaves unsaid behind a Logout Request, and how commands end by it (RFC 7143 §11.14).</summary>
public sealed class QuietTests
{
    [Fact]
    [Rule("logout/L7")]
    [Rule("7143/11.14")]
    public void Nothing_follows_a_logout_on_its_connection()
    {
        InitiatorRig rig = new(connections: 2);
        List<FakeInitiatorTask> writes = [.. Enumerable.Range(0, 8).Select(_ => rig.Write())];
        InitiatorConnection closing = rig.C0;
        rig.Do(session => session.CloseConnection(0, rig.Now, rig));
        Assert.Equal(LogoutReason.CloseConnection, rig.Logouts[^1].Request.Reason);
        int sent = rig.Sent.Count(it => it.Connection == closing);

        rig.AskForData(writes.First(task => task.Connection == closing));
        rig.Receive(closing, new NopIn(0, Bhs.ReservedTag, 5).Emit, takesStatSN: false);
        rig.Write();

        Assert.Equal(sent, rig.Sent.Count(it => it.Connection == closing));
    }

    [Fact]
    [Rule("logout/L8")]
    [Rule("7143/11.14")]
    public void Nothing_follows_the_logout_of_a_session_on_any_connection()
    {
        InitiatorRig rig = new(connections: 2);
        FakeInitiatorTask first = rig.Write();
        FakeInitiatorTask second = rig.Write();
        rig.Do(session => session.Close(rig.Now, rig));
        int sent = rig.Sent.Count;

        rig.AskForData(first);
        rig.AskForData(second);
        FakeInitiatorTask late = rig.Read();

        Assert.Equal(sent, rig.Sent.Count);
        Assert.Equal(RequestEnd.Closed, late.End);
        Assert.False(late.MayHaveRun);
    }

    [Fact]
    [Rule("logout/L8")]
    public void Nothing_follows_the_logout_that_the_target_asked_for_on_a_connection_that_joins_meanwhile()
    {
        InitiatorRig rig = new(connections: 2);
        rig.Lose(rig.C1);
        rig.Pass(TimeSpan.FromSeconds(2));
        InitiatorConnection joining = rig.Connecting.Peek();
        Assert.Equal(ConnectionPurpose.Leading, joining.Purpose); // level 0: the session begins anew
        rig.LogIn();
        rig.Tell(rig.Session.Connections[0], AsyncEvent.LogoutRequest, parameter3: 10);
        int sent = rig.Sent.Count;
        while (rig.Connecting.Count > 0)
        {
            rig.LogIn();
        }

        rig.Read();

        Assert.Equal(LogoutReason.CloseSession, rig.Logouts[^1].Request.Reason);
        Assert.Equal(sent, rig.Sent.Count);
    }

    [Fact]
    [Rule("logout/L19")]
    public void Commands_that_a_logout_ends_end_apart_from_errors_and_from_answers()
    {
        InitiatorRig rig = new();
        List<FakeInitiatorTask> commands = [.. Enumerable.Range(0, 32).Select(_ => rig.Read())];
        rig.Do(session => session.Close(rig.Now, rig));
        Assert.All(commands, static it => Assert.Equal(RequestEnd.None, it.End));

        rig.AnswerLogout();

        Assert.All(commands, static it => Assert.Equal((RequestEnd.TerminatedByLogout, 1), (it.End, it.Released)));
        Assert.All(commands, static it => Assert.True(it.MayHaveRun));
        Assert.Empty(rig.Notes);
    }

    [Fact]
    [Rule("logout/L49")]
    [Rule("7143/4.2.2.1")]
    public void A_logout_gets_through_a_closed_window()
    {
        InitiatorRig rig = new();
        for (uint i = 0; i < InitiatorRig.Window; i++)
        {
            rig.Read();
        }

        FakeInitiatorTask waiting = rig.Read();
        Assert.False(rig.Session.Numbers.IsOpen);
        Assert.Null(waiting.Connection);

        rig.Do(session => session.Close(rig.Now, rig));

        Assert.True(Assert.Single(rig.Logouts).Request.Immediate);
        Assert.Equal(RequestEnd.Closed, waiting.End);
    }
}
