using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Tests.Session.Recovery;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>R2Ts that are sent again, and tasks that go on elsewhere.</summary>
public class R2TAgainTests
{
    private static readonly SessionParameters _level2 = new()
    {
        ErrorRecoveryLevel = 2, InitialR2T = false, ImmediateData = true, FirstBurstLength = 1024, MaxBurstLength = 1024, MaxOutstandingR2T = 4, DataSequenceInOrder = false,
    };

    private readonly byte[] _data = SessionRig.Bytes(8192);
    private readonly SessionRig _rig = new(_level2);

    [Theory]
    [InlineData(0, 0, 4)]
    [InlineData(0, 4, 4)]
    [InlineData(2, 0, 2)]
    [InlineData(1, 2, 2)]
    [InlineData(3, 1, 1)]
    [Rule("7143/11.16")]
    [Rule("7143/11.16#2")]
    public void R2Ts_are_sent_again_as_they_were(uint begin, uint run, int count)
    {
        uint itt = Write();
        List<SentPdu> first = _rig.Take();
        Assert.True(Resend(itt, begin, run));
        List<SentPdu> again = _rig.Take();
        Assert.Equal(first.GetRange((int)begin, count).Select(pdu => pdu.R2T), again.Select(pdu => pdu.R2T));
    }

    [Fact]
    [Rule("7143/11.16")]
    [Rule("7143/11.16#4")]
    public void R2Ts_that_are_sent_again_carry_the_numbers_of_now()
    {
        uint itt = Write();
        TargetNumbers before = _rig.Take()[0].Numbers;
        _rig.Command(new FakeCdb());
        _rig.Take();
        Assert.True(Resend(itt, 0, 1));
        TargetNumbers now = _rig.TakeOne().Numbers;
        Assert.Equal((before.StatSN + 1, before.ExpCmdSN + 1), (now.StatSN, now.ExpCmdSN));
    }

    [Theory]
    [InlineData(4, 1)] // never sent
    [InlineData(4, 0)]
    [InlineData(3, 2)]
    [InlineData(0, uint.MaxValue)]
    [InlineData(uint.MaxValue, 2)]
    [Rule("7143/11.16")]
    public void R2Ts_that_were_never_sent_are_not_sent_again(uint begin, uint run)
    {
        uint itt = Write();
        _rig.Take();
        Assert.False(Resend(itt, begin, run));
        Assert.Empty(_rig.Sent);
    }

    [Fact]
    [Rule("7143/11.16")]
    public void R2Ts_that_were_answered_are_not_sent_again()
    {
        uint itt = Write();
        Answer(_rig.Take()[1].R2T);
        _rig.Take();
        Assert.False(Resend(itt, 1, 1));
        Assert.False(Resend(itt, 0, 2));
        Assert.False(Resend(itt, 1, 0));
        Assert.Empty(_rig.Sent);
        Assert.True(Resend(itt, 0, 0));
        Assert.Equal([0u, 2u, 3u, 4u], _rig.Take().Select(pdu => pdu.R2T.R2TSN.Value));
    }

    [Fact]
    [Rule("7143/11.16")]
    public void A_SNACK_brings_them_or_is_rejected()
    {
        uint itt = Write();
        List<SentPdu> open = _rig.Take();
        Answer(open[0].R2T);
        _rig.Take();
        _rig.Snack(SnackType.DataOrR2T, itt, begin: 2, run: 1);
        Assert.Equal(open[2].R2T, _rig.TakeOne().R2T);
        _rig.Snack(SnackType.DataOrR2T, itt, begin: 0, run: 1);
        Assert.Equal(RejectReason.ProtocolError, _rig.TakeOne().Reject.Reason);
        Answer(open[1].R2T);
        Assert.Equal(1024u, _rig.TakeOne().R2T.DesiredDataTransferLength);
    }

