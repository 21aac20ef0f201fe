using System.Globalization;
using Blockwire.Testing;

namespace Blockwire.Simulation.Tests;

/// <summary>The seeds that every run of the tests takes, and more of them on request.</summary>
public sealed class SimulationTests
{
    private const int Fixed = 200;
    private const int MostFailures = 3;
    private const int ProgressEvery = 10_000;

    private static readonly Lazy<(List<string> Failures, Census Census)> _run = new(static () => RunAll(Range(Setting("BLOCKWIRE_SIM_SEEDS"))));

    private static string? OneSeed => Setting("BLOCKWIRE_SIM_SEED");

    [Fact]
    [Rule("logout/L56")]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.2")]
    [Rule("7143/7.2")]
    [Rule("7143/8.1.4")]
    public void Every_seed_keeps_the_rules()
    {
        if (OneSeed is { } seed)
        {
            string? told = Simulation.Run(Parse(seed));
            Assert.True(told is null, told);
            return;
        }

        Assert.True(_run.Value.Failures.Count == 0, string.Join("\n\n", _run.Value.Failures));
    }

    /// <summary>A simulation in which something never happens proves nothing about it.</summary>
    [Fact]
    public void The_fixed_seeds_reach_every_fault_and_every_kind_of_recovery()
    {
        Assert.SkipWhen(OneSeed is not null || Setting("BLOCKWIRE_SIM_SEEDS") is not null, "other seeds were asked for");
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
        string[] first = Simulation.EventsOf(seed);
        Assert.True(first.Length > 100);
        Assert.Equal(first, Simulation.EventsOf(seed));
    }

    private static (List<string> Failures, Census Census) RunAll((long From, long To) seeds)
    {
        List<string> failures = [];
        Census census = new();
        long done = 0;
        Parallel.For(seeds.From, seeds.To + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, state) =>
        {
            Census own = new();
            string? failure = Simulation.Run((ulong)seed, own);
            lock (failures)
            {
                census.Add(own);
                if (failure is not null)
                {
                    failures.Add(failure);
                    if (failures.Count >= MostFailures)
                    {
                        state.Stop();
                    }
                }

                if (++done % ProgressEvery == 0)
                {
                    Console.WriteLine($"{done} of {seeds.To - seeds.From + 1} seeds, {failures.Count} failures");
                }
            }
        });
        if (Setting("BLOCKWIRE_SIM_CENSUS") is { } file)
        {
            File.WriteAllText(file, $"{census}\n");
        }

        return (failures, census);
    }

    /// <summary>FROM-TO, or how many from 1 on.</summary>
    private static (long From, long To) Range(string? text)
    {
        if (text is null)
        {
            return (1, Fixed);
        }

        string[] parts = text.Split('-');
        return parts.Length == 1 ? (1, (long)Parse(parts[0])) : ((long)Parse(parts[0]), (long)Parse(parts[1]));
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : null;

    private static ulong Parse(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
