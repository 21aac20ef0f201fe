using System.Globalization;
using Blockwire.Testing;

namespace Blockwire.Bench.Sessions;

/// <summary>What the server's process has used so far (Linux).</summary>
internal readonly record struct ServerCost(long ResidentBytes, TimeSpan Processor)
{
    public static ServerCost Of(int processId) => new(ProcessMemory.ResidentBytes(processId), Spent(processId));

    private static TimeSpan Spent(int processId)
    {
        // Fields 14 and 15 of proc(5)'s stat, user and system time in hundredths of a second; those before the last parenthesis may hold anything.
        string[] fields = File.ReadAllText($"/proc/{processId}/stat").Split(") ")[^1].Split(' ');
        return TimeSpan.FromMilliseconds(10.0 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }
}
