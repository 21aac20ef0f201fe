namespace Blockwire.Protocol.Session;

/// <content>
/// Task attributes (SAM-5 §8.6): an ORDERED command begins after everything older on its logical unit has ended, and everything younger begins after it; HEAD OF QUEUE
/// waits for nothing. The order holds among the commands of one session.
/// </content>
public sealed partial class TargetSession
{
    private readonly List<TargetTask> _blocked = [];
    private ulong _delivered;
    private int _ordered;

    // Usually no ordered command is about and this is one comparison.
    private bool MustWaitForOthers(TargetTask task, ITargetEffects effects)
    {
        if (_ordered == 0 || task.IsHeadOfQueue)
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
        if (!MustWaitForOthers(task, effects))
        {
            return false;
        }

        task.State = TaskState.Blocked;
        _blocked.Add(task);
        return true;
    }

    private void RunUnblocked(ITargetEffects effects)
    {
        while (_blocked.Find(task => !MustWaitForOthers(task, effects)) is { } next)
        {
            _blocked.Remove(next);
            next.State = TaskState.Receiving;
            Advance(next, effects);
        }
    }
}
