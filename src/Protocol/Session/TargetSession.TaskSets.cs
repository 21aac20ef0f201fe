namespace Blockwire.Protocol.Session;

/// <content>
/// What other nexuses and the device server do to the tasks of this session: functions and commands of others end them (RFC 7143 §4.2.3, SAM-5 §5.6), a CHECK CONDITION may end
/// them (QERR) or block them (auto contingent allegiance, SAM-5 §5.9). The device server decides, the session carries it out.
/// </content>
public sealed partial class TargetSession
{
    private const byte StatusTaskAborted = 0x40;

    /// <summary>
    /// Ends tasks for a function of another session (RFC 7143 §4.2.3.3, §4.2.3.4, §4.2.3.5): those that have been delivered, whatever R2Ts they have out. What follows on the
    /// units is fenced (§4.2.3.3 e).
    /// </summary>
    /// <param name="operation">Released once by each task that ends.</param>
    /// <param name="units">LUNs that the function takes.</param>
    /// <param name="effects">The shell.</param>
    /// <returns>How many tasks end without an answer.</returns>
    public int EndTasksFor(TaskManagementOperation operation, IReadOnlyList<ulong> units, ITargetEffects effects) =>
        EndTasksFor(operation, operation.Request.Function != Wire.TaskManagementFunction.ClearTaskSet, units, effects);

    /// <summary>Ends the tasks for a unit on behalf of another session's command (PREEMPT AND ABORT, or one that failed), as CLEAR TASK SET of that session would.</summary>
    /// <param name="wait">Released once by each task that ends.</param>
    /// <param name="lun">LUN of the unit.</param>
    /// <param name="effects">The shell.</param>
    /// <returns>How many tasks end without an answer.</returns>
    public int EndTasksFor(EndWait wait, ulong lun, ITargetEffects effects) => EndTasksFor(wait, isReset: false, [lun], effects);

    /// <summary>Ends the tasks for a unit on behalf of a command of this session, without an answer (PREEMPT AND ABORT of its own registration, SPC-4 §5.13.11.5).</summary>
    /// <param name="wait">Released once by each task that ends.</param>
    /// <param name="lun">LUN of the unit.</param>
    /// <param name="but">The task of the command itself, which goes on.</param>
    /// <param name="effects">The shell.</param>
    public void EndOwnTasksFor(EndWait wait, ulong lun, Predicate<TargetTask> but, ITargetEffects effects)
    {
        List<TargetTask> tasks = Matching(task => task.State != TaskState.Held && !but(task) && effects.IsSameUnit(task.Lun, lun));
        foreach (TargetTask task in tasks)
        {
            WaitFor(task, wait);
        }

        AbortAll(tasks, waitForData: false, effects);
        TellWindow();
    }

    /// <summary>An auto contingent allegiance is over, or keeps fewer tasks than before: those that it kept go on.</summary>
    public void GoOn(ITargetEffects effects)
    {
        if (_blocked.Count > 0)
        {
            RunUnblocked(effects);
        }
    }

    private int EndTasksFor(EndWait operation, bool isReset, IReadOnlyList<ulong> units, ITargetEffects effects)
    {
        List<TargetTask> silent = Matching(task => task.State != TaskState.Held && units.Any(lun => effects.IsSameUnit(task.Lun, lun)));
        List<TargetTask> answered = silent.FindAll(task => MayAnswerAborted(task) && effects.AnswersAborted(task.Lun));
        bool any = silent.Count > 0;
        _ = silent.RemoveAll(answered.Contains);
        foreach (TargetTask task in silent)
        {
            WaitFor(task, operation);
        }

        if (HasFastAbort)
        {
            AnnounceTermination(silent, issuing: null, effects);
        }

        // Marked before any ends: its end may free another from its place behind an ordered command, and that one must not begin.
        foreach (TargetTask task in answered)
        {
            MarkAnsweringAborted(task, operation);
        }

        AbortAll(silent, waitForData: false, effects);
        foreach (TargetTask task in answered)
        {
            AnswerAborted(task, effects);
        }

        // CLEAR TASK SET is no news to a session that had no task.
        if (any || isReset)
        {
            OweFences(units, first: true, effects);
        }

        StepFence(effects);
        TellWindow();
        return silent.Count;
    }

    // TAS (SAM-5 §5.6). What has its status already keeps it. With FastAbort the initiator drops its tasks when it is told that they have ended (RFC 7143 §4.2.3.4), and a
    // status for one would be for a task that it does not know.
    private bool MayAnswerAborted(TargetTask task) =>
        !HasFastAbort && !task.Aborted && task.Connection.Carries && task.State is not (TaskState.Fenced or TaskState.Finished);

    private static void MarkAnsweringAborted(TargetTask task, EndWait operation)
    {
        if (task.AnswersAborted)
        {
            return;
        }

        task.AnswersAborted = true;
        if (task.WithDevice)
        {
            WaitFor(task, operation); // only that works on the disk still
            return;
        }

        task.IsDone = false;
        task.Failure = null;
        task.Plan = task.Plan with { GoOn = false };
        SetTaskAborted(task);
    }

    // Its R2Ts that are out are still answered; the status goes out behind that data.
    private void AnswerAborted(TargetTask task, ITargetEffects effects)
    {
        switch (task.State)
        {
            case TaskState.Executing:
                effects.Cancel(task);
                break;
            case TaskState.Waiting or TaskState.Blocked:
                _blocked.Remove(task);
                if (task.State == TaskState.Waiting)
                {
                    RemoveFromQueue(task);
                }

                task.State = TaskState.Receiving;
                Advance(task, effects);
                break;
            case TaskState.Receiving:
                Advance(task, effects);
                break;
        }
    }

    // The disk is done with it, whatever becomes of the status.
    private void EndAnsweringAborted(TargetTask task, ITargetEffects effects)
    {
        SetTaskAborted(task);
        ReleaseWaiters(task, effects);
        EndWithStatus(task, effects);
    }

    private static void SetTaskAborted(TargetTask task)
    {
        task.ReleaseDataIn();
        task.Status = StatusTaskAborted;
        task.Sense = default;
        task.ReportsAttention = false;
        task.EndedTasksOfOthers = false;
    }

    // Before the status is queued, so that it opens the window for the tasks that end with it.
    private void TellHowItEnds(TargetTask task, ITargetEffects effects)
    {
        if (task.EndIsKnown)
        {
            return;
        }

        task.EndIsKnown = true;
        if (effects.Ended(task))
        {
            // Those that have their own status already are not in the task set any more.
            AbortAll(
                Matching(other => other != task && other.Plan.GoOn && !other.Aborted && other.State is not (TaskState.Held or TaskState.Fenced or TaskState.Finished)
                    && effects.IsSameUnit(other.Lun, task.Lun)),
                waitForData: false,
                effects);
        }
    }

    // SAM-5 §8.4: a blocked command does not end either. Its data and status are kept as they are.
    private bool WaitDone(TargetTask task, ITargetEffects effects)
    {
        if (!effects.IsBlocked(task))
        {
            return false;
        }

        task.In.FirstDataSN = task.Out.NextR2TSN;
        task.IsDone = true;
        task.State = TaskState.Blocked;
        _blocked.Add(task);
        return true;
    }
}
