using System.Text;

namespace Blockwire.Coverage.Tests;

/// <summary>Writes docs/rfc-coverage.md from the catalogue and the attributes of the tests.</summary>
internal static class CoveragePage
{
    private const string Head = """
        # What RFC 7143 demands, and the tests that prove it

        Every MUST, MUST NOT, SHALL and REQUIRED of the sections on numbering, task management, login, recovery, states, logout, SNACK and Reject,
        in our own words; each transition of the state tables and each event of the tables in appendix E.1 counts as one. The list is
        `tests/Coverage/musts.tsv`; a test claims an entry with `[Rule("7143/7.8#2")]`. A test writes this page: after a change of either run the
        tests of `tests/Coverage` with `BLOCKWIRE_WRITE_DOCS=1`.

        Run the tests of a section with `./test --only 7143/7.8`.

        """;

    public static string Write(IReadOnlyList<Demand> demands)
    {
        StringBuilder page = new(Head.ReplaceLineEndings("\n"));
        AppendSummary(page, demands);
        AppendUnproved(page, demands);
        foreach (IGrouping<string, Demand> section in demands.GroupBy(static demand => demand.Section))
        {
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n## {Title(section.Key)}\n\n| Id | Whose | What | Proof |\n|---|---|---|---|\n");
            foreach (Demand demand in section)
            {
                AppendRow(page, demand.Id, demand.Role, demand.Text, Proof(demand));
            }
        }

        return page.ToString();
    }

    private static void AppendSummary(StringBuilder page, IReadOnlyList<Demand> demands)
    {
        int proved = demands.Count(static demand => demand.Tests.Count > 0), unproved = demands.Count(static demand => demand.IsUnproved);
        int initiator = demands.Count(static demand => demand.Role == "initiator" && demand.Tests.Count == 0);
        page.Append("\n| Entries | Proved by tests | Initiator's duty | Not tested, for a reason | Without proof |\n|---|---|---|---|---|\n");
        AppendRow(page, $"{demands.Count}", $"{proved}", $"{initiator}", $"{demands.Count - proved - unproved - initiator}", $"{unproved}");
    }

    private static void AppendUnproved(StringBuilder page, IReadOnlyList<Demand> demands)
    {
        page.Append("\n## Without proof\n\n");
        Demand[] unproved = [.. demands.Where(static demand => demand.IsUnproved)];
        foreach (Demand demand in unproved)
        {
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"- {demand.Id}: {demand.Text}\n");
        }

        if (unproved.Length == 0)
        {
            page.Append("Nothing.\n");
        }
    }

    private static string Title(string section) => char.IsAsciiDigit(section[0]) ? $"§{section}" : $"Appendix {section}";

    private static string Proof(Demand demand) =>
        demand.IsUnproved ? "**none**" : string.Join("; ", demand.Tests.Select(static test => $"`{test}`").Concat(demand.Reason.Length > 0 ? [demand.Reason] : []));

    private static void AppendRow(StringBuilder page, params string[] cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
