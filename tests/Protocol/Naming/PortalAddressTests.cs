using System.Net;
using Blockwire.Protocol.Naming;
using Blockwire.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Naming;

/// <summary>Goal: portals as people and TargetAddress write them. Method: every notation, each with a slip, and round trips.</summary>
public class PortalAddressTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", 3260, "192.0.2.1:3260")]
    [InlineData("192.0.2.1:5003", "192.0.2.1", 5003, "192.0.2.1:5003")]
    [InlineData("0.0.0.0:0", "0.0.0.0", 0, "0.0.0.0:0")]
    [InlineData("[2001:db8::1]:3260", "2001:db8::1", 3260, "[2001:db8::1]:3260")]
    [InlineData("[2001:db8::1]", "2001:db8::1", 3260, "[2001:db8::1]:3260")]
    [InlineData("2001:db8::1", "2001:db8::1", 3260, "[2001:db8::1]:3260")]
    [InlineData("[1080:0:0:0:8:800:200C:417A]:65", "1080::8:800:200c:417a", 65, "[1080::8:800:200c:417a]:65")]
    [InlineData("::", "::", 3260, "[::]:3260")]
    [InlineData("[::1]:1", "::1", 1, "[::1]:1")]
    [InlineData("[fe80::1%2]:3260", "fe80::1%2", 3260, "[fe80::1%2]:3260")]
    [InlineData("localhost", "localhost", 3260, "localhost:3260")]
    [InlineData("computingcenter.example.com:65535", "computingcenter.example.com", 65535, "computingcenter.example.com:65535")]
    [Rule("7143/13.8")]
    public void Legal(string text, string host, int port, string written)
    {
        Assert.True(PortalAddress.TryParse(text, out PortalAddress address));
        Assert.Equal((host, port, host.Contains(':', StringComparison.Ordinal)), (address.Host, address.Port, address.IsIPv6));
        Assert.Equal(written, address.ToString());
        Assert.Equal(written + ",7", address.ToTargetAddress(7));
        Assert.True(PortalAddress.TryParse(written, out PortalAddress again));
        Assert.Equal(address, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":3260")]
    [InlineData("host:")]
    [InlineData("host:x")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host: 1")]
    [InlineData("192.0.2")]
    [InlineData("192.0.2.256")]
    [InlineData("1.2.3.4.5")]
    [InlineData("[192.0.2.1]:3260")]
    [InlineData("[::1")]
    [InlineData("[::1]x")]
    [InlineData("[::1]:")]
    [InlineData("[]:3260")]
    [InlineData("::1]:3260")]
    [InlineData("2001:db8::1::2")]
    [InlineData("ho st")]
    [InlineData("-host")]
    [InlineData("host-")]
    [InlineData("a..b")]
    [InlineData("host/path")]
    [Rule("7143/13.8")]
    public void Illegal(string text) => Assert.False(PortalAddress.TryParse(text, out _));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:3260")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1:3260")]
    [InlineData("2001:db8::1", "[2001:db8::1]:3260")]
    [Rule("7143/13.8")]
    public void FromSocket(string address, string written) => Assert.Equal(written, PortalAddress.From(new IPEndPoint(IPAddress.Parse(address), 3260)).ToString());

    [Fact]
    [Rule("7143/13.8")]
    public void RoundTrip_OfAnyAddressAndPort() => Prop.ForAll(
        Gen.ArrayOf(Gen.Choose(0, 255).Select(static n => (byte)n), 16).ToArbitrary(), Gen.Choose(0, 65535).ToArbitrary(), Gen.Elements(true, false).ToArbitrary(),
        static (bytes, port, v6) =>
        {
            PortalAddress address = PortalAddress.From(new IPEndPoint(new IPAddress(v6 ? bytes : bytes[..4]), port));
            Assert.True(PortalAddress.TryParse(address.ToString(), out PortalAddress again));
            Assert.Equal(address, again);
        }).QuickCheckThrowOnFailure();

    [Fact]
    [Rule("7143/13.8")]
    public void AnyText_NeverThrows() => Prop.ForAll<string>(static text =>
    {
        if (text is not null && PortalAddress.TryParse(text, out PortalAddress address))
        {
            Assert.True(PortalAddress.TryParse(address.ToString(), out PortalAddress again));
            Assert.Equal(address, again);
        }
    }).QuickCheckThrowOnFailure();
}
