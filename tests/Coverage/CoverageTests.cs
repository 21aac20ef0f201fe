using Blockwire.Testing;

namespace Blockwire.Coverage.Tests;

/// <summary>Goal: no demand of the RFC is forgotten. Method: a catalogue, the tests that claim its entries, and a page written from both.</summary>
public sealed class CoverageTests
{
    private static readonly string[] _roles = ["target", "initiator", "both"];

    [Fact]
    public void The_page_is_up_to_date()
    {
        string path = Repository.At("docs", "rfc-coverage.md");
        string page = CoveragePage.Write(Demand.All);
        if (Environment.GetEnvironmentVariable("BLOCKWIRE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, page);
        }

        Assert.True(File.Exists(path), "docs/rfc-coverage.md is missing: run the tests with BLOCKWIRE_WRITE_DOCS=1");
        Assert.True(page == File.ReadAllText(path), "docs/rfc-coverage.md is stale: run the tests with BLOCKWIRE_WRITE_DOCS=1");
    }

    [Fact]
    public void Every_entry_is_well_formed_and_there_once()
    {
        Assert.Equal(Demand.All.Select(static demand => demand.Id).Distinct(), Demand.All.Select(static demand => demand.Id));
        Assert.All(Demand.All, static demand =>
        {
            Assert.Matches(@"^7143/([0-9]+(\.[0-9]+)*|E\.1)#[A-Za-z0-9-]+$", demand.Id);
            Assert.Contains(demand.Role, _roles);
            Assert.EndsWith(".", demand.Text, StringComparison.Ordinal);
            Assert.False(demand.Reason.Length > 0 && demand.Tests.Count > 0, $"{demand.Id} has tests: {string.Join(", ", demand.Tests)}; it needs no reason");
        });
    }

    [Fact]
    public void Tests_claim_only_entries_that_exist()
    {
        HashSet<string> known = [.. Demand.All.Select(static demand => demand.Id)];

        Assert.DoesNotContain(RuleClaims.All, claim => claim.Rule.Contains('#') && !known.Contains(claim.Rule));
    }

    [Fact]
    public void Every_demand_on_a_target_has_a_test_or_a_reason() => Assert.DoesNotContain(Demand.All, static demand => demand.IsUnproved);
}
