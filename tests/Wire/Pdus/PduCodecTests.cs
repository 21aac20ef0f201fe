using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

/// <summary>What holds for every PDU.</summary>
public class PduCodecTests
{
    public static TheoryData<string> Names => PduCases.Names;

    public static TheoryData<string> NamesWithoutData => [.. PduCases.All.Where(static c => new BhsView(c.Golden).Opcode
        is Opcode.TaskManagementRequest or Opcode.TaskManagementResponse or Opcode.ReadyToTransfer or Opcode.LogoutRequest
        or Opcode.LogoutResponse or Opcode.SnackRequest).Select(static c => c.Name)];

    [Fact]
    public void Every_opcode_of_the_RFC_has_a_case()
    {
        IEnumerable<Opcode> covered = PduCases.All.Select(static c => new BhsView(c.Golden).Opcode).Distinct().Order();
        Assert.Equal(Enum.GetValues<Opcode>().Order(), covered);
        Assert.Equal(18, covered.Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Golden_bytes_are_read(string name)
    {
        PduCase pdu = PduCases.Named(name);
        Assert.Equal(PduCheck.Ok, pdu.Parse(pdu.Golden, out object value));
        Assert.Equal(pdu.Meaning, value);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Golden_bytes_are_written_into_dirty_memory(string name)
    {
        PduCase pdu = PduCases.Named(name);
        byte[] bytes = new byte[Bhs.Length + 8];
        Array.Fill(bytes, (byte)0xA5);
        pdu.Emit(pdu.Meaning, bytes.AsSpan(4, Bhs.Length));
        Stamp(pdu, bytes.AsSpan(4, Bhs.Length));

        Assert.Equal(Hex.Dump(pdu.Golden), Hex.Dump(bytes.AsSpan(4, Bhs.Length)));
        Assert.All(bytes[..4].Concat(bytes[^4..]), static b => Assert.Equal(0xA5, b));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Emit_leaves_lengths_and_numbers_zero(string name)
    {
        PduCase pdu = PduCases.Named(name);
        byte[] bytes = new byte[Bhs.Length];
        Array.Fill(bytes, (byte)0xA5);
        pdu.Emit(pdu.Meaning, bytes);

        int numbersEnd = (pdu.Golden[0] & 0x20) != 0 ? 36 : 32;
        Assert.All(bytes[4..8].Concat(bytes[24..numbersEnd]), static b => Assert.Equal(0, b));
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Rule("7143/11")]
    public void A_reserved_bit_that_is_flipped_changes_nothing(string name)
    {
        PduCase pdu = PduCases.Named(name);
        int flipped = 0;
        ForEachBit((at, bit) =>
        {
            if (!pdu.IsReserved(at, bit))
            {
                return;
            }

            PduCheck check = pdu.Parse(Flip(pdu.Golden, at, bit), out object value);
            Assert.True(check.IsOk && pdu.Meaning.Equals(value), $"byte {at} bit {bit}: {check}, {value}");
            flipped++;
        });
        Assert.True(flipped > 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Rule("7143/11")]
    public void All_reserved_bits_together_change_nothing(string name)
    {
        PduCase pdu = PduCases.Named(name);
        byte[] bytes = [.. pdu.Golden.Zip(pdu.Reserved, static (b, r) => (byte)(b | r))];
        Assert.Equal(PduCheck.Ok, pdu.Parse(bytes, out object value));
        Assert.Equal(pdu.Meaning, value);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bit_that_is_not_reserved_changes_the_meaning(string name)
    {
        PduCase pdu = PduCases.Named(name);
        ForEachBit((at, bit) =>
        {
            if (pdu.HasMeaning(at, bit))
            {
                pdu.Parse(Flip(pdu.Golden, at, bit), out object value);
                Assert.False(pdu.Meaning.Equals(value), $"byte {at} bit {bit} is lost");
            }
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Legal_values_survive_a_round_trip(string name)
    {
        PduCase pdu = PduCases.Named(name);
        Seeds.Check(draw =>
        {
            object value = pdu.Draw(draw);
            byte[] first = new byte[Bhs.Length];
            byte[] second = new byte[Bhs.Length];
            Array.Fill(second, (byte)0xA5);
            pdu.Emit(value, first);
            PduCheck check = pdu.Parse(first, out object back);
            pdu.Emit(back, second);
            return check.IsOk && value.Equals(back) && first.AsSpan().SequenceEqual(second);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_bytes_are_read_without_exception_and_written_the_same_way_twice(string name)
    {
        PduCase pdu = PduCases.Named(name);
        Seeds.Check(draw =>
        {
            byte[] junk = draw.Bytes(Bhs.Length);
            pdu.Parse(junk, out object value);
            byte[] emitted = new byte[Bhs.Length];
            pdu.Emit(value, emitted);
            pdu.Parse(emitted, out object again);
            return value.Equals(again);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_and_Emit_allocate_nothing(string name) => Assert.Equal(0, PduCases.Named(name).AllocatedByRounds());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_BHS_cut_short_is_refused(string name)
    {
        PduCase pdu = PduCases.Named(name);
        Assert.ThrowsAny<ArgumentException>(() => pdu.Parse(pdu.Golden.AsSpan(0, Bhs.Length - 1), out _));
        Assert.ThrowsAny<ArgumentException>(() => pdu.Emit(pdu.Meaning, new byte[Bhs.Length - 1]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Rule("7143/11.2.1.5")]
    [Rule("7143/11.5.2#1")]
    [Rule("7143/11.6.2#1")]
    public void Only_a_SCSI_Command_has_AHSs(string name)
    {
        PduCase pdu = PduCases.Named(name);
        byte[] bytes = [.. pdu.Golden];
        bytes[4] = 1;
        PduFault expected = new BhsView(bytes).Opcode == Opcode.ScsiCommand ? PduFault.None : PduFault.Format;
        Assert.Equal(expected, pdu.Parse(bytes, out _).Fault);
    }

    [Theory]
    [MemberData(nameof(NamesWithoutData))]
    [Rule("7143/11.2.1.6")]
    [Rule("7143/11.5.2#1")]
    [Rule("7143/11.6.2#1")]
    public void PDUs_without_data_segment_have_length_0(string name)
    {
        PduCase pdu = PduCases.Named(name);
        foreach (int at in (int[])[5, 6, 7])
        {
            byte[] bytes = [.. pdu.Golden];
            bytes[at] = 4;
            Assert.Equal(PduFault.Format, pdu.Parse(bytes, out _).Fault);
        }
    }

    private static void Stamp(PduCase pdu, Span<byte> bhs)
    {
        BhsView golden = new(pdu.Golden);
        Bhs.SetLengths(bhs, golden.TotalAhsLengthBytes, golden.DataSegmentLength);
        InitiatorNumbers initiator = new(new(0x24252627), new(0x28292A2B));
        TargetNumbers target = new(new(0x24252627), new(0x28292A2B), new(0x2C2D2E2F));
        switch (golden.Opcode)
        {
            case Opcode.DataOut or Opcode.SnackRequest:
                initiator.WriteExpStatSN(bhs);
                break;
            case Opcode.DataIn when (pdu.Golden[1] & 1) == 0:
                target.WriteWindow(bhs);
                break;
            case var opcode when Bhs.IsFromInitiator(opcode):
                initiator.Write(bhs);
                break;
            default:
                target.Write(bhs);
                break;
        }
    }

    private static void ForEachBit(Action<int, int> act)
    {
        for (int at = 0; at < Bhs.Length; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                act(at, bit);
            }
        }
    }

    private static byte[] Flip(byte[] bytes, int at, int bit)
    {
        byte[] flipped = [.. bytes];
        flipped[at] ^= (byte)(1 << bit);
        return flipped;
    }
}
