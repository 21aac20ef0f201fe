namespace Blockwire.Scsi.Tests;

/// <summary>Goal: the two single-level forms of a LUN, and no other (SAM-5 §4.6).</summary>
public sealed class LunFormatTests
{
    [Fact]
    public void Every_number_comes_back()
    {
        for (uint number = 0; number <= LunFormat.MaxNumber; number++)
        {
            Assert.True(LunFormat.TryDecode(LunFormat.Encode(number), out uint back));
            Assert.Equal(number, back);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => LunFormat.Encode(LunFormat.MaxNumber + 1));
    }

    [Theory]
    [InlineData(0x0000_0000_0000_0000UL, 0u)]
    [InlineData(0x0005_0000_0000_0000UL, 5u)]
    [InlineData(0x4005_0000_0000_0000UL, 5u)]
    [InlineData(0x412C_0000_0000_0000UL, 300u)]
    public void Accepted(ulong lun, uint number)
    {
        Assert.True(LunFormat.TryDecode(lun, out uint found));
        Assert.Equal(number, found);
    }

    [Theory]
    [InlineData(0x0105_0000_0000_0000UL)]
    [InlineData(0x8005_0000_0000_0000UL)]
    [InlineData(0xC101_0000_0000_0000UL)]
    [InlineData(0x0005_0001_0000_0000UL)]
    [InlineData(0x0000_0000_0000_0001UL)]
    public void Refused(ulong lun) => Assert.False(LunFormat.TryDecode(lun, out _));
}
