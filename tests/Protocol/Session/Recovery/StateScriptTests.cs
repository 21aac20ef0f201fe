using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>
/// Each way through the states of connections, cleanups and sessions (RFC 7143 §8.1.4, §8.2, §8.3.2), as the transitions that it makes. <see cref="StateRecorder"/> refuses every
/// transition that the RFC's tables do not have, in these and in all other tests.
/// </summary>
[Rule("logout/L56")]
[Rule("7143/8.1.4#none")]
public class StateScriptTests
{
    private readonly SessionRig _rig = RecoveryRig.Of(level: 2);
    private readonly TargetConnection _first;

    public StateScriptTests()
    {
        _first = _rig.Connection;
        Assert.Equal("0:T5 N2", _rig.States.Take());
    }

    [Theory]
    [InlineData(LogoutReason.CloseSession)]
    [InlineData(LogoutReason.CloseConnection)]
    [Rule("7143/8.1.4")]
    [Rule("7143/8.1.4#T9")]
    [Rule("7143/8.1.4#T13")]
    [Rule("7143/8.3.2#N3")]
    public void A_clean_close(LogoutReason reason)
    {
        _rig.LogOut(reason);
        Assert.Equal("0:T9 0:T13 N3", _rig.States.Take());
    }

    [Fact]
    [Rule("7143/8.1.4")]
    [Rule("7143/8.1.4#T8")]
    [Rule("7143/8.2.2#M1")]
    public void Other_connections_when_the_session_is_closed()
    {
        TargetConnection second = Second();
        TargetConnection lost = _rig.AddConnection(2);
        _rig.Lose(lost);
        _rig.States.Take();
        _rig.LogOut(LogoutReason.CloseSession);
        Assert.Equal("0:T9 0:T13 1:T8 2:M1 N3", _rig.States.Take());
        Assert.Equal([_first, second], _rig.Closed.Select(closed => closed.Connection));
    }

    [Fact]
    [Rule("7143/8.1.4")]
    [Rule("7143/8.1.4#T10")]
    [Rule("7143/8.1.4#T11")]
    public void Asked_for_a_logout()
    {
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        _rig.LogOut(LogoutReason.CloseSession);
        Assert.Equal("0:T11 0:T10 0:T13 N3", _rig.States.Take());
    }

    [Fact]
    [Rule("7143/8.1.4")]
    [Rule("7143/8.1.4#T16")]
    [Rule("7143/8.3.2#N5")]
    [Rule("7143/8.3.2#N6")]
    public void Asked_for_a_logout_and_lost()
    {
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        _rig.LoseForGood(_first);
        Assert.Equal("0:T11 0:T16 N5 0:M1 N6", _rig.States.Take());
    }

