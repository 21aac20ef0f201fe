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
