using System.Text;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>NOP-Out, NOP-In, Text, and what a session does about PDUs that it does not take.</summary>
public class PingAndTextTests
{
    private readonly SessionRig _rig = new();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4096, 4096)]
    [InlineData(9000, 8192)]
    [Rule("7143/11.19")]
    public void A_ping_is_echoed_as_far_as_one_segment_goes(int length, int echoed)
    {
        byte[] data = SessionRig.Bytes(length);
        uint itt = _rig.Nop(data);
        SentPdu pong = _rig.TakeOne();
        Assert.Equal((itt, Bhs.ReservedTag), (pong.NopIn.InitiatorTaskTag, pong.NopIn.TargetTransferTag));
        Assert.Equal(data[..echoed], pong.Data);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void A_numbered_ping_waits_for_its_turn()
    {
        byte[] data = SessionRig.Bytes(100);
        uint ping = _rig.Nop(data, immediate: false, cmdSN: 101);
        Assert.Empty(_rig.Sent);
        uint command = _rig.Command(new FakeCdb(), cmdSN: 100);
        List<SentPdu> sent = _rig.Take();
        Assert.Contains(sent, pdu => pdu.Itt == command);
        Assert.Equal(data, sent.Single(pdu => pdu.Itt == ping).Data);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#11")]
    public void A_numbered_ping_that_comes_twice_or_outside_the_window_is_ignored()
    {
        _rig.Nop(immediate: false, cmdSN: 100);
        _rig.Take();
        _rig.Nop(immediate: false, cmdSN: 100);
        _rig.Nop(immediate: false, cmdSN: 200);
        Assert.Empty(_rig.Sent);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void A_ping_ahead_of_its_turn_is_kept_with_little_data_and_rejected_with_much()
    {
        _rig.Nop(new byte[8193], immediate: false, cmdSN: 101);
        Assert.Equal(RejectReason.LongOperationReject, _rig.TakeOne().Reject.Reason);
        Assert.True(_rig.Session.Window.Misses(new Serial32(101)));
        _rig.Nop(new byte[8192], immediate: false, cmdSN: 101);
        Assert.Empty(_rig.Sent);
        _rig.Nop(immediate: false, cmdSN: 100);
        Assert.Equal([0, 8192], _rig.Take().Select(pdu => pdu.Data.Length));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.18")]
    public void A_ping_without_a_task_tag_is_not_answered_and_has_to_be_immediate()
    {
        _rig.Receive(_rig.Header(new NopOut(true, 0, Bhs.ReservedTag, Bhs.ReservedTag).Emit, _rig.CmdSN));
        Assert.Empty(_rig.Sent);
        _rig.Receive(_rig.Header(new NopOut(false, 0, Bhs.ReservedTag, Bhs.ReservedTag).Emit, _rig.CmdSN++));
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
        Assert.Equal(SessionRig.FirstCmdSN, _rig.Session.Window.ExpCmdSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.8")]
    [Rule("7143/7.8#2")]
    public void A_ping_with_a_data_digest_error_is_rejected_and_its_number_stays_missing()
    {
        _rig.Receive(_rig.Header(new NopOut(false, 0, 9, Bhs.ReservedTag).Emit, _rig.CmdSN), [1, 2, 3], digestError: true);
        Assert.Equal(RejectReason.DataDigestError, _rig.TakeOne().Reject.Reason);
        Assert.Equal(SessionRig.FirstCmdSN, _rig.Session.Window.ExpCmdSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.19")]
    public void A_silent_peer_is_pinged_and_given_up_when_it_does_not_answer()
    {
        TimeSpan idle = _rig.Options.IdleBeforeProbe, patience = _rig.Options.ProbePatience, instant = TimeSpan.FromMilliseconds(1);
        _rig.Tick(idle - instant);
        Assert.Empty(_rig.Sent);
        _rig.Tick(instant);
        SentPdu ping = _rig.TakeOne();
        Assert.Equal(Bhs.ReservedTag, ping.NopIn.InitiatorTaskTag);
        Assert.NotEqual(Bhs.ReservedTag, ping.NopIn.TargetTransferTag);
        _rig.Tick(patience - instant);
        Assert.Empty(_rig.Closed);
        Assert.Empty(_rig.Sent);
        _rig.Tick(instant);
        Assert.Equal(CloseKind.Now, Assert.Single(_rig.Closed).Kind);
    }

    [Fact]
    [Rule("7143/11.18")]
    public void Any_pdu_is_a_sign_of_life()
    {
        for (int i = 0; i < 5; i++)
        {
            _rig.Tick(_rig.Options.IdleBeforeProbe);
            uint ttt = _rig.TakeOne().NopIn.TargetTransferTag;
            _rig.Tick(_rig.Options.ProbePatience / 2);
            _rig.Receive(_rig.Header(new NopOut(true, 0, Bhs.ReservedTag, ttt).Emit, _rig.CmdSN));
            Assert.Empty(_rig.Sent);
        }

        Assert.Empty(_rig.Closed);
    }

    [Fact]
    [Rule("7143/4.3")]
    public void A_discovery_session_that_nobody_uses_is_closed_without_a_ping()
    {
        SessionRig rig = new(type: SessionType.Discovery);
        rig.Tick(rig.Options.IdleBeforeProbe);
        rig.Tick(rig.Options.ProbePatience);
        Assert.Empty(rig.Sent);
        Assert.Single(rig.Closed);
    }

    [Fact]
    public void A_probe_can_be_switched_off()
    {
        IdleProbe probe = new(Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(1));
        probe.OnPdu(TimeSpan.Zero);
        Assert.Equal(ProbeVerdict.Fine, probe.OnTick(TimeSpan.FromDays(1000)));
    }

    [Fact]
    [Rule("7143/13.12")]
    public void A_new_MaxRecvDataSegmentLength_holds_for_the_next_data()
    {
        Text("MaxRecvDataSegmentLength=1024\0");
        Assert.True(_rig.TakeOne().Text.Final);
        _rig.Command(new FakeCdb(Gives: 4096), 4096);
        Assert.All(_rig.Take(), pdu => Assert.Equal(1024, pdu.Data.Length));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/C")]
    public void SendTargets_is_answered_in_a_discovery_session()
    {
        SessionRig rig = new(type: SessionType.Discovery);
        rig.Receive(rig.Header(new TextRequest(false, true, false, 0, 1, Bhs.ReservedTag).Emit, rig.CmdSN++), "SendTargets=All\0"u8.ToArray());
        Assert.Equal("TargetName=iqn.2026-11.local.test:t\0TargetAddress=127.0.0.1:3260,1\0", Encoding.ASCII.GetString(rig.TakeOne().Data));
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.10.2")]
    [Rule("7143/7.3")]
    [Rule("7143/7.3#2")]
    public void A_text_request_that_breaks_a_rule_is_rejected_and_its_number_is_missing()
    {
        _rig.Receive(_rig.Header(new TextRequest(false, true, true, 0, 1, Bhs.ReservedTag).Emit, _rig.CmdSN++), "X=1\0"u8.ToArray());
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
        Assert.Equal(_rig.CmdSN - 1, _rig.Session.Window.ExpCmdSN.Value);
        _rig.Nop(immediate: false, cmdSN: _rig.CmdSN - 1);
        Assert.Equal(_rig.CmdSN, _rig.TakeOne().Numbers.ExpCmdSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(0x07)]
    [InlineData(0x1C)]
    [InlineData(0x3E)]
    [InlineData(0x21)]
    [Rule("7143/11.17.1")]
    public void An_opcode_that_is_none_is_rejected(byte opcode)
    {
        byte[] header = new byte[Bhs.Length];
        header[0] = opcode;
        _rig.Receive(header);
        Assert.Equal(RejectReason.CommandNotSupported, _rig.TakeOne().Reject.Reason);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.16")]
    public void A_SNACK_is_rejected_at_recovery_level_0()
    {
        _rig.Receive(_rig.Header(new SnackRequest(SnackType.DataOrR2T, 0, 1, Bhs.ReservedTag, 0, 0).Emit, 0));
        Assert.Equal(RejectReason.SnackReject, _rig.TakeOne().Reject.Reason);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/6.3")]
    public void A_login_request_after_the_login_is_rejected()
    {
        byte[] header = new byte[Bhs.Length];
        header[0] = 0x43;
        _rig.Receive(header);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.7")]
    [Rule("7143/7.7#1")]
    public void A_format_error_closes_every_connection_of_the_session()
    {
        _rig.AutoComplete = false;
        _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.AddConnection(1);
        byte[] header = [.. _rig.Header(new NopOut(true, 0, 1, Bhs.ReservedTag).Emit, _rig.CmdSN), 0, 1, 1, 0];
        Bhs.SetLengths(header, 4, 0);
        _rig.Finish(header, default);
        Assert.Equal([0, 1], _rig.Closed.Select(closed => (int)closed.Connection.Cid).Order());
        Assert.NotNull(_rig.EndedWhy);
        Assert.Empty(_rig.Sent);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.8")]
    public void A_header_that_cannot_be_read_ends_the_session_but_not_after_its_connection_has_left()
    {
        TargetConnection old = _rig.Connection;
        _rig.Reinstate(0);
        _rig.Connection = _rig.AddConnection(0);
        _rig.Do(session => session.OnUnreadable(old, "header digest", _rig));
        Assert.Null(_rig.EndedWhy);
        _rig.Do(session => session.OnUnreadable(_rig.Connection, "header digest", _rig));
        Assert.Equal("header digest", _rig.EndedWhy);
    }

    private void Text(string keys) =>
        _rig.Receive(_rig.Header(new TextRequest(true, true, false, 0, _rig.NewTag(), Bhs.ReservedTag).Emit, _rig.CmdSN), Encoding.ASCII.GetBytes(keys));
}
