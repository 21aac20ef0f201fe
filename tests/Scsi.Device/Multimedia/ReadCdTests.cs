using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>
/// Goal: READ CD gives the parts of mode 1 sectors that are asked for, and they are sectors that a drive could read back. Method: the parity that the code of ECMA-130 leaves
/// is zero along all its vectors, computed here by another way than the product's; parts are cut from the whole.
/// </summary>
public sealed class ReadCdTests
{
    private readonly Rig _rig = Cd.Rig();

    public ReadCdTests() => new Random(5).NextBytes(_rig.Disk.Bytes(0, 1024));

    [Fact]
    public void User_data_alone()
    {
        byte[] data = _rig.Run(Cd.Read(3, 2)).DataIn;
        Assert.Equal(_rig.Disk.Bytes(3, 2).ToArray(), data);
        Assert.Equal(data, _rig.Run(Cd.ReadMsf([0, 2, 3], [0, 2, 5])).DataIn);
        Assert.Equal(data, _rig.Run(Cd.Read(3, 2, 0x50)).DataIn);
    }

    [Fact]
    public void A_whole_sector()
    {
        byte[] sector = _rig.Run(Cd.Read(1000, 1, 0xF8)).DataIn;
        Assert.Equal(2352, sector.Length);
        Assert.Equal([0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0], sector[..12]);
        Assert.Equal([0x00, 0x15, 0x25, 0x01], sector[12..16]);
        Assert.Equal(_rig.Disk.Bytes(1000, 1).ToArray(), sector[16..2064]);
        Assert.Equal(new byte[8], sector[2068..2076]);
        Assert.Equal(0u, Remainder(sector.AsSpan(0, 2068)));
        for (int column = 0; column < 86; column++)
        {
            AssertIsCodeWord([.. Enumerable.Range(0, 26).Select(row => sector[12 + column + 86 * row])]);
        }

        for (int diagonal = 0; diagonal < 26; diagonal++)
        {
            foreach (int half in new[] { 0, 1 })
            {
                byte[] data = [.. Enumerable.Range(0, 43).Select(step => sector[12 + 2 * ((44 * step + 43 * diagonal) % 1118) + half])];
                AssertIsCodeWord([.. data, sector[12 + 2236 + 2 * diagonal + half], sector[12 + 2288 + 2 * diagonal + half]]);
            }
        }
    }

    [Fact]
    public void Sectors_follow_each_other()
    {
        byte[] many = _rig.Run(Cd.Read(10, 70, 0xF8)).DataIn;
        for (int i = 0; i < 70; i++)
        {
            Assert.Equal(_rig.Run(Cd.Read((uint)(10 + i), 1, 0xF8)).DataIn, many[(i * 2352)..((i + 1) * 2352)]);
        }
    }

    [Theory]
    [InlineData(0x00, 0, 0)]
    [InlineData(0x20, 12, 4)]
    [InlineData(0x40, 0, 0)]
    [InlineData(0x60, 12, 4)]
    [InlineData(0x80, 0, 12)]
    [InlineData(0xA0, 0, 16)]
    [InlineData(0xB0, 0, 2064)]
    [InlineData(0x18, 16, 2336)]
    [InlineData(0x30, 12, 2052)]
    [InlineData(0x38, 12, 2340)]
    [InlineData(0xB8, 0, 2352)]
    [InlineData(0xF8, 0, 2352)]
    public void Parts_of_a_sector(byte selection, int at, int length) =>
        Assert.Equal(_rig.Run(Cd.Read(7, 1, 0xF8)).DataIn[at..(at + length)], _rig.Run(Cd.Read(7, 1, selection)).DataIn);

    [Theory]
    [InlineData(0x08)]
    [InlineData(0x28)]
    [InlineData(0x88)]
    [InlineData(0x90)]
    [InlineData(0xA8)]
    [InlineData(0xC8)]
    [InlineData(0xD8)]
    public void Parts_that_are_no_run_are_refused(byte selection) => _rig.Run(Cd.Read(7, 1, selection)).ShouldBe(Sense.InvalidFieldInCdb(9));

