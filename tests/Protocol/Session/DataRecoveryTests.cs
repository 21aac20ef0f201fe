using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Tests.Session.Recovery;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Data from the initiator that is lost or spoilt on the way, where the session recovers it.</summary>
public class DataRecoveryTests
{
    private const int FirstBurst = 4096, MaxBurst = 8192;

    private static readonly SessionParameters _solicited =
        new() { ErrorRecoveryLevel = 1, InitialR2T = true, ImmediateData = false, FirstBurstLength = FirstBurst, MaxBurstLength = MaxBurst };

    private static readonly SessionParameters _unsolicited = _solicited with { InitialR2T = false, ImmediateData = true };

    private readonly byte[] _data = SessionRig.Bytes(20_000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7143/7.8")]
    [Rule("7143/11.8")]
    [Rule("7143/7.3#4")]
    [Rule("7143/7.8#3")]
    public void Spoilt_data_is_rejected_and_asked_for_again_when_its_sequence_has_ended(bool land)
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        ReadyToTransfer first = rig.TakeOne().R2T;
        rig.DataOut(itt, first.TargetTransferTag, 0, 0, _data[..1024], final: false);
        rig.DataOut(itt, first.TargetTransferTag, 1, 1024, new byte[1024], final: false, digestError: true, land: land);
        Assert.Equal(RejectReason.DataDigestError, rig.TakeOne().Reject.Reason);
        rig.DataOut(itt, first.TargetTransferTag, 2, 2048, _data[2048..4096], final: true);
        ReadyToTransfer again = rig.TakeOne().R2T;
        Assert.Equal((1u, 1024u, 1024u), (again.R2TSN.Value, again.BufferOffset, again.DesiredDataTransferLength));
        Assert.NotEqual(first.TargetTransferTag, again.TargetTransferTag);
        SendAll(rig, again);
        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    [Rule("7143/7.9")]
    [Rule("7143/7.9#2")]
    public void Data_that_a_gap_in_DataSN_shows_to_be_missing_is_asked_for_again()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        ReadyToTransfer first = rig.TakeOne().R2T;
        rig.DataOut(itt, first.TargetTransferTag, 0, 0, _data[..512], final: false);
        rig.DataOut(itt, first.TargetTransferTag, 3, 2048, _data[2048..4096], final: true);
        ReadyToTransfer again = rig.TakeOne().R2T;
        Assert.Equal((512u, 1536u), (again.BufferOffset, again.DesiredDataTransferLength));
        SendAll(rig, again);
        AssertWritten(rig, itt, 4096);
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(0, false)]
    [InlineData(1024, true)]
    [Rule("7143/7.9")]
    public void What_a_sequence_that_ends_early_left_out_is_asked_for(int length, bool spoilt)
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        rig.DataOut(itt, rig.TakeOne().R2T.TargetTransferTag, 0, 0, _data[..length], final: true, digestError: spoilt);
        ReadyToTransfer again = rig.Take()[^1].R2T;
        uint from = spoilt ? 0 : (uint)length;
        Assert.Equal((from, 4096 - from), (again.BufferOffset, again.DesiredDataTransferLength));
        SendAll(rig, again);
        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    [Rule("7143/13.19")]
    public void With_sequences_in_order_one_R2T_is_out_and_what_is_lost_comes_before_what_is_new()
    {
        SessionRig rig = new(_solicited with { MaxOutstandingR2T = 4 });
        uint itt = rig.Command(new FakeCdb(Takes: 20_000), 20_000);
        LoseTwo(rig, rig.TakeOne().R2T);
        List<(uint Offset, uint Length)> asked = [];
        while (rig.Take() is [{ Opcode: Opcode.ReadyToTransfer } pdu])
        {
            asked.Add((pdu.R2T.BufferOffset, pdu.R2T.DesiredDataTransferLength));
            SendAll(rig, pdu.R2T);
        }

        Assert.Equal([(1024, 1024), (3072, 1024), (8192, 8192), (16384, 3616)], asked);
        Assert.Equal(_data, rig.Written[itt]);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/13.17")]
    [Rule("7143/13.19")]
    public void With_sequences_in_any_order_recovery_R2Ts_count_among_those_that_are_out()
    {
        SessionRig rig = new(_solicited with { MaxOutstandingR2T = 3, DataSequenceInOrder = false });
        uint itt = rig.Command(new FakeCdb(Takes: 20_000), 20_000);
        List<SentPdu> open = rig.Take();
        Assert.Equal(3, open.Count);
        LoseTwo(rig, open[0].R2T);
        Assert.Equal(1024u, rig.Sent.Single().R2T.BufferOffset);
        open.RemoveAt(0);
        SendAll(rig, open[0].R2T);
        Assert.Equal([1024u, 3072u], rig.Sent.Select(pdu => pdu.R2T.BufferOffset));
        SendAll(rig, open[1].R2T);
        SendAll(rig, rig.Sent[1].R2T);
        SendAll(rig, rig.Sent[0].R2T);
        Assert.Equal(_data, rig.Written[itt]);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/7.8")]
    [Rule("7143/7.8#3")]
    public void Spoilt_unsolicited_data_is_asked_for_before_the_rest()
    {
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: 6000), 6000, _data[..512], final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 512, new byte[1024], final: false, digestError: true);
        rig.DataOut(itt, Bhs.ReservedTag, 1, 1536, _data[1536..4096], final: true);
        ReadyToTransfer again = rig.Take()[^1].R2T;
        Assert.Equal((0u, 512u, 1024u), (again.R2TSN.Value, again.BufferOffset, again.DesiredDataTransferLength));
        SendAll(rig, again);
        ReadyToTransfer rest = rig.TakeOne().R2T;
        Assert.Equal((1u, 4096u, 1904u), (rest.R2TSN.Value, rest.BufferOffset, rest.DesiredDataTransferLength));
        SendAll(rig, rest);
        AssertWritten(rig, itt, 6000);
    }

