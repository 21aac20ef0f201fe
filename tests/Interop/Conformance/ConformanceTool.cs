using System.Text.RegularExpressions;
using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Conformance;

public enum ConformanceOutcome
{
    Passed,

    /// <summary>The tool found that the target does not offer what the test is about.</summary>
    Skipped,
    Failed,

    /// <summary>No result: it crashed, could not connect, or ran out of time.</summary>
    None,
}

public sealed record ConformanceResult(ConformanceOutcome Outcome, ProcessResult Process);

/// <summary>libiscsi's `iscsi-test-cu`, a process for each test.</summary>
public static partial class ConformanceTool
{
    public const string Program = "iscsi-test-cu";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Every test it knows, as SUITE.TEST.</summary>
    public static IReadOnlyList<string> Tests { get; } = List();

    /// <summary>Runs one test with leave to destroy data.</summary>
    public static Task<ConformanceResult> RunAsync(string test, params string[] urls) => RunAsync(test, Limit, urls);

    /// <summary>Runs one test with leave to destroy data, and with another limit than the usual one.</summary>
    public static async Task<ConformanceResult> RunAsync(string test, TimeSpan limit, params string[] urls)
    {
        ProcessResult result = await ChildProcess.RunAsync(Program, ["-d", "-S", "-t", $"ALL.{test}", .. urls], limit);
        Match counted = Counts().Match(result.Output);
        ConformanceOutcome outcome =
            !counted.Success || counted.Groups["ran"].Value == "0" ? ConformanceOutcome.None
            : counted.Groups["failed"].Value != "0" ? ConformanceOutcome.Failed
            : Skipped().IsMatch(result.Output) && !KnownGaps.MadeOfParts.Contains(test) ? ConformanceOutcome.Skipped
            : ConformanceOutcome.Passed;
        return new(outcome, result);
    }

    private static string[] List()
    {
        ChildProcess? child;
        try
        {
            child = ChildProcess.Start(Program, ["-l"]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return [];      // not installed: the tests say so by Peer.Require
        }

        child.WaitForExitAsync(Limit).GetAwaiter().GetResult();
        string[] tests = [.. child.OutputLines.Select(static line => line.Trim()).Where(static line => Name().IsMatch(line)).Select(static line => line[4..])];
        child.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return tests;
    }

    [GeneratedRegex(@"^ALL\.\w+\.[\w-]+$")]
    private static partial Regex Name();

    // Between the test's name and its verdict: the tool also says "[SKIPPED]" while it prepares and cleans up, of persistent reservations.
    [GeneratedRegex(@"^\s*Test: \S+ \.\.\.(?:(?!passed).)*\[SKIPPED\](?:(?!passed).)*passed", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Skipped();

    [GeneratedRegex(@"^\s*tests\s+\d+\s+(?<ran>\d+)\s+\d+\s+(?<failed>\d+)", RegexOptions.Multiline)]
    private static partial Regex Counts();
}
