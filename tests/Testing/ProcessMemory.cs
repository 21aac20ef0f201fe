using System.Globalization;

namespace Blockwire.Testing;

/// <summary>What the system says of a process's memory (Linux).</summary>
public static class ProcessMemory
{
    private const string Field = "VmRSS:";

    /// <summary>Bytes of it that are in memory.</summary>
    public static long ResidentBytes(int processId)
    {
        string line = File.ReadLines($"/proc/{processId}/status").First(static it => it.StartsWith(Field, StringComparison.Ordinal));
        return 1024 * long.Parse(line[Field.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