    [Fact]
    public void Sectors_of_other_types_are_not_on_the_track()
    {
        _rig.Run(Cd.Read(0, 1, type: 2)).ShouldBeGood();
        foreach (int type in new[] { 1, 3, 4, 5 })
        {
            _rig.Run(Cd.Read(0, 1, type: type)).ShouldBe(new SenseData(SenseKey.IllegalRequest, 0x64, 0));
            _rig.Run(Cd.Read(0, 0, type: type)).ShouldBeGood();
        }

        _rig.Run(Cd.Read(0, 1, type: 6)).ShouldBe(Sense.InvalidFieldInCdb(1, 4));
    }

    [Fact]
    public void Ranges_are_held_against_the_medium()
    {
        _rig.Run(Cd.Read(1023, 1)).ShouldBeGood();
        _rig.Run(Cd.Read(1023, 2)).ShouldBe(Sense.LbaOutOfRange(1024));
        _rig.Run(Cd.ReadMsf([0, 2, 5], [0, 2, 3])).ShouldBe(Sense.InvalidFieldInCdb(6));
        _rig.Run(Cd.ReadMsf([0, 1, 74], [0, 2, 3])).ShouldBe(Sense.InvalidFieldInCdb(3));
        _rig.Run(Cd.ReadMsf([0, 2, 0], [0, 2, 75])).ShouldBe(Sense.InvalidFieldInCdb(6));
        Cd.Rig(300_000).Run(Cd.Read(0, 100_000)).ShouldBe(Sense.InvalidFieldInCdb(6));
    }

    [Fact]
    public void A_dvd_has_no_such_sectors() => Cd.Dvd().Run(Cd.Read(0, 1)).ShouldBe(new SenseData(SenseKey.IllegalRequest, 0x30, 0x02));

    [Theory]
    [InlineData(0x10)]
    [InlineData(0xF8)]
    public void A_failure_of_the_medium_is_told(byte selection)
    {
        _rig.Disk.Failure = Storage.IoStatus.ReadError;
        _rig.Run(Cd.Read(5, 1, selection)).ShouldBe(Sense.UnrecoveredReadError(5));
    }

    [Fact]
    public void The_streaming_bit_of_read_12_is_honoured()
    {
        byte[] cdb = Cdbs.Twelve(OperationCode.Read12, 9, 2);
        cdb[10] = 0x80;
        Assert.Equal(_rig.Disk.Bytes(9, 2).ToArray(), _rig.Run(cdb).DataIn);
    }

    /// <summary>Of sync, header, data and EDC, most significant bit first and each byte reversed, divided by the polynomial as ECMA-130 §14.3 writes it.</summary>
    private static uint Remainder(ReadOnlySpan<byte> bytes)
    {
        uint remainder = 0;
        foreach (byte each in bytes)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                bool carry = (remainder & 0x8000_0000) != 0;
                remainder = remainder << 1 | (uint)(each >> bit & 1);
                remainder ^= carry ? 0x8001_801Bu : 0;
            }
        }

        return remainder;
    }

    /// <summary>The last two bytes are the parity: the sum of all is zero, and the sum with the weights alpha^(n-1) down to alpha^0 too (ECMA-130 annex A).</summary>
    private static void AssertIsCodeWord(byte[] word)
    {
        byte sum = 0, weighted = 0;
        for (int i = 0; i < word.Length; i++)
        {
            sum ^= word[i];
            weighted ^= Times(word[i], word.Length - 1 - i);
        }

        Assert.Equal((0, 0), (sum, weighted));
    }

    private static byte Times(byte value, int power)
    {
        int product = value;
        for (int i = 0; i < power; i++)
        {
            product <<= 1;
            product ^= product >= 256 ? 0x11D : 0;
        }

        return (byte)product;
    }
}
