namespace Blockwire.Simulation.Tests;

/// <summary>Random numbers that are the same on every machine and with every runtime (SplitMix64). Each part of a run draws from a stream of its own.</summary>
internal sealed class SimRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A stream that depends on this one's seed and on a name only.</summary>
    public SimRandom Fork(uint name) => new(Mix(_state ^ (0x9E37_79B9_7F4A_7C15UL * (name + 1))));

    public ulong Next()
    {
        _state += 0x9E37_79B9_7F4A_7C15UL;
        return Mix(_state);
    }

    /// <summary>From 0 to <paramref name="below"/> - 1.</summary>
    public int Next(int below) => (int)(Next() % (ulong)below);

    public int Between(int least, int most) => least + Next(most - least + 1);

    public bool Chance(int percent) => Next(100) < percent;

    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + TimeSpan.FromTicks((long)(Next() % (ulong)((most - least).Ticks + 1)));

    public TimeSpan Milliseconds(int least, int most) => Between(TimeSpan.FromMilliseconds(least), TimeSpan.FromMilliseconds(most));

    public T Pick<T>(params ReadOnlySpan<T> among) => among[Next(among.Length)];

    public T Pick<T>(IReadOnlyList<T> among) => among[Next(among.Count)];

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EBUL;
        return value ^ (value >> 31);
    }
}
