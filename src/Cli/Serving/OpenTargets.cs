using Blockwire.Cli.Configuration;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Target;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Serving;

/// <summary>A disk that is open and offered.</summary>
internal sealed record OpenUnit(string TargetName, uint Lun, OpenDisk Disk);

/// <summary>The targets of a plan with their disks open; closes the disks when disposed.</summary>
internal sealed class OpenTargets : IAsyncDisposable
{
    private readonly List<OpenUnit> _units = [];
    private readonly List<TargetOptions> _targets = [];

    private readonly ILogger _logger;

    private OpenTargets(ILogger logger) => _logger = logger;

    public IReadOnlyList<TargetOptions> Targets => _targets;

    /// <summary>All disks, in the order of the plan.</summary>
    public IReadOnlyList<OpenUnit> Units => _units;

    /// <exception cref="CliException">A disk cannot be opened; those opened before it are closed again.</exception>
    public static async Task<OpenTargets> OpenAsync(IReadOnlyList<TargetPlan> plans, ILogger logger)
    {
        OpenTargets open = new(logger);
        try
        {
            foreach (TargetPlan plan in plans)
            {
                open._targets.Add(new(plan.Name, [.. plan.Disks.Select(disk => open.Open(plan.Name, disk))]) { Alias = plan.Alias, Chap = plan.Chap });
            }

            return open;
        }
        catch (DiskOpenException refusal)
        {
            await open.DisposeAsync();
            throw new CliException(refusal.Message, refusal);
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

    private LogicalUnit Open(string targetName, DiskPlan plan)
    {
        OpenDisk disk = DiskCatalog.Open(
            plan.Spec, fault => _logger.LogError(fault.Exception, "{Disk}: {Operation}: {Fault}", plan.Spec, fault.Operation, fault.Description));
        _units.Add(new(targetName, plan.Lun, disk));
        return new(
            plan.Lun,
            disk.Device,
            new()
            {
                Identity = $"{targetName},{plan.Lun}",
                Serial = plan.Spec.Serial,
                Removable = plan.Spec.Removable,
                Thin = plan.Spec.Thin ?? true,
            });
    }
}
