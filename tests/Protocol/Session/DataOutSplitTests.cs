using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>However an initiator cuts the data of a write, within the rules, the device gets exactly those bytes (RFC 7143 §4.2.5.2).</summary>
[Rule("7143/4.2.5.2")]
public class DataOutSplitTests
{
    [Fact]
    public void Any_legal_split_yields_the_bytes() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), RunOne).QuickCheckThrowOnFailure();

    private static void RunOne(int seed)
    {
        Random random = new(seed);
        int burst = 512 * random.Next(1, 20);
        SessionParameters parameters = new()
        {
            InitialR2T = random.Next(2) == 0,
            ImmediateData = random.Next(2) == 0,
            MaxBurstLength = burst,
            FirstBurstLength = random.Next(512, burst + 1),
            MaxOutstandingR2T = random.Next(1, 17),
        };
        int expected = random.Next(1, 40_000);
        uint wants = random.Next(4) switch
        {
            0 => (uint)random.Next(0, expected),
            1 => (uint)(expected + random.Next(1, 5000)),
            _ => (uint)expected,
        };
        FakeCdb cdb = new(Takes: wants) { Inline = random.Next(2) == 0 };
        TargetSessionOptions options = new() { WindowDepth = 16, DataBudgetBytes = random.Next(2) == 0 ? 1000 : 1 << 20 };
        SessionRig rig = new(parameters, options: options);
        byte[] data = SessionRig.Bytes(expected, seed);

        // Behind a hole, or not; beside another write that holds the budget, or not.
        bool held = random.Next(3) == 0;
        uint? other = random.Next(2) == 0 ? rig.Command(new FakeCdb(Takes: 3000), 3000) : null;
        uint hole = rig.CmdSN;
        if (held)
        {
            rig.CmdSN++;
        }

        int unsolicited = Math.Min(parameters.FirstBurstLength, expected);
        int immediate = parameters.ImmediateData ? random.Next(0, unsolicited + 1) : 0;
        bool open = !parameters.InitialR2T && random.Next(3) > 0;
        uint itt = rig.Command(cdb, (uint)expected, data[..immediate], final: !open, write: true);
        if (open)
        {
            SendPieces(rig, random, itt, Bhs.ReservedTag, data, immediate, unsolicited);
        }

        if (held)
        {
            rig.Command(new FakeCdb(), cmdSN: hole);
        }

        if (other is { } tag)
        {
            AnswerR2Ts(rig, random, tag, new byte[3000], parameters);
        }

        AnswerR2Ts(rig, random, itt, data, parameters);
        ScsiResponse response = Assert.Single(rig.Sent, pdu => pdu.Itt == itt && pdu.EndsCommand).Response;
        Assert.Equal(0, response.Status);
        if (wants > 0)
        {
            Assert.Equal(data[..(int)Math.Min(wants, (uint)expected)], rig.Written[itt]);
        }

        (ResidualFlags flags, uint residual) = wants == expected ? (ResidualFlags.None, 0u)
            : wants > expected ? (ResidualFlags.Overflow, wants - (uint)expected)
            : (ResidualFlags.Underflow, (uint)expected - wants);
        Assert.Equal((flags, residual), (response.ResidualFlags, response.Residual));
        Assert.Empty(rig.Notes);
        rig.AssertNothingLeaks();
    }

    // R2Ts may be answered in any order; within one the data is in order.
    private static void AnswerR2Ts(SessionRig rig, Random random, uint itt, byte[] data, SessionParameters parameters)
    {
        while (true)
        {
            List<SentPdu> open = rig.Sent.FindAll(pdu => pdu.Itt == itt && pdu.Opcode == Opcode.ReadyToTransfer);
            Assert.True(open.Count <= parameters.MaxOutstandingR2T);
            if (open.Count == 0)
            {
                return;
            }

            SentPdu chosen = open[random.Next(open.Count)];
            rig.Sent.Remove(chosen);
            ReadyToTransfer r2t = chosen.R2T;
            Assert.InRange(r2t.DesiredDataTransferLength, 1u, (uint)parameters.MaxBurstLength);
            SendPieces(rig, random, itt, r2t.TargetTransferTag, data, (int)r2t.BufferOffset, (int)(r2t.BufferOffset + r2t.DesiredDataTransferLength));
        }
    }

    private static void SendPieces(SessionRig rig, Random random, uint itt, uint ttt, byte[] data, int from, int to)
    {
        uint dataSN = 0;
        do
        {
            int length = random.Next(0, Math.Min(to - from, 3000) + 1);
            length = random.Next(4) == 0 ? to - from : length;
            bool final = from + length == to;
            rig.DataOut(itt, ttt, dataSN++, (uint)from, data[from..(from + length)], final, land: random.Next(2) == 0);
            from += length;
            if (final)
            {
                return;
            }
        }
        while (true);
    }
}
