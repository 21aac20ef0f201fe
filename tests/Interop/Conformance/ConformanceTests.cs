using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Conformance;

/// <summary>
/// Goal: every test of libiscsi's suite passes for the commands that the server has. Method: each runs in a process of its own against
/// a LUN of the flavour it asks for. What is not served is on a list that can only shrink.
/// </summary>
public sealed class ConformanceTests(ConformanceServer server, SlowSanitize slow) : IClassFixture<ConformanceServer>, IClassFixture<SlowSanitize>
{
    public static TheoryData<string> Served()
    {
        string[] tests =
        [
            .. ConformanceTool.Tests.Where(static test => !KnownGaps.NotServed.ContainsKey(test) && !KnownGaps.WrongInTheTool.ContainsKey(test) && test != SlowSanitize.Test),
        ];
        return tests.Length == 0 ? new([ConformanceTool.Program]) : new(tests);
    }

    [Theory, MemberData(nameof(Served))]
    public async Task ATestOfTheSuitePasses(string test)
    {
        await slow.BeginAsync();
        ConformanceResult result = await RunAsync(test);
        if (result.Outcome != ConformanceOutcome.Passed && test.EndsWith("ITNexusLoss", StringComparison.Ordinal))
        {
            // The tool resets a connection and goes on over another at once: on a busy machine the target may hear of the two in the other order.
            result = await RunAsync(test);
        }

        Assert.True(result.Outcome == ConformanceOutcome.Passed, $"{result.Outcome}\n{result.Process}\n--- server\n{server.Log}");
    }

    [Fact]
    public async Task ASanitizeOutlivesEveryReset()
    {
        Peer.Require(ConformanceTool.Program);
        ConformanceResult result = await slow.EndAsync();
        Assert.True(result.Outcome == ConformanceOutcome.Passed, $"{result.Outcome}\n{result.Process}");
    }

    [Fact]
    public async Task NothingThatIsSaidToBeMissingPasses()
    {
        List<string> served = [];
        foreach (string test in KnownGaps.NotServed.Keys)
        {
            if ((await RunAsync(test)).Outcome == ConformanceOutcome.Passed)
            {
                served.Add(test);
            }
        }

        Assert.True(served.Count == 0, $"These pass; remove them from {nameof(KnownGaps)}.{nameof(KnownGaps.NotServed)}:\n{string.Join('\n', served)}");
    }

    [Fact]
    public async Task TheServerOutlivesTestsThatAskForTheWrongThing()
    {
        List<string> passed = [];
        foreach (string test in KnownGaps.WrongInTheTool.Keys)
        {
            if ((await RunAsync(test)).Outcome == ConformanceOutcome.Passed)
            {
                passed.Add(test);
            }
        }

        Assert.True(passed.Count == 0, $"These pass; remove them from {nameof(KnownGaps)}.{nameof(KnownGaps.WrongInTheTool)}:\n{string.Join('\n', passed)}");
    }

    [Fact]
    public void TheListsNameTestsThatTheToolHas()
    {
        Peer.Require(ConformanceTool.Program);
        Assert.True(ConformanceTool.Tests.Count >= 230, $"{ConformanceTool.Tests.Count} tests");
        Assert.Empty(KnownGaps.NotServed.Keys.Concat(KnownGaps.WrongInTheTool.Keys).Append(SlowSanitize.Test).Except(ConformanceTool.Tests));
    }

    private async Task<ConformanceResult> RunAsync(string test)
    {
        Peer.Require(ConformanceTool.Program);
        ConformanceResult result = await ConformanceTool.RunAsync(test, await server.UrlsAsync(test));
        if (!server.IsAlive)
        {
            Assert.Fail($"The server ended during {test}\n{result.Process}\n--- server\n{server.Log}");
        }

        if (result.Outcome is not (ConformanceOutcome.Passed or ConformanceOutcome.Skipped))
        {
            TestContext.Current.TestOutputHelper?.WriteLine(server.Log);
            await server.DiscardAsync();
        }

        return result;
    }
}
