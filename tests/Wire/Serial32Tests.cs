using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

[Rule("1982/3")]
public class Serial32Tests
{
    [Theory]
    [InlineData(0u, 0u, 0)]
    [InlineData(0u, 1u, -1)]
    [InlineData(1u, 0u, 1)]
    [InlineData(0xFFFFFFFFu, 0u, -1)]
    [InlineData(0u, 0xFFFFFFFFu, 1)]
    [InlineData(0xFFFFFFFEu, 1u, -1)]
    [InlineData(0x7FFFFFFFu, 0x80000000u, -1)]
    [InlineData(0u, 0x7FFFFFFFu, -1)]
    [InlineData(0u, 0x80000001u, 1)]
    [InlineData(0x80000001u, 0u, -1)]
    [InlineData(0xC0000000u, 0x3FFFFFFFu, -1)]
    [InlineData(0xC0000000u, 0x40000001u, 1)]
    [InlineData(0u, 0x80000000u, -1)] // 2^31 apart: undefined in RFC 1982, here by value
    [InlineData(0x80000000u, 0u, 1)]
    [InlineData(0x40000000u, 0xC0000000u, -1)]
    [InlineData(0xC0000000u, 0x40000000u, 1)]
    public void Order(uint left, uint right, int expected)
    {
        Serial32 a = new(left), b = new(right);
        Assert.Equal(expected < 0, a < b);
        Assert.Equal(expected > 0, a > b);
        Assert.Equal(expected <= 0, a <= b);
        Assert.Equal(expected >= 0, a >= b);
        Assert.Equal(expected == 0, a == b);
    }

    [Fact]
    public void Exactly_one_of_less_equal_and_greater_holds() => Seeds.Check(static draw =>
    {
        Serial32 a = draw.Serial();
        Serial32 b = draw.Bool() ? draw.Serial() : a + draw.One(0u, 1u, 0x7FFFFFFFu, 0x80000000u, 0x80000001u, 0xFFFFFFFFu);
        int holding = (a < b ? 1 : 0) + (a == b ? 1 : 0) + (a > b ? 1 : 0);
        return holding == 1 && (a < b) == (b > a) && (a <= b) == !(a > b) && (a >= b) == !(a < b);
    });

    [Fact]
    public void Adding_up_to_2_31_less_1_goes_forward() => Seeds.Check(static draw =>
    {
        Serial32 a = draw.Serial();
        uint n = (draw.U32() & 0x7FFFFFFF) | 1;
        return a + n > a && a - n < a && a + n - n == a && a + n - a == n && Serial32.Distance(a, a + n) == (int)n
            && Serial32.Distance(a + n, a) == -(int)n;
    });

    [Fact]
    public void Steps_wrap()
    {
        Serial32 serial = new(0xFFFFFFFF);
        serial++;
        Assert.Equal(new(0), serial);
        serial--;
        Assert.Equal(new(0xFFFFFFFF), serial);
        Assert.Equal(new(1), serial + 2);
        Assert.Equal(new(0xFFFFFFFE), new Serial32(1) - 3);
        Assert.Equal(int.MinValue, Serial32.Distance(new(0), new(0x80000000)));
        Assert.Equal(int.MinValue, Serial32.Distance(new(0x80000000), new(0)));
        Assert.Equal(7u, (uint)(Serial32)7u);
        Assert.Equal("4294967295", serial.ToString());
    }

    [Theory]
    [InlineData(0xFFFFFFFEu, 0xFFFFFFFEu, 4u, true)]
    [InlineData(1u, 0xFFFFFFFEu, 4u, true)]
    [InlineData(2u, 0xFFFFFFFEu, 4u, false)]
    [InlineData(0xFFFFFFFDu, 0xFFFFFFFEu, 4u, false)]
    [InlineData(5u, 5u, 0u, false)] // a closed window holds nothing
    [InlineData(0x80000005u, 5u, 0u, false)]
    [InlineData(0x80000005u, 5u, 16u, false)]
    public void Window(uint value, uint first, uint count, bool expected) =>
        Assert.Equal(expected, new Serial32(value).IsWithin(new(first), count));
}
