using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Tests.Session.Recovery;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>DataPDUInOrder=No: the PDUs of a sequence at any offsets.</summary>
[Rule("7143/13.18")]
public class DataOutOrderTests
{
    private static readonly SessionParameters _anyOrder =
        new() { InitialR2T = false, ImmediateData = true, FirstBurstLength = 4096, MaxBurstLength = 8192, DataPDUInOrder = false };

    private readonly byte[] _data = SessionRig.Bytes(4096);

    [Theory]
    [InlineData(3, 1, 0, 2)]
    [InlineData(3, 2, 1, 0)]
    [InlineData(1, 3, 2, 0)]
    [InlineData(0, 2, 3, 1)]
    public void Pdus_of_a_sequence_may_come_in_any_order(params int[] order)
    {
        foreach (bool unsolicited in (bool[])[true, false])
        {
            SessionRig rig = new(_anyOrder);
            uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096, final: !unsolicited);
            uint ttt = unsolicited ? Bhs.ReservedTag : rig.TakeOne().R2T.TargetTransferTag;
            for (int i = 0; i < 4; i++)
            {
                int offset = 1024 * order[i];
                rig.DataOut(itt, ttt, (uint)i, (uint)offset, _data[offset..(offset + 1024)], final: i == 3, land: i % 2 == 0);
            }

            Assert.Equal(0, rig.TakeOne().Response.Status);
            Assert.Equal(_data, rig.Written[itt]);
            rig.AssertNothingLeaksWhenAcknowledged();
        }
    }

    [Theory]
    [InlineData(0u, 1024)] // the same again
    [InlineData(512u, 1024)] // over the end of what has come
    [InlineData(1536u, 1024)] // over the begin of what has come
    [InlineData(1536u, 2048)] // over all of what has come
    [Rule("7143/11.7.6")]
    public void Data_may_not_overlap_data(uint offset, int length)
    {
        SessionRig rig = new(_anyOrder);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 0, 2048, _data[2048..3072], final: false);
        rig.DataOut(itt, ttt, 1, 0, _data[..1024], final: false);
        rig.DataOut(itt, ttt, 2, offset, new byte[length], final: false);
        Assert.Equal(RejectReason.InvalidPduField, rig.TakeOne().Reject.Reason);
        rig.DataOut(itt, ttt, 2, 3072, _data[3072..], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/11.8")]
    public void Data_before_the_range_of_the_R2T_is_rejected()
    {
        SessionRig rig = new(_anyOrder);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096, _data[..1024]);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 0, 1020, new byte[8], final: false);
        Assert.Equal(RejectReason.InvalidPduField, rig.TakeOne().Reject.Reason);
        rig.DataOut(itt, ttt, 0, 1024, _data[1024..], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/11.4.7.2")]
    public void A_hole_at_the_end_of_a_sequence_is_an_incorrect_amount()
    {
        SessionRig rig = new(_anyOrder);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        rig.DataOut(itt, rig.TakeOne().R2T.TargetTransferTag, 0, 1024, _data[1024..], final: true);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x0C, 0x0D);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/11.7.7")]
    public void Empty_data_may_lie_anywhere_in_the_sequence()
    {
        SessionRig rig = new(_anyOrder);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 0, 2048, _data[2048..], final: false);
        rig.DataOut(itt, ttt, 1, 3000, [], final: false);
        rig.DataOut(itt, ttt, 2, 1000, [], final: false);
        rig.DataOut(itt, ttt, 3, 0, _data[..2048], final: false);
        rig.DataOut(itt, ttt, 4, 4096, [], final: true);
        Assert.Equal(0, rig.TakeOne().Response.Status);
        Assert.Equal(_data, rig.Written[itt]);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/7.8")]
    public void Where_data_is_recovered_what_was_spoilt_is_asked_for_again()
    {
        SessionRig rig = new(_anyOrder with { ErrorRecoveryLevel = 1 });
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 0, 2048, _data[2048..], final: false);
        rig.DataOut(itt, ttt, 1, 1024, new byte[1024], final: false, digestError: true);
        rig.DataOut(itt, ttt, 2, 0, _data[..1024], final: true);
        ReadyToTransfer again = rig.Take()[^1].R2T;
        Assert.Equal((1024u, 1024u), (again.BufferOffset, again.DesiredDataTransferLength));
        rig.DataOut(itt, again.TargetTransferTag, 0, 1536, _data[1536..2048], final: false);
        rig.DataOut(itt, again.TargetTransferTag, 1, 1024, _data[1024..1536], final: true);
        Assert.Equal(0, rig.TakeOne().Response.Status);
        Assert.Equal(_data, rig.Written[itt]);
        rig.AssertNothingLeaksWhenAcknowledged();
    }
}
