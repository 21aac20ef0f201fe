using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Blockwire.Cli.Configuration;
using Blockwire.Cli.Logging;
using Blockwire.Cli.Serving;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Naming;
using Blockwire.Storage;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.CommandLine;

/// <summary>`blockwire serve`: its options, and how their texts are read.</summary>
internal static class ServeCommand
{
    private static readonly Argument<DiskSpec[]> Disks = new("DISK")
    {
        Description = "PATH, file:PATH?size=10G, cdrom:PATH (an image as a CD or DVD), memory:256M, null:1T, or several as one: stripe:(DISK,DISK)?chunk=64K, mirror:(DISK,DISK); LUN 0, 1, 2 ... in the "
            + "order given. Options of every disk, after ? and joined by &: readonly, removable, block=512|4096, serial=TEXT, thin=on|off; of files and memory protection=0|1|2|3, of files protection-store=inline|FILE. "
            + "Without any: blockwire.img, created with 1 GiB when it is missing.",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = static result => [.. result.Tokens.Select(token => ReadDisk(result, token.Value)).OfType<DiskSpec>()],
    };

    private static readonly Option<PortalAddress[]> Listen = new("--listen")
    {
        Description = $"Where to listen; repeatable. Port 0 picks one. Default: {ListenText.Default}.",
        HelpName = "HOST:PORT",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = static result => [.. result.Tokens.Select(token => ReadListenAddress(result, token.Value))],
    };

    private static readonly Option<string> Target = new("--target")
    {
        Description = $"The target's name. Default: {ServePlan.DefaultTargetName}.",
        HelpName = "IQN",
        CustomParser = static result => ReadTargetName(result, result.Tokens[0].Value),
    };

    private static readonly Option<ChapCredential> Chap = new("--chap")
    {
        Description = "Initiators must know it. Other users of this machine see it in the process list: --chap-file keeps it from them.",
        HelpName = "USER:SECRET",
        CustomParser = static result => ReadCredential(result, "--chap"),
    };

    private static readonly Option<ChapCredential> MutualChap = new("--mutual-chap")
    {
        Description = "What the target answers to initiators that ask it to prove itself. Seen in the process list likewise.",
        HelpName = "USER:SECRET",
        CustomParser = static result => ReadCredential(result, "--mutual-chap"),
    };

    private static readonly Option<FileInfo> ChapFile = new("--chap-file")
    {
        Description = "A file with USER:SECRET of --chap on its first line and that of --mutual-chap on the second, if there is one. "
            + $"Without any of the three the environment is asked: {ChapEnvironment.Variables}.",
        HelpName = "FILE",
    };

    private static readonly Option<FileInfo> ConfigurationFile = new("--config")
    {
        Description = "Settings as JSON (docs/CONFIG.md). What the command line names replaces the same in the file.",
        HelpName = "FILE",
    };

    private static readonly Option<LogLevel?> Log = new("--log")
    {
        Description = "Least level of the log lines on stderr. Default: info.",
        HelpName = LogLevels.Choice,
        CustomParser = static result => ReadLogLevel(result, result.Tokens[0].Value),
    };

    private static readonly Option<TimeSpan?> Drain = new("--drain")
    {
        Description = "Most seconds that a stop waits for initiators to log out. Default: 2.",
        HelpName = "SECONDS",
        CustomParser = static result => ReadSeconds(result, result.Tokens[0].Value),
    };

    private static readonly Option<DirectoryInfo> State = new("--state")
    {
        Description = "Where disks keep what is to outlive the server, such as persistent reservations (APTPL). Made when it is missing. "
            + $"Default: beside a disk that is a file, in DISK{UnitState.Suffix}; other disks keep nothing.",
        HelpName = "FOLDER",
    };

    private static readonly Option<FileInfo> Trace = new("--trace")
    {
        Description = "Write everything that is sent and received into a pcapng file, for blockwire decode, Wireshark and tshark (docs/DECODE.md). "
            + "It holds the data of the disks and CHAP exchanges. A capture that is there is replaced.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        Command command = new("serve", "Share disks until SIGTERM or SIGINT; a second signal ends at once.")
        {
            Disks, Listen, Target, Chap, MutualChap, ChapFile, ConfigurationFile, State, Log, Drain, Trace,
        };
        command.Validators.Add(static result =>
        {
            if (result.GetResult(ChapFile) is not null && (result.GetResult(Chap) ?? result.GetResult(MutualChap)) is not null)
            {
                result.AddError("--chap-file says what --chap and --mutual-chap say; give the one or the others");
            }
        });
        command.SetAction(static (parsed, cancellationToken) =>
            ServeRun.RunAsync(Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancellationToken));
        return command;
    }

    /// <summary>What a command line without errors says.</summary>
    public static ServeArguments Read(ParseResult parsed) => new()
    {
        Disks = parsed.GetValue(Disks) ?? [],
        Listen = parsed.GetValue(Listen) ?? [],
        Target = parsed.GetValue(Target),
        Chap = new(parsed.GetValue(Chap), parsed.GetValue(MutualChap)),
        ChapFile = parsed.GetValue(ChapFile),
        Configuration = parsed.GetValue(ConfigurationFile),
        Log = parsed.GetValue(Log),
        Drain = parsed.GetValue(Drain),
        State = parsed.GetValue(State),
        Trace = parsed.GetValue(Trace),
    };

    private static DiskSpec? ReadDisk(ArgumentResult result, string text)
    {
        try
        {
            return KnownDisks.Catalog.Parse(text);
        }
        catch (DiskSpecException problem)
        {
            result.AddError(problem.Message);
            return null;
        }
    }

    private static PortalAddress ReadListenAddress(ArgumentResult result, string text)
    {
        if (!ListenText.TryRead(text, out PortalAddress address, out string? problem))
        {
            result.AddError($"--listen: {problem}");
        }

        return address;
    }

    private static string? ReadTargetName(ArgumentResult result, string text)
    {
        if (IscsiName.TryParse(text, out IscsiName name, out string? problem))
        {
            return name.Text;
        }

        result.AddError($"--target: '{text}': {problem}");
        return null;
    }

    // What was typed may be a secret: no message repeats it.
    private static ChapCredential? ReadCredential(ArgumentResult result, string option)
    {
        if (ChapText.TryRead(result.Tokens[0].Value, out ChapCredential? credential, out string? problem))
        {
            return credential;
        }

        result.AddError($"{option}: {problem}");
        return null;
    }

    private static LogLevel? ReadLogLevel(ArgumentResult result, string text)
    {
        LogLevel? level = LogLevels.Find(text);
        if (level is null)
        {
            result.AddError($"--log: '{text}' is none of {LogLevels.Choice}");
        }

        return level;
    }

    private static TimeSpan? ReadSeconds(ArgumentResult result, string text)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && Seconds.TryRead(seconds, out TimeSpan span))
        {
            return span;
        }

        result.AddError($"--drain: '{text}' is not a number of seconds from 0 to {Seconds.Most}");
        return null;
    }
}