    [Fact]
    [Rule("logout/L50")]
    [Rule("7143/8.1.4")]
    public void Asked_for_a_logout_in_vain()
    {
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        _rig.Do(session => session.Drop("the server stops", _rig));
        Assert.Equal("0:T11 0:T16 N5 0:M1 N6", _rig.States.Take());
        Assert.Equal([AsyncEvent.LogoutRequest, AsyncEvent.SessionDrop], _rig.Take().Select(pdu => pdu.Async.Event));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L27")]
    [Rule("7143/8.1.4")]
    [Rule("7143/8.1.4#T17")]
    [Rule("7143/8.2.2#M2")]
    [Rule("7143/8.2.2#M4")]
    public void A_failed_logout_and_the_one_that_succeeds()
    {
        _rig.AutoComplete = false;
        Second();
        uint task = _rig.Command(new FakeCdb());
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.Tick(_rig.Options.DrainTimeout + TimeSpan.FromTicks(1));
        SentPdu failed = _rig.Single(Opcode.LogoutResponse);
        Assert.Equal((LogoutResponseCode.CleanupFailed, 1, 4), (failed.Logout.Response, failed.Logout.Time2Wait, failed.Logout.Time2Retain));
        Assert.Equal("0:T9 0:T17", _rig.States.Take());
        _rig.Take();
        _rig.Connection = _rig.Session.Connections.Single(connection => connection.Cid == 1);
        _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
        _rig.CompleteTask(task);
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
        Assert.Equal("0:M2 0:M4", _rig.States.Take());
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L21")]
    [Rule("7143/8.2")]
    [Rule("7143/8.1.4#T15")]
    [Rule("7143/8.2.2#M2")]
    [Rule("7143/8.2.2#M4")]
    public void Lost_and_logged_out_by_another()
    {
        TargetConnection second = Second();
        _rig.Lose(_first);
        _rig.Connection = second;
        _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
        Assert.Equal("0:T15 0:M2 0:M4", _rig.States.Take());
    }

    [Fact]
    [Rule("7143/8.2")]
    [Rule("7143/8.2.2#M3")]
    public void A_logout_of_another_connection_whose_carrier_is_lost()
    {
        _rig.AutoComplete = false;
        TargetConnection second = Second();
        uint task = _rig.Command(new FakeCdb());
        _rig.Lose(_first);
        _rig.Connection = second;
        _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
        _rig.Lose(second);
        _rig.CompleteTask(task);
        Assert.Equal("0:T15 0:M2 1:T15 0:M3 N5", _rig.States.Take());
        _rig.Tick(_rig.Retention);
        Assert.Equal("0:M1 1:M1 N6", _rig.States.Take());
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/6.3.4")]
    [Rule("7143/8.3.2")]
    [Rule("7143/8.2.2#M2")]
    [Rule("7143/8.2.2#M4")]
    [Rule("7143/8.3.2#N5")]
    [Rule("7143/8.3.2#N7")]
    [Rule("7143/8.3.2#N10")]
    public void The_last_one_lost_and_reinstated()
    {
        _rig.Lose(_first);
        _rig.Reinstate(0);
        Assert.Equal("0:T15 N5 N7 0:M2 0:M4 0:T5 N10", _rig.States.Take());
        _rig.Tick(_rig.Retention * 2);
        Assert.Equal(SessionState.LoggedIn, _rig.Session.State);
    }

    [Fact]
    [Rule("7143/6.3.6")]
    public void A_failed_session_goes_on_with_a_connection_that_is_new()
    {
        _rig.Lose(_first);
        TargetConnection other = _rig.Reinstate(7);
        Assert.Equal("0:T15 N5 N7 7:T5 N10", _rig.States.Take());
        _rig.Tick(_rig.Retention);
        Assert.Equal("0:M1", _rig.States.Take());
        Assert.Equal([other], _rig.Session.Connections);
    }

    [Fact]
    [Rule("logout/L45b")]
    [Rule("7143/8.2")]
    [Rule("7143/8.2.2#M3")]
    [Rule("7143/8.3.2#N8")]
    public void A_reinstating_login_that_comes_to_nothing()
    {
        _rig.Lose(_first);
        _rig.Do(session => session.BeginJoin(0, _rig.Now, _rig));
        _rig.Tick(_rig.Retention);
        Assert.Equal("0:T15 N5 N7 0:M2", _rig.States.Take()); // its time does not run out meanwhile
        _rig.Do(session => session.FailJoin(0, _rig.Now, _rig));
        Assert.Equal("0:M3 N8 0:M1 N6", _rig.States.Take());
    }

    [Fact]
    [Rule("7143/8.3.2")]
    public void A_session_is_failed_again_only_when_the_last_login_has_come_to_nothing()
    {
        _rig.Lose(_first);
        _rig.Do(session => session.BeginJoin(1, _rig.Now, _rig));
        _rig.Do(session => session.BeginJoin(2, _rig.Now, _rig));
        _rig.Do(session => session.FailJoin(1, _rig.Now, _rig));
        Assert.Equal("0:T15 N5 N7", _rig.States.Take());
        _rig.Do(session => session.FailJoin(2, _rig.Now, _rig));
        Assert.Equal("N8", _rig.States.Take());
    }

    [Fact]
    [Rule("logout/L32")]
    [Rule("7143/8.3.2")]
    [Rule("7143/8.2.2#M1")]
    [Rule("7143/8.3.2#N6")]
    public void Nobody_comes_back()
    {
        _rig.LoseForGood(_first);
        Assert.Equal("0:T15 N5 0:M1 N6", _rig.States.Take());
    }

    [Theory]
    [InlineData(0, "0:T8 N3")]
    [InlineData(1, "0:T15 N5 0:M1 N6")]
    [InlineData(2, "0:T15 N5 N7 0:M2 0:M4 N11")]
    [InlineData(3, "0:T11 0:T18 N3")]
    [Rule("logout/L45")]
    [Rule("7143/8.3.2")]
    [Rule("7143/8.1.4#T18")]
    [Rule("7143/8.3.2#N3")]
    [Rule("7143/8.3.2#N6")]
    [Rule("7143/8.3.2#N11")]
    public void The_session_reinstated(int state, string transitions)
    {
        if (state is 1 or 2)
        {
            _rig.Lose(_first);
        }

        if (state == 2)
        {
            _rig.Do(session => session.BeginJoin(0, _rig.Now, _rig));
        }

        if (state == 3)
        {
            _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        }

        _rig.Do(session => session.Terminate("reinstated", CloseKind.Now, SessionEnding.Closure, _rig));
        Assert.Equal(transitions, _rig.States.Take());
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/6.3.6")]
    public void The_last_one_logged_out_for_recovery_leaves_a_failed_session()
    {
        _rig.AutoComplete = false;
        uint task = _rig.Command(new FakeCdb());
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery);
        Assert.Equal("0:T9 0:T13 N5", _rig.States.Take());
        _rig.Connection = _rig.Reinstate(4);
        Assert.Equal("N7 4:T5 N10", _rig.States.Take());
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Reassign(task).Function);
    }

    [Fact]
    [Rule("logout/L28")]
    [Rule("7143/6.3.5")]
    public void The_last_one_closed_while_another_waits_for_cleanup()
    {
        TargetConnection second = Second();
        _rig.Lose(second);
        _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
        Assert.Equal("1:T15 0:T9 0:T13 N5", _rig.States.Take());
        _rig.Tick(_rig.Retention);
        Assert.Equal("1:M1 N6", _rig.States.Take());
    }

    [Fact]
    [Rule("logout/L28")]
    [Rule("7143/6.3.5")]
    public void The_last_one_closed_while_a_task_waits_for_reassignment()
    {
        _rig.AutoComplete = false;
        TargetConnection second = Second();
        _rig.Connection = second;
        uint task = _rig.Command(new FakeCdb());
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        _rig.Connection = _first;
        _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
        Assert.Equal("1:T9 1:T13 0:T9 0:T13 N5", _rig.States.Take());
        _rig.Tick(_rig.Retention);
        Assert.Equal("N6", _rig.States.Take());
        _rig.CompleteTask(task);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/6.3.5")]
    public void The_last_one_closed_while_a_login_that_was_let_in_is_being_answered()
    {
        _rig.Do(session => session.BeginJoin(3, _rig.Now, _rig));
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.AddConnection(3);
        Assert.Equal("0:T9 0:T13 N5 N7 3:T5 N10", _rig.States.Take());
    }

    [Fact]
    [Rule("logout/L25")]
    [Rule("7143/11.15.1")]
    public void A_logout_for_recovery_below_level_2_fails_and_leaves_the_connection_to_be_cleaned_up()
    {
        SessionRig rig = RecoveryRig.Of(level: 1);
        rig.LogOut(LogoutReason.RemoveConnectionForRecovery);
        SentPdu response = rig.TakeOne();
        Assert.Equal((LogoutResponseCode.RecoveryNotSupported, 1, 4), (response.Logout.Response, response.Logout.Time2Wait, response.Logout.Time2Retain));
        Assert.Equal("0:T5 N2 0:T9 0:T17 N5", rig.States.Take());
        rig.Tick(rig.Retention);
        Assert.Equal("0:M1 N6", rig.States.Take());
    }

    [Fact]
    [Rule("7143/8.3.2")]
    [Rule("7143/8.3.2#N9")]
    public void A_leading_login_that_is_never_answered()
    {
        TargetSession session = new(9, SessionType.Normal, SessionParameters.Default, new Serial32(1), new TargetSessionOptions());
        session.AbandonIfEmpty("not answered", _rig);
        Assert.Equal(SessionState.Free, session.State);
    }

    [Fact]
    [Rule("7143/7.7")]
    public void A_format_error_drops_every_connection_and_the_session()
    {
        Second();
        _rig.Do(session => session.OnUnreadable(_first, "7143/7.7", _rig));
        Assert.Equal("0:T15 1:T15 N5 0:M1 1:M1 N6", _rig.States.Take());
        Assert.All(_rig.Closed, closed => Assert.Equal(CloseKind.Now, closed.Kind));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.8")]
    [Rule("7143/7.8#1")]
    public void A_wrong_header_digest_costs_its_connection_only()
    {
        Second();
        _rig.Do(_ => TargetSession.OnHeaderDigestError(_first, _rig));
        Assert.Equal(_first, Assert.Single(_rig.Closed).Connection);
        _rig.Lose(_first);
        Assert.Equal("0:T15", _rig.States.Take());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Rule("7143/7.5")]
    public void Without_retention_nothing_is_kept(int level)
    {
        SessionRig rig = new(new SessionParameters { ErrorRecoveryLevel = level, DefaultTime2Wait = 0, DefaultTime2Retain = 0 });
        rig.Lose(rig.Connection);
        Assert.Equal("0:T5 N2 0:T15 N5 0:M1 N6", rig.States.Take());
    }

    private TargetConnection Second()
    {
        TargetConnection second = _rig.AddConnection(1);
        _rig.States.Take();
        return second;
    }
}
