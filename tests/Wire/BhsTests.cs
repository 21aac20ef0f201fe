using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

public class BhsTests
{
    [Fact]
    [Rule("7143/11.2.1")]
    public void Common_fields_are_where_the_RFC_draws_them()
    {
        BhsView view = new(new RawPdu(0xC5, 0x80).WithLengths(0xFF, 0xABCDEF).U64(8, 0x0102030405060708).Itt(0xFFFFFFFE).Bhs());
        Assert.Equal(Opcode.DataOut, view.Opcode);
        Assert.Equal(0xC5, view.RawOpcode);
        Assert.True(view.Immediate);
        Assert.True(view.Final);
        Assert.Equal(1020, view.TotalAhsLengthBytes);
        Assert.Equal(0xABCDEF, view.DataSegmentLength);
        Assert.Equal(0x0102030405060708UL, view.Lun);
        Assert.Equal(0xFFFFFFFE, view.InitiatorTaskTag);

        BhsView plain = new(new RawPdu(0x3F, 0x7F).Bhs());
        Assert.Equal(Opcode.Reject, plain.Opcode);
        Assert.False(plain.Immediate);
        Assert.False(plain.Final);
    }

    [Fact]
    public void SetLengths_stamps_both_lengths_and_nothing_else()
    {
        byte[] bhs = new byte[Bhs.Length];
        Bhs.SetLengths(bhs, Bhs.MaxAhsLength, Bhs.MaxDataSegmentLength);
        Assert.Equal(Hex.Dump(new RawPdu(0, 0).WithLengths(0xFF, 0xFFFFFF).Bhs()), Hex.Dump(bhs));
    }

    [Theory]
    [InlineData(-4, 0)]
    [InlineData(2, 0)]
    [InlineData(1024, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 0x1000000)]
    public void SetLengths_refuses_what_does_not_fit(int ahsLength, int dataLength) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Bhs.SetLengths(new byte[Bhs.Length], ahsLength, dataLength));

    [Fact]
    [Rule("7143/11.2.1.2")]
    public void Opcodes_are_told_apart_by_direction_and_definition()
    {
        for (int value = 0; value < 64; value++)
        {
            Assert.Equal(value < 0x20, Bhs.IsFromInitiator((Opcode)value));
            Assert.Equal(Enum.IsDefined((Opcode)value), Bhs.IsDefined((Opcode)value));
        }
    }

    [Fact]
    [Rule("7143/4.2.2")]
    public void Numbers_are_read_where_they_are_written()
    {
        byte[] bhs = new RawPdu(0, 0).U32(24, 1).U32(28, 2).U32(32, 3).Bhs();
        Assert.Equal(new(new(1), new(2)), InitiatorNumbers.Read(bhs));
        Assert.Equal(new(2), InitiatorNumbers.ReadExpStatSN(bhs));
        Assert.Equal(new(new(1), new(2), new(3)), TargetNumbers.Read(bhs));
    }

    [Fact]
    public void A_CDB_field_holds_sixteen_bytes_and_fills_up_with_zeros()
    {
        Cdb16 cdb = Cdb16.From([0x12, 1, 2, 3, 4, 5]);
        Assert.Equal("12010203040500000000000000000000", cdb.ToString());
        Assert.Equal(cdb, Cdb16.From([0x12, 1, 2, 3, 4, 5, 0]));
        Assert.NotEqual(cdb, Cdb16.From([0x12, 1, 2, 3, 4, 5, 1]));
        byte[] longer = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];
        Assert.Equal(longer[..16], Cdb16.From(longer).AsSpan.ToArray());
    }
}
