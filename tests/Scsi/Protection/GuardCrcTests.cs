using System.Text;

namespace Blockwire.Scsi.Tests;

/// <summary>Goal: the guard is the standard's CRC, whichever way it is computed. Method: the standard's own vectors, a CRC bit by bit, and every way held against it.</summary>
public sealed class GuardCrcTests
{
    public static TheoryData<string, string, ushort> Vectors => new()
    {
        { "nothing", "", 0x0000 },
        { "the check of CRC catalogues", Convert.ToHexString(Encoding.ASCII.GetBytes("123456789")), 0xD0DB },
        { "SBC: 32 bytes of 00h", Hex(_ => 0), 0x0000 },
        { "SBC: 32 bytes of FFh", Hex(_ => 0xFF), 0xA293 },
        { "SBC: 00h to 1Fh", Hex(i => (byte)i), 0x0224 },
        { "SBC: FFh twice, then 00h", Hex(i => i < 2 ? (byte)0xFF : (byte)0), 0x21B8 },
        { "SBC: FFh down to E0h", Hex(i => (byte)(0xFF - i)), 0xA0B7 },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Golden_vectors(string name, string bytes, ushort crc)
    {
        Assert.NotEmpty(name);
        Assert.Equal(crc, GuardCrc.Compute(Convert.FromHexString(bytes)));
        Assert.Equal(crc, GuardCrcTable.Run(0, Convert.FromHexString(bytes)));
        Assert.Equal(crc, BitByBit(0, Convert.FromHexString(bytes)));
    }

    [Fact]
    public void Every_way_gives_the_same_for_every_length()
    {
        byte[] data = Noise(700);
        for (int length = 0; length <= data.Length; length++)
        {
            ReadOnlySpan<byte> bytes = data.AsSpan(data.Length - length);
            ushort expected = BitByBit(0xBEEF, bytes);
            Assert.Equal(expected, GuardCrcTable.Run(0xBEEF, bytes));
            Assert.Equal(expected, GuardCrc.Append(0xBEEF, bytes));
            if (GuardCrcFolding.IsSupported)
            {
                Assert.Equal(expected, GuardCrcFolding.Run(0xBEEF, bytes));
            }
        }
    }

    [Fact]
    public void Data_may_lie_in_pieces_however_they_are_cut()
    {
        byte[] data = Noise(520);
        ushort whole = GuardCrc.Compute(data);
        for (int cut = 0; cut <= data.Length; cut++)
        {
            Assert.Equal(whole, GuardCrc.Append(GuardCrc.Append(GuardCrc.Empty, data.AsSpan(0, cut)), data.AsSpan(cut)));
        }
    }

    [Fact]
    public void Every_bit_of_a_block_counts()
    {
        byte[] block = Noise(512);
        ushort crc = GuardCrc.Compute(block);
        for (int bit = 0; bit < 8 * block.Length; bit++)
        {
            block[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(crc, GuardCrc.Compute(block));
            block[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }

    private static string Hex(Func<int, byte> value) => Convert.ToHexString([.. Enumerable.Range(0, 32).Select(value)]);

    private static byte[] Noise(int length)
    {
        byte[] data = new byte[length];
        new Random(7).NextBytes(data);
        return data;
    }

    private static ushort BitByBit(ushort crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                bool feedback = (crc >> 15 & 1) != (value >> bit & 1);
                crc = (ushort)((crc << 1) ^ (feedback ? 0x8BB7 : 0));
            }
        }

        return crc;
    }
}
