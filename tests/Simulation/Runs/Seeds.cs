using System.Globalization;

namespace Blockwire.Simulation.Tests;

/// <summary>Which seeds are wanted: the fixed ones, which every run of the tests takes, or others by the environment.</summary>
internal static class Seeds
{
    private const int Fixed = 200;

    /// <summary>BLOCKWIRE_SIM_SEED: this one alone.</summary>
    public static ulong? One => Setting("BLOCKWIRE_SIM_SEED") is { } text ? Parse(text) : null;

    public static bool AreFixed => One is null && Setting("BLOCKWIRE_SIM_SEEDS") is null;

    /// <summary>BLOCKWIRE_SIM_FAILURES: after how many seeds that failed no more are run.</summary>
    public static int MostFailures => Setting("BLOCKWIRE_SIM_FAILURES") is { } text ? (int)Parse(text) : 3;

    public static string? CensusFile => Setting("BLOCKWIRE_SIM_CENSUS");

    public static string? TraceFile => Setting("BLOCKWIRE_SIM_TRACE");

    /// <summary>BLOCKWIRE_SIM_SEEDS: FROM-TO, or how many from 1 on.</summary>
    public static (long From, long To) Range()
    {
        if (Setting("BLOCKWIRE_SIM_SEEDS") is not { } text)
        {
            return (1, Fixed);
        }

        string[] parts = text.Split('-');
        return parts.Length == 1 ? (1, (long)Parse(parts[0])) : ((long)Parse(parts[0]), (long)Parse(parts[1]));
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : null;

    private static ulong Parse(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
