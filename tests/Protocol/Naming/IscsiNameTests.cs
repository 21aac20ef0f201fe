using System.Text;
using Blockwire.Protocol.Naming;
using Blockwire.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Naming;

/// <summary>Goal: names by RFC 7143 §4.2.7 and RFC 3722. Method: the RFC's examples, each rule broken once, and random text.</summary>
public class IscsiNameTests
{
    [Theory]
    [InlineData("iqn.2001-04.com.example:storage:diskarrays-sn-a8675309", null)]
    [InlineData("iqn.2001-04.com.example", null)]
    [InlineData("iqn.2001-04.com.example:storage.tape1.sys1.xyz", null)]
    [InlineData("IQN.2001-04.COM.Example:Disk", "iqn.2001-04.com.example:disk")]
    [InlineData("eui.02004567A425678D", "eui.02004567a425678d")]
    [InlineData("naa.52004567BA64678D", "naa.52004567ba64678d")]
    [InlineData("naa.62004567BA64678D0123456789ABCDEF", "naa.62004567ba64678d0123456789abcdef")]
    [InlineData("iqn.2001-04.com.example:äöü", null)]
    [InlineData("iqn.2001-04.com.example:ÄÖÜ", "iqn.2001-04.com.example:äöü")]
    [InlineData("iqn.2001-04.com.example:磁盘", null)]
    [Rule("7143/4.2.7")]
    public void Legal(string text, string? normalised)
    {
        Assert.True(IscsiName.TryParse(text, out IscsiName name, out string? why), why);
        Assert.Equal(normalised ?? text, name.Text);
        Assert.True(IscsiName.TryReceive(text, out IscsiName received, out _));
        Assert.Equal(name, received);
    }

    [Theory]
    [InlineData("")]
    [InlineData("iqn")]
    [InlineData("iqn.")]
    [InlineData("eui.")]
    [InlineData("host1")]
    [InlineData("iqn.2001-04.com.example:with space")]
    [InlineData("iqn.2001-04.com.example:a/b")]
    [InlineData("iqn.2001-04.com.example:a,b")]
    [InlineData("iqn.2001-04.com.example:a\tb")]
    [InlineData("iqn.2001-04.com.example:a\u007Fb")]
    [InlineData("iqn.2001-04.com.example:a\u3002b")]
    [InlineData("iqn.2001-04.com.example:a\u00A0b")]
    [InlineData("iqn.2001-04.com.example:a\u200Bb")]
    [InlineData("iqn.2001-04.com.example:e\u0301")]
    [InlineData("iqn.2001-04.com.example:\uFF41")]
    [InlineData("iqn.2001-04.com.example:\uE000")]
    [InlineData("iqn.2001-04.com.example:\uFFFD")]
    [Rule("3722/6.2")]
    public void IllegalForAnyone(string text)
    {
        Assert.False(IscsiName.TryParse(text, out _, out string? why));
        Assert.NotEmpty(why);
        Assert.False(IscsiName.TryReceive(text, out _, out _));
    }

    [Theory]
    [InlineData("iqn.2001-4.com.example")]
    [InlineData("iqn.2001-13.com.example")]
    [InlineData("iqn.2001-00.com.example")]
    [InlineData("iqn.201-04.com.example")]
    [InlineData("iqn.2001-04")]
    [InlineData("iqn.2001-04.")]
    [InlineData("iqn.2001-04.com..example")]
    [InlineData("iqn.2001-04.:disk")]
    [InlineData("iqn.com.example:disk")]
    [InlineData("iqn.2001-04.com.example:under_score")]
    [InlineData("eui.02004567A425678")]
    [InlineData("eui.02004567A425678G")]
    [InlineData("naa.52004567BA64678")]
    [InlineData("naa.52004567BA64678D0")]
    [Rule("7143/4.2.7.4")]
    public void IllegalToGive_ButReceivedFromAPeer(string text)
    {
        Assert.False(IscsiName.TryParse(text, out _, out _));
        Assert.True(IscsiName.TryReceive(text, out _, out string? why) || text.EndsWith('.'), why);
    }

    [Fact]
    [Rule("7143/4.2.7.2")]
    public void Length_IsCountedInBytes()
    {
        const string prefix = "iqn.2001-04.com.example:";
        Assert.True(IscsiName.TryParse(prefix + new string('a', 223 - prefix.Length), out _, out _));
        Assert.False(IscsiName.TryParse(prefix + new string('a', 224 - prefix.Length), out _, out _));
        Assert.True(IscsiName.TryParse(prefix + new string('é', 99), out _, out _));
        Assert.False(IscsiName.TryParse(prefix + new string('é', 100), out _, out _));
        Assert.False(IscsiName.TryReceive(prefix + new string('é', 100), out _, out _));
    }

    [Fact]
    [Rule("7143/4.2.7.2")]
    public void AnyText_IsRefusedOrStable() => Prop.ForAll<string>(static text =>
    {
        string candidate = "iqn.2001-04.com.example:" + text;
        if (IscsiName.TryReceive(candidate, out IscsiName name, out _))
        {
            Assert.InRange(Encoding.UTF8.GetByteCount(name.Text), 1, 223);
            Assert.True(IscsiName.TryReceive(name.Text, out IscsiName again, out _));
            Assert.Equal(name, again);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    [Rule("7143/4.2.7")]
    public void NoName_HasEmptyText() => Assert.Equal("", default(IscsiName).ToString());
}
