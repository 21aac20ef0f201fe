using System.Collections.Immutable;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Testing;

namespace Blockwire.Protocol.Tests.Text;

/// <summary>What the answer to SendTargets means (RFC 7143 Appendix C).</summary>
public class SendTargetsReaderTests
{
    private const string First = "TargetName=iqn.2026-11.a:b";

    [Fact]
    [Rule("7143/C")]
    public void A_target_has_the_addresses_that_follow_its_name()
    {
        ImmutableArray<DiscoveredTarget> targets = Read(First, "TargetAddress=192.0.2.1:3260,1", "TargetAddress=[2001:db8::1]:3261,2", "TargetName=iqn.2026-11.a:c", "TargetAddress=disk.example,3");

        Assert.Equal("iqn.2026-11.a:b 192.0.2.1:3260,1 [2001:db8::1]:3261,2|iqn.2026-11.a:c disk.example:3260,3", Show(targets));
        Assert.Equal([new TargetPortal(Address("192.0.2.1"), 1), new TargetPortal(Address("[2001:db8::1]:3261"), 2)], targets[0].Portals);
    }

    [Fact]
    [Rule("7143/C")]
    public void A_target_without_addresses_is_where_the_question_was_asked() =>
        Assert.Equal("iqn.2026-11.a:b 198.51.100.9:3262", Show(Read(First)));

    [Fact]
    public void A_name_that_comes_again_adds_its_addresses() =>
        Assert.Equal(
            "iqn.2026-11.a:b 192.0.2.1:3260,1 192.0.2.2:3260,1|iqn.2026-11.a:c 192.0.2.3:3260,1",
            Show(Read(
                First, "TargetAddress=192.0.2.1:3260,1", "TargetName=iqn.2026-11.a:c", "TargetAddress=192.0.2.3,1", "TargetName=iqn.2026-11.A:B",
                "TargetAddress=192.0.2.1:3260,1", "TargetAddress=192.0.2.2:3260,1")));

    [Theory]
    [InlineData("TargetAddress=0.0.0.0:3260,1", "198.51.100.9:3260,1")]
    [InlineData("TargetAddress=[::]:3261,1", "198.51.100.9:3261,1")]
    [InlineData("TargetAddress=192.0.2.1:3260", "192.0.2.1:3260")]
    [InlineData("TargetAddress=192.0.2.1:3260,x", "192.0.2.1:3260")]
    [Rule("7143/13.8")]
    public void An_address_is_put_right_where_it_can_be(string pair, string address) => Assert.Equal($"iqn.2026-11.a:b {address}", Show(Read(First, pair)));

    [Theory]
    [InlineData("TargetAddress=192.0.2.1:3260,1|TargetName=iqn.2026-11.a:b", "iqn.2026-11.a:b 198.51.100.9:3262")]
    [InlineData("TargetName=nonsense|TargetAddress=192.0.2.1:3260,1|TargetName=iqn.2026-11.a:b", "iqn.2026-11.a:b 198.51.100.9:3262")]
    [InlineData("TargetName=iqn.2026-11.a:b|TargetAddress=:|TargetAddress=192.0.2.1,1", "iqn.2026-11.a:b 192.0.2.1:3260,1")]
    [InlineData("TargetName=iqn.2026-11.a:b|TargetAlias=disk|TargetAddress=192.0.2.1,1", "iqn.2026-11.a:b 192.0.2.1:3260,1")]
    public void What_makes_no_sense_is_left_out_and_told(string pairs, string targets)
    {
        Assert.True(SendTargetsReader.TryRead(Pairs(pairs.Split('|')), Address("198.51.100.9:3262"), out ImmutableArray<DiscoveredTarget> read, out ImmutableArray<string> notes, out _));

        Assert.Equal(targets, Show(read));
        Assert.NotEmpty(notes);
    }

    [Theory]
    [InlineData("Reject")]
    [InlineData("NotUnderstood")]
    [Rule("7143/C")]
    public void A_target_may_refuse_the_question(string answer)
    {
        Assert.False(SendTargetsReader.TryRead(Pairs($"SendTargets={answer}"), default, out _, out _, out string? why));
        Assert.Contains(answer, why, StringComparison.Ordinal);
    }

    [Fact]
    public void No_targets_are_an_answer_too() => Assert.Empty(Read());

    private static PortalAddress Address(string text) => PortalAddress.TryParse(text, out PortalAddress address) ? address : throw new ArgumentException(text);

    private static TextPair[] Pairs(params string[] pairs) => [.. pairs.Select(static pair => new TextPair(pair.Split('=')[0], pair.Split('=')[1]))];

    private static ImmutableArray<DiscoveredTarget> Read(params string[] pairs)
    {
        Assert.True(SendTargetsReader.TryRead(Pairs(pairs), Address("198.51.100.9:3262"), out ImmutableArray<DiscoveredTarget> targets, out _, out _));
        return targets;
    }

    private static string Show(ImmutableArray<DiscoveredTarget> targets) =>
        string.Join('|', targets.Select(static it => $"{it.Name} {string.Join(' ', it.Addresses)}"));
}
