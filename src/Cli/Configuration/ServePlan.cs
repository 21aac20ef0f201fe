using Blockwire.Cli.CommandLine;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Storage;
using Blockwire.Target;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Configuration;

/// <summary>A portal to open.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="GroupTag">Its portal group tag (RFC 7143 §13.9).</param>
internal sealed record PortalPlan(PortalAddress Address, ushort GroupTag = 1);

/// <summary>A disk to share.</summary>
internal sealed record DiskPlan(uint Lun, DiskSpec Spec);

/// <summary>A target to offer.</summary>
/// <param name="Name">Its iSCSI name, normalised.</param>
internal sealed record TargetPlan(string Name, string? Alias, IReadOnlyList<DiskPlan> Disks)
{
    /// <summary>What initiators must prove; null lets everyone in. Without an account until the plan is complete.</summary>
    public ChapOptions? Chap { get; init; }

    /// <summary>How it begins with its portal groups, where that is said.</summary>
    public IReadOnlyList<PortGroupOptions> PortGroups { get; init; } = [];
}

/// <summary>All that `serve` is to do: the configuration file, with what the command line says laid over it.</summary>
internal sealed record ServePlan
{
    public const string DefaultTargetName = "iqn.2026-11.local.blockwire:disk";

    private const string DefaultDiskPath = "blockwire.img";

    public IReadOnlyList<PortalPlan> Portals { get; init; } = [];

    public IReadOnlyList<TargetPlan> Targets { get; init; } = [];

    /// <summary>What discovery sessions must prove; null lets everyone ask.</summary>
    public ChapOptions? DiscoveryChap { get; init; }

    /// <summary>Initiators may reset a target as a whole.</summary>
    public bool AllowTargetReset { get; init; } = true;

    public TargetOffers Offers { get; init; } = new();

    /// <summary>How long a peer may take to log in; null leaves it to the server.</summary>
    public TimeSpan? LoginTimeout { get; init; }

    /// <summary>How long a connection may be silent before it is probed; null leaves it to the server.</summary>
    public TimeSpan? IdleProbe { get; init; }

    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(2);

    public LogLevel Log { get; init; } = LogLevel.Information;

    /// <summary>Where disks keep what is to outlive the server; null leaves it to the disk, see <see cref="Serving.UnitState"/>.</summary>
    public DirectoryInfo? State { get; init; }

    /// <summary>Where a capture of everything goes; null for none.</summary>
    public FileInfo? Trace { get; init; }

    /// <summary>Every place where CHAP is asked for.</summary>
    public IReadOnlyList<ChapScope> ChapScopes =>
    [
        .. Targets.Where(static it => it.Chap is not null).Select(static it => new ChapScope($"target {it.Name}", it.Chap!)),
        .. DiscoveryChap is null ? Array.Empty<ChapScope>() : [new("discovery", DiscoveryChap)],
    ];

    /// <summary>Lays the command line over this plan and fills in what neither says, CHAP from the environment.</summary>
    /// <exception cref="CliException">
    /// The command line names what belongs to one target, but this plan has several; or CHAP is set by halves, or against its rules.
    /// </exception>
    public ServePlan With(ServeArguments arguments, ChapPair environment = default)
    {
        IReadOnlyList<PortalPlan> portals = arguments.Listen.Count > 0 ? [.. arguments.Listen.Select(static it => new PortalPlan(it))]
            : Portals.Count > 0 ? Portals
            : [new(ListenText.DefaultAddress())];
        return (this with
        {
            Portals = portals,
            Targets = [.. TargetsWith(arguments).Select(it => it with { Chap = ChapChoice.Of(arguments.Chap, it.Chap, environment) })],
            Drain = arguments.Drain ?? Drain,
            Log = arguments.Log ?? Log,
            State = arguments.State ?? State,
            Trace = arguments.Trace ?? Trace,
        }).Reviewed();
    }

    private ServePlan Reviewed()
    {
        try
        {
            ChapReview.Examine(ChapScopes);
        }
        catch (ChapOptionsException problem)
        {
            throw new CliException(problem.Message, problem);
        }

        foreach (TargetPlan target in Targets)
        {
            if (target.PortGroups.FirstOrDefault(group => !Portals.Any(portal => portal.GroupTag == group.Tag)) is { } strange)
            {
                throw new CliException($"target {target.Name}: a state is given for portal group {strange.Tag}, but no portal has this tag");
            }
        }

        return this;
    }

    private IReadOnlyList<TargetPlan> TargetsWith(ServeArguments arguments)
    {
        if (Targets.Count > 1)
        {
            return arguments.Target is null && arguments.Disks.Count == 0 && arguments.Chap.IsEmpty
                ? Targets
                : throw new CliException(
                    $"{arguments.Configuration}: the file has {Targets.Count} targets, so --target, --chap and DISK could mean any of them; leave them out");
        }

        TargetPlan only = Targets.Count == 1 ? Targets[0] : new(DefaultTargetName, null, []);
        IReadOnlyList<DiskPlan> disks = arguments.Disks.Count > 0 ? Numbered(arguments.Disks)
            : only.Disks.Count > 0 ? only.Disks
            : Numbered([DefaultDisk()]);
        return [only with { Name = arguments.Target ?? only.Name, Disks = disks }];
    }

    private static DiskPlan[] Numbered(IReadOnlyList<DiskSpec> specs) => [.. specs.Select(static (spec, at) => new DiskPlan((uint)at, spec))];

    /// <summary>The disk for a first try. One that is there already is taken with the size it has.</summary>
    private static DiskSpec DefaultDisk() => DiskSpec.Parse(File.Exists(DefaultDiskPath) ? $"file:{DefaultDiskPath}" : $"file:{DefaultDiskPath}?size=1G");
}
