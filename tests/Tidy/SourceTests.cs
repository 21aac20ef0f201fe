using System.Text.RegularExpressions;
using Blockwire.Testing;

namespace Blockwire.Tidy.Tests;

/// <summary>House rules on source files.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 500;
    private const int MostLinesOfAMember = 100;

    private static IEnumerable<string> Code =>
        WorkingCopy.Below("src", ".cs").Concat(WorkingCopy.Below("tests", ".cs")).Concat(WorkingCopy.Below("bench", ".cs"));

    [Fact]
    public void Files_are_short() =>
        WorkingCopy.AssertNone(
            Code.Select(static it => (Path: it, Count: WorkingCopy.Lines(it).Length)).Where(static it => it.Count > MostLines)
                .Select(static it => $"{it.Path}: {it.Count} lines"),
            $"More than {MostLines} lines; split by idea:");

    [Fact]
    public void Members_are_short() =>
        WorkingCopy.AssertNone(
            Code.SelectMany(LongMembers), $"More than {MostLinesOfAMember} lines in one member; give its parts names:");

    [Fact]
    public void Nothing_is_left_for_later() =>
        WorkingCopy.AssertNone(
            Findings(WorkingCopy.Below("src", ".cs"), Unfinished()), "Unfinished work does not go into src/:");

    [Fact]
    public void Nothing_sleeps() =>
        WorkingCopy.AssertNone(Findings(Code, Sleep()), "Wait for an event or a TimeProvider instead of sleeping:");

    /// <summary>Tabs, carriage returns and trailing blanks make noise in every later change.</summary>
    [Fact]
    public void White_space_is_clean() =>
        WorkingCopy.AssertNone(
            Code.Where(static it => WorkingCopy.Text(it) is { } text && (text.Contains('\r') || text.Contains('\t') || text.Contains(" \n", StringComparison.Ordinal) || !text.EndsWith('\n'))),
            "A tab, a carriage return, a blank before a line end, or no newline at the end of the file:");

    [Fact]
    public void Launchers_can_be_executed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are a POSIX matter");
        WorkingCopy.AssertNone(
            new[] { "blockwire", "test", "eng/install-peers" }.Where(static it => !IsExecutable(Repository.At(it))), "chmod +x these:");
    }

    private static bool IsExecutable(string path) =>
        !OperatingSystem.IsWindows() && File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute);

    private static IEnumerable<string> Findings(IEnumerable<string> paths, Regex pattern) =>
        from path in paths
        from line in WorkingCopy.Lines(path).Index()
        where pattern.IsMatch(line.Item)
        select $"{path}:{line.Index + 1}: {line.Item.Trim()}";

    /// <summary>Bodies of members, told by the indentation that the formatter gives them: a brace alone behind four blanks.</summary>
    private static IEnumerable<string> LongMembers(string path)
    {
        string[] lines = WorkingCopy.Lines(path);
        for (int at = 1; at < lines.Length; at++)
        {
            if (lines[at] != "    {" || TypeDeclaration().IsMatch(lines[at - 1]))
            {
                continue;
            }

            int begin = at;
            while (at < lines.Length && !lines[at].StartsWith("    }", StringComparison.Ordinal))
            {
                at++;
            }

            if (at - begin > MostLinesOfAMember)
            {
                yield return $"{path}:{begin}: {at - begin} lines";
            }
        }
    }

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X|NotImplemented" + @"Exception)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"Thread\." + @"Sleep\(")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"^    ([a-z]+ )*(class|struct|interface|record|enum) ")]
    private static partial Regex TypeDeclaration();
}
