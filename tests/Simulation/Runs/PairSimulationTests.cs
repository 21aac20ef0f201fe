using Blockwire.Testing;

namespace Blockwire.Simulation.Tests;

/// <summary>The product's initiator against its target, both by their cores.</summary>
public sealed class PairSimulationTests
{
    private static readonly Simulation _simulation = new(
        nameof(PairSimulationTests),
        static seed => PairScenario.Of(seed).ToString(),
        static seed => [.. PairFault.Plan(PairScenario.Of(seed)).Select(static fault => fault.ToString())],
        static (seed, traced) =>
        {
            PairScenario scenario = PairScenario.Of(seed);
            PairWorld world = new(scenario, traced);
            return (world, () => world.Run(PairFault.Plan(scenario)));
        });

    private static readonly Lazy<(List<string> Failures, Census Census)> _run = new(static () => _simulation.RunAll(Seeds.Range()));

    [Fact]
    [Rule("logout/L7")]
    [Rule("logout/L8")]
    [Rule("logout/L56")]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.2")]
    [Rule("7143/7.2")]
    [Rule("7143/8.1.3")]
    public void Every_seed_keeps_the_rules()
    {
        if (Seeds.One is { } seed)
        {
            string? told = _simulation.Run(seed);
            Assert.True(told is null, told);
            return;
        }

        Assert.True(_run.Value.Failures.Count == 0, string.Join("\n\n", _run.Value.Failures));
    }

    /// <summary>A simulation in which something never happens proves nothing about it.</summary>
    [Fact]
    public void The_fixed_seeds_reach_every_fault_and_every_kind_of_recovery()
    {
        Assert.SkipUnless(Seeds.AreFixed, "other seeds were asked for");
        string[] wanted =
        [
            .. Enum.GetNames<PairFaultKind>().Select(static kind => $"fault: {kind}"),
            .. "SessionUp SessionLost SessionRenewed RenewalFailed FailingFast SessionClosed ConnectionUp ConnectionLost ConnectionRecovered ConnectionClosed TaskReassigned CommandRepeated LogoutRequested NegotiationRequested TasksTerminated"
                .Split(' ').Select(static notice => $"notice: {notice}"),
            .. "Answered Aborted TimedOut TerminatedByLogout Lost Rejected NoSession Closed".Split(' ').Select(static end => $"command: {end}"),
            "ping: Answered", "text: Answered", "SNACK: DataOrR2T", "SNACK: Status", "SNACK: DataAck",
            "logout: CloseSession", "logout: CloseConnection", "logout: RemoveConnectionForRecovery", "cut at LoginResponse", "cut at LogoutResponse",
            .. "T1 T2 T4 T5 T7 T8 T9 T10 T11 T13 T15 T16 T17 M1 M2 M3 M4 N1 N3 N4 N5 N6".Split(' ').Select(static transition => $"initiator's transition: {transition}"),
        ];
        string[] never = [.. wanted.Where(static what => _run.Value.Census[what] == 0)];
        Assert.True(never.Length == 0, $"never happened: {string.Join("; ", never)}");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_seed_gives_the_same_events_each_time(ulong seed)
    {
        string[] first = _simulation.EventsOf(seed);
        Assert.True(first.Length > 100);
        Assert.Equal(first, _simulation.EventsOf(seed));
    }
}
