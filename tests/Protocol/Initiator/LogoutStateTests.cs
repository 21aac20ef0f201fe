using Blockwire.Protocol.Initiator;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>What the target asks for or takes away, and the paths through the tables of RFC 7143 §8.1.3, §8.2 and §8.3.1 that follow.</summary>
public sealed class LogoutStateTests
{
    [Fact]
    [Rule("logout/L50")]
    [Rule("7143/11.9.1")]
    public void An_idle_connection_is_logged_out_at_once_when_the_target_asks()
    {
        InitiatorRig rig = new(connections: 2);
        rig.Tell(rig.C1, AsyncEvent.LogoutRequest, parameter3: 10);

        (InitiatorConnection on, LogoutRequest request) = Assert.Single(rig.Logouts);

        Assert.Equal((1, LogoutReason.CloseConnection, (ushort)1), (on.Cid, request.Reason, request.Cid));
    }

    [Fact]
    [Rule("logout/L50")]
    public void A_busy_connection_is_logged_out_before_the_time_is_up()
    {
        InitiatorRig rig = new();
        rig.Read();
        rig.Tell(rig.C0, AsyncEvent.LogoutRequest, parameter3: 10);
        FakeInitiatorTask late = rig.Read();
        Assert.Empty(rig.Logouts);
        Assert.Null(late.Connection); // nothing new goes out

        rig.Pass(TimeSpan.FromSeconds(9));

        Assert.Equal(LogoutReason.CloseSession, Assert.Single(rig.Logouts).Request.Reason);
    }

    [Fact]
    [Rule("logout/L50")]
    public void A_second_request_for_a_logout_changes_nothing()
    {
        InitiatorRig rig = new();
        rig.Read();
        rig.TakePath();
        rig.Tell(rig.C0, AsyncEvent.LogoutRequest, parameter3: 10);
        rig.Tell(rig.C0, AsyncEvent.LogoutRequest, parameter3: 10);
        rig.Pass(TimeSpan.FromSeconds(6));
        rig.Tell(rig.C0, AsyncEvent.LogoutRequest, parameter3: 10);

        Assert.Single(rig.Logouts);
        Assert.Equal("0:T11 0:T12 0:T10 0:T14", rig.TakePath());
    }

    [Fact]
    [Rule("logout/L51")]
    public void A_connection_that_the_target_has_dropped_is_settled_after_the_time_that_it_names()
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        rig.Tell(rig.C0, AsyncEvent.ConnectionDrop, parameter1: 1, parameter2: 4, parameter3: 20);
        Assert.Equal(InitiatorConnectionState.CleanupWait, rig.C1.State);

        rig.Pass(TimeSpan.FromSeconds(3.9));
        Assert.Empty(rig.Logouts);
        rig.Pass(TimeSpan.FromSeconds(0.1));

