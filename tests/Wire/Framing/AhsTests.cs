using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

[Rule("7143/11.2.2")]
public class AhsTests
{
    private static readonly byte[] LongCdb = [.. Enumerable.Range(0, AhsReader.MaxCdbLength).Select(static i => (byte)i)];

    [Fact]
    [Rule("7143/11.2.2.3")]
    public void Golden_extended_CDB()
    {
        byte[] ahs = new byte[64];
        Array.Fill(ahs, (byte)0xA5);
        AhsWriter writer = new(ahs);
        writer.AppendExtendedCdb(LongCdb.AsSpan(0, 17));
        Assert.Equal(8, writer.LengthBytes);
        Assert.Equal(Hex.Dump(Hex.Bytes("00 02 01 00  10 00 00 00")), Hex.Dump(ahs.AsSpan(0, 8)));
        Assert.Equal(0xA5, ahs[8]);
    }

    [Fact]
    [Rule("7143/11.2.2.4")]
    public void Golden_bidirectional_read_length()
    {
        byte[] ahs = new byte[8];
        AhsWriter writer = new(ahs);
        writer.AppendBidirectionalReadLength(0x04050607);
        Assert.Equal(8, writer.LengthBytes);
        Assert.Equal(Hex.Dump(Hex.Bytes("00 05 02 00  04 05 06 07")), Hex.Dump(ahs));
    }

    [Fact]
    public void CDBs_of_all_lengths_survive_with_and_without_a_read_length()
    {
        byte[] ahs = new byte[FrameLimits.AhsOfLongestCommand];
        byte[] cdb = new byte[AhsReader.MaxCdbLength];
        for (int length = 17; length <= AhsReader.MaxCdbLength; length++)
        {
            for (int order = 0; order < 3; order++)
            {
                AhsWriter writer = new(ahs);
                if (order == 1)
                {
                    writer.AppendBidirectionalReadLength(0xFEDCBA98);
                }

                writer.AppendExtendedCdb(LongCdb.AsSpan(0, length));
                if (order == 2)
                {
                    writer.AppendBidirectionalReadLength(0xFEDCBA98);
                }

                PduCheck check = AhsReader.ReadCommand(
                    ahs.AsSpan(0, writer.LengthBytes), Cdb16.From(LongCdb), cdb, out int got, out uint? readLength);
                Assert.Equal(PduCheck.Ok, check);
                Assert.Equal(LongCdb[..length], cdb[..got]);
                Assert.Equal(order == 0 ? null : 0xFEDCBA98, readLength);
            }
        }

        Assert.Equal(PduCheck.Ok, AhsReader.ReadCommand([], Cdb16.From(LongCdb), cdb, out int plain, out uint? none));
        Assert.Equal(LongCdb[..16], cdb[..plain]);
        Assert.Null(none);
    }

    [Theory]
    [InlineData("", PduFault.None)]
    [InlineData("00 01 01 00", PduFault.Format)] // an extended CDB of 16 bytes
    [InlineData("00 00 01 00", PduFault.Format)]
    [InlineData("00 06 01 00 10 11 12 13", PduFault.Format)] // beyond the end
    [InlineData("ff ff 01 00 10 11 12 13", PduFault.Format)]
    [InlineData("00 05 01 00 10 11 12 13", PduFault.None)]
    [InlineData("00 04 02 00 10 11 12 13", PduFault.Format)] // not 5
    [InlineData("00 05 02 ff 10 11 12 13", PduFault.None)] // the reserved byte
    [InlineData("00 05 c2 00 10 11 12 13", PduFault.None)] // the reserved bits of AHSType
    [InlineData("00 05 02 00 10 11 12 13 00 05 02 00 10 11 12 13", PduFault.Format)] // doubled
    [InlineData("00 05 01 00 10 11 12 13 00 05 01 00 10 11 12 13", PduFault.Format)]
    [InlineData("00 05 02 00 10 11 12 13 00 00", PduFault.Format)] // no words
    [InlineData("00 01 03 00", PduFault.NotSupported)] // reserved types
    [InlineData("00 00 00 00", PduFault.NotSupported)]
    [InlineData("00 01 3f 00", PduFault.NotSupported)]
    public void Malformed_AHSs_are_told(string ahs, PduFault expected)
    {
        byte[] cdb = new byte[AhsReader.MaxCdbLength];
        Assert.Equal(expected, AhsReader.ReadCommand(Hex.Bytes(ahs), default, cdb, out _, out _).Fault);
    }

    [Fact]
    public void A_CDB_of_more_than_260_bytes_is_malformed()
    {
        byte[] ahs = new byte[252];
        ahs[1] = 246;
        ahs[2] = 1;
        Assert.Equal(PduFault.Format, AhsReader.ReadCommand(ahs, default, new byte[260], out _, out _).Fault);
    }

    [Fact]
    public void The_reader_shows_unknown_types_and_goes_on()
    {
        AhsReader reader = new(Hex.Bytes("00 02 3e aa bb 00 00 00  00 05 02 00 10 11 12 13"));
        Assert.True(reader.MoveNext());
        Assert.Equal((AhsType)0x3E, reader.Type);
        Assert.Equal([0xAA, 0xBB], reader.Content.ToArray());
        Assert.True(reader.MoveNext());
        Assert.Equal(AhsType.BidirectionalReadExpectedDataTransferLength, reader.Type);
        Assert.False(reader.MoveNext());
        Assert.True(reader.Check.IsOk);
    }

    [Fact]
    public void Any_bytes_are_walked_to_an_end_without_exception() => Seeds.Check(static draw =>
    {
        byte[] junk = draw.Bytes(draw.Below(300));
        for (int at = 0; at + 3 < junk.Length && draw.Bool(); at += 4 * (1 + draw.Below(4)))
        {
            (junk[at], junk[at + 1], junk[at + 2]) = (0, (byte)draw.Below(24), (byte)draw.Below(4));
        }

        int walked = 0;
        AhsReader reader = new(junk);
        while (reader.MoveNext())
        {
            walked += FrameLayout.Pad(3 + reader.Content.Length);
        }

        bool whole = reader.Check.IsOk ? walked == junk.Length : walked < junk.Length;
        PduCheck command = AhsReader.ReadCommand(junk, default, new byte[260], out int cdbLength, out _);
        return whole && cdbLength is >= 16 and <= 260 && (reader.Check.IsOk || !command.IsOk);
    });

    [Fact]
    public void The_writer_refuses_what_is_no_AHS_or_does_not_fit()
    {
        Assert.Throws<ArgumentException>(static () => new AhsWriter(new byte[300]).AppendExtendedCdb(new byte[16]));
        Assert.Throws<ArgumentException>(static () => new AhsWriter(new byte[300]).AppendExtendedCdb(new byte[261]));
        Assert.Throws<ArgumentException>(static () => new AhsWriter(new byte[7]).AppendExtendedCdb(new byte[17]));
        Assert.Throws<ArgumentException>(static () => new AhsWriter(new byte[7]).AppendBidirectionalReadLength(1));
        Assert.Throws<ArgumentException>(static () => AhsReader.ReadCommand([], default, new byte[259], out _, out _));
    }
}