    [Fact]
    [Rule("7143/7.9")]
    public void An_R2T_that_was_given_up_without_an_answer_is_sent_again_when_its_number_is_missed()
    {
        SessionRig rig = new(_level2 with { DataSequenceInOrder = true });
        uint itt = rig.Command(new FakeCdb(Takes: 1024), 1024);
        ReadyToTransfer lost = rig.TakeOne().R2T;
        for (int i = 0; i < 10; i++)
        {
            rig.Tick(TimeSpan.FromSeconds(1));
        }

        ReadyToTransfer again = rig.TakeOne().R2T;
        rig.Do(_ => Assert.True(TargetSession.ResendR2Ts(rig.Tasks[itt], 0, 1)));
        Assert.Equal(lost, rig.TakeOne().R2T);
        rig.DataOut(itt, again.TargetTransferTag, 0, 0, _data[..1024], final: true);
        Assert.Equal(0, rig.TakeOne().Response.Status);
        rig.DataOut(itt, lost.TargetTransferTag, 0, 0, new byte[1024], final: true);
        Assert.Empty(rig.Sent);
        Assert.Equal(_data[..1024], rig.Written[itt]);
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void A_task_that_goes_on_asks_for_all_that_has_not_come()
    {
        uint itt = Write(_data[..256], open: true);
        _rig.DataOut(itt, Bhs.ReservedTag, 0, 256, _data[256..512], final: false);
        _rig.DataOut(itt, Bhs.ReservedTag, 2, 768, _data[768..896], final: false);
        GoOn(itt, 7);
        Assert.Equal([(7u, 512u, 256u), (8u, 896u, 1024u), (9u, 1920u, 1024u), (10u, 2944u, 1024u)], Asked(_rig.Sent));
        AnswerEverything(itt);
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void Partial_answers_to_R2Ts_are_kept()
    {
        uint itt = Write();
        List<SentPdu> open = _rig.Take();
        _rig.DataOut(itt, open[0].R2T.TargetTransferTag, 0, 0, _data[..512], final: false);
        _rig.DataOut(itt, open[2].R2T.TargetTransferTag, 1, 2560, _data[2560..2816], final: false);
        GoOn(itt, 0);
        Assert.Equal([(0u, 512u, 512u), (1u, 1024u, 1024u), (2u, 2048u, 512u), (3u, 2816u, 256u)], Asked(_rig.Sent));
        _rig.DataOut(itt, open[0].R2T.TargetTransferTag, 1, 512, new byte[512], final: true);
        Assert.Equal(DeviationAction.Ignore, _rig.Notes[^1].Action);
        AnswerEverything(itt);
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void A_task_that_misses_nothing_runs()
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 1024), 1024, final: false);
        _rig.DataOut(itt, Bhs.ReservedTag, 0, 0, _data[..1024], final: false);
        GoOn(itt, 0);
        Assert.Equal(0, _rig.TakeOne().Response.Status);
        Assert.Equal(_data[..1024], _rig.Written[itt]);
        _rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void The_number_of_R2Ts_wraps()
    {
        uint itt = Write();
        _rig.Take();
        GoOn(itt, uint.MaxValue - 1);
        Assert.Equal([uint.MaxValue - 1, uint.MaxValue, 0u, 1u], _rig.Take().Select(pdu => pdu.R2T.R2TSN.Value));
        Assert.True(Resend(itt, uint.MaxValue, 2));
        Assert.Equal([uint.MaxValue, 0u], _rig.Take().Select(pdu => pdu.R2T.R2TSN.Value));
        Assert.True(Resend(itt, 0, 0));
        Assert.Equal([uint.MaxValue - 1, uint.MaxValue, 0u, 1u], _rig.Sent.Select(pdu => pdu.R2T.R2TSN.Value));
        AnswerEverything(itt);
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void Data_that_is_still_being_received_on_the_lost_connection_does_not_reach_the_task()
    {
        uint itt = Write();
        byte[] header = _rig.Header(new DataOut(true, 0, itt, _rig.Take()[0].R2T.TargetTransferTag, default, 0).Emit, 0);
        Bhs.SetLengths(header, 0, 1024);
        Memory<byte> landing = _rig.Session.PlanLanding(_rig.Connection, header, 1024);
        Assert.Equal(1024, landing.Length);
        GoOn(itt, 0);
        landing.Span.Fill(0x5A);
        Assert.Equal(2, _rig.Rented);
        AnswerEverything(itt, leak: true);
        _rig.Lose(_rig.Connection);
        Assert.Equal(0, _rig.Rented);
    }

    private uint Write(byte[]? immediate = null, bool open = false) => _rig.Command(new FakeCdb(Takes: 8192), 8192, immediate, final: !open);

    private bool Resend(uint itt, uint begin, uint run)
    {
        bool done = false;
        _rig.Do(_ => done = TargetSession.ResendR2Ts(_rig.Tasks[itt], begin, run));
        return done;
    }

    private void GoOn(uint itt, uint nextR2TSN)
    {
        _rig.Take();
        _rig.Do(session => session.StopSolicited(_rig.Tasks[itt], _rig));
        Assert.Empty(_rig.Sent);
        _rig.Do(session => session.ContinueDataOut(_rig.Tasks[itt], nextR2TSN, _rig));
    }

    private static IEnumerable<(uint R2TSN, uint Offset, uint Length)> Asked(List<SentPdu> pdus) =>
        pdus.Select(pdu => (pdu.R2T.R2TSN.Value, pdu.R2T.BufferOffset, pdu.R2T.DesiredDataTransferLength));

    private void Answer(ReadyToTransfer r2t) =>
        _rig.DataOut(r2t.InitiatorTaskTag, r2t.TargetTransferTag, 0, r2t.BufferOffset, _data.AsSpan((int)r2t.BufferOffset, (int)r2t.DesiredDataTransferLength).ToArray(), final: true, land: false);

    private void AnswerEverything(uint itt, bool leak = false)
    {
        while (_rig.Sent.Find(pdu => pdu.Opcode == Opcode.ReadyToTransfer) is { } pdu)
        {
            _rig.Sent.Remove(pdu);
            Answer(pdu.R2T);
        }

        Assert.Equal(0, _rig.TakeOne().Response.Status);
        Assert.Equal(_data, _rig.Written[itt]);
        if (!leak)
        {
            _rig.AssertNothingLeaksWhenAcknowledged();
        }
    }
}
