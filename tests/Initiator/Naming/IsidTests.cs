using Blockwire.Testing;

namespace Blockwire.Initiator.Tests;

/// <summary>The bits of an ISID (RFC 7143 §11.12.5).</summary>
public sealed class IsidTests
{
    [Fact]
    [Rule("7143/11.12.5")]
    public void Each_format_has_its_fields_where_the_RFC_has_them()
    {
        Assert.Equal("3fffff123456", Isid.FromOui(0x3FFFFF, 0x123456).ToString());
        Assert.Equal("40abcdef1234", Isid.FromEnterpriseNumber(0xABCDEF, 0x1234).ToString());
        Assert.Equal("80abcdef1234", Isid.FromRandom(0xABCDEF, 0x1234).ToString());
    }

    [Fact]
    [Rule("7143/11.12.5")]
    public void Format_and_qualifier_can_be_read_back()
    {
        Assert.Equal((IsidFormat.Oui, 0x123456u), (Isid.FromOui(1, 0x123456).Format, Isid.FromOui(1, 0x123456).Qualifier));
        Assert.Equal((IsidFormat.EnterpriseNumber, 7u), (Isid.FromEnterpriseNumber(1, 7).Format, Isid.FromEnterpriseNumber(1, 7).Qualifier));
        Assert.Equal((IsidFormat.Random, 7u), (Isid.FromRandom(1, 7).Format, Isid.FromRandom(1, 7).Qualifier));
        Assert.Equal(IsidFormat.Reserved, new Isid(0xC00000000000).Format);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => Isid.FromOui(1 << 22, 0));
        Assert.Throws<ArgumentOutOfRangeException>(static () => Isid.FromOui(0, 1 << 24));
        Assert.Throws<ArgumentOutOfRangeException>(static () => Isid.FromRandom(1 << 24, 0));
    }
}
