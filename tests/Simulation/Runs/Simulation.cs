using System.Text;

namespace Blockwire.Simulation.Tests;

/// <summary>Runs seeds, and tells a failure so that it can be replayed.</summary>
internal static class Simulation
{
    private const int TracedEvents = 1_000_000;
    private const int ToldEvents = 100;
    private const int ToldFaults = 12;

    /// <summary>Null when the run kept every rule, else what there is to say.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="census">What happened is counted here.</param>
    public static string? Run(ulong seed, Census? census = null)
    {
        (World world, Exception? failure) = Play(seed, traced: 0);
        census?.Add(world.Census);
        if (failure is null)
        {
            return null;
        }

        // The trace is written only now: replay is exact.
        (World again, Exception? same) = Play(seed, TracedEvents);
        if (Environment.GetEnvironmentVariable("BLOCKWIRE_SIM_TRACE") is { Length: > 0 } file)
        {
            File.WriteAllLines(file, again.Trace.Lines);
        }

        return same?.Message == failure.Message ? Tell(Scenario.Of(seed), again, same) : $"seed {seed}: the replay is not exact. First: {failure}\nThen: {same}";
    }

    /// <summary>Everything that happens in a run.</summary>
    public static string[] EventsOf(ulong seed) => [.. Play(seed, TracedEvents).World.Trace.Lines];

    private static (World World, Exception? Failure) Play(ulong seed, int traced)
    {
        Scenario scenario = Scenario.Of(seed);
        World world = new(scenario, traced);
        try
        {
            world.Run(Fault.Plan(scenario));
            return (world, null);
        }
        catch (Exception failure)
        {
            return (world, failure);
        }
        finally
        {
            world.Census.Count("steps", world.Timeline.Steps);
        }
    }

    private static string Tell(Scenario scenario, World world, Exception failure)
    {
        IReadOnlyList<Fault> plan = Fault.Plan(scenario);
        StringBuilder text = new();
        text.AppendLine($"seed {scenario.Seed}: {failure.Message}");
        text.AppendLine(failure is BrokenRuleException ? scenario.ToString() : $"{failure}\n{scenario}");
        text.AppendLine($"the first {Math.Min(ToldFaults, plan.Count)} of {plan.Count} faults:");
        foreach (Fault fault in plan.Take(ToldFaults))
        {
            text.AppendLine($"  {fault}");
        }

        string[] last = [.. world.Trace.Lines.TakeLast(ToldEvents)];
        text.AppendLine($"the last {last.Length} events:");
        foreach (string line in last)
        {
            text.AppendLine($"  {line}");
        }

        return text.Append($"replay: BLOCKWIRE_SIM_SEED={scenario.Seed} ./test --only Simulation").ToString();
    }
}
