using System.Text.RegularExpressions;
using Blockwire.Testing;

namespace Blockwire.Tidy.Tests;

/// <summary>House rules on documents, and on what no file may give away.</summary>
public sealed partial class DocumentTests
{
    private static IEnumerable<string> Documents => WorkingCopy.Files.Where(static it => it.EndsWith(".md", StringComparison.Ordinal));

    [Fact]
    public void Each_document_has_one_title_on_its_first_line() =>
        WorkingCopy.AssertNone(
            Documents.Where(static it => Prose(it) is var lines
                && (lines.Count(static line => line.StartsWith("# ", StringComparison.Ordinal)) != 1 || !lines[0].StartsWith("# ", StringComparison.Ordinal))),
            "One `# title`, on the first line:");

    [Fact]
    public void Relative_links_lead_somewhere() =>
        WorkingCopy.AssertNone(
            from document in Documents
            from line in Prose(document)
            from Match link in Link().Matches(line)
            let target = link.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal) && !Resolves(document, target)
            select $"{document}: {target}",
            "These links lead nowhere:");

    [Fact]
    public void No_file_knows_the_machine_it_was_written_on() =>
        WorkingCopy.AssertNone(
            from path in WorkingCopy.Files
            from line in WorkingCopy.Lines(path).Index()
            where MachinePath().IsMatch(line.Item)
            select $"{path}:{line.Index + 1}: {line.Item.Trim()}",
            "A path that exists on one machine only:");

    /// <summary>The lines outside of code blocks.</summary>
    private static List<string> Prose(string document)
    {
        List<string> prose = [];
        bool isCode = false;
        foreach (string line in WorkingCopy.Lines(document))
        {
            bool isFence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            isCode ^= isFence;
            if (!isCode && !isFence)
            {
                prose.Add(line);
            }
        }

        return prose;
    }

    private static bool Resolves(string document, string target)
    {
        string[] parts = target.Split('#', 2);
        string file = parts[0].Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, Uri.UnescapeDataString(parts[0]));
        string path = Repository.At(file);
        return parts.Length == 2 && path.EndsWith(".md", StringComparison.Ordinal)
            ? File.Exists(path) && Headings(file).Contains(parts[1])
            : File.Exists(path) || Directory.Exists(path);
    }

    /// <summary>Headings as link targets: lower case, blanks to hyphens, no punctuation.</summary>
    private static IEnumerable<string> Headings(string document) =>
        Prose(document).Where(static it => it.StartsWith('#'))
            .Select(static it => Punctuation().Replace(it.TrimStart('#').Trim().ToLowerInvariant(), string.Empty).Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"(^|[\s""'`(=:])(/wo" + @"rk/|/ho" + @"me/\w|/Us" + @"ers/\w|/ro" + @"ot/)|/tmp/prom" + @"pts")]
    private static partial Regex MachinePath();
}
