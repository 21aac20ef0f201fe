using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Blockwire.Cli.Clients;
using Blockwire.Cli.Configuration;
using Blockwire.Cli.Logging;
using Blockwire.Initiator;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Initiator;
using Blockwire.Storage;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.CommandLine;

/// <summary>The options that client commands share, and how texts are read that several of them take.</summary>
internal static class ClientOptions
{
    /// <summary>`--json`.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "The result as one JSON object (docs/CLIENT.md)." };

    /// <summary>`--connections`.</summary>
    public static readonly Option<int?> Connections = new("--connections")
    {
        Description = $"Connections in each session, 1 to {InitiatorSessionOptions.ConnectionLimit}; the target may grant fewer. Default: as the URL says, else 1.",
        HelpName = "N",
        CustomParser = static result => ReadNumber(result, "--connections", 1, InitiatorSessionOptions.ConnectionLimit),
    };

    private static readonly Option<TimeSpan?> Timeout = new("--timeout")
    {
        Description = "How long the target may take for a login and for a command, and how long a lost session is waited for. Default: 15, 30 and 120.",
        HelpName = "SECONDS",
        CustomParser = static result => ReadSeconds(result, "--timeout"),
    };

    private static readonly Option<IscsiName?> Initiator = new("--initiator")
    {
        Description = "This initiator's name. Default: BLOCKWIRE_INITIATOR, else one that is made once and kept.",
        HelpName = "IQN",
        CustomParser = static result => ReadName(result),
    };

    private static readonly Option<FileInfo> ChapFile = new("--chap-file")
    {
        Description = $"A file with USER:SECRET on its first line and, if the target has to prove itself, what it proves on the second. Without it the URL and the environment say: {ChapVariables.Names}.",
        HelpName = "FILE",
    };

    private static readonly Option<FileInfo> Trace = new("--trace")
    {
        Description = "Write everything that is sent and received into a pcapng file, for blockwire decode, Wireshark and tshark (docs/DECODE.md). A capture that is there is replaced.",
        HelpName = "FILE",
    };

    private static readonly Option<LogLevel?> Log = new("--log")
    {
        Description = "Least level of the log lines on stderr. Default: warn.",
        HelpName = LogLevels.Choice,
        CustomParser = static result => ReadLogLevel(result),
    };

    /// <summary>Adds what every client command takes.</summary>
    public static Command AddTo(Command command)
    {
        foreach (Option option in new Option[] { Connections, Timeout, Initiator, ChapFile, Trace, Log, Json })
        {
            command.Options.Add(option);
        }

        return command;
    }

    /// <summary>What a command line without errors says.</summary>
    public static ClientArguments Read(ParseResult parsed) => new()
    {
        Connections = parsed.GetValue(Connections),
        Timeout = parsed.GetValue(Timeout),
        Initiator = parsed.GetValue(Initiator),
        ChapFile = parsed.GetValue(ChapFile),
        Trace = parsed.GetValue(Trace),
        Log = parsed.GetValue(Log) ?? LogLevel.Warning,
        Json = parsed.GetValue(Json),
    };

    /// <summary>An argument that is a URL.</summary>
    public static Argument<IscsiUrl> Url(string name, IscsiUrlPart needed, string description) => new(name)
    {
        Description = description,
        CustomParser = result => ReadUrl(result, result.Tokens[0].Value, needed)!,
    };

    /// <summary>A URL; what is wrong with it shows no secret.</summary>
    public static IscsiUrl? ReadUrl(ArgumentResult result, string text, IscsiUrlPart needed)
    {
        if (IscsiUrl.TryParse(text, needed, ClientRun.Variable, out IscsiUrl? url, out string? error))
        {
            return url;
        }

        result.AddError(error);
        return null;
    }

    /// <summary>An option that is a size.</summary>
    public static Option<long?> Size(string name, string description, bool orZero = false) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result => ReadSize(result, name, orZero),
    };

    /// <summary>An option that is a whole number.</summary>
    public static Option<int?> Number(string name, string description, int least, int most) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => ReadNumber(result, name, least, most),
    };

    /// <summary>An option that is a time.</summary>
    public static Option<TimeSpan?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SECONDS",
        CustomParser = result => ReadSeconds(result, name),
    };

    private static long? ReadSize(ArgumentResult result, string name, bool orZero)
    {
        string text = result.Tokens[0].Value;
        if (DiskSize.TryParse(text, out ulong bytes) && bytes <= long.MaxValue)
        {
            return (long)bytes;
        }

        if (orZero && text == "0")
        {
            return 0;
        }

        result.AddError($"{name}: '{text}' is no size; write bytes, or 64K, 16M, 10G, 1T");
        return null;
    }

    private static int? ReadNumber(ArgumentResult result, string name, int least, int most)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }

        result.AddError($"{name}: '{text}' is no number from {least} to {most}");
        return null;
    }

    private static TimeSpan? ReadSeconds(ArgumentResult result, string name)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && Seconds.TryRead(seconds, out TimeSpan span) && span > TimeSpan.Zero)
        {
            return span;
        }

        result.AddError($"{name}: '{text}' is no number of seconds above 0, up to {Seconds.Most}");
        return null;
    }

    private static IscsiName? ReadName(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (IscsiName.TryParse(text, out IscsiName name, out string? problem))
        {
            return name;
        }

        result.AddError($"--initiator: '{text}': {problem}");
        return null;
    }

    private static LogLevel? ReadLogLevel(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        LogLevel? level = LogLevels.Find(text);
        if (level is null)
        {
            result.AddError($"--log: '{text}' is none of {LogLevels.Choice}");
        }

        return level;
    }
}
