using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Data from the initiator that breaks or bends the rules; what is legal is in <see cref="DataOutSplitTests"/>.</summary>
public class DataOutTests
{
    private const int FirstBurst = 4096, MaxBurst = 8192;

    private static readonly SessionParameters _unsolicited =
        new() { InitialR2T = false, ImmediateData = true, FirstBurstLength = FirstBurst, MaxBurstLength = MaxBurst };

    private static readonly SessionParameters _solicited = _unsolicited with { InitialR2T = true, ImmediateData = false };

    [Fact]
    [Rule("7143/11.8")]
    [Rule("7143/4.2.2.4#1")]
    public void An_R2T_names_the_task_and_what_is_wanted()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 10000), 10000, lun: SessionRig.Unit3);
        ReadyToTransfer first = rig.TakeOne().R2T;
        Assert.Equal((SessionRig.Unit3, itt, 0u, 0u, (uint)MaxBurst), (first.Lun, first.InitiatorTaskTag, first.R2TSN.Value, first.BufferOffset, first.DesiredDataTransferLength));
        rig.DataOut(itt, first.TargetTransferTag, 0, 0, new byte[MaxBurst], final: true, lun: SessionRig.Unit3);
        ReadyToTransfer second = rig.TakeOne().R2T;
        Assert.Equal((1u, (uint)MaxBurst, 10000u - MaxBurst), (second.R2TSN.Value, second.BufferOffset, second.DesiredDataTransferLength));
        Assert.NotEqual(first.TargetTransferTag, second.TargetTransferTag);
        rig.DataOut(itt, second.TargetTransferTag, 0, MaxBurst, new byte[10000 - MaxBurst], final: true, lun: SessionRig.Unit3);
        Assert.Equal(0, rig.TakeOne().Response.Status);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4.8")]
    public void R2Ts_do_not_count_in_ExpDataSN()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 512), 512);
        rig.DataOut(itt, rig.TakeOne().R2T.TargetTransferTag, 0, 0, new byte[512], final: true);
        Assert.Equal(0u, rig.TakeOne().Response.ExpDataSN.Value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [Rule("7143/13.17")]
    public void No_more_R2Ts_are_out_than_agreed(int most)
    {
        SessionRig rig = new(_solicited with { MaxOutstandingR2T = most, MaxBurstLength = 512 });
        uint itt = rig.Command(new FakeCdb(Takes: 20 * 512), 20 * 512);
        Queue<ReadyToTransfer> open = new(rig.Take().Select(pdu => pdu.R2T));
        Assert.Equal(most, open.Count);
        for (int answered = 0; open.TryDequeue(out ReadyToTransfer r2t); answered++)
        {
            rig.DataOut(itt, r2t.TargetTransferTag, 0, r2t.BufferOffset, new byte[512], final: true);
            foreach (SentPdu pdu in rig.Take().Where(pdu => pdu.Opcode == Opcode.ReadyToTransfer))
            {
                open.Enqueue(pdu.R2T);
            }

            Assert.Equal(Math.Min(most, 19 - answered), open.Count);
        }

        Assert.Equal(20 * 512, rig.Written[itt].Length);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/13.11")]
    public void Immediate_data_that_was_not_agreed_to_is_unexpected()
    {
        SessionRig rig = new(_solicited);
        rig.Command(new FakeCdb(Takes: 512), 512, new byte[512]);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0C);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.3.1")]
    public void Immediate_data_without_the_W_bit_is_unexpected()
    {
        SessionRig rig = new(_unsolicited);
        rig.Command(new FakeCdb(Gives: 512), 512, new byte[512]);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0C);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/13.10")]
    public void Unsolicited_data_in_R2T_mode_is_unexpected_and_said_so_after_its_end()
    {
        SessionRig rig = new(_solicited with { ImmediateData = true });
        uint itt = rig.Command(new FakeCdb(Takes: 2048), 2048, new byte[512], final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 512, new byte[512], final: false);
        Assert.Empty(rig.Sent);
        rig.DataOut(itt, Bhs.ReservedTag, 1, 1024, new byte[1024], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0C);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.7")]
    public void Unsolicited_data_that_was_not_announced_is_unexpected()
    {
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: 2048), 2048, new byte[512]);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, Bhs.ReservedTag, 0, 512, new byte[512], final: true);
        Assert.Equal(RejectReason.InvalidPduField, rig.TakeOne().Reject.Reason);
        rig.DataOut(itt, ttt, 0, 512, new byte[1536], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0C);
        rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(FirstBurst + 4, 8192)]
    [InlineData(516, 512)]
    [Rule("7143/11.4.7.2")]
    public void Too_much_immediate_data_is_an_incorrect_amount(int immediate, int expected)
    {
        SessionRig rig = new(_unsolicited);
        rig.Command(new FakeCdb(Takes: (uint)expected), (uint)expected, new byte[immediate]);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(8192, 3072, FirstBurst)] // less than the first burst
    [InlineData(2048, 1536, 2048)] // less than all, which is less than the first burst
    [Rule("7143/4.2.5.2")]
    [Rule("7143/11.4.7.2")]
    public void Unsolicited_data_that_stops_early_is_an_incorrect_amount(int expected, int sent, int due)
    {
        Assert.True(sent < due);
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: (uint)expected), (uint)expected, new byte[512], final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 512, new byte[sent - 512], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4.7.2")]
    public void Unsolicited_data_beyond_the_first_burst_is_an_incorrect_amount_once_it_has_ended()
    {
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: 8192), 8192, final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 0, new byte[FirstBurst], final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 1, FirstBurst, new byte[4], final: false);
        Assert.Equal(RejectReason.InvalidPduField, rig.TakeOne().Reject.Reason);
        rig.DataOut(itt, Bhs.ReservedTag, 2, FirstBurst + 4, new byte[4], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4.7.2")]
    public void An_R2T_that_is_answered_with_less_is_an_incorrect_amount()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        rig.DataOut(itt, rig.TakeOne().R2T.TargetTransferTag, 0, 0, new byte[2048], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        rig.AssertNothingLeaks();
    }

    public static TheoryData<string, uint, uint, uint, int> Wrongs => new()
    {
        { "7143/11.7.6", 0, 0, 512, 512 }, // buffer offset
        { "7143/11.7.4", 99, 0, 0, 512 }, // target transfer tag
        { "7143/11.8.4", 0, 0, 0, 4100 }, // more than asked for
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    [Rule("7143/11.17.1")]
    [Rule("7143/7.3#1")]
    [Rule("7143/11.17.1#3")]
    [Rule("7143/11.17.1#4")]
    public void A_data_out_that_does_not_fit_is_rejected_once_and_fails_the_task_at_the_end(string rule, uint tagError, uint dataSN, uint offset, int length)
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt + tagError, dataSN, offset, new byte[length], final: false);
        Assert.Equal(RejectReason.InvalidPduField, rig.TakeOne().Reject.Reason);
        Assert.StartsWith(rule, rig.Notes[^1].Rule);
        rig.DataOut(itt, ttt + tagError, dataSN, offset, new byte[length], final: false);
        Assert.Empty(rig.Sent);
        rig.DataOut(itt, ttt, 0, 0, new byte[4096], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.9")]
    [Rule("7143/7.9#2")]
    public void A_DataSN_that_is_missing_means_a_spoilt_pdu()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 1024), 1024);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 1, 512, new byte[512], final: true);
        List<SentPdu> sent = rig.Take();
        Assert.Equal(RejectReason.InvalidPduField, sent[0].Reject.Reason);
        SessionRig.AssertSense(sent[1], 0x0B, 0x47, 0x05);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.7.4")]
    public void Solicited_data_with_another_LUN_is_rejected()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 512), 512);
        rig.DataOut(itt, rig.TakeOne().R2T.TargetTransferTag, 0, 0, new byte[512], final: true, lun: SessionRig.Unit3);
        List<SentPdu> sent = rig.Take();
        Assert.Equal(RejectReason.InvalidPduField, sent[0].Reject.Reason);
        SessionRig.AssertSense(sent[1], 0x0B, 0x0C, 0x0D);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.3.1")]
    public void A_write_that_was_announced_as_a_read_is_an_incorrect_amount()
    {
        SessionRig rig = new(_solicited);
        rig.Command(new FakeCdb(Takes: 512), 512, read: true, write: false);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7143/7.8")]
    [Rule("7143/7.3#1")]
    [Rule("7143/7.8#3")]
    [Rule("7143/7.8#4")]
    public void A_data_digest_error_is_rejected_and_fails_the_task_when_all_data_has_come(bool land)
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 0, 0, new byte[2048], final: false, digestError: true, land: land);
        Assert.Equal(RejectReason.DataDigestError, rig.TakeOne().Reject.Reason);
        rig.DataOut(itt, ttt, 1, 2048, new byte[2048], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x47, 0x05);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.8")]
    [Rule("7143/7.8#3")]
    public void A_digest_error_in_the_last_unsolicited_data_fails_the_task_at_once()
    {
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: 1024), 1024, final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 0, new byte[1024], final: true, digestError: true);
        List<SentPdu> sent = rig.Take();
        Assert.Equal(RejectReason.DataDigestError, sent[0].Reject.Reason);
        SessionRig.AssertSense(sent[1], 0x0B, 0x47, 0x05);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.7")]
    public void Data_for_a_task_that_is_not_there_is_ignored()
    {
        SessionRig rig = new(_unsolicited);
        rig.DataOut(4711, Bhs.ReservedTag, 0, 0, new byte[512], final: true);
        Assert.Empty(rig.Sent);
        Assert.Equal(Protocol.Session.DeviationAction.Ignore, Assert.Single(rig.Notes).Action);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.5.1")]
    public void Data_on_another_connection_is_rejected_and_changes_nothing()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 512), 512);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        Protocol.Session.TargetConnection own = rig.Connection;
        rig.Connection = rig.AddConnection(1);
        rig.DataOut(itt, ttt, 0, 0, new byte[512], final: true);
        SentPdu reject = rig.TakeOne();
        Assert.Equal((1, RejectReason.InvalidPduField), (reject.Cid, reject.Reject.Reason));
        rig.Connection = own;
        rig.DataOut(itt, ttt, 0, 0, new byte[512], final: true);
        Assert.Equal(0, rig.TakeOne().Response.Status);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4")]
    public void A_refused_write_is_answered_once_its_unsolicited_data_has_come()
    {
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: 1024) { Refused = true }, 1024, new byte[512], final: false);
        Assert.Empty(rig.Sent);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 512, new byte[512], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 5, 0x20, 0);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.4")]
    public void A_refused_write_asks_for_no_data()
    {
        SessionRig rig = new(_solicited);
        rig.Command(new FakeCdb(Takes: 1024) { Refused = true }, 1024);
        SessionRig.AssertSense(rig.TakeOne(), 5, 0x20, 0);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.7")]
    public void A_data_out_with_an_ahs_ends_the_session()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 512), 512);
        byte[] header = [.. rig.Header(new DataOut(true, 0, itt, rig.TakeOne().R2T.TargetTransferTag, default, 0).Emit, 0), 0, 1, 1, 0];
        Bhs.SetLengths(header, 4, 0);
        rig.Finish(header, default);
        Assert.NotNull(rig.EndedWhy);
        rig.AssertNothingLeaks();
    }
}
