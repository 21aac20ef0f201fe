using Blockwire.Testing;

namespace Blockwire.Coverage.Tests;

/// <summary>One thing that RFC 7143 demands, in our words.</summary>
/// <param name="Id">RFC, section and a number or name within it: "7143/7.8#2".</param>
/// <param name="Role">Whose it is: target, initiator or both.</param>
/// <param name="Text">What is demanded.</param>
/// <param name="Reason">Why no test proves it; empty when one has to.</param>
internal sealed record Demand(string Id, string Role, string Text, string Reason)
{
    public const string Catalogue = "tests/Coverage/musts.tsv";

    private static readonly Lazy<IReadOnlyList<Demand>> _all = new(static () => [.. Read(File.ReadAllLines(Repository.At(Catalogue)))]);

    public static IReadOnlyList<Demand> All => _all.Value;

    public string Section => Id["7143/".Length..Id.IndexOf('#', StringComparison.Ordinal)];

    /// <summary>The tests that say they prove it.</summary>
    public IReadOnlyList<string> Tests => [.. RuleClaims.All.Where(claim => claim.Rule == Id && claim.IsRun).Select(static claim => claim.Test).Distinct().Order(StringComparer.Ordinal)];

    public bool IsUnproved => Reason.Length == 0 && Tests.Count == 0;

    public static IEnumerable<Demand> Read(IEnumerable<string> lines) =>
        from line in lines
        where line.Length > 0 && !line.StartsWith('#')
        let cells = line.Split('\t')
        select cells.Length == 4 ? new Demand(cells[0], cells[1], cells[2], cells[3]) : throw new InvalidDataException($"{Catalogue}: four columns wanted: {line}");
}
