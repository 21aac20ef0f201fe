using System.Text;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>What the target tells unasked, field by field.</summary>
[Rule("7143/11.9.1")]
public class AsyncMessageTests
{
    private readonly SessionRig _rig = new();

    [Fact]
    [Rule("7143/11.9.4")]
    [Rule("7143/11.9.3#1")]
    public void A_SCSI_event_has_its_unit_and_its_sense_behind_their_length()
    {
        byte[] sense = SessionRig.Bytes(18);
        _rig.Do(session => Assert.True(session.ReportScsiEvent(SessionRig.Unit3, sense, _rig)));
        SentPdu message = _rig.TakeOne();
        Assert.Equal(new AsyncMessage(SessionRig.Unit3, AsyncEvent.ScsiEvent, 0, 0, 0, 0), message.Async);
        Assert.Equal([0, 18, .. sense], message.Data);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_SCSI_event_is_told_once_for_all_connections()
    {
        TargetConnection first = _rig.Connection;
        _rig.AddConnection(1);
        _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
        _rig.Take();
        Assert.Equal(ConnectionState.Free, first.State);
        _rig.Do(session => session.ReportScsiEvent(0, [], _rig));
        Assert.Equal((1, AsyncEvent.ScsiEvent), (_rig.Sent[0].Cid, _rig.TakeOne().Async.Event));
    }

    [Fact]
    [Rule("logout/L51")]
    public void A_session_that_the_target_drops_is_told_on_every_connection_before()
    {
        _rig.AddConnection(1);
        _rig.Do(session => session.Drop("the server stops", _rig));
        List<SentPdu> sent = _rig.Take();
        Assert.Equal([0, 1], sent.Select(pdu => (int)pdu.Cid));
        Assert.All(sent, static pdu => Assert.Equal(new AsyncMessage(0, AsyncEvent.SessionDrop, 0, 0, 2, 0), pdu.Async));
        Assert.Equal([CloseKind.AfterFlush, CloseKind.AfterFlush], _rig.Closed.Select(it => it.Kind));
        Assert.Equal("the server stops", _rig.EndedWhy);
    }

    [Fact]
    [Rule("7143/7.4.3")]
    public void Nothing_is_told_in_a_discovery_session()
    {
        SessionRig rig = new(type: Blockwire.Protocol.Negotiation.SessionType.Discovery);
        rig.Do(session =>
        {
            Assert.False(session.ReportScsiEvent(0, [], rig));
            Assert.False(session.RequestNegotiation(rig.Connection, TimeSpan.FromSeconds(3), rig.Now));
            session.Drop("the server stops", rig);
        });
        rig.Tick(TimeSpan.FromSeconds(4));
        Assert.Empty(rig.Sent);
        Assert.Single(rig.Closed);
    }

    [Fact]
    public void A_negotiation_is_asked_for_in_whole_seconds()
    {
        Ask(2.5);
        Assert.Equal(new AsyncMessage(0, AsyncEvent.NegotiationRequest, 0, 0, 0, 3), _rig.TakeOne().Async);
    }

    [Fact]
    [Rule("logout/L51")]
    public void Without_a_negotiation_in_time_the_connection_is_closed()
    {
        Ask(3);
        _rig.Tick(TimeSpan.FromSeconds(3));
        Assert.Empty(_rig.Closed);
        _rig.Tick(TimeSpan.FromTicks(1));
        Assert.Equal((_rig.Connection, CloseKind.Now), (_rig.Closed[0].Connection, Assert.Single(_rig.Closed).Kind));
    }

    [Theory]
    [InlineData("")]
    [InlineData("MaxRecvDataSegmentLength=1024\0")]
    public void A_Text_Request_is_what_was_asked_for(string keys)
    {
        Ask(3);
        Text(keys);
        _rig.Tick(TimeSpan.FromSeconds(4));
        Assert.Empty(_rig.Closed);
    }

    [Fact]
    public void So_is_one_whose_turn_is_to_come()
    {
        Ask(3);
        _rig.Receive(_rig.Header(new TextRequest(false, true, false, 0, _rig.NewTag(), Bhs.ReservedTag).Emit, _rig.CmdSN + 1));
        _rig.Tick(TimeSpan.FromSeconds(4));
        Assert.Empty(_rig.Closed);
    }

    [Fact]
    [Rule("logout/L51")]
    public void So_is_a_Logout_Request()
    {
        Ask(3);
        _rig.LogOut(LogoutReason.CloseSession);
        int closed = _rig.Closed.Count;
        _rig.Tick(TimeSpan.FromSeconds(4));
        Assert.Equal(closed, _rig.Closed.Count);
    }

    [Fact]
    public void While_the_initiator_negotiates_it_is_not_asked_to()
    {
        Text(string.Empty, final: false);
        _rig.Take();
        _rig.Do(session => Assert.False(session.RequestNegotiation(_rig.Connection, TimeSpan.FromSeconds(3), _rig.Now)));
        Assert.Empty(_rig.Sent);
    }

    [Fact]
    public void A_connection_that_is_to_be_logged_out_is_not_asked_to_negotiate()
    {
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(2), _rig));
        _rig.Take();
        _rig.Do(session => Assert.False(session.RequestNegotiation(_rig.Connection, TimeSpan.FromSeconds(3), _rig.Now)));
        Assert.Empty(_rig.Sent);
    }

    [Fact]
    [Rule("7143/6.4")]
    public void A_new_MaxRecvDataSegmentLength_holds_from_the_end_of_the_negotiation_on()
    {
        uint tag = Text("MaxRecvDataSegmentLength=1024\0", final: false);
        TextResponse open = _rig.TakeOne().Text;
        Assert.Equal(4096, Read());
        Text(string.Empty, tag: tag, ttt: open.TargetTransferTag);
        _rig.Take();
        Assert.Equal(1024, Read());
    }

    [Theory]
    [InlineData("MaxRecvDataSegmentLength=1024\0MaxRecvDataSegmentLength=2048\0")]
    [InlineData("MaxRecvDataSegmentLength=1024\0TargetAlias=mine\0")]
    [InlineData("MaxRecvDataSegmentLength=1024\0MaxBurstLength=Irrelevant\0")]
    [Rule("7143/7.12")]
    [Rule("7143/7.12#3")]
    [Rule("7143/7.12#4")]
    [Rule("7143/7.12#5")]
    public void A_negotiation_that_fails_leaves_everything_as_it_was(string keys)
    {
        Text(keys);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
        Assert.Equal(4096, Read());
    }

    private void Ask(double seconds) =>
        _rig.Do(session => Assert.True(session.RequestNegotiation(_rig.Connection, TimeSpan.FromSeconds(seconds), _rig.Now)));

    private uint Text(string keys, bool final = true, uint? tag = null, uint ttt = Bhs.ReservedTag)
    {
        uint itt = tag ?? _rig.NewTag();
        _rig.Receive(_rig.Header(new TextRequest(true, final, false, 0, itt, ttt).Emit, _rig.CmdSN), Encoding.ASCII.GetBytes(keys));
        return itt;
    }

    // Bytes in the first Data-In of a read.
    private int Read()
    {
        _rig.Command(new FakeCdb(Gives: 4096), 4096);
        return _rig.Take()[0].Data.Length;
    }
}
