using System.Globalization;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Launchers;

/// <summary>`./test`: adds up what the test programs report, and trusts no program that did not report.</summary>
public sealed class TestLauncherTests : IDisposable
{
    private readonly FakeTree _tree = new();

    [Fact]
    public async Task Counts_are_added_up_alone_on_the_last_line()
    {
        AddProject("A", passed: 3, skipped: 1);
        AddProject("B", passed: 4);

        ProcessResult result = await _tree.RunAsync("test");

        Assert.Equal((0, "7 passed, 0 failed, 1 skipped"), (result.ExitCode, LastLine(result)));
        Assert.Matches(@"(?m)^ok +Blockwire\.A\.Tests +3 passed +0 failed +1 skipped", result.Output);
        Assert.Contains("skipped A.Lacks  (no peer)", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, _tree.Builds);
    }

    [Fact]
    public async Task A_failure_is_printed_in_full_and_fails_the_run()
    {
        AddProject("A", passed: 1);
        AddProject("B", passed: 1, failed: 2);

        ProcessResult result = await _tree.RunAsync("test");

        Assert.Equal((1, "2 passed, 2 failed, 0 skipped"), (result.ExitCode, LastLine(result)));
        Assert.Contains("B says why it failed", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("A says why it failed", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 3")]
    [InlineData("kill -9 $$")]
    public async Task A_program_that_breaks_off_counts_as_failed(string body)
    {
        AddProject("A", passed: 1);
        AddProgram("B", $"echo last words\n{body}");

        ProcessResult result = await _tree.RunAsync("test");

        Assert.Equal((1, "1 passed, 1 failed, 0 skipped"), (result.ExitCode, LastLine(result)));
        Assert.Contains("last words", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_outside_of_tests_count_as_failed()
    {
        AddProject("A", passed: 1, errors: 1);

        Assert.Equal("1 passed, 1 failed, 0 skipped", LastLine(await _tree.RunAsync("test")));
    }

    [Fact]
    public async Task A_run_without_tests_fails()
    {
        ProcessResult empty = await _tree.RunAsync("test");
        AddProject("A", skipped: 1);
        ProcessResult skipped = await _tree.RunAsync(".ci/run");

        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), (empty.ExitCode, LastLine(empty)));
        Assert.Equal((1, "0 passed, 0 failed, 1 skipped"), (skipped.ExitCode, LastLine(skipped)));
    }

    [Fact]
    public async Task A_build_that_fails_fails_the_run()
    {
        AddProject("A", passed: 1);
        _tree.Folder.Write("broken", string.Empty);

        ProcessResult result = await _tree.RunAsync("test");

        Assert.Equal((1, "0 passed, 1 failed, 0 skipped"), (result.ExitCode, LastLine(result)));
        Assert.Contains("error CS1002", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quick_leaves_out_what_takes_minutes()
    {
        AddProject("A", passed: 1);
        AddProject("Interop", passed: 10);
        AddProject("Fuzz", passed: 10);

        Assert.Equal("1 passed, 0 failed, 0 skipped", LastLine(await _tree.RunAsync("test", "--quick")));
    }

    [Fact]
    public async Task Only_asks_for_class_method_and_rule_and_names_each_test()
    {
        AddProject("A", passed: 1, skipped: 1);

        ProcessResult result = await _tree.RunAsync("test", "--only", "7143/6.3");

        string asked = await File.ReadAllTextAsync(_tree.Folder.At("asked"), TestContext.Current.CancellationToken);
        Assert.Contains("-filter|/*/*/*7143&#x2F;6&#x2E;3*|", asked, StringComparison.Ordinal);
        Assert.Contains("-filter|/*/*/*/*7143&#x2F;6&#x2E;3*|", asked, StringComparison.Ordinal);
        Assert.Contains("-filter|/*/*/*/*/[Rule=*7143&#x2F;6&#x2E;3*]|", asked, StringComparison.Ordinal);
        Assert.Contains("  passed  A.Holds(text: \"<&>\")", result.Output, StringComparison.Ordinal);
        Assert.Contains("  skipped A.Lacks  (no peer)", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Logout")]
    [InlineData("logout")]
    public async Task Logout_has_a_line_for_each_behaviour_and_fails_for_one_without_a_test(string pattern)
    {
        _tree.Folder.Write(
            "docs/LOGOUT.md",
            """
            | No. | Behaviour | Given, when, then | RFC 7143 | Side |
            |---|---|---|---|---|
            | L1 | Held twice | x | §11.14 | target |
            | L2 | Broken once | x | §11.14 | both |
            | L3 | Of the others | x | §7.5, §8.2 | initiator |
            | L3b | Forgotten | x | §11.14 | target |
            | L4 | Only skipped | x | §11.14 | both |

            """);
        AddResults("A", passed: 2, failed: 0, skipped: 1, errors: 0, Test("Pass", "logout/L1", "7143/11.14"), Test("Skip", "logout/L4"), Test("Pass", "logout/L2"));
        AddResults("B", passed: 1, failed: 1, skipped: 0, errors: 0, Test("Pass", "logout/L1"), Test("Fail", "logout/L2"));

        ProcessResult result = await _tree.RunAsync("test", "--only", pattern);

        Assert.EndsWith(
            """

            L1    passed   2 tests   Held twice
            L2    FAILED   1 of 2    Broken once
            L3    skipped  initiator's duty (RFC 7143 §7.5, §8.2)  Of the others
            L3b   FAILED   no test   Forgotten
            L4    FAILED   no test   Only skipped
            3 passed, 3 failed, 2 skipped
            """,
            result.Output,
            StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    [Theory]
    [InlineData("--onyl")]
    [InlineData("--only")]
    public async Task A_wrong_command_line_ends_with_status_2(string argument)
    {
        ProcessResult result = await _tree.RunAsync("test", argument);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("test: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, _tree.Builds);
    }

    [Fact]
    public async Task CI_is_set_by_its_own_launcher()
    {
        AddProgram("A", "echo \"CI=$CI\"; exit 1");

        Assert.Contains("CI=true", (await _tree.RunAsync(".ci/run")).Output, StringComparison.Ordinal);
        Assert.Contains("CI=false", (await _tree.RunAsync("test")).Output, StringComparison.Ordinal);
    }

    public void Dispose() => _tree.Dispose();

    private static string LastLine(ProcessResult result) => result.Output.Split('\n')[^1];

    /// <summary>A test program whose result file tells these counts.</summary>
    private void AddProject(string name, int passed = 0, int failed = 0, int skipped = 0, int errors = 0)
    {
        string tests = (passed > 0 ? $"""<test id="1" name="{name}.Holds(text: &quot;&lt;&amp;&gt;&quot;)" result="Pass" type="x" />""" : string.Empty)
            + (skipped > 0 ? $"""<test id="2" name="{name}.Lacks" result="Skip"><traits><trait name="Rule" value="1" /></traits><reason><![CDATA[no peer]]></reason></test>""" : string.Empty);
        AddResults(name, passed, failed, skipped, errors, tests);
    }

    private static string Test(string result, params string[] rules) =>
        $"""<test id="1" name="X" result="{result}"><traits>{string.Concat(rules.Select(static rule => $"""<trait name="Rule" value="{rule}" />"""))}</traits></test>""";

    private void AddResults(string name, int passed, int failed, int skipped, int errors, params string[] tests)
    {
        string counts = string.Create(
            CultureInfo.InvariantCulture,
            $"""errors="{errors}" failed="{failed}" passed="{passed}" skipped="{skipped}" total="{passed + failed + skipped}" """);
        AddProgram(
            name,
            $"""
            printf '%s|' "$@" >>"$(dirname "$0")/../../../../asked"
            while [ "$1" != -xml ]; do shift; done
            cat >"$2" <<'XML'
            <assemblies><assembly id="1" environment="64" {counts}><collection>{string.Concat(tests)}</collection></assembly></assemblies>
            XML
            [ {failed} -eq 0 ] || echo "{name} says why it failed"
            [ {failed + errors} -eq 0 ]
            """);
    }

    private void AddProgram(string name, string body)
    {
        string project = $"Blockwire.{name}.Tests";
        _tree.Folder.Write($"tests/{name}/{project}.csproj", string.Empty);
        _tree.Folder.Write($"artifacts/bin/{project}/release/{project}", $"#!/bin/sh\n{body}\n", executable: true);
    }
}
