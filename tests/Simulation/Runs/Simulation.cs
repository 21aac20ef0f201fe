using System.Text;

namespace Blockwire.Simulation.Tests;

/// <summary>Runs seeds of one kind of world, and tells a failure so that it can be replayed.</summary>
/// <param name="tests">The class of its tests.</param>
/// <param name="scenario">What a seed makes of everything that can be chosen, in words.</param>
/// <param name="faults">The faults of a seed, in words.</param>
/// <param name="make">A world, and its run. Gets the seed and the number of events to keep.</param>
internal sealed class Simulation(string tests, Func<ulong, string> scenario, Func<ulong, IReadOnlyList<string>> faults, Func<ulong, int, (SimWorld World, Action Run)> make)
{
    private const int TracedEvents = 1_000_000;
    private const int ToldEvents = 100;
    private const int ToldFaults = 12;
    private const int ProgressEvery = 10_000;

    /// <summary>All of these seeds, on all processors.</summary>
    public (List<string> Failures, Census Census) RunAll((long From, long To) seeds)
    {
        List<string> failures = [];
        Census census = new();
        long done = 0;
        Parallel.For(seeds.From, seeds.To + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, state) =>
        {
            Census own = new();
            string? failure = Run((ulong)seed, own);
            lock (failures)
            {
                census.Add(own);
                if (failure is not null)
                {
                    failures.Add(failure);
                    if (failures.Count >= Seeds.MostFailures)
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
        if (Seeds.CensusFile is { } file)
        {
            File.WriteAllText($"{file}.{tests}", $"{census}\n");
        }

        return (failures, census);
    }

    /// <summary>Null when the run kept every rule, else what there is to say.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="census">What happened is counted here.</param>
    public string? Run(ulong seed, Census? census = null)
    {
        (SimWorld world, Exception? failure) = Play(seed, traced: 0);
        census?.Add(world.Census);
        if (failure is null)
        {
            return null;
        }

        // The trace is written only now: replay is exact.
        (SimWorld again, Exception? same) = Play(seed, TracedEvents);
        if (Seeds.TraceFile is { } file)
        {
            File.WriteAllLines(file, again.Trace.Lines);
        }

        return same?.Message == failure.Message ? Tell(seed, again, same) : $"seed {seed}: the replay is not exact. First: {failure}\nThen: {same}";
    }

    /// <summary>Everything that happens in a run.</summary>
    public string[] EventsOf(ulong seed) => [.. Play(seed, TracedEvents).World.Trace.Lines];

    private (SimWorld World, Exception? Failure) Play(ulong seed, int traced)
    {
        (SimWorld world, Action run) = make(seed, traced);
        try
        {
            run();
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

    private string Tell(ulong seed, SimWorld world, Exception failure)
    {
        IReadOnlyList<string> plan = faults(seed);
        StringBuilder text = new();
        text.AppendLine($"seed {seed}: {failure.Message}");
        text.AppendLine(failure is BrokenRuleException ? scenario(seed) : $"{failure}\n{scenario(seed)}");
        text.AppendLine($"the first {Math.Min(ToldFaults, plan.Count)} of {plan.Count} faults:");
        foreach (string fault in plan.Take(ToldFaults))
        {
            text.AppendLine($"  {fault}");
        }

        string[] last = [.. world.Trace.Lines.TakeLast(ToldEvents)];
        text.AppendLine($"the last {last.Length} events:");
        foreach (string line in last)
        {
            text.AppendLine($"  {line}");
        }

        return text.Append($"replay: BLOCKWIRE_SIM_SEED={seed} ./test --only {tests}").ToString();
    }
}
