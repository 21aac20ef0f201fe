using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>Data that is sent again, acknowledged, or cut anew (RFC 7143 §11.16, §7.8).</summary>
public class DataSnackTests
{
    // 512 bytes a PDU, 1024 a sequence: five PDUs, numbered 0 to 4.
    private const uint Length = 2300;

    private readonly SessionRig _rig = RecoveryRig.Of(level: 1);

    [Fact]
    [Rule("7143/11.7.2")]
    [Rule("7143/11.4.8")]
    public void Each_sequence_but_the_last_asks_for_an_acknowledgement_and_the_status_comes_apart()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: Length), Length);
        List<SentPdu> sent = _rig.Take();
        Assert.Equal([false, true, false, true, false], sent.SkipLast(1).Select(pdu => pdu.DataIn.Acknowledge));
        Assert.Equal([false, true, false, true, true], sent.SkipLast(1).Select(pdu => pdu.DataIn.Final));
        Assert.Equal((itt, 5u), (sent[^1].Itt, sent[^1].Response.ExpDataSN.Value));
        Assert.Equal(SessionRig.Bytes((int)Length, (int)itt), RecoveryRig.DataOf(sent));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(4, 1)]
    [InlineData(3, 0)]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    [Rule("7143/11.16")]
    [Rule("7143/7.1.5#2")]
    [Rule("7143/7.8#7")]
    [Rule("7143/11.16#5")]
    public void A_run_comes_again_as_it_was(uint begin, uint run)
    {
        uint itt = _rig.Command(new FakeCdb(Gives: Length), Length);
        List<SentPdu> sent = _rig.Take();
        _rig.Snack(SnackType.DataOrR2T, itt, begin: begin, run: run);
        List<SentPdu> again = _rig.Take();
        int count = run == 0 ? 5 - (int)begin : (int)run;
        Assert.Equal(sent.Skip((int)begin).Take(count).Select(pdu => pdu.Header), again.Select(pdu => pdu.Header));
        Assert.Equal(sent.Skip((int)begin).Take(count).Select(pdu => pdu.Data), again.Select(pdu => pdu.Data));
        _rig.Acknowledge(SessionRig.FirstStatSN + 1);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(4, 2)]
    [InlineData(6, 1)]
    [InlineData(1, uint.MaxValue)]
    [Rule("7143/11.16")]
    [Rule("7143/11.16#7")]
    public void What_was_not_sent_is_refused_with_Protocol_Error(uint begin, uint run)
    {
        uint itt = _rig.Command(new FakeCdb(Gives: Length), Length);
        _rig.Take();
        _rig.Snack(SnackType.DataOrR2T, itt, begin: begin, run: run);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
    }

    [Fact]
    [Rule("7143/11.16.2")]
    public void What_a_DataACK_has_acknowledged_is_not_sent_again()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: Length), Length, lun: SessionRig.Unit3);
        DataIn asks = _rig.Take()[1].DataIn;
        Assert.Equal(SessionRig.Unit3, asks.Lun);
        _rig.Snack(SnackType.DataAck, ttt: asks.TargetTransferTag, begin: 2, lun: asks.Lun);
        Assert.Empty(_rig.Sent);
        _rig.Snack(SnackType.DataOrR2T, itt, begin: 1, run: 1);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
        _rig.Snack(SnackType.DataOrR2T, itt);
        Assert.Equal([2u, 3u, 4u], _rig.Take().Select(pdu => pdu.DataIn.DataSN.Value));
    }

    [Theory]
    [InlineData(6, 0u, 0ul)]
    [InlineData(2, 1u, 0ul)]
    [InlineData(2, 0u, SessionRig.Unit3)]
    [Rule("7143/11.17.1")]
    public void A_DataACK_that_fits_no_data_is_refused_as_such(uint begin, uint otherTag, ulong lun)
    {
        _rig.Command(new FakeCdb(Gives: Length), Length);
        DataIn asks = _rig.Take()[1].DataIn;
        _rig.Snack(SnackType.DataAck, ttt: asks.TargetTransferTag + otherTag, begin: begin, lun: lun);
        Assert.Equal(RejectReason.InvalidDataAck, _rig.TakeOne().Reject.Reason);
    }

    [Fact]
    [Rule("7143/11.16")]
    [Rule("7143/11.16#7")]
    public void A_command_whose_status_is_acknowledged_has_no_data_any_more()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: Length), Length);
        _rig.Take();
        _rig.Acknowledge(SessionRig.FirstStatSN + 1);
        _rig.AssertNothingLeaks();
        _rig.Snack(SnackType.DataOrR2T, itt);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
    }

    [Fact]
    [Rule("7143/11.16.3")]
    [Rule("7143/11.16.3#2")]
    [Rule("7143/11.16.5#2")]
    public void R_Data_cuts_anew_and_tags_the_response_which_keeps_its_number()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: Length), Length);
        List<SentPdu> sent = _rig.Take();
        _rig.Snack(SnackType.DataAck, ttt: sent[1].DataIn.TargetTransferTag, begin: 2, lun: sent[1].DataIn.Lun);
        _rig.Declare(1000);
        _rig.Take();
        _rig.Snack(SnackType.RData, itt, ttt: 0xABCD);
        List<SentPdu> again = _rig.Take();
        Assert.Equal([(2u, 1024u, 1000), (3u, 2024u, 24), (4u, 2048u, 252)], again.SkipLast(1).Select(pdu => (pdu.DataIn.DataSN.Value, pdu.DataIn.BufferOffset, pdu.Data.Length)));
        Assert.Equal(SessionRig.Bytes((int)Length, (int)itt)[1024..], RecoveryRig.DataOf(again));
        Assert.Equal((sent[^1].Numbers.StatSN, 0xABCDu, 5u), (again[^1].Numbers.StatSN, again[^1].Response.SnackTag, again[^1].Response.ExpDataSN.Value));

        // RFC 7143 §11.16.3: whoever asks for the response later gets the latest.
        _rig.Snack(SnackType.Status, begin: sent[^1].Numbers.StatSN.Value, run: 1);
        Assert.Equal(0xABCDu, _rig.TakeOne().Response.SnackTag);
    }

    [Fact]
    [Rule("7143/11.16.3")]
    public void R_Data_before_the_data_tags_the_response()
    {
        _rig.AutoComplete = false;
        uint itt = _rig.Command(new FakeCdb(Gives: 100), 100);
        _rig.Snack(SnackType.RData, itt, ttt: 5);
        Assert.Empty(_rig.Sent);
        _rig.CompleteAll();
        Assert.Equal(5u, _rig.Take()[^1].Response.SnackTag);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Rule("7143/7.1.3")]
    public void Data_beyond_the_bound_is_read_again(bool lent)
    {
        SessionRig rig = RecoveryRig.Of(1, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 5000 });
        uint[] reads = [.. Enumerable.Range(0, 4).Select(_ => rig.Command(new FakeCdb(Gives: Length) { Lent = lent }, Length))];
        List<SentPdu> sent = rig.Take();
        Assert.True(rig.Session.KeptBytes <= 5000);
        rig.Snack(SnackType.DataOrR2T, reads[0], begin: 1, run: 2);
        rig.Snack(SnackType.DataOrR2T, reads[3], begin: 0, run: 1);
        Assert.Equal(lent ? [] : [reads[0]], rig.Reread);
        Assert.Equal([1u, 2u, 0u], rig.Sent.OrderBy(pdu => pdu.Itt).Select(pdu => pdu.DataIn.DataSN.Value));
        Assert.All(rig.Take(), pdu => Assert.Equal(sent.Single(first => first.Opcode == Opcode.DataIn && first.Itt == pdu.Itt && first.DataIn.DataSN == pdu.DataIn.DataSN).Data, pdu.Data));
        Assert.True(rig.Session.KeptBytes <= 5000);
        rig.Acknowledge(rig.Connection.NextStatSN.Value);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.8")]
    [Rule("7143/7.8#7")]
    public void Data_that_cannot_be_had_again_is_refused_with_SNACK_Reject()
    {
        SessionRig rig = RecoveryRig.Of(1, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 0 });
        uint once = rig.Command(new FakeCdb(Gives: 600) { Once = true }, 600);
        rig.Take();
        rig.Snack(SnackType.DataOrR2T, once);
        Assert.Equal(RejectReason.SnackReject, rig.TakeOne().Reject.Reason);
        rig.Acknowledge(rig.Connection.NextStatSN.Value);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.1.3")]
    public void Data_that_is_acknowledged_while_it_is_read_again_is_let_go()
    {
        SessionRig rig = RecoveryRig.Of(1, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 0 });
        uint read = rig.Command(new FakeCdb(Gives: 600), 600);
        uint other = rig.Command(new FakeCdb(Gives: 600), 600);
        rig.Take();
        rig.AutoComplete = false;
        rig.Snack(SnackType.DataOrR2T, read);
        rig.Snack(SnackType.DataOrR2T, other);
        rig.Acknowledge(SessionRig.FirstStatSN + 1);
        rig.AutoComplete = true;
        rig.CompleteTask(read);
        Assert.Equal([other, other], rig.Take().Select(pdu => pdu.Itt));
        rig.Acknowledge(SessionRig.FirstStatSN + 2);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.16")]
    public void A_tag_that_is_used_again_is_a_new_command()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 100), 100);
        _rig.Command(new FakeCdb(Gives: 600), 600, tag: itt);
        _rig.Take();
        _rig.Snack(SnackType.DataOrR2T, itt, begin: 1, run: 1);
        Assert.Equal(88, _rig.TakeOne().Data.Length);
        _rig.Acknowledge(_rig.Connection.NextStatSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.16")]
    public void Data_may_be_acknowledged_before_it_has_been_sent()
    {
        _rig.HoldSends = true;
        _rig.Command(new FakeCdb(Gives: Length), Length);
        _rig.Acknowledge(SessionRig.FirstStatSN + 1);
        Assert.Equal(0, _rig.Session.AnsweredCount);
        Assert.NotEqual(0, _rig.Rented); // the batch still needs it
        _rig.HoldSends = false;
        _rig.Settle();
        _rig.AssertNothingLeaks();
    }
}