    [Fact]
    [Rule("7143/7.9")]
    public void Unsolicited_data_that_stops_early_is_followed_by_an_R2T_for_the_rest()
    {
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: 6000), 6000, final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 0, _data[..1000], final: true);
        ReadyToTransfer rest = rig.TakeOne().R2T;
        Assert.Equal((1000u, 5000u), (rest.BufferOffset, rest.DesiredDataTransferLength));
        SendAll(rig, rest);
        AssertWritten(rig, itt, 6000);
    }

    [Fact]
    [Rule("7143/7.8")]
    public void Spoilt_data_of_a_command_behind_a_hole_is_asked_for_at_its_delivery()
    {
        SessionRig rig = new(_unsolicited);
        uint hole = rig.CmdSN++;
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096, final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 0, new byte[1000], final: false, digestError: true);
        rig.DataOut(itt, Bhs.ReservedTag, 1, 1000, _data[1000..4096], final: true);
        Assert.Equal(Opcode.Reject, rig.TakeOne().Opcode);
        rig.Command(new FakeCdb(), cmdSN: hole);
        ReadyToTransfer again = rig.Take().Single(pdu => pdu.Opcode == Opcode.ReadyToTransfer).R2T;
        Assert.Equal((0u, 1000u), (again.BufferOffset, again.DesiredDataTransferLength));
        SendAll(rig, again);
        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    [Rule("7143/7.8")]
    public void Spoilt_data_that_the_command_does_not_take_is_not_asked_for()
    {
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: 1024), 4096, final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 0, _data[..1024], final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 1, 1024, new byte[3072], final: true, digestError: true);
        Assert.Equal([Opcode.Reject, Opcode.ScsiResponse], rig.Take().Select(pdu => pdu.Opcode));
        Assert.Equal(_data[..1024], rig.Written[itt]);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/7.8")]
    public void Data_that_is_spoilt_again_and_again_fails_the_command_in_the_end()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        int asked = 0;
        SentPdu pdu = rig.TakeOne();
        for (; pdu.Opcode == Opcode.ReadyToTransfer; pdu = rig.Take()[^1])
        {
            Assert.Equal((uint)asked, pdu.R2T.R2TSN.Value);
            asked++;
            rig.DataOut(itt, pdu.R2T.TargetTransferTag, 0, pdu.R2T.BufferOffset, [1, 2, 3, 4], final: false);
            rig.DataOut(itt, pdu.R2T.TargetTransferTag, 1, pdu.R2T.BufferOffset + 4, new byte[4], final: true, digestError: true);
        }

        SessionRig.AssertSense(pdu, 0x0B, 0x47, 0x05);
        Assert.Equal(1 + DataOutProgress.MaxRounds, asked);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/7.9")]
    public void A_data_out_that_comes_twice_is_left_aside()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 0, 0, _data[..1024], final: false);
        rig.DataOut(itt, ttt, 0, 0, new byte[1024], final: true);
        Assert.Empty(rig.Sent);
        Assert.Equal(DeviationAction.Ignore, rig.Notes.Single().Action);
        rig.DataOut(itt, ttt, 1, 1024, _data[1024..4096], final: true);
        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    [Rule("7143/11.7")]
    public void Data_of_a_sequence_that_has_ended_is_left_aside()
    {
        SessionRig rig = new(_unsolicited);
        uint itt = rig.Command(new FakeCdb(Takes: 20_000), 20_000, final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 0, _data[..4096], final: true);
        rig.DataOut(itt, Bhs.ReservedTag, 1, 0, new byte[4096], final: true);
        ReadyToTransfer first = rig.TakeOne().R2T;
        SendAll(rig, first);
        rig.DataOut(itt, first.TargetTransferTag, 0, first.BufferOffset, new byte[8192], final: true);
        Assert.Equal(2, rig.Notes.Count(note => note.Action == DeviationAction.Ignore));
        SendAll(rig, rig.TakeOne().R2T);
        Assert.Equal(_data, rig.Written[itt]);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/11.7.4")]
    public void A_tag_that_was_never_given_out_fails_the_command()
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt + 1, 0, 0, _data[..4096], final: true);
        Assert.Equal(RejectReason.InvalidPduField, rig.TakeOne().Reject.Reason);
        rig.DataOut(itt, ttt, 0, 0, _data[..4096], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    public static TheoryData<string, uint, uint, int> Contradictions => new()
    {
        { "7143/11.7.6", 1, 512, 1024 }, // over data that has come
        { "7143/11.7.6", 1, 2048, 512 }, // a hole, though no number is missing
        { "7143/11.7.6", 2, 0, 512 }, // behind a gap, before data that has come
        { "7143/11.8.4", 2, 3584, 1024 }, // behind a gap, beyond the end
        { "7143/11.8.4", 2, uint.MaxValue - 100, 512 },
        { "7143/11.8.4", 2, 4097, 0 },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    [Rule("7143/11.7.6")]
    public void Data_that_contradicts_its_sequence_fails_the_command(string rule, uint dataSN, uint offset, int length)
    {
        SessionRig rig = new(_solicited);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 0, 0, _data[..1024], final: false);
        rig.DataOut(itt, ttt, dataSN, offset, new byte[length], final: false);
        Assert.Equal(RejectReason.InvalidPduField, rig.TakeOne().Reject.Reason);
        Assert.StartsWith(rule, rig.Notes[^1].Rule);
        rig.DataOut(itt, ttt, 1, 1024, _data[1024..4096], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/7.9")]
    public void More_holes_than_can_be_told_apart_fail_the_command()
    {
        SessionRig rig = new(_solicited with { MaxBurstLength = 1 << 20 });
        uint itt = rig.Command(new FakeCdb(Takes: 1 << 20), 1 << 20);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        for (uint i = 0; i <= DataOutHoles.MostPieces; i++)
        {
            rig.DataOut(itt, ttt, 1 + (2 * i), 4 + (8 * i), new byte[4], final: false, land: false);
        }

        Assert.Empty(rig.Sent);
        rig.DataOut(itt, ttt, 1_000_000, (1 << 20) - 4, new byte[4], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x47, 0x05);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    // The second and the fourth KiB of the sequence are spoilt.
    private void LoseTwo(SessionRig rig, ReadyToTransfer r2t)
    {
        for (uint i = 0; i < 8; i++)
        {
            int offset = (int)(r2t.BufferOffset + (1024 * i));
            rig.DataOut(r2t.InitiatorTaskTag, r2t.TargetTransferTag, i, (uint)offset, _data[offset..(offset + 1024)], final: i == 7, digestError: i is 1 or 3);
        }

        rig.Sent.RemoveAll(static pdu => pdu.Opcode == Opcode.Reject);
    }

    private void SendAll(SessionRig rig, ReadyToTransfer r2t) =>
        rig.DataOut(r2t.InitiatorTaskTag, r2t.TargetTransferTag, 0, r2t.BufferOffset, _data.AsSpan((int)r2t.BufferOffset, (int)r2t.DesiredDataTransferLength).ToArray(), final: true);

    private void AssertWritten(SessionRig rig, uint itt, int length)
    {
        Assert.Equal(0, rig.TakeOne().Response.Status);
        Assert.Equal(_data[..length], rig.Written[itt]);
        rig.AssertNothingLeaksWhenAcknowledged();
    }
}
