using Blockwire.Cli.CommandLine;
using Blockwire.Cli.Configuration;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Target;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Serving;

/// <summary>
/// Keeps what is served in step with what there is: looks every few seconds whether a disk has grown, and on SIGHUP reads the configuration file again for disks that came
/// or went. What it cannot do it logs; serving goes on.
/// </summary>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for has nothing to dispose
internal sealed class DiskUpkeep(ServeArguments arguments, DirectoryInfo? state, OpenTargets open, TargetServer server, ILogger logger)
#pragma warning restore CA1001
{
    /// <summary>Time between two looks at the disks.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _asked = new(0);

    // Media that an initiator held when they were to be changed.
    private readonly Dictionary<OpenUnit, DiskPlan> _waiting = new(ReferenceEqualityComparer.Instance);

    /// <summary>Looks at the disks and the configuration file now.</summary>
    public void Reload() => _asked.Release();

    /// <summary>Does so until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                bool reload = await _asked.WaitAsync(Pace, stop);
                LookForGrowth();
                if (reload)
                {
                    await ReadAgainAsync(stop);
                }
                else
                {
                    await TryAgainAsync(stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private void LookForGrowth()
    {
        foreach (OpenUnit unit in open.Units)
        {
            if (unit.Unit is { } logical && logical.TryGrow())
            {
                logger.LogInformation("{Disk}: LUN {Lun} has grown to {Bytes} bytes", unit.Disk.Spec, unit.Lun, unit.Disk.Device.Traits.LengthBytes);
            }
        }
    }

    private async Task ReadAgainAsync(CancellationToken stop)
    {
        if (arguments.Configuration is not { } file)
        {
            return;
        }

        try
        {
            ServePlan plan = ConfigurationReader.ReadFile(file).With(arguments, ChapEnvironment.Read(Environment.GetEnvironmentVariable));
            foreach (TargetPlan target in plan.Targets)
            {
                if (open.Targets.Any(it => it.Name == target.Name))
                {
                    await BringInStepAsync(target, stop);
                }
                else
                {
                    logger.LogWarning("{Target}: a new target is offered from the next start on", target.Name);
                }
            }
        }
        catch (CliException problem)
        {
            logger.LogError("{Problem}; everything stays as it was", problem.Message);
        }
    }

    private async Task TryAgainAsync(CancellationToken stop)
    {
        foreach ((OpenUnit unit, DiskPlan plan) in _waiting.ToList())
        {
            await ChangeMediumAsync(unit, plan, stop);
        }
    }

    private async Task ChangeMediumAsync(OpenUnit unit, DiskPlan plan, CancellationToken stop)
    {
        bool isWaiting = _waiting.Remove(unit);
        try
        {
            switch (await open.ChangeMediumAsync(unit, plan.Spec, medium => server.TryChangeMedium(unit.TargetName, unit.Unit!, medium), stop))
            {
                case null:
                    _waiting[unit] = plan;
                    if (!isWaiting)
                    {
                        logger.LogWarning("{Disk}: LUN {Lun} gets it once no initiator holds the medium before it any more", plan.Spec, plan.Lun);
                    }

                    break;
                case IoStatus.Ok:
                    logger.LogInformation("{Disk}: it is the medium of LUN {Lun} now, with {Bytes} bytes", plan.Spec, plan.Lun, unit.LengthBytes);
                    break;
                case { } failed:
                    logger.LogError("{Disk}: it is the medium of LUN {Lun} now; the last flush of the one before failed ({Status})", plan.Spec, plan.Lun, failed);
                    break;
            }
        }
        catch (DiskOpenException refusal)
        {
            logger.LogError("{Problem}; LUN {Lun} keeps its medium", refusal.Message, plan.Lun);
        }
    }

    private async Task BringInStepAsync(TargetPlan target, CancellationToken stop)
    {
        foreach (OpenUnit unit in open.Units.Where(it => it.TargetName == target.Name).ToList())
        {
            _waiting.Remove(unit);
            DiskPlan? wanted = target.Disks.FirstOrDefault(disk => disk.Lun == unit.Lun);
            if (wanted is not null && !IsSame(wanted.Spec, unit.Disk.Spec) && IsMediumFor(wanted.Spec, unit))
            {
                await ChangeMediumAsync(unit, wanted, stop);
            }
            else if (wanted is null || !IsSame(wanted.Spec, unit.Disk.Spec))
            {
                server.RemoveUnit(target.Name, unit.Lun);
                IoStatus flushed = await open.CloseAsync(unit);
                if (flushed == IoStatus.Ok)
                {
                    logger.LogInformation("{Disk}: LUN {Lun} is not offered any more", unit.Disk.Spec, unit.Lun);
                }
                else
                {
                    logger.LogError("{Disk}: LUN {Lun} is not offered any more; its last flush failed ({Status})", unit.Disk.Spec, unit.Lun, flushed);
                }
            }
        }

        foreach (DiskPlan disk in target.Disks.Where(disk => !open.Units.Any(unit => unit.TargetName == target.Name && unit.Lun == disk.Lun)))
        {
            try
            {
                LogicalUnit unit = await open.OpenAsync(target.Name, disk, state, stop);
                server.AddUnit(target.Name, unit);
                logger.LogInformation("{Disk}: offered as LUN {Lun} with {Bytes} bytes", disk.Spec, disk.Lun, unit.Device.Traits.LengthBytes);
            }
            catch (Exception refusal) when (refusal is DiskOpenException or UnitStateException)
            {
                logger.LogError("{Problem}; LUN {Lun} is not offered", refusal.Message, disk.Lun);
            }
        }
    }

    /// <summary>
    /// Is only the medium another one? What a unit keeps has to outlive it, so not where that lies beside the medium, as it does for disks that are files without a folder
    /// for state. With which type of protection a medium is formatted is kept of the unit, so a disk with protection information is never changed for another.
    /// </summary>
    private bool IsMediumFor(DiskSpec wanted, OpenUnit unit)
    {
        DiskSpec now = unit.Disk.Spec;
        return wanted.Removable && now.Removable && wanted.IsCdDvd == now.IsCdDvd && (now.IsCdDvd || state is not null)
            && wanted.Protection is null && now.Protection is null
            && (now.ReadOnly, now.BlockBytes, now.Serial, now.Thin) == (wanted.ReadOnly, wanted.BlockBytes, wanted.Serial, wanted.Thin);
    }

    private static bool IsSame(DiskSpec one, DiskSpec other) =>
        (one.Text, one.SizeBytes, one.ReadOnly, one.Removable, one.BlockBytes, one.Serial, one.Thin)
        == (other.Text, other.SizeBytes, other.ReadOnly, other.Removable, other.BlockBytes, other.Serial, other.Thin);
}
