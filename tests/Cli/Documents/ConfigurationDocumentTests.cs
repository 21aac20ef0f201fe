using System.Text;
using System.Text.Json.Serialization.Metadata;
using Blockwire.Cli.Configuration;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Documents;

/// <summary>docs/CONFIG.md is right: its example is read, every property is in it, and the defaults it tells are those of the code.</summary>
public sealed class ConfigurationDocumentTests
{
    private static readonly string Document = File.ReadAllText(Repository.At("docs", "CONFIG.md"));

    [Fact]
    public void Its_example_is_read()
    {
        string example = Document.Split("```jsonc\n", 2)[1].Split("```", 2)[0];

        ServePlan plan = ConfigurationReader.Read(Encoding.UTF8.GetBytes(example), "docs/CONFIG.md");

        Assert.Equal((2, 2, 7u, 4096u), (plan.Portals.Count, plan.Targets.Count, plan.Targets[0].Disks[1].Lun, plan.Targets[1].Disks[0].Spec.BlockBytes));
        Assert.Equal(("iqn.2026-11.local.lab:backup", 2, 1), (plan.Targets[0].Chap!.Accounts[1].InitiatorName, plan.Targets[0].Chap!.Policy.Algorithms.Length, plan.DiscoveryChap!.Accounts.Length));
        Assert.Empty(Blockwire.Protocol.Authentication.ChapReview.Examine(plan.ChapScopes));
        Assert.Equal(20UL << 30, plan.Targets[0].Disks[0].Spec.SizeBytes);
        Assert.All(Names(ConfigurationContext.Default.ConfigurationFile), name => Assert.Contains($"\"{name}\":", example, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_property_has_a_row() =>
        Assert.All(Names(ConfigurationContext.Default.ConfigurationFile), static name => Assert.Matches($@"(?m)^\|[^|]*`{name}`[^|]*\|", Document));

    [Theory]
    [InlineData(nameof(TargetOffers.MaxRecvDataSegmentLength))]
    [InlineData(nameof(TargetOffers.MaxBurstLength))]
    [InlineData(nameof(TargetOffers.FirstBurstLength))]
    [InlineData(nameof(TargetOffers.MaxConnections))]
    [InlineData(nameof(TargetOffers.MaxOutstandingR2T))]
    [InlineData(nameof(TargetOffers.DefaultTime2Wait))]
    [InlineData(nameof(TargetOffers.DefaultTime2Retain))]
    [InlineData(nameof(TargetOffers.ErrorRecoveryLevel))]
    public void Its_defaults_of_keys_are_those_of_the_target(string key) =>
        Assert.Matches($@"(?m)^\| `{key}` \|[^|]*\| {typeof(TargetOffers).GetProperty(key)!.GetValue(new TargetOffers())} \|", Document);

    private static IEnumerable<string> Names(JsonTypeInfo type) =>
        type.Kind switch
        {
            JsonTypeInfoKind.Enumerable => Names(ConfigurationContext.Default.GetTypeInfo(type.ElementType!)!),
            JsonTypeInfoKind.Object => type.Properties.SelectMany(static it =>
                Names(ConfigurationContext.Default.GetTypeInfo(it.PropertyType)!).Prepend(it.Name)),
            _ => [],
        };
}
