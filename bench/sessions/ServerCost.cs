using System.Globalization;
using Blockwire.Testing;

namespace Blockwire.Bench.Sessions;

/// <summary>What the server's process has used so far (Linux).</summary>
internal readonly record struct ServerCost(long ResidentBytes, TimeSpan Processor)
{
    public static ServerCost Of(int processId) => new(ProcessMemory.ResidentBytes(processId), Spent(processId));

    private static TimeSpan Spent(int processId)
    {
        long nanoseconds = 0;
        foreach (string thread in Directory.GetDirectories($"/proc/{processId}/task"))
        {
            nanoseconds += long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
        }

        return TimeSpan.FromTicks(nanoseconds / 100);
    }
}
