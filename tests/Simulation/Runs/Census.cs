namespace Blockwire.Simulation.Tests;

/// <summary>What happened in runs, and how often: a simulation in which something never happens proves nothing about it.</summary>
internal sealed class Census
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long this[string what] => _counts.GetValueOrDefault(what);

    public void Count(string what, long times = 1) => _counts[what] = _counts.GetValueOrDefault(what) + times;

    public void Add(Census other)
    {
        foreach ((string what, long times) in other._counts)
        {
            Count(what, times);
        }
    }

    public override string ToString() => string.Join('\n', _counts.Select(static it => $"{it.Value,10}  {it.Key}"));
}
