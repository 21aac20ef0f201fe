using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>Responses that are kept until they are acknowledged, and Status SNACKs that ask for them (RFC 7143 §11.16).</summary>
public class StatusSnackTests
{
    private readonly SessionRig _rig = RecoveryRig.Of(level: 1);

    [Fact]
    [Rule("7143/11.16")]
    [Rule("7143/11.16#3")]
    public void A_response_comes_again_as_it_was_but_for_the_window()
    {
        uint bad = _rig.Command(new FakeCdb(Gives: 512) { Fails = true }, 512);
        SentPdu first = _rig.TakeOne();
        _rig.Command(new FakeCdb());
        _rig.Take();
        _rig.Snack(SnackType.Status, begin: SessionRig.FirstStatSN, run: 1);
        SentPdu again = _rig.TakeOne();
        Assert.Equal((first.Numbers.StatSN, bad), (again.Numbers.StatSN, again.Itt));
        Assert.Equal(first.Data, again.Data);
        Assert.Equal(_rig.Session.Window.ExpCmdSN, again.Numbers.ExpCmdSN);
        Assert.Equal(first.Response, again.Response);
        _rig.Acknowledge(SessionRig.FirstStatSN + 2);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.16.6")]
    public void Zero_and_zero_ask_for_every_response_that_is_not_acknowledged()
    {
        for (int i = 0; i < 5; i++)
        {
            _rig.Nop(SessionRig.Bytes(i * 3));
        }

        List<SentPdu> sent = _rig.Take();
        _rig.Acknowledge(SessionRig.FirstStatSN + 2);
        _rig.Snack(SnackType.Status);
        Assert.Equal(sent.Skip(2).Select(pdu => pdu.Data), _rig.Sent.Select(pdu => pdu.Data));
        Assert.Equal([7002u, 7003u, 7004u], _rig.Take().Select(pdu => pdu.Numbers.StatSN.Value));
        _rig.Snack(SnackType.Status, begin: 7003);
        Assert.Equal([7003u, 7004u], _rig.Take().Select(pdu => pdu.Numbers.StatSN.Value));
    }

    [Theory]
    [InlineData(6999, 1)]
    [InlineData(7000, 1)]
    [InlineData(7003, 1)]
    [InlineData(7002, 2)]
    [InlineData(7003, 0)]
    [InlineData(7001, uint.MaxValue)]
    [Rule("7143/11.16")]
    [Rule("7143/11.16#7")]
    public void What_was_not_sent_or_is_acknowledged_is_refused_with_Protocol_Error(uint begin, uint run)
    {
        _rig.Nop();
        _rig.Nop();
        _rig.Nop();
        _rig.Acknowledge(7001);
        _rig.Take();
        _rig.Snack(SnackType.Status, begin: begin, run: run);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
    }

    [Fact]
    [Rule("7143/11.16")]
    [Rule("7143/11.16#2")]
    public void Everything_numbered_comes_again_rejects_and_events_too()
    {
        _rig.Nop(cmdSN: 50, immediate: false); // ignored
        _rig.Receive(_rig.Header(new SnackRequest(SnackType.DataOrR2T, 0, 77, Bhs.ReservedTag, 0, 0).Emit, 0));
        SentPdu reject = _rig.TakeOne();
        _rig.Do(session => session.RequestLogout(TimeSpan.FromSeconds(9), _rig));
        SentPdu message = _rig.TakeOne();
        _rig.Snack(SnackType.Status);
        List<SentPdu> again = _rig.Take();
        Assert.Equal([reject.Header, message.Header], again.Select(pdu => pdu.Header));
        Assert.Equal(reject.Data, again[0].Data);
    }

    [Fact]
    [Rule("7143/11.16")]
    public void Numbers_wrap()
    {
        _rig.Nop();
        _rig.Take();
        TargetConnection other = _rig.AddConnection(1, firstStatSN: 0xFFFFFFFE);
        _rig.Connection = other;
        _rig.ExpStatSN = 0xFFFFFFFE;
        for (int i = 0; i < 4; i++)
        {
            _rig.Nop();
        }

        _rig.Take();
        _rig.Acknowledge(0xFFFFFFFF);
        _rig.Snack(SnackType.Status, begin: 0xFFFFFFFF, run: 3);
        Assert.Equal([0xFFFFFFFFu, 0u, 1u], _rig.Take().Select(pdu => pdu.Numbers.StatSN.Value));
        _rig.Acknowledge(1);
        _rig.Snack(SnackType.Status, begin: 1, run: 1);
        Assert.Equal([1u], _rig.Take().Select(pdu => pdu.Numbers.StatSN.Value));
    }

    [Fact]
    [Rule("7143/11.16")]
    public void Those_beyond_the_bound_are_not_kept()
    {
        for (int i = 0; i <= StatusLogBound; i++)
        {
            _rig.Nop();
        }

        _rig.Take();
        _rig.Snack(SnackType.Status, begin: 7000, run: 1);
        Assert.Equal(RejectReason.SnackReject, _rig.TakeOne().Reject.Reason);
        _rig.Snack(SnackType.Status, begin: 7009, run: 1);
        Assert.Equal(7009u, _rig.TakeOne().Numbers.StatSN.Value);
    }

    private const int StatusLogBound = 512;
}
