using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

public class LogoutTests
{
    private readonly SessionRig _rig = new(new SessionParameters { DefaultTime2Wait = 3, DefaultTime2Retain = 7, MaxConnections = 4, ImmediateData = false }) { AutoComplete = false };

    [Fact]
    [Rule("logout/L9")]
    public void What_comes_after_a_logout_request_is_dropped_and_does_not_count()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.Command(new FakeCdb());
        _rig.Nop();
        Assert.Empty(_rig.Sent);
        Assert.Equal(101u, _rig.Session.Window.ExpCmdSN.Value);
        _rig.CompleteTask(itt);
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L10")]
    [Rule("7143/8.1.4#T8")]
    [Rule("7143/8.3.2#N3")]
    [Rule("7143/11.14#3")]
    public void Closing_the_session_ends_the_tasks_of_every_connection()
    {
        StartTasks();
        TargetConnection first = _rig.Connection, second = _rig.Connection = _rig.AddConnection(1);
        StartTasks();
        _rig.Take();
        uint itt = _rig.LogOut(LogoutReason.CloseSession);
        Assert.All(_rig.Executing, task => Assert.True(task.Cancelled));
        _rig.CompleteAll();
        SentPdu response = _rig.TakeOne();
        Assert.Equal((itt, (ushort)1, LogoutResponseCode.Closed), (response.Itt, response.Cid, response.Logout.Response));
        Assert.Equal([first, second], _rig.Closed.Select(closed => closed.Connection));
        Assert.All(_rig.Closed, closed => Assert.Equal(CloseKind.AfterFlush, closed.Kind));
        Assert.Equal("logout", _rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L11")]
    [Rule("logout/L20")]
    [Rule("7143/11.14#3")]
    [Rule("7143/E.1#5")]
    public void Closing_one_connection_leaves_the_tasks_of_the_other()
    {
        uint kept = _rig.Command(new FakeCdb(Gives: 512), 512);
        TargetConnection carrier = _rig.Connection;
        TargetConnection closing = _rig.Connection = _rig.AddConnection(1);
        StartTasks();
        _rig.Take();
        _rig.Connection = carrier;
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        foreach (FakeTask task in _rig.Executing.Where(task => task.Cancelled).ToArray())
        {
            _rig.CompleteTask(task);
        }

        SentPdu response = _rig.TakeOne();
        Assert.Equal((LogoutResponseCode.Closed, (ushort)0), (response.Logout.Response, response.Cid));
        Assert.Equal((closing, CloseKind.WithoutFlush, "logout"), Assert.Single(_rig.Closed));
        Assert.Equal(ConnectionState.LoggedIn, carrier.State);
        _rig.CompleteTask(kept);
        Assert.Equal(kept, _rig.TakeOne().Itt);
        Assert.Null(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L12")]
    [Rule("logout/L46")]
    [Rule("7143/11.14#3")]
    [Rule("7143/E.1#19")]
    public void Held_commands_of_a_closed_connection_vanish_and_can_be_sent_again()
    {
        TargetConnection carrier = _rig.Connection;
        _rig.Connection = _rig.AddConnection(1);
        uint a = _rig.Command(new FakeCdb(), cmdSN: 101);
        uint b = _rig.Nop(immediate: false, cmdSN: 102);
        _rig.Connection = carrier;
        uint kept = _rig.Command(new FakeCdb(), cmdSN: 103);
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1, cmdSN: 104);
        SentPdu response = _rig.TakeOne();
        Assert.Equal(LogoutResponseCode.Closed, response.Logout.Response);
        Assert.Equal(100u, response.Numbers.ExpCmdSN.Value);
        Assert.Empty(_rig.Delivered);
        _rig.AutoComplete = true;
        uint first = _rig.Command(new FakeCdb(), cmdSN: 100);
        _rig.Command(new FakeCdb(), tag: a, cmdSN: 101);
        uint pong = _rig.Nop(immediate: false, cmdSN: 102);
        Assert.Equal([first, a, kept], _rig.Delivered);
        Assert.NotEqual(b, pong);
        Assert.Single(_rig.Sent, pdu => pdu.Opcode == Opcode.NopIn);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L15")]
    [Rule("7143/8.1.4#T13")]
    public void The_response_comes_after_the_last_task_and_is_the_last_pdu()
    {
        _rig.Command(new FakeCdb(Gives: 512), 512);
        uint write = _rig.Command(new FakeCdb(Takes: 512), 512);
        uint ttt = _rig.TakeOne().R2T.TargetTransferTag;
        _rig.Command(new FakeCdb(), cmdSN: 105);
        _rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: 110);
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.DataOut(write, ttt, 0, 0, new byte[512], final: true);
        Assert.Empty(_rig.Sent);
        Assert.Empty(_rig.Closed);
        _rig.CompleteAll();
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
        _rig.Tick(TimeSpan.FromHours(1));
        Assert.Empty(_rig.Sent);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(true, 100u)]
    [InlineData(false, 101u)]
    [Rule("logout/L16")]
    public void The_response_has_the_next_StatSN_the_task_tag_and_the_window(bool immediate, uint expCmdSN)
    {
        uint itt = _rig.LogOut(LogoutReason.CloseSession, immediate: immediate);
        SentPdu response = _rig.TakeOne();
        Assert.Equal((itt, SessionRig.FirstStatSN, expCmdSN), (response.Itt, response.Numbers.StatSN.Value, response.Numbers.ExpCmdSN.Value));
        Assert.Equal((0, 0), (response.Logout.Time2Wait, response.Logout.Time2Retain));
    }

    [Fact]
    [Rule("logout/L24")]
    public void An_unknown_CID_is_not_found_and_the_connection_goes_on()
    {
        _rig.LogOut(LogoutReason.CloseConnection, cid: 9);
        LogoutResponse response = _rig.TakeOne().Logout;
        Assert.Equal((LogoutResponseCode.CidNotFound, 0, 0), (response.Response, response.Time2Wait, response.Time2Retain));
        Assert.Empty(_rig.Closed);
        _rig.AutoComplete = true;
        _rig.Command(new FakeCdb());
        Assert.Equal(0, _rig.TakeOne().Response.Status);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L24")]
    public void A_CID_that_was_closed_is_not_found()
    {
        _rig.AddConnection(1);
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        _rig.Take();
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        Assert.Equal(LogoutResponseCode.CidNotFound, _rig.TakeOne().Logout.Response);
    }

    [Fact]
    [Rule("logout/L25")]
    public void A_logout_for_recovery_is_refused_below_level_2_and_the_connection_is_lost()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery);
        LogoutResponse response = _rig.TakeOne().Logout;
        Assert.Equal((LogoutResponseCode.RecoveryNotSupported, 3, 7), (response.Response, response.Time2Wait, response.Time2Retain));
        Assert.Equal(CloseKind.AfterFlush, Assert.Single(_rig.Closed).Kind);
        _rig.CompleteTask(itt);
        Assert.Empty(_rig.Sent); // the Logout Response is the last
        _rig.LoseForGood(_rig.Connection, "FIN");
        Assert.NotNull(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L26")]
    public void The_CID_is_looked_at_before_the_level()
    {
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 9);
        Assert.Equal(LogoutResponseCode.CidNotFound, _rig.TakeOne().Logout.Response);
    }

    [Fact]
    [Rule("logout/L27")]
    public void A_cleanup_that_takes_too_long_has_failed()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.Tick(_rig.Options.DrainTimeout);
        Assert.Empty(_rig.Sent);
        _rig.Tick(TimeSpan.FromMilliseconds(1));
        LogoutResponse response = _rig.TakeOne().Logout;
        Assert.Equal((LogoutResponseCode.CleanupFailed, 3, 7), (response.Response, response.Time2Wait, response.Time2Retain));
        Assert.Equal(CloseKind.AfterFlush, Assert.Single(_rig.Closed).Kind);
        _rig.CompleteTask(itt);
        Assert.Empty(_rig.Sent);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L28")]
    [Rule("7143/8.3.2#N3")]
    public void Closing_the_last_connection_closes_the_session()
    {
        _rig.LogOut(LogoutReason.CloseConnection);
        Assert.Equal("logout", _rig.EndedWhy);
        Assert.True(_rig.Session.Ended);
    }

    [Fact]
    [Rule("logout/L48")]
    public void An_immediate_logout_acts_at_once_and_a_numbered_one_in_its_turn()
    {
        _rig.AutoComplete = true;
        _rig.Command(new FakeCdb(), cmdSN: 101);
        _rig.LogOut(LogoutReason.CloseSession, immediate: false, cmdSN: 102);
        Assert.Empty(_rig.Sent);
        _rig.Tick(TimeSpan.FromSeconds(10)); // it has not begun: no time runs
        uint first = _rig.Command(new FakeCdb(), cmdSN: 100);
        List<SentPdu> sent = _rig.Take();
        Assert.Equal(103u, sent[^1].Numbers.ExpCmdSN.Value);
        Assert.Equal(LogoutResponseCode.Closed, sent[^1].Logout.Response);
        Assert.Equal(first, _rig.Delivered[0]);
        _rig.AssertNothingLeaks();

        SessionRig other = new();
        other.Command(new FakeCdb(), cmdSN: 101);
        other.LogOut(LogoutReason.CloseSession, cmdSN: 105);
        Assert.Equal(LogoutResponseCode.Closed, other.TakeOne().Logout.Response);
    }

    [Fact]
    [Rule("logout/L49")]
    [Rule("7143/8.1.4#T9")]
    public void With_a_closed_window_only_an_immediate_logout_is_heard()
    {
        for (int i = 0; i < 16; i++)
        {
            _rig.Command(new FakeCdb());
        }

        _rig.LogOut(LogoutReason.CloseSession, immediate: false);
        Assert.Equal(ConnectionState.LoggedIn, _rig.Connection.State);
        _rig.LogOut(LogoutReason.CloseSession);
        Assert.Equal(ConnectionState.InLogout, _rig.Connection.State);
        _rig.CompleteAll();
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L50")]
    [Rule("7143/8.1.4#T10")]
    [Rule("7143/8.1.4#T11")]
    public void A_logout_request_is_an_async_message_and_new_commands_are_rejected()
    {
        uint running = _rig.Command(new FakeCdb());
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2.5), _rig));
        SentPdu message = _rig.TakeOne();
        Assert.Equal((AsyncEvent.LogoutRequest, (ushort)3), (message.Async.Event, message.Async.Parameter3));
        Assert.Equal(Bhs.ReservedTag, message.Itt);
        Assert.Equal(ConnectionState.LogoutRequested, _rig.Connection.State);
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        Assert.Empty(_rig.Sent);
        _rig.Command(new FakeCdb());
        _rig.Command(new FakeCdb(), immediate: true);
        Assert.All(_rig.Take(), pdu => Assert.Equal(RejectReason.WaitingForLogout, pdu.Reject.Reason));
        _rig.CompleteTask(running);
        _rig.Nop();
        Assert.Equal([Opcode.ScsiResponse, Opcode.NopIn], _rig.Take().Select(pdu => pdu.Opcode));
        _rig.LogOut(LogoutReason.CloseSession);
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L50")]
    public void A_connection_that_was_asked_to_log_out_can_carry_the_logout_of_another()
    {
        _rig.AddConnection(1);
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        _rig.Take();
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
    }

    [Fact]
    [Rule("logout/L50")]
    public void A_logout_that_was_asked_for_does_not_wait_for_commands_that_were_rejected()
    {
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        _rig.Command(new FakeCdb());
        _rig.Take();
        _rig.LogOut(LogoutReason.CloseSession, immediate: false);
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
        _rig.AssertNothingLeaks(windowOpen: false);
    }

    [Theory]
    [InlineData(LogoutReason.CloseConnection)]
    [InlineData(LogoutReason.RemoveConnectionForRecovery)]
    [Rule("logout/L52")]
    public void A_discovery_session_is_only_closed_as_a_whole(LogoutReason reason)
    {
        SessionRig rig = new(type: SessionType.Discovery);
        rig.LogOut(reason);
        Assert.Equal(RejectReason.ProtocolError, rig.TakeOne().Reject.Reason);
        rig.LogOut(LogoutReason.CloseSession);
        Assert.Equal(LogoutResponseCode.Closed, rig.TakeOne().Logout.Response);
    }

    [Fact]
    [Rule("logout/L52")]
    public void A_discovery_session_is_not_asked_but_closed()
    {
        SessionRig rig = new(type: SessionType.Discovery);
        rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), rig));
        Assert.Empty(rig.Sent);
        Assert.Equal(CloseKind.AfterFlush, Assert.Single(rig.Closed).Kind);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0x7F)]
    [Rule("7143/11.14.1")]
    public void A_reserved_reason_is_rejected_and_nothing_ends(byte reason)
    {
        uint itt = _rig.Command(new FakeCdb());
        _rig.LogOut((LogoutReason)reason);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
        _rig.CompleteTask(itt);
        Assert.Equal(0, _rig.TakeOne().Response.Status);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L53")]
    public void A_second_logout_is_ignored()
    {
        uint itt = _rig.Command(new FakeCdb());
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.LogOut(LogoutReason.CloseSession);
        _rig.CompleteTask(itt);
        Assert.Equal(LogoutResponseCode.Closed, _rig.TakeOne().Logout.Response);
        Assert.Single(_rig.Closed);
    }

    [Fact]
    [Rule("logout/L53")]
    public void The_logout_of_a_connection_that_is_logging_out_is_answered_after_the_cleanup()
    {
        uint itt = _rig.Command(new FakeCdb());
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.Connection = _rig.AddConnection(1);
        _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
        Assert.Empty(_rig.Sent);
        _rig.CompleteTask(itt);
        List<SentPdu> sent = _rig.Take();
        Assert.Equal([0, 1], sent.Select(pdu => (int)pdu.Cid).Order());
        Assert.All(sent, pdu => Assert.Equal(LogoutResponseCode.Closed, pdu.Logout.Response));
        Assert.Single(_rig.Closed);
        Assert.Null(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L54")]
    public void A_connection_lost_during_its_logout_leaves_no_session()
    {
        uint itt = _rig.Command(new FakeCdb());
        _rig.LogOut(LogoutReason.CloseConnection);
        _rig.LoseForGood(_rig.Connection, "reset");
        Assert.Equal("reset", _rig.EndedWhy);
        _rig.CompleteTask(itt);
        Assert.Empty(_rig.Sent);
        _rig.AssertNothingLeaks();
    }

    private void StartTasks()
    {
        for (int i = 0; i < 3; i++)
        {
            _rig.Command(new FakeCdb(Gives: 512), 512);
            _rig.Command(new FakeCdb(Takes: 512), 512);
        }
    }
}
