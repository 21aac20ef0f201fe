using Blockwire.Cli.Configuration;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Target;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Serving;

/// <summary>A disk that is open and offered.</summary>
internal sealed record OpenUnit(string TargetName, uint Lun, OpenDisk Disk)
{
    /// <summary>The disk; another one once the medium was changed.</summary>
    public OpenDisk Disk { get; set; } = Disk;

    /// <summary>Bytes that it offers; 0 for a drive without medium.</summary>
    public ulong LengthBytes => Disk.Spec.IsEmpty ? 0 : Disk.Device.Traits.LengthBytes;

    /// <summary>The logical unit that offers it; null until it is made.</summary>
    public LogicalUnit? Unit { get; set; }
}

/// <summary>The targets of a plan with their disks open; closes the disks when disposed.</summary>
internal sealed class OpenTargets : IAsyncDisposable
{
    private readonly List<OpenUnit> _units = [];
    private readonly List<TargetOptions> _targets = [];
    private readonly DiskOpening _opening;
    private readonly ILogger _logger;

    private OpenTargets(ILogger logger)
    {
        _logger = logger;
        _opening = new()
        {
            Fault = (disk, fault) => logger.LogError(fault.Exception, "{Disk}: {Operation}: {Fault}", disk, fault.Operation, fault.Description),
            Mirror = it => LogMirror(logger, it),
        };
    }

    public IReadOnlyList<TargetOptions> Targets => _targets;

    /// <summary>All disks, in the order of the plan.</summary>
    public IReadOnlyList<OpenUnit> Units => _units;

    /// <param name="plans">What to open.</param>
    /// <param name="state">Where disks keep what is to outlive the server; null leaves it to each.</param>
    /// <param name="logger">Hears of faults.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="CliException">A disk cannot be opened; those opened before it are closed again.</exception>
    public static async Task<OpenTargets> OpenAsync(IReadOnlyList<TargetPlan> plans, DirectoryInfo? state, ILogger logger, CancellationToken cancellationToken)
    {
        OpenTargets open = new(logger);
        try
        {
            foreach (TargetPlan plan in plans)
            {
                List<LogicalUnit> units = [];
                foreach (DiskPlan disk in plan.Disks)
                {
                    units.Add(await open.OpenAsync(plan.Name, disk, state, cancellationToken));
                }

                open._targets.Add(new(plan.Name, units) { Alias = plan.Alias, Chap = plan.Chap, PortGroups = plan.PortGroups, State = UnitState.Of(state, plan.Name) });
            }

            return open;
        }
        catch (Exception refusal) when (refusal is DiskOpenException or UnitStateException)
        {
            await open.DisposeAsync();
            throw new CliException(refusal.Message, refusal);
        }
        catch (OperationCanceledException)
        {
            await open.DisposeAsync();
            throw;
        }
    }

