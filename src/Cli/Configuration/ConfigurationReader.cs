using System.Text.Json;
using Blockwire.Cli.Logging;
using Blockwire.Cli.Serving;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Storage;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Configuration;

/// <summary>Reads a configuration file into a plan. Every complaint is one line: the file, the JSON path, what is wrong.</summary>
internal static class ConfigurationReader
{
    /// <summary>The highest LUN of the flat space addressing method (SAM-5 §4.7.7.3).</summary>
    private const uint MaxLun = 16383;

    /// <exception cref="CliException">The file cannot be read, or says something wrong.</exception>
    public static ServePlan ReadFile(FileInfo file)
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(file.FullName);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException($"cannot read the configuration '{file}': no such file; relative paths start in the current folder", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"cannot read the configuration '{file}': {failure.Message}", failure);
        }

        return Read(text, file.ToString());
    }

    /// <param name="json">UTF-8, with or without a byte order mark.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="CliException">It says something wrong.</exception>
    public static ServePlan Read(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            return Plan(Parse(json));
        }
        catch (ConfigurationException problem)
        {
            throw new CliException($"{source}: {problem.Message}", problem);
        }
        catch (JsonException problem)
        {
            string what = problem.Message.Split(" LineNumber:", 2)[0].Split(" Path:", 2)[0].TrimEnd('.');
            throw new CliException($"{source}: line {problem.LineNumber + 1}, column {problem.BytePositionInLine + 1}: {what}", problem);
        }
    }

    private static ConfigurationFile Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        using JsonDocument document = JsonDocument.Parse(
            json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        return ConfigurationShape.FindProblem(document.RootElement, ConfigurationContext.Default.ConfigurationFile) is { } problem
            ? throw new ConfigurationException(problem)
            : document.RootElement.Deserialize(ConfigurationContext.Default.ConfigurationFile)!;
    }

    private static ServePlan Plan(ConfigurationFile file)
    {
        ServePlan defaults = new();
        return defaults with
        {
            Log = file.Log is null ? defaults.Log : Level(file.Log),
            Trace = file.Trace is null ? null
                : file.Trace.Length > 0 ? new FileInfo(file.Trace)
                : throw new ConfigurationException("$.trace: a file name is wanted here"),
            State = file.State is null ? null
                : file.State.Length > 0 ? new DirectoryInfo(file.State)
                : throw new ConfigurationException("$.state: the name of a folder is wanted here"),
            Portals = [.. Each(file.Portals, "$.portals", Portal)],
            Targets = Targets(file.Targets),
            DiscoveryChap = file.DiscoveryChap is null ? null : ChapReader.Read(file.DiscoveryChap, "$.discoveryChap"),
            AllowTargetReset = file.AllowTargetReset ?? defaults.AllowTargetReset,
            Offers = file.Keys is null ? defaults.Offers : Offers(file.Keys),
            LoginTimeout = Span(file.Timeouts?.Login, "$.timeouts.login", mayBeZero: false),
            IdleProbe = Span(file.Timeouts?.IdleProbe, "$.timeouts.idleProbe", mayBeZero: false),
            Drain = Span(file.Timeouts?.Drain, "$.timeouts.drain", mayBeZero: true) ?? defaults.Drain,
        };
    }

    private static IEnumerable<TResult> Each<T, TResult>(IReadOnlyList<T>? sections, string path, Func<T, string, int, TResult> read) =>
        sections?.Select((it, at) => read(it, $"{path}[{at}]", at)) ?? [];

    private static LogLevel Level(string name) =>
        LogLevels.Find(name) ?? throw new ConfigurationException($"$.log: '{name}' is none of {LogLevels.Choice}");

    private static PortalPlan Portal(PortalSection section, string path, int at)
    {
        string listen = section.Listen ?? throw Missing(path, "listen");
        return ListenText.TryRead(listen, out PortalAddress address, out string? problem)
            ? new(address, section.PortalGroupTag ?? 1)
            : throw new ConfigurationException($"{path}.listen: {problem}");
    }

    private static List<TargetPlan> Targets(IReadOnlyList<TargetSection>? sections)
    {
        List<TargetPlan> targets = [.. Each(sections, "$.targets", Target)];
        for (int at = 1; at < targets.Count; at++)
        {
            if (targets.FindIndex(it => it.Name == targets[at].Name) < at)
            {
                throw new ConfigurationException($"$.targets[{at}].name: '{targets[at].Name}' names a target above already");
            }
        }

        for (int at = 0; at < targets.Count; at++)
        {
            if (targets.Count > 1 && targets[at].Disks.Count == 0)
            {
                throw new ConfigurationException($"$.targets[{at}].disks: one of several targets needs a disk");
            }
        }

        return targets;
    }

    private static TargetPlan Target(TargetSection section, string path, int at)
    {
        string text = section.Name ?? throw Missing(path, "name");
        if (!IscsiName.TryParse(text, out IscsiName name, out string? problem))
        {
            throw new ConfigurationException($"{path}.name: '{text}': {problem}");
        }

        List<DiskPlan> disks = [.. Each(section.Disks, $"{path}.disks", Disk)];
        for (int each = 1; each < disks.Count; each++)
        {
            if (disks.FindIndex(it => it.Lun == disks[each].Lun) < each)
            {
                throw new ConfigurationException($"{path}.disks[{each}].lun: a disk above has LUN {disks[each].Lun} already");
            }
        }

        return new(name.Text, section.Alias, disks)
        {
            Chap = section.Chap is null ? null : ChapReader.Read(section.Chap, $"{path}.chap"),
            PortGroups = PortGroupReader.Read(section.PortGroups, $"{path}.portGroups"),
        };
    }

    private static DiskPlan Disk(DiskSection section, string path, int at)
    {
        uint lun = section.Lun ?? (uint)at;
        if (lun > MaxLun)
        {
            throw new ConfigurationException($"{path}.lun: {lun} is above {MaxLun}");
        }

        try
        {
            return new(lun, KnownDisks.Catalog.Parse(DiskText(section, path)));
        }
        catch (DiskSpecException problem)
        {
            throw new ConfigurationException($"{path}.disk: {problem.Message}");
        }
    }

    /// <summary>The section as the URI that the command line would have; one reader of disk options is enough.</summary>
    private static string DiskText(DiskSection section, string path)
    {
        string disk = section.Disk ?? throw Missing(path, "disk");
        List<string> options = [];
        void Add(string name, string? value)
        {
            if (value is not null)
            {
                options.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }

        static string? OnOff(bool? value) => value is null ? null : value.Value ? "on" : "off";
        Add("size", section.Size);
        Add("readonly", OnOff(section.Readonly));
        Add("removable", OnOff(section.Removable));
        Add("block", section.Block?.ToString());
        Add("serial", section.Serial);
        Add("thin", OnOff(section.Thin));
        Add("protection", section.Protection?.ToString());
        Add("protection-store", section.ProtectionStore);
        return options.Count == 0 ? disk : KnownDisks.Catalog.WithOptions(disk, string.Join('&', options));
    }

    private static TargetOffers Offers(KeySection keys)
    {
        TargetOffers defaults = new();
        TargetOffers offers = defaults with
        {
            HeaderDigest = Digest(keys.HeaderDigest, nameof(keys.HeaderDigest)) ?? defaults.HeaderDigest,
            DataDigest = Digest(keys.DataDigest, nameof(keys.DataDigest)) ?? defaults.DataDigest,
            InitialR2T = keys.InitialR2T ?? defaults.InitialR2T,
            ImmediateData = keys.ImmediateData ?? defaults.ImmediateData,
            MaxRecvDataSegmentLength = keys.MaxRecvDataSegmentLength ?? defaults.MaxRecvDataSegmentLength,
            MaxBurstLength = keys.MaxBurstLength ?? defaults.MaxBurstLength,
            FirstBurstLength = keys.FirstBurstLength ?? defaults.FirstBurstLength,
            MaxConnections = keys.MaxConnections ?? defaults.MaxConnections,
            MaxOutstandingR2T = keys.MaxOutstandingR2T ?? defaults.MaxOutstandingR2T,
            DefaultTime2Wait = keys.DefaultTime2Wait ?? defaults.DefaultTime2Wait,
            DefaultTime2Retain = keys.DefaultTime2Retain ?? defaults.DefaultTime2Retain,
            ErrorRecoveryLevel = keys.ErrorRecoveryLevel ?? defaults.ErrorRecoveryLevel,
        };
        try
        {
            return offers.Validated();
        }
        catch (ArgumentOutOfRangeException problem)
        {
            throw new ConfigurationException($"$.keys.{problem.ParamName}: {problem.ActualValue} will not do: {FirstSentence(problem)}");
        }
        catch (ArgumentException problem)
        {
            throw new ConfigurationException($"$.keys: {FirstSentence(problem)}");
        }
    }

    private static DigestPolicy? Digest(string? text, string key) => text switch
    {
        null => null,
        "none" => DigestPolicy.None,
        "prefer" => DigestPolicy.Prefer,
        "require" => DigestPolicy.Require,
        _ => throw new ConfigurationException($"$.keys.{key}: '{text}' is none of none|prefer|require"),
    };

    private static TimeSpan? Span(double? seconds, string path, bool mayBeZero)
    {
        if (seconds is not { } number)
        {
            return null;
        }

        return Seconds.TryRead(number, out TimeSpan span) && (mayBeZero || span > TimeSpan.Zero)
            ? span
            : throw new ConfigurationException($"{path}: {number} is not a number of seconds {(mayBeZero ? "from 0" : "above 0 and")} to {Seconds.Most}");
    }

    private static string FirstSentence(ArgumentException problem) => problem.Message.Split([" (Parameter", "\n"], 2, StringSplitOptions.None)[0].TrimEnd('.');

    private static ConfigurationException Missing(string path, string name) => new($"{path}.{name}: missing");
}
