namespace Blockwire.Protocol.Session;

/// <content>
/// Task attributes (SAM-5 §8.6): an ORDERED command begins after everything older on its logical unit has ended, and everything younger begins after it; HEAD OF QUEUE
/// waits for nothing. The order holds among the commands of one session. Beside it the device server may keep tasks back: see <c>.TaskSets</c>.
/// </content>
public sealed partial class TargetSession
{
    private readonly List<TargetTask> _blocked = [];
    private ulong _delivered;
    private int _ordered;

    // Usually no ordered command is about and this is one comparison.
    private bool MustWaitForOthers(TargetTask task, ITargetEffects effects)
    {
        if (_ordered == 0 || task.IsHeadOfQueue || task.IsForAllegiance)
        {
            return false;
        }

        foreach (TargetTask other in _tasks.Values)
        {
            if (other.State is not (TaskState.Held or TaskState.Finished) && other.Order < task.Order && (task.IsOrdered || other.IsOrdered) && effects.IsSameUnit(other.Lun, task.Lun))
            {
                return true;
            }
        }

        return false;
    }

    private bool WaitForOthers(TargetTask task, ITargetEffects effects)
    {
        // Data that is used where it lies cannot wait: that it need not was found a moment ago, and what another session did since then comes behind it.
        if (!MustWaitForOthers(task, effects) && (!task.DataOut.IsEmpty || !effects.IsBlocked(task)))
        {
            return false;
        }

        task.State = TaskState.Blocked;
        _blocked.Add(task);
        return true;
    }

    private void RunUnblocked(ITargetEffects effects)
    {
        while (_blocked.Find(task => !effects.IsBlocked(task) && (task.IsDone || !MustWaitForOthers(task, effects))) is { } next)
        {
            _blocked.Remove(next);
            if (next.IsDone)
            {
                next.IsDone = false;
                EndWithStatus(next, effects);
                continue;
            }

            next.State = TaskState.Receiving;
            Advance(next, effects);
        }
    }
}
