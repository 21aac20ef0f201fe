using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>
/// Goal: connections, cleanups and the session go the ways that RFC 7143 §8 draws, and no other. Method: every way once; a recorder that has the tables from the RFC checks
/// each transition and writes them down ("1:M2": the cleanup of CID 1 takes M2; "N5": the session).
/// </summary>
[Rule("logout/L56")]
[Rule("7143/8.1.4#none")]
public class StatePathTests
{
    private readonly SessionRig _rig = new(new SessionParameters { DefaultTime2Wait = 1, DefaultTime2Retain = 4, MaxConnections = 4 }) { AutoComplete = false };

    [Theory]
    [InlineData(LogoutReason.CloseConnection)]
    [InlineData(LogoutReason.CloseSession)]
    [Rule("7143/8.1.4#T9")]
    [Rule("7143/8.1.4#T13")]
    [Rule("7143/8.3.2#N3")]
    public void The_only_connection_logs_out(LogoutReason reason)
    {
        Login();
        _rig.LogOut(reason);
        AssertPath("0:T9 0:T13 N3");
    }

    [Fact]
    [Rule("7143/8.1.4#T8")]
    [Rule("7143/8.1.4#T18")]
    [Rule("7143/8.2.2#M1")]
    public void The_session_is_closed_while_other_connections_are_in_use_asked_to_leave_or_lost()
    {
        TargetConnection carrier = Login(), asked = _rig.AddConnection(1);
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(9), _rig));
        _rig.AddConnection(2);
        TargetConnection lost = _rig.AddConnection(3);
        _rig.Lose(lost);
        _rig.States.Take();
        Assert.Equal(ConnectionState.LogoutRequested, asked.State);
        _rig.Connection = carrier;
        _rig.LogOut(LogoutReason.CloseSession);
        Assert.Equal(["0:T10", "0:T13", "1:T18", "2:T8", "3:M1", "N3"], _rig.States.Take().Split(' ').Order(StringComparer.Ordinal));
    }

    [Fact]
    [Rule("7143/8.1.4#T10")]
    [Rule("7143/8.1.4#T11")]
    public void Who_was_asked_logs_out()
    {
        Login();
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(9), _rig));
        _rig.LogOut(LogoutReason.CloseConnection);
        AssertPath("0:T11 0:T10 0:T13 N3");
    }

    [Fact]
    [Rule("7143/8.1.4#T16")]
    [Rule("7143/8.3.2#N5")]
    [Rule("7143/8.3.2#N6")]
    public void Who_was_asked_is_lost_and_does_not_come_back()
    {
        TargetConnection connection = Login();
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(9), _rig));
        _rig.LoseForGood(connection);
        AssertPath("0:T11 0:T16 N5 0:M1 N6");
    }

    [Fact]
    [Rule("7143/8.1.4#T17")]
    [Rule("7143/8.2.2#M2")]
    [Rule("7143/8.2.2#M3")]
    [Rule("7143/8.2.2#M4")]
    public void A_logout_fails_twice_and_succeeds_at_last()
    {
        TargetConnection failing = Login(), other = _rig.AddConnection(1);
        uint stuck = _rig.Command(new FakeCdb());
        _rig.States.Take();
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.Tick(_rig.Options.DrainTimeout + TimeSpan.FromMilliseconds(1));
        AssertPath("0:T9 0:T17");
        _rig.Connection = other;
        _rig.LogOut(LogoutReason.CloseConnection, cid: failing.Cid);
        AssertPath("0:M2");
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: failing.Cid); // not at this level
        Assert.Contains("0:M3", _rig.States.Take());
        _rig.CompleteTask(stuck);
        _rig.LogOut(LogoutReason.CloseConnection, cid: failing.Cid);
        Assert.EndsWith("0:M4", _rig.States.Take());
    }

    [Fact]
    [Rule("7143/8.1.4#T15")]
    [Rule("7143/8.2.2#M2")]
    [Rule("7143/8.2.2#M4")]
    public void A_lost_connection_is_logged_out_by_another()
    {
        TargetConnection carrier = Login();
        _rig.Lose(_rig.AddConnection(1));
        _rig.Connection = carrier;
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        AssertPath("1:T5 1:T15 1:M2 1:M4");
    }

    [Fact]
    [Rule("7143/8.2.2#M2")]
    [Rule("7143/8.2.2#M4")]
    public void A_lost_connection_is_reinstated_while_another_carries_the_session()
    {
        Login();
        _rig.Lose(_rig.AddConnection(1));
        _rig.Reinstate(1);
        AssertPath("1:T5 1:T15 1:M2 1:M4 1:T5");
    }

    [Fact]
    [Rule("7143/8.3.2#N5")]
    [Rule("7143/8.3.2#N7")]
    [Rule("7143/8.3.2#N10")]
    public void The_last_connection_is_lost_and_reinstated()
    {
        _rig.Lose(Login());
        _rig.Reinstate(0);
        AssertPath("0:T15 N5 N7 0:M2 0:M4 0:T5 N10");
    }

    [Fact]
    [Rule("7143/8.2.2#M3")]
    [Rule("7143/8.3.2#N8")]
    public void A_login_that_would_reinstate_fails()
    {
        _rig.Lose(Login());
        _rig.Do(session => session.BeginJoin(0, _rig.Now, _rig));
        _rig.Do(session => session.FailJoin(0, _rig.Now, _rig));
        AssertPath("0:T15 N5 N7 0:M2 0:M3 N8");
    }

    [Fact]
    [Rule("7143/8.2.2#M1")]
    [Rule("7143/8.3.2#N6")]
    public void Nobody_comes_back()
    {
        _rig.LoseForGood(Login());
        AssertPath("0:T15 N5 0:M1 N6");
    }

    [Fact]
    [Rule("7143/8.3.2#N9")]
    public void The_leading_login_fails()
    {
        StateRecorder states = new();
        TargetSession session = new(6, SessionType.Normal, SessionParameters.Default, new Serial32(1), _rig.Options) { Observer = states };
        session.AbandonIfEmpty("its login was not answered", _rig);
        Assert.Equal("N9", states.Take());
        Assert.True(session.Ended);
    }

    [Fact]
    [Rule("7143/8.3.2#N3")]
    public void A_session_in_use_is_reinstated()
    {
        Login();
        Reinstated();
        AssertPath("0:T8 N3");
    }

    [Fact]
    [Rule("7143/8.1.4#T13")]
    public void A_session_is_reinstated_during_a_logout()
    {
        Login();
        _rig.Command(new FakeCdb());
        _rig.LogOut(LogoutReason.CloseConnection);
        Reinstated();
        AssertPath("0:T9 0:T13 N3");
    }

    [Fact]
    [Rule("7143/8.3.2#N6")]
    public void A_failed_session_is_reinstated()
    {
        _rig.Lose(Login());
        Reinstated();
        Assert.EndsWith(" N6", _rig.States.Take());
    }

    [Fact]
    [Rule("7143/8.3.2#N11")]
    public void A_session_is_reinstated_while_another_login_would_continue_it()
    {
        _rig.Lose(Login());
        _rig.Do(session => session.BeginJoin(0, _rig.Now, _rig));
        Reinstated();
        Assert.EndsWith(" N11", _rig.States.Take());
    }

    private TargetConnection Login()
    {
        Assert.Equal("0:T5 N2", _rig.States.Take());
        return _rig.Connection;
    }

    private void Reinstated() => _rig.Do(session => session.Terminate("reinstated", CloseKind.Now, SessionEnding.Closure, _rig));

    private void AssertPath(string path) => Assert.Equal(path, _rig.States.Take());
}
