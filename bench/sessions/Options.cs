using System.Globalization;
using Blockwire.Testing;

namespace Blockwire.Bench.Sessions;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: dotnet run -c Release --project bench/sessions -- [--sessions N] [--logins N] [--reads N] [--erl N] [--idle SECONDS] [--program PATH]

          --sessions N      idle sessions (10000)
          --logins N        logins that are timed among them (100)
          --reads N         reads of 4 KiB that each session has had at once before it is idle (4)
          --erl N           ErrorRecoveryLevel that is offered (0)
          --idle SECONDS    how long the idle server's processor time is watched (15)
          --program PATH    the server; the Release build by default
        """;

    public int Sessions { get; init; } = 10_000;

    public int Logins { get; init; } = 100;

    public int Reads { get; init; } = 4;

    public int RecoveryLevel { get; init; }

    public int IdleSeconds { get; init; } = 15;

    public string? Program { get; init; }

    /// <summary>Null when the command line is wrong.</summary>
    public static Options? Read(string[] arguments)
    {
        Options options = new();
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            string value = arguments[i + 1];
            bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
            Options? next = arguments[i] switch
            {
                "--program" => options with { Program = value },
                "--sessions" when isNumber => options with { Sessions = number },
                "--logins" when isNumber => options with { Logins = number },
                "--reads" when isNumber => options with { Reads = number },
                "--erl" when isNumber => options with { RecoveryLevel = number },
                "--idle" when isNumber => options with { IdleSeconds = number },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            options = next;
        }

        return arguments.Length % 2 == 0 ? options with { Program = options.Program ?? ServerProcess.Program } : null;
    }
}
