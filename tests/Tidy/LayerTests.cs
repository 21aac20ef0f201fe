using System.Text.RegularExpressions;
using System.Xml.Linq;
using Blockwire.Testing;

namespace Blockwire.Tidy.Tests;

/// <summary>The project files and docs/ARCHITECTURE.md say the same, and references point one way.</summary>
public sealed partial class LayerTests
{
    [Fact]
    public void Project_references_are_those_of_the_architecture()
    {
        Dictionary<string, string[]> documented = Documented().ToDictionary(static it => it.Layer, static it => it.To);
        Dictionary<string, string[]> actual = Projects("src").ToDictionary(LayerOf, static it => References(it).Order(StringComparer.Ordinal).ToArray());

        Assert.NotEmpty(documented);
        Assert.Equal(documented.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        WorkingCopy.AssertNone(
            actual.Where(it => !it.Value.SequenceEqual(documented[it.Key].Order(StringComparer.Ordinal)))
                .Select(it => $"{it.Key}: project file [{string.Join(", ", it.Value)}], docs/ARCHITECTURE.md [{string.Join(", ", documented[it.Key])}]"),
            "References and docs/ARCHITECTURE.md differ:");
    }

    [Fact]
    public void Every_layer_refers_only_to_layers_above_it_in_the_list()
    {
        (string Layer, string[] To)[] layers = [.. Documented()];

        WorkingCopy.AssertNone(
            layers.SelectMany((it, at) => it.To.Where(to => !layers[..at].Any(above => above.Layer == to)).Select(to => $"{it.Layer} -> {to}")),
            "A layer may refer only to layers listed before it:");
    }

    [Fact]
    public void Product_code_never_refers_to_tests() =>
        WorkingCopy.AssertNone(
            Projects("src").Where(static it => WorkingCopy.Text(it).Contains("/tests/", StringComparison.Ordinal)), "These refer to tests:");

    [Fact]
    public void The_solution_holds_every_project()
    {
        string[] solution = [.. XDocument.Load(Repository.At("Blockwire.slnx")).Descendants("Project").Select(static it => it.Attribute("Path")!.Value.Replace('\\', '/'))];

        Assert.Equal(Projects("src").Concat(Projects("tests")).Order(StringComparer.Ordinal), solution.Where(static it => it.StartsWith("src/", StringComparison.Ordinal) || it.StartsWith("tests/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_layer_has_a_test_project() =>
        WorkingCopy.AssertNone(
            Projects("src").Select(LayerOf).Where(static it => !File.Exists(Repository.At($"tests/{it}/Blockwire.{it}.Tests.csproj"))),
            "These have no project below tests/:");

    private static IEnumerable<string> Projects(string folder) => WorkingCopy.Below(folder, ".csproj");

    private static string LayerOf(string project) => Path.GetFileNameWithoutExtension(project)["Blockwire.".Length..];

    private static IEnumerable<string> References(string project) =>
        XDocument.Parse(WorkingCopy.Text(project)).Descendants("ProjectReference").Select(static it => LayerOf(it.Attribute("Include")!.Value));

    /// <summary>The first code block of the document: `Layer -> Other, Other   what it is`.</summary>
    private static IEnumerable<(string Layer, string[] To)> Documented()
    {
        string block = WorkingCopy.Text("docs/ARCHITECTURE.md").Split("```")[1];
        foreach (Match line in LayerLine().Matches(block))
        {
            yield return (line.Groups["layer"].Value, line.Groups["to"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [GeneratedRegex(@"^(?<layer>[A-Z][A-Za-z.]*) +(?:-> (?<to>[A-Z][A-Za-z.]*(?:, [A-Z][A-Za-z.]*)*))?", RegexOptions.Multiline)]
    private static partial Regex LayerLine();
}
