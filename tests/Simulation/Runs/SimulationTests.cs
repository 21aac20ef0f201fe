using Blockwire.Testing;

namespace Blockwire.Simulation.Tests;

/// <summary>The target against a scripted initiator: the seeds that every run of the tests takes, and more of them on request.</summary>
public sealed class SimulationTests
{
    private static readonly Simulation _simulation = new(
        nameof(SimulationTests),
        static seed => Scenario.Of(seed).ToString(),
        static seed => [.. Fault.Plan(Scenario.Of(seed)).Select(static fault => fault.ToString())],
        static (seed, traced) =>
        {
            Scenario scenario = Scenario.Of(seed);
            World world = new(scenario, traced);
            return (world, () => world.Run(Fault.Plan(scenario)));
        });

    private static readonly Lazy<(List<string> Failures, Census Census)> _run = new(static () => _simulation.RunAll(Seeds.Range()));

    [Fact]
    [Rule("logout/L56")]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.2")]
    [Rule("7143/7.2")]
    [Rule("7143/8.1.4")]
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
            .. Enum.GetNames<FaultKind>().Select(static kind => $"fault: {kind}"),
            .. new[] { 0, 1, 2 }.Select(static level => $"session at level {level}"),
            "SNACK: Data", "SNACK: DataACK", "SNACK: R-Data", "SNACK: Status", "connection reinstated", "request sent again", "request sent again elsewhere", "task reassigned",
            "rejected: ScsiCommand, DataDigestError", "rejected: DataOut, DataDigestError",
            "logout: CloseConnection, Closed", "logout: CloseConnection, CleanupFailed", "logout: CloseSession, Closed", "logout: RemoveConnectionForRecovery, Closed",
            "deviation: DropConnection 7143/7.8 header digest",
            .. "T5 T8 T9 T10 T11 T13 T15 T16 T17 M1 M2 M3 M4 N2 N3 N5 N6 N7 N10".Split(' ').Select(static transition => $"transition: {transition}"),
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
