using System.Text.RegularExpressions;
using Blockwire.Testing;

namespace Blockwire.Coverage.Tests;

/// <summary>docs/LOGOUT.md is the list that `./test --only Logout` goes by: it must be whole, and every target-side behaviour must have a test.</summary>
public sealed partial class LogoutDocumentTests
{
    private static readonly string[] _sides = ["target", "initiator", "both"];

    private static readonly IReadOnlyList<(string Number, string Title, string Sections, string Side)> _rows =
        [.. File.ReadAllLines(Repository.At("docs/LOGOUT.md")).Where(static line => Row().IsMatch(line)).Select(static line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(static cells => (cells[1], cells[2], cells[4], cells[5]))];

    [Fact]
    public void Every_number_has_its_row_in_order() =>
        Assert.Equal(
            Enumerable.Range(1, 56).SelectMany(static number => number is 34 or 45 ? new[] { $"L{number}", $"L{number}b" } : [$"L{number}"]),
            _rows.Select(static row => row.Number));

    [Fact]
    public void Every_row_names_sections_and_a_side() =>
        Assert.All(_rows, static row =>
        {
            Assert.Matches(@"^(§[0-9.]+|E\.[12])(, (§[0-9.]+|E\.[12]))*$", row.Sections);
            Assert.Contains(row.Side, _sides);
            Assert.NotEmpty(row.Title);
        });

    [Fact]
    public void What_only_an_initiator_does_is_known() =>
        Assert.Equal(["L7", "L8", "L18", "L22", "L30", "L41", "L55"], _rows.Where(static row => row.Side == "initiator").Select(static row => row.Number));

    [Fact]
    public void Tests_claim_only_behaviours_that_are_listed() =>
        Assert.Empty(RuleClaims.All.Where(static it => it.Rule.StartsWith("logout/", StringComparison.Ordinal)).Select(static it => it.Rule["logout/".Length..])
            .Except(_rows.Select(static row => row.Number)));

    [Fact]
    public void Every_behaviour_of_a_target_has_a_test_that_runs()
    {
        HashSet<string> proved = [.. RuleClaims.All.Where(static it => it.IsRun).Select(static it => it.Rule)];

        Assert.DoesNotContain(_rows, row => row.Side != "initiator" && !proved.Contains($"logout/{row.Number}"));
    }

    [GeneratedRegex(@"^\| L\d+b? \|")]
    private static partial Regex Row();
}