    /// <summary>Brings everything that was written to stable storage.</summary>
    /// <exception cref="CliException">A disk could not; its last unflushed writes may be lost.</exception>
    public async Task FlushAsync()
    {
        foreach (OpenUnit unit in _units)
        {
            IoStatus status = await unit.Disk.Device.FlushAsync(CancellationToken.None);
            if (status != IoStatus.Ok)
            {
                throw new CliException(
                    $"{unit.Disk.Spec}: the last flush failed ({status}): writes since the one before may be lost; check the medium and the file system");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (OpenUnit unit in _units)
        {
            await unit.Disk.DisposeAsync();
        }
    }

    private static void LogMirror(ILogger logger, MirrorEvent it)
    {
        LogLevel level = it.Kind switch
        {
            MirrorEventKind.ResyncBegan or MirrorEventKind.Joined => LogLevel.Information,
            MirrorEventKind.StateFailed => LogLevel.Error,
            _ => LogLevel.Warning,
        };
        ulong stale = it.Status.Members.Aggregate(0UL, static (sum, member) => sum + member.StaleBytes);
        logger.Log(level, "{Mirror}: {Event} ({Members}; {Stale} bytes to copy)", it.Mirror, it.Text, string.Join(", ", it.Status.Members.Select(Words)), stale);
    }

    private static string Words(MirrorMemberStatus member) => member.State switch
    {
        MirrorMemberState.InSync => member.IsAttached ? "in sync" : "in sync, away",
        MirrorMemberState.Resyncing => "resyncing",
        _ => "out",
    };

    /// <summary>Opens one more disk.</summary>
    /// <exception cref="DiskOpenException">It cannot be opened.</exception>
    /// <exception cref="UnitStateException">What it keeps cannot be read; it is closed again.</exception>
    public async Task<LogicalUnit> OpenAsync(string targetName, DiskPlan plan, DirectoryInfo? state, CancellationToken cancellationToken)
    {
        OpenUnit entry = new(targetName, plan.Lun, await KnownDisks.Catalog.OpenAsync(plan.Spec, _opening, cancellationToken));
        try
        {
            entry.Unit = new LogicalUnit(
                plan.Lun,
                entry.Disk.Device,
                new()
                {
                    Identity = $"{targetName},{plan.Lun}",
                    Serial = plan.Spec.Serial,
                    Type = plan.Spec.IsCdDvd ? LogicalUnitType.CdDvd : LogicalUnitType.Disk,
                    Empty = plan.Spec.IsEmpty,
                    Removable = plan.Spec.Removable,
                    Thin = plan.Spec.Thin ?? true,
                    Protection = (ProtectionType)(plan.Spec.Protection ?? 0),
                    State = UnitState.Of(state, targetName, plan.Lun, entry.Disk),
                })
            {
                StateFault = (_, failure) => _logger.LogError("{Disk}: {Failure}", plan.Spec, failure.Message),
            };
        }
        catch (UnitStateException)
        {
            await entry.Disk.DisposeAsync();
            throw;
        }

        _units.Add(entry);
        return entry.Unit;
    }

    /// <summary>
    /// Puts another medium into a unit that stays as it is.
    /// </summary>
    /// <param name="unit">The unit.</param>
    /// <param name="spec">The medium.</param>
    /// <param name="change">Has the unit take it; false when it may not be changed now.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <returns>How the last flush of the former medium ended; null when it was not changed.</returns>
    /// <exception cref="DiskOpenException">It cannot be opened, or is of another kind; the former one stays.</exception>
    public async Task<IoStatus?> ChangeMediumAsync(OpenUnit unit, DiskSpec spec, Func<IBlockDevice?, bool> change, CancellationToken cancellationToken)
    {
        OpenDisk medium = await KnownDisks.Catalog.OpenAsync(spec, _opening, cancellationToken);
        bool isChanged = false;
        try
        {
            if (!unit.Unit!.Accepts(medium.Device.Traits))
            {
                throw new DiskOpenException(spec.ToString(), "it is of another kind than the medium before it", "give it a LUN of its own");
            }

            isChanged = change(spec.IsEmpty ? null : medium.Device);
        }
        finally
        {
            if (!isChanged)
            {
                await medium.DisposeAsync();
            }
        }

        if (!isChanged)
        {
            return null;
        }

        OpenDisk former = unit.Disk;
        unit.Disk = medium;
        IoStatus flushed = former.Device.Traits.ReadOnly ? IoStatus.Ok : await former.Device.FlushAsync(CancellationToken.None);
        await former.DisposeAsync();
        return flushed;
    }

    /// <summary>Closes a disk that is not offered any more; says how its last flush ended.</summary>
    public async Task<IoStatus> CloseAsync(OpenUnit unit)
    {
        _units.Remove(unit);
        IoStatus flushed = unit.Disk.Device.Traits.ReadOnly ? IoStatus.Ok : await unit.Disk.Device.FlushAsync(CancellationToken.None);
        await unit.Disk.DisposeAsync();
        return flushed;
    }
}