        Assert.Equal((ushort)1, Assert.Single(rig.Logouts).Request.Cid);
    }

    [Fact]
    [Rule("logout/L51")]
    public void A_session_that_the_target_has_dropped_begins_anew_after_the_time_that_it_names()
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        FakeInitiatorTask read = rig.Read();
        rig.Tell(rig.C0, AsyncEvent.SessionDrop, parameter2: 3, parameter3: 0);
        Assert.Equal(InitiatorSessionState.Failed, rig.Session.State);

        rig.Pass(TimeSpan.FromSeconds(2.9));
        Assert.Empty(rig.Connecting);
        rig.Pass(TimeSpan.FromSeconds(0.1));
        rig.LogIn();

        Assert.NotNull(read.Connection);
        Assert.Equal(RequestEnd.None, read.End);
    }

    [Fact]
    [Rule("logout/L51")]
    public void A_wish_to_negotiate_is_answered_with_a_Text_Request()
    {
        InitiatorRig rig = new();
        rig.Tell(rig.C0, AsyncEvent.NegotiationRequest, parameter3: 5);

        Assert.Single(rig.SentOf(Opcode.TextRequest));
    }

    [Fact]
    [Rule("logout/L54")]
    [Rule("7143/8.1.2")]
    public void A_connection_that_is_lost_during_its_logout_is_cleaned_up_like_any()
    {
        InitiatorRig rig = new(level: 1, connections: 2);
        rig.Do(session => session.CloseConnection(1, rig.Now, rig));
        rig.TakePath();
        rig.Lose(rig.C1);
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.AnswerLogout();

        Assert.Equal("1:T17 1:M2 1:M4", rig.TakePath());
        Assert.Single(rig.Session.Connections);
    }

    [Fact]
    [Rule("logout/L54")]
    public void A_session_whose_logout_loses_its_connection_leaves_nothing()
    {
        InitiatorRig rig = new();
        FakeInitiatorTask read = rig.Read();
        rig.Do(session => session.Close(rig.Now, rig));
        rig.Lose(rig.C0);

        Assert.True(rig.Session.IsOver);
        Assert.Empty(rig.Session.Connections);
        Assert.Equal((RequestEnd.TerminatedByLogout, 1), (read.End, read.Released));
        Assert.Equal(TimeSpan.MaxValue, rig.Session.Deadline);
    }

    [Fact]
    [Rule("logout/L54")]
    public void What_becomes_of_the_connection_after_the_answer_does_not_matter()
    {
        InitiatorRig rig = new();
        InitiatorConnection connection = rig.C0;
        rig.Do(session => session.Close(rig.Now, rig));
        rig.AnswerLogout();
        rig.Lose(connection);

        Assert.Equal((connection, InitiatorClose.InOrder), Assert.Single(rig.Closed));
    }

    [Fact]
    [Rule("logout/L55")]
    [Rule("7143/8.1.2")]
    public void A_logout_without_an_answer_ends_all_the_same()
    {
        InitiatorRig rig = new(options: new InitiatorSessionOptions { LogoutTimeLimit = TimeSpan.FromSeconds(15) });
        FakeInitiatorTask read = rig.Read();
        rig.Do(session => session.Close(rig.Now, rig));
        rig.TakePath();

        rig.Pass(TimeSpan.FromSeconds(14.9));
        Assert.False(rig.Session.IsOver);
        rig.Pass(TimeSpan.FromSeconds(0.1));

        Assert.True(rig.Session.IsOver);
        Assert.StartsWith("0:T17", rig.TakePath(), StringComparison.Ordinal);
        Assert.Equal((RequestEnd.TerminatedByLogout, 1), (read.End, read.Released));
        Assert.Equal(InitiatorClose.Now, Assert.Single(rig.Closed).How);
    }

    [Theory]
    [InlineData("clean close", "0:T9 0:T13 1:T8 N3")]
    [InlineData("one connection", "1:T9 1:T13")]
    [InlineData("asked", "1:T11 1:T10 1:T13")]
    [InlineData("asked, then ignored", "1:T11 1:T16")]
    [InlineData("failed logout", "1:T9 1:T17")]
    [InlineData("lost, logged out elsewhere", "1:T15 1:M2 1:M4")]
    [InlineData("nobody comes back", "0:T15 1:T15 N5")]
    [Rule("logout/L56")]
    [Rule("7143/8.1.3")]
    public void Every_path_goes_by_the_tables(string script, string path)
    {
        InitiatorRig rig = new(level: 1, connections: 2);
        rig.Read();
        rig.Read();
        rig.TakePath();
        switch (script)
        {
            case "clean close":
                rig.Do(session => session.Close(rig.Now, rig));
                rig.AnswerLogout();
                break;
            case "one connection":
                rig.Do(session => session.CloseConnection(1, rig.Now, rig));
                rig.AnswerLogout();
                break;
            case "asked":
                rig.Tell(rig.C1, AsyncEvent.LogoutRequest, parameter3: 2);
                rig.Pass(TimeSpan.FromSeconds(1));
                rig.AnswerLogout();
                break;
            case "asked, then ignored":
                rig.Tell(rig.C1, AsyncEvent.LogoutRequest, parameter3: 20);
                rig.Lose(rig.C1);
                break;
            case "failed logout":
                rig.Do(session => session.CloseConnection(1, rig.Now, rig));
                rig.AnswerLogout(LogoutResponseCode.CleanupFailed, time2Wait: 1);
                break;
            case "lost, logged out elsewhere":
                rig.Lose(rig.C1);
                rig.Pass(TimeSpan.FromSeconds(2));
                rig.AnswerLogout();
                break;
            case "nobody comes back":
                rig.Lose(rig.C0);
                rig.Lose(rig.C1);
                break;
        }

        Assert.Equal(path, rig.TakePath().Split(" 2:T1")[0]); // what joins in its place is another's path
    }

    [Fact]
    [Rule("logout/L56")]
    [Rule("7143/8.3.1")]
    public void A_session_goes_on_with_a_reinstated_connection()
    {
        InitiatorRig rig = new(level: 2);
        rig.TakePath();
        rig.Lose(rig.C0);
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.LogIn();

        Assert.Equal("0:T15 N5 0:M2 0:T1 0:T4 0:T5 N4 0:M4", rig.TakePath());
    }
}
