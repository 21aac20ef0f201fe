using Blockwire.Protocol.Session;
using Blockwire.Scsi.Device;
using Blockwire.Wire;
using ScsiCommand = Blockwire.Scsi.Device.ScsiCommand;

namespace Blockwire.Target;

/// <content>Tasks of several sessions: functions, commands and failures of one that reach those of others.</content>
internal sealed partial class TargetNode
{
    /// <summary>A task management function whose effect goes beyond its session (RFC 7143 §4.2.3.2): other sessions' tasks, and the state of the logical units.</summary>
    public void ReachOut(ServedSession by, TaskManagementOperation operation)
    {
        TaskManagementRequest request = operation.Request;
        server.Log.TaskManagement(request.Function.ToString(), by.InitiatorName);
        if (request.Function == TaskManagementFunction.ClearAca)
        {
            Device.ClearAca(request.Lun, by.Nexus);
            _ = ReleaseAsync(operation, Task.CompletedTask);
            return;
        }

        IReadOnlyList<ulong> units = operation.IsTargetReset ? [.. Device.Units.Select(static unit => unit.Lun)] : [request.Lun];
        bool reachesOthers = request.Function != TaskManagementFunction.ClearTaskSet || !Device.HasTaskSetPerNexus(request.Lun);
        foreach (ServedSession other in Sessions)
        {
            if (other == by || !reachesOthers)
            {
                continue;
            }

            int ended = 0;
            other.Do((core, turn) => ended = core.EndTasksFor(operation, units, turn));
            if (ended > 0 && request.Function == TaskManagementFunction.ClearTaskSet)
            {
                Device.TasksCleared(request.Lun, by.Nexus, other.Nexus);
            }
        }

        if (request.Function != TaskManagementFunction.ClearTaskSet)
        {
            by.Do((core, turn) => core.ExpectAttentions(units, turn)); // the requester hears of a reset too
        }

        if (operation.IsTargetReset)
        {
            Device.TargetReset(by.Nexus, powerOn: request.Function == TaskManagementFunction.TargetColdReset);
        }
        else if (request.Function == TaskManagementFunction.LogicalUnitReset)
        {
            Device.LogicalUnitReset(request.Lun, by.Nexus);
        }

        _ = ReleaseAsync(operation, request.Function == TaskManagementFunction.ClearTaskSet ? Task.CompletedTask : Device.CopiesEndAsync(units)); // what it waits for cannot fail
    }

    private static async Task ReleaseAsync(TaskManagementOperation operation, Task copies)
    {
        await copies.ConfigureAwait(false);
        if (operation.Release())
        {
            ServedSession.FinishOperation(operation);
        }
    }

    /// <summary>A command of a session ended with CHECK CONDITION, and QERR ends the tasks that other sessions have for the unit (SPC-4 §7.5.8).</summary>
    public void EndTasksBeside(ServedSession failed, ulong lun)
    {
        DrainWait nobodyWaits = new();
        foreach (ServedSession other in Sessions)
        {
            if (other != failed)
            {
                EndTasksOf(other, nobodyWaits, lun, failed.Nexus);
            }
        }
    }

    /// <inheritdoc/>
    public void GoOn(ulong lun) => ThreadPool.UnsafeQueueUserWorkItem(
        static node =>
        {
            foreach (ServedSession session in node.Sessions)
            {
                session.GoOn();
            }
        },
        this,
        preferLocal: false);

    private void EndTasksOf(ServedSession session, DrainWait ended, ulong lun, Nexus by)
    {
        int count = 0;
        session.Do((core, turn) => count = core.EndTasksFor(ended, lun, turn));
        if (count > 0)
        {
            Device.TasksCleared(lun, by, session.Nexus);
        }
    }

    /// <inheritdoc/>
    public async ValueTask EndTasksAsync(ulong lun, ScsiCommand by, IReadOnlyList<NexusName> nexuses, CancellationToken cancellationToken)
    {
        HashSet<NexusName> victims = [.. nexuses];
        DrainWait ended = new();
        foreach (ServedSession other in Sessions)
        {
            if (!victims.Contains(other.Nexus.Name))
            {
                continue;
            }

            if (other.Nexus == by.Nexus)
            {
                other.Do((core, turn) => core.EndOwnTasksFor(ended, lun, task => ((CommandTask)task).Command == by, turn));
            }
            else
            {
                EndTasksOf(other, ended, lun, by.Nexus);
            }
        }

        Task[] draining;
        lock (_gate)
        {
            draining = [.. _draining.Where(it => victims.Contains(NexusName.Of(it.Key.InitiatorName, it.Key.Isid, server.RelativePortOf(it.Key.PortalGroupTag)))).Select(static it => it.Value)];
        }

        if (ended.Release())
        {
            ended.Complete();
        }

        await Task.WhenAll([ended.Over, .. draining]).WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
