namespace Blockwire.Protocol.Session;

/// <content>How tasks end and leave the session, with an answer or without (RFC 7143 §4.2.3, §7.6).</content>
public sealed partial class TargetSession
{
    // The one place where a task leaves the session for good.
    private void Conclude(TargetTask task, ITargetEffects effects)
    {
        DropKept(task);
        Leave(task, TaskState.Ended, effects);
    }

    private static void ReleaseWaiters(TargetTask task, ITargetEffects effects)
    {
        if (task.Waiters.Count == 0)
        {
            return;
        }

        foreach (EndWait wait in task.Waiters)
        {
            ReleaseOperation(wait, effects);
        }

        task.Waiters.Clear();
    }

    // A task is no longer active: it has ended, or only its data and status are kept for an initiator that may not have received them.
    private void Leave(TargetTask task, TaskState into, ITargetEffects effects)
    {
        bool wasHeld = task.State == TaskState.Held;
        bool wasWaiting = task.State == TaskState.Waiting;
        if (task.State == TaskState.Fenced)
        {
            LeaveFence(task, effects);
        }

        task.State = into;
        _tasks.Remove(task.InitiatorTaskTag);
        if (task.Immediate)
        {
            _immediateRunning--;
        }
        else if (!wasHeld)
        {
            ReleaseNumber(task);
        }

        _ordered -= task.IsOrdered && !wasHeld ? 1 : 0;

        long charged = task.Charged;
        task.Charged = 0;
        ReleaseWaiters(task, effects);
        _blocked.Remove(task);
        if (wasWaiting)
        {
            // Still in the queue: the queue drops it when it comes up, and only then may the object serve again.
            RemoveFromQueue(task);
        }

        if (into == TaskState.Ended)
        {
            task.Release();
            effects.Recycle(task);
        }
        else
        {
            task.ReleaseDataOut();
        }

        Credit(charged, effects);
        if (_blocked.Count > 0)
        {
            RunUnblocked(effects);
        }
    }

    private void RemoveFromQueue(TargetTask task)
    {
        for (int i = _waiting.Count; i > 0; i--)
        {
            TargetTask next = _waiting.Dequeue();
            if (next != task)
            {
                _waiting.Enqueue(next);
            }
        }
    }

    // All are marked before the first ends: its end may free another from its place behind an ordered command, and that one must not begin.
    private void AbortAll(List<TargetTask> tasks, bool waitForData, ITargetEffects effects)
    {
        foreach (TargetTask task in tasks)
        {
            task.Aborted = true;
        }

        foreach (TargetTask task in tasks)
        {
            Abort(task, waitForData, effects);
        }
    }

    // Ends a task without an answer. With waitForData it stays until the initiator has answered the R2Ts that are out (RFC 7143 §4.2.3.3 a).
    private void Abort(TargetTask task, bool waitForData, ITargetEffects effects)
    {
        if (task.State == TaskState.Ended)
        {
            return;
        }

        task.Aborted = true;
        task.AwaitsData = waitForData;
        if (task.Connection.LandingTask == task)
        {
            return; // the shell is receiving into its memory: EndLanding concludes it
        }

        switch (task.State)
        {
            case TaskState.Held:
                // It counts as received, unless it was thrown away with its connection: then its number is missing again.
                _window.Withdraw(task.CmdSN, task);
                Conclude(task, effects);
                break;
            case TaskState.Executing:
            case TaskState.Finished when task.WithDevice: // it is being read again: OnReread concludes it
                effects.Cancel(task);
                break;
            case TaskState.Receiving when waitForData && task.Out.Outstanding > 0:
                break;
            default:
                Conclude(task, effects);
                break;
        }
    }
}
