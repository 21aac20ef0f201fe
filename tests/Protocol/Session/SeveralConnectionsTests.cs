using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>A session with two connections: order across them, allegiance, and the loss of one.</summary>
public class SeveralConnectionsTests
{
    private readonly SessionRig _rig = new(new SessionParameters { DefaultTime2Wait = 3, DefaultTime2Retain = 7, MaxConnections = 4 });
    private readonly TargetConnection _first;
    private readonly TargetConnection _second;

    public SeveralConnectionsTests()
    {
        _first = _rig.Connection;
        _second = _rig.AddConnection(1);
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#6")]
    public void Commands_run_in_the_order_of_their_numbers_whatever_connection_brings_them()
    {
        _rig.Connection = _second;
        uint third = _rig.Command(new FakeCdb(), cmdSN: 102);
        uint second = _rig.Command(new FakeCdb(), cmdSN: 101);
        Assert.Empty(_rig.Sent);
        _rig.Connection = _first;
        uint first = _rig.Command(new FakeCdb(), cmdSN: 100);
        Assert.Equal([first, second, third], _rig.Delivered);
        Assert.Equal([(0, first), (1, second), (1, third)], _rig.Take().Select(pdu => ((int)pdu.Cid, pdu.Itt)));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.5.1")]
    public void R2T_data_and_status_go_by_the_connection_of_the_command()
    {
        _rig.Connection = _second;
        uint write = _rig.Command(new FakeCdb(Takes: 512), 512);
        SentPdu r2t = _rig.TakeOne();
        _rig.DataOut(write, r2t.R2T.TargetTransferTag, 0, 0, new byte[512], final: true);
        _rig.Command(new FakeCdb(Gives: 20_000), 20_000);
        Assert.All(_rig.Take().Append(r2t), pdu => Assert.Equal(1, pdu.Cid));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.9.1")]
    public void The_loss_of_a_connection_is_told_on_another_at_once()
    {
        _rig.Connection = _second;
        _rig.Lose(_second);
        SentPdu message = _rig.TakeOne();
        Assert.Equal((0, AsyncEvent.ConnectionDrop), (message.Cid, message.Async.Event));
        Assert.Equal((1, 3, 7), (message.Async.Parameter1, message.Async.Parameter2, message.Async.Parameter3));
        Assert.Equal("0:T5 N2 1:T5 1:T15", _rig.States.Take());
    }

    [Fact]
    [Rule("logout/L32")]
    [Rule("7143/7.6")]
    [Rule("7143/11.14.5")]
    [Rule("7143/E.1#2")]
    public void Tasks_of_a_lost_connection_end_when_its_time_is_up_and_the_others_go_on()
    {
        _rig.AutoComplete = false;
        uint kept = _rig.Command(new FakeCdb(Gives: 512), 512, lun: SessionRig.Unit3);
        _rig.Connection = _second;
        uint lost = _rig.Command(new FakeCdb(Gives: 512), 512, lun: SessionRig.Unit3);
        _rig.Command(new FakeCdb(Takes: 512), 512, lun: SessionRig.FlatUnit3);
        _rig.Command(new FakeCdb(Takes: 512), 512, lun: SessionRig.Unit0, cmdSN: 110); // held: it counts as never sent
        _rig.Lose(_second);
        _rig.CompleteTask(lost);
        _rig.Take();
        _rig.Tick(_rig.Retention - TimeSpan.FromTicks(1));
        Assert.Empty(_rig.EndedByTransport);
        Assert.False(_rig.Session.Window.Misses(new Serial32(110)));
        _rig.Tick(TimeSpan.FromTicks(1));
        Assert.Equal([SessionRig.Unit3], _rig.EndedByTransport);
        Assert.True(_rig.Session.Window.Misses(new Serial32(110)));
        Assert.Equal("0:T5 N2 1:T5 1:T15 1:M1", _rig.States.Take());
        _rig.Take();
        _rig.CompleteTask(kept);
        Assert.Equal((0, kept), (_rig.Sent[^1].Cid, _rig.Sent[^1].Itt));
        Assert.Null(_rig.EndedWhy);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/6.3.5")]
    [Rule("7143/6.3.6")]
    [Rule("7143/7.14#1")]
    public void A_session_without_connections_is_kept_until_its_time_is_up()
    {
        _rig.LoseForGood(_second);
        _rig.Lose(_first, "the last");
        _rig.Tick(_rig.Retention - TimeSpan.FromTicks(1));
        Assert.Equal(SessionState.Failed, _rig.Session.State);
        _rig.Tick(TimeSpan.FromTicks(1));
        Assert.Equal("the last", _rig.EndedWhy);
        Assert.Equal("0:T5 N2 1:T5 1:T15 1:M1 0:T15 N5 0:M1 N6", _rig.States.Take());
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L46")]
    public void What_a_lost_connection_brought_ahead_of_its_turn_can_be_sent_again_on_another()
    {
        _rig.Connection = _second;
        uint again = _rig.Command(new FakeCdb(), cmdSN: 101);
        _rig.LoseForGood(_second, "reset");
        Assert.Empty(_rig.EndedByTransport);
        _rig.Connection = _first;
        uint first = _rig.Command(new FakeCdb(), cmdSN: 100);
        Assert.Equal([first], _rig.Delivered);
        _rig.Command(new FakeCdb(), tag: again, cmdSN: 101);
        Assert.Equal([first, again], _rig.Delivered);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4.11")]
    public void A_window_that_a_lost_connection_had_closed_is_told_open_on_the_other()
    {
        _rig.Connection = _second;
        uint[] writes = [.. Enumerable.Range(0, _rig.Options.WindowDepth).Select(_ => _rig.Command(new FakeCdb(Takes: 512), 512))];
        Assert.Equal(_rig.Session.Window.ExpCmdSN - 1, _rig.Session.Window.MaxCmdSN);
        Assert.Equal(writes.Length, _rig.Take().Count);
        _rig.LoseForGood(_second, "reset");
        SentPdu told = _rig.Take()[^1];
        Assert.Equal((0, _rig.Session.Window.MaxCmdSN), (told.Cid, told.Numbers.MaxCmdSN));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L21")]
    public void The_logout_of_a_lost_connection_is_answered_when_its_tasks_have_ended()
    {
        _rig.AutoComplete = false;
        _rig.Connection = _second;
        uint task = _rig.Command(new FakeCdb());
        _rig.Lose(_second, "reset");
        _rig.Connection = _first;
        uint itt = _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.Opcode == Opcode.LogoutResponse);
        _rig.CompleteTask(task);
        SentPdu response = _rig.Single(Opcode.LogoutResponse);
        Assert.Equal((itt, LogoutResponseCode.Closed), (response.Itt, response.Logout.Response));
        Assert.Empty(_rig.Closed);
        Assert.Equal([SessionRig.Unit0], _rig.EndedByTransport);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L33")]
    [Rule("7143/11.14.5#1")]
    public void Commands_that_a_logout_of_one_connection_ended_are_told_by_a_unit_attention()
    {
        _rig.AutoComplete = false;
        _rig.Connection = _second;
        uint task = _rig.Command(new FakeCdb(), lun: SessionRig.Unit3);
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        Assert.Empty(_rig.EndedByTransport);
        _rig.CompleteTask(task);
        Assert.Equal([SessionRig.Unit3], _rig.EndedByTransport);
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.Opcode == Opcode.AsyncMessage);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L54")]
    public void A_connection_lost_while_another_logs_it_out_is_no_news()
    {
        _rig.AutoComplete = false;
        _rig.Connection = _second;
        uint task = _rig.Command(new FakeCdb());
        _rig.Connection = _first;
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        _rig.Lose(_second, "reset");
        _rig.CompleteTask(task);
        Assert.Equal(LogoutResponseCode.Closed, _rig.Single(Opcode.LogoutResponse).Logout.Response);
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.Opcode == Opcode.AsyncMessage);
        Assert.Equal([SessionRig.Unit0], _rig.EndedByTransport);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("logout/L10")]
    public void Nothing_joins_a_session_that_is_being_closed()
    {
        _rig.AutoComplete = false;
        uint task = _rig.Command(new FakeCdb());
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        Assert.False(_rig.Session.IsClosing);
        _rig.LogOut(LogoutReason.CloseSession);
        Assert.True(_rig.Session.IsClosing);
        _rig.CompleteTask(task);
        Assert.Equal("logout", _rig.EndedWhy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Rule("7143/11.5.1")]
    public void ABORT_TASK_comes_by_the_connection_of_its_task_while_that_lives(bool closing)
    {
        _rig.AutoComplete = false;
        _rig.Connection = _second;
        uint task = _rig.Command(new FakeCdb());
        _rig.Connection = _first;
        if (closing)
        {
            _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        }

        _rig.Manage(TaskManagementFunction.AbortTask, referenced: task, refCmdSN: 100);
        Assert.Equal(!closing, _rig.Notes.Exists(note => note.Rule.Contains("11.5.1")));
        _rig.CompleteTask(task);
        Assert.Equal(
            closing ? TaskManagementResponseCode.FunctionComplete : TaskManagementResponseCode.FunctionRejected,
            _rig.Single(Opcode.TaskManagementResponse).Function);
        Assert.Equal(!closing, _rig.Sent.Exists(pdu => pdu.EndsCommand));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.9.1")]
    [Rule("7143/11.9.1#1")]
    public void A_shutdown_asks_on_every_connection()
    {
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        Assert.Equal([0, 1], _rig.Take().Select(pdu => (int)pdu.Cid).Order());
        Assert.All(_rig.Session.Connections, connection => Assert.Equal(ConnectionState.LogoutRequested, connection.State));
    }

    [Fact]
    [Rule("7143/11.19")]
    public void Each_connection_is_probed_for_itself()
    {
        _rig.Tick(_rig.Options.IdleBeforeProbe / 2);
        _rig.Nop();
        _rig.Take();
        _rig.Tick(_rig.Options.IdleBeforeProbe / 2);
        Assert.Equal((1, Bhs.ReservedTag), (_rig.Sent.Single().Cid, _rig.TakeOne().NopIn.InitiatorTaskTag));
        _rig.Nop();
        _rig.Tick(_rig.Options.ProbePatience);
        Assert.Equal(_second, Assert.Single(_rig.Closed).Connection);
    }
}
