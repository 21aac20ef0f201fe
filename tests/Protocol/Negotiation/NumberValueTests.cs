using System.Globalization;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Negotiation;

/// <summary>Goal: numerical-value and binary-value exactly as §6.1 has them. Method: a table of edges, and round trips.</summary>
public class NumberValueTests
{
    [Theory]
    [InlineData("0", 0UL)]
    [InlineData("1", 1UL)]
    [InlineData("16777215", 16777215UL)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("0x0", 0UL)]
    [InlineData("0X1f", 31UL)]
    [InlineData("0xFFFFFFFFFFFFFFFF", ulong.MaxValue)]
    [InlineData("0x000000000000000000001", 1UL)]
    [Rule("7143/6.1")]
    public void Legal(string text, ulong number)
    {
        Assert.True(NumberValue.TryParse(text, out ulong parsed));
        Assert.Equal(number, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1.0")]
    [InlineData("1,0")]
    [InlineData("1e3")]
    [InlineData("0x")]
    [InlineData("0xg")]
    [InlineData("x1")]
    [InlineData("1~2")]
    [InlineData("٣")]
    [InlineData("18446744073709551616")]
    [InlineData("0x10000000000000000")]
    [Rule("7143/6.1")]
    public void Illegal(string text) => Assert.False(NumberValue.TryParse(text, out _));

    [Fact]
    [Rule("7143/6.1")]
    public void RoundTrip_OfBothNotations() => Prop.ForAll<ulong>(static number =>
    {
        Assert.True(NumberValue.TryParse(number.ToString(CultureInfo.InvariantCulture), out ulong fromDecimal));
        Assert.True(NumberValue.TryParse($"0x{number:x}", out ulong fromHex));
        Assert.Equal((number, number), (fromDecimal, fromHex));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("0xAb", new byte[] { 0xAB })]
    [InlineData("0x1", new byte[] { 0x01 })]
    [InlineData("0x123", new byte[] { 0x01, 0x23 })]
    [InlineData("0x0001", new byte[] { 0x00, 0x01 })]
    [InlineData("0bAQID", new byte[] { 1, 2, 3 })]
    [InlineData("0BAQI=", new byte[] { 1, 2 })]
    [InlineData("258", new byte[] { 1, 2 })]
    [InlineData("0", new byte[] { 0 })]
    [Rule("7143/6.1")]
    public void LegalBinary(string text, byte[] bytes)
    {
        Assert.True(BinaryValue.TryParse(text, out byte[] parsed));
        Assert.Equal(bytes, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("0xZZ")]
    [InlineData("0b")]
    [InlineData("0bA")]
    [InlineData("0bAQ I=")]
    [InlineData("0b====")]
    [InlineData("abc")]
    [InlineData("18446744073709551616")]
    [Rule("7143/6.1")]
    public void IllegalBinary(string text) => Assert.False(BinaryValue.TryParse(text, out _));

    [Fact]
    [Rule("7143/6.1")]
    public void RoundTrip_OfBinary() => Prop.ForAll<NonEmptyArray<byte>>(static bytes =>
    {
        Assert.True(BinaryValue.TryParse(BinaryValue.ToHex(bytes.Get), out byte[] fromHex));
        Assert.True(BinaryValue.TryParse("0b" + Convert.ToBase64String(bytes.Get), out byte[] fromBase64));
        Assert.Equal(bytes.Get, fromHex);
        Assert.Equal(bytes.Get, fromBase64);
    }).QuickCheckThrowOnFailure();
}
