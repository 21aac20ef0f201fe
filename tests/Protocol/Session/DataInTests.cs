using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Data, status and residuals to the initiator.</summary>
public class DataInTests
{
    [Fact]
    [Rule("7143/11.7")]
    [Rule("7143/4.2.2.4#1")]
    public void Data_is_cut_at_the_peers_segment_length_and_at_the_burst()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            Random random = new(seed);
            int segment = random.Next(512, 9000), burst = random.Next(512, 20000), length = random.Next(1, 60000);
            SessionRig rig = new(
                new SessionParameters { MaxBurstLength = burst },
                new ConnectionParameters { PeerMaxRecvDataSegmentLength = segment });
            uint itt = rig.Command(new FakeCdb(Gives: (uint)length) { Lent = random.Next(2) == 0 }, (uint)length);
            List<SentPdu> sent = rig.Take();
            int at = 0;
            for (int i = 0; i < sent.Count; i++)
            {
                DataIn pdu = sent[i].DataIn;
                bool last = i == sent.Count - 1;
                Assert.Equal((itt, (uint)i, (uint)at), (pdu.InitiatorTaskTag, pdu.DataSN.Value, pdu.BufferOffset));
                Assert.InRange(sent[i].Data.Length, 1, segment);
                at += sent[i].Data.Length;
                Assert.Equal(last || at % burst == 0, pdu.Final); // F ends a sequence, and no sequence is longer than the burst
                Assert.True(pdu.Final || sent[i].Data.Length == segment, "only the end of a sequence is short");
                Assert.Equal(last, pdu.HasStatus);
                if (!last)
                {
                    Assert.Equal(0u, sent[i].Numbers.StatSN.Value);
                }
            }

            Assert.Equal(SessionRig.Bytes(length, (int)itt), sent.SelectMany(pdu => pdu.Data));
            rig.AssertNothingLeaks();
        }).QuickCheckThrowOnFailure();
    }

    public static TheoryData<uint, uint, uint, ResidualFlags, uint> ReadResiduals => new()
    {
        { 512, 512, 512, ResidualFlags.None, 0 },
        { 400, 512, 400, ResidualFlags.Underflow, 112 },
        { 512, 400, 400, ResidualFlags.Overflow, 112 },
    };

    [Theory]
    [MemberData(nameof(ReadResiduals))]
    [Rule("7143/11.4.5")]
    public void A_read_tells_in_its_last_data_what_was_too_much_or_too_little(uint gives, uint expected, uint comes, ResidualFlags flags, uint residual)
    {
        SessionRig rig = new();
        rig.Command(new FakeCdb(Gives: gives), expected);
        SentPdu pdu = rig.TakeOne();
        Assert.Equal(comes, (uint)pdu.Data.Length);
        Assert.Equal((flags, residual, (byte)0), (pdu.DataIn.ResidualFlags, pdu.DataIn.Residual, pdu.DataIn.Status));
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4.5")]
    public void A_read_without_data_underflows_in_its_response()
    {
        SessionRig rig = new();
        rig.Command(new FakeCdb(), 512, read: true);
        ScsiResponse response = rig.TakeOne().Response;
        Assert.Equal((ResidualFlags.Underflow, 512u, 0u), (response.ResidualFlags, response.Residual, response.ExpDataSN.Value));
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4.5")]
    public void A_command_that_gives_data_nobody_expects_overflows()
    {
        SessionRig rig = new();
        rig.Command(new FakeCdb(Gives: 512));
        ScsiResponse response = rig.TakeOne().Response;
        Assert.Equal((ResidualFlags.Overflow, 512u), (response.ResidualFlags, response.Residual));
        rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(1024u, 512u, ResidualFlags.Overflow, 512u)]
    [InlineData(512u, 512u, ResidualFlags.None, 0u)]
    [InlineData(512u, 1024u, ResidualFlags.Underflow, 512u)]
    [Rule("7143/11.4.5")]
    public void A_write_tells_what_the_cdb_wanted_more_or_less(uint takes, uint expected, ResidualFlags flags, uint residual)
    {
        SessionRig rig = new();
        uint itt = rig.Command(new FakeCdb(Takes: takes), expected, new byte[expected]);
        ScsiResponse response = rig.TakeOne().Response;
        Assert.Equal((flags, residual), (response.ResidualFlags, response.Residual));
        Assert.Equal((int)Math.Min(takes, expected), rig.Written[itt].Length);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4.5")]
    public void A_write_that_nobody_sends_data_for_overflows()
    {
        SessionRig rig = new();
        uint itt = rig.Command(new FakeCdb(Takes: 512));
        ScsiResponse response = rig.TakeOne().Response;
        Assert.Equal((ResidualFlags.Overflow, 512u), (response.ResidualFlags, response.Residual));
        Assert.Empty(rig.Written[itt]);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4.7")]
    public void A_failed_read_brings_sense_and_no_data()
    {
        SessionRig rig = new();
        rig.Command(new FakeCdb(Gives: 4096) { Fails = true }, 4096);
        SentPdu pdu = rig.TakeOne();
        SessionRig.AssertSense(pdu, 3, 0x11, 0);
        Assert.Equal((ResidualFlags.Underflow, 4096u, 0u), (pdu.Response.ResidualFlags, pdu.Response.Residual, pdu.Response.ExpDataSN.Value));
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.4")]
    [Rule("7143/11.8.2")]
    [Rule("7143/4.2.2.4#1")]
    public void A_bidirectional_command_numbers_R2Ts_and_data_in_one_sequence()
    {
        SessionRig rig = new(new SessionParameters { ImmediateData = false, MaxBurstLength = 512, FirstBurstLength = 512 });
        ScsiCommand command = new(false, true, true, true, 1, 0, rig.NewTag(), 1024, new FakeCdb(Takes: 1024, Gives: 700).ToCdb());
        byte[] ahs = new byte[16];
        AhsWriter writer = new(ahs);
        writer.AppendBidirectionalReadLength(600);
        byte[] header = [.. rig.Header(command.Emit, rig.CmdSN++), .. ahs[..writer.LengthBytes]];
        Bhs.SetLengths(header, writer.LengthBytes, 0);
        rig.Finish(header, default);
        for (uint r2tSN = 0; r2tSN < 2; r2tSN++)
        {
            ReadyToTransfer r2t = rig.TakeOne().R2T;
            Assert.Equal(r2tSN, r2t.R2TSN.Value);
            rig.DataOut(command.InitiatorTaskTag, r2t.TargetTransferTag, 0, r2t.BufferOffset, new byte[512], final: true);
        }

        List<SentPdu> sent = rig.Take();
        Assert.Equal([2u, 3u], sent[..2].Select(pdu => pdu.DataIn.DataSN.Value));
        ScsiResponse response = sent[2].Response;
        Assert.Equal(2u, response.ExpDataSN.Value);
        Assert.Equal((ResidualFlags.BidirectionalReadOverflow, 100u, 0u), (response.ResidualFlags, response.BidirectionalReadResidual, response.Residual));
        rig.AssertNothingLeaks();
    }
}
