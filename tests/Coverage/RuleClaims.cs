using System.Text.RegularExpressions;
using Blockwire.Testing;

namespace Blockwire.Coverage.Tests;

/// <summary>Which test says that it proves which rule, read from the sources: attributes in front of a method or a class.</summary>
internal static partial class RuleClaims
{
    private static readonly Lazy<IReadOnlyList<RuleClaim>> _all = new(static () => [.. Sources().SelectMany(Read)]);

    public static IReadOnlyList<RuleClaim> All => _all.Value;

    /// <summary>The claims that stand in a file.</summary>
    public static IEnumerable<RuleClaim> In(string[] lines, string path)
    {
        List<string> rules = [];
        string type = Path.GetFileNameWithoutExtension(path);
        bool isTest = false, isRun = true;
        foreach (string line in lines)
        {
            string text = line.Trim();
            if (Rule().Match(text) is { Success: true } rule)
            {
                rules.Add(rule.Groups["rule"].Value);
            }
            else if (Type().Match(text) is { Success: true } declaration)
            {
                type = declaration.Groups["name"].Value;
                foreach (string claimed in rules)
                {
                    yield return new(claimed, type, string.Empty, true);
                }

                rules.Clear();
            }
            else if (text.StartsWith("[Fact", StringComparison.Ordinal) || text.StartsWith("[Theory", StringComparison.Ordinal))
            {
                isTest = true;
                isRun = !text.Contains("Explicit = true", StringComparison.Ordinal) && !text.Contains("Skip = ", StringComparison.Ordinal);
            }
            else if (Method().Match(text) is { Success: true } method)
            {
                foreach (string claimed in rules)
                {
                    yield return isTest
                        ? new(claimed, type, method.Groups["name"].Value, isRun)
                        : throw new InvalidDataException($"{path}: {method.Groups["name"].Value} is marked with a rule and is no test");
                }

                rules.Clear();
                isTest = false;
                isRun = true;
            }
        }

        if (rules.Count > 0)
        {
            throw new InvalidDataException($"{path}: [Rule(\"{rules[0]}\")] in front of something that was not understood");
        }
    }

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Repository.At("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(static it => !it.Replace('\\', '/').Contains("/tests/Coverage/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<RuleClaim> Read(string path) => In(File.ReadAllLines(path), path);

    [GeneratedRegex(@"^\[Rule\(""(?<rule>[^""]+)""\)\]$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"^(public|internal) ([a-z]+ )*class (?<name>\w+)")]
    private static partial Regex Type();

    [GeneratedRegex(@"^public (async |static |override )*[\w<>\[\],? ]+ (?<name>\w+)\(")]
    private static partial Regex Method();
}

/// <summary>A test, or a class of tests when the method is empty, that is marked with a rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Class">The class.</param>
/// <param name="Method">The method.</param>
/// <param name="IsRun">It runs unasked: neither explicit nor always skipped. Only such a test proves anything.</param>
internal sealed record RuleClaim(string Rule, string Class, string Method, bool IsRun)
{
    public string Test => Method.Length == 0 ? Class : $"{Class}.{Method}";
}
