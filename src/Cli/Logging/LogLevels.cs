using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Logging;

/// <summary>The names that levels have on the command line, in configuration files and in log lines.</summary>
internal static class LogLevels
{
    private static readonly (string Name, LogLevel Level)[] Table =
    [
        ("trace", LogLevel.Trace),
        ("debug", LogLevel.Debug),
        ("info", LogLevel.Information),
        ("warn", LogLevel.Warning),
        ("error", LogLevel.Error),
    ];

    /// <summary>All names, for help and messages.</summary>
    public static string Choice { get; } = string.Join('|', Table.Select(static it => it.Name));

    public static LogLevel? Find(string name)
    {
        foreach ((string known, LogLevel level) in Table)
        {
            if (string.Equals(known, name, StringComparison.OrdinalIgnoreCase))
            {
                return level;
            }
        }

        return null;
    }

    /// <summary>The name of a level; "error" stands for all that is worse.</summary>
    public static string Name(LogLevel level) => Table[Math.Min((int)level, Table.Length - 1)].Name;
}
