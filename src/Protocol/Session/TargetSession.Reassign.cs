using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>
/// Connection recovery (RFC 7143 §7.2.2, recovery level 2): tasks of a connection that was logged out for recovery wait without allegiance until TASK REASSIGN brings each to
/// another connection, or their time is up.
/// </content>
public sealed partial class TargetSession
{
    // Connections that are free and whose tasks may be reassigned until their Deadline.
    private readonly List<TargetConnection> _free = [];

    /// <summary>Connections that are free and are kept for the tasks that they had.</summary>
    internal int FreeConnections => _free.Count;

    // After a logout for recovery, explicit or implicit: unacknowledged requests are thrown away, immediate ones end, the rest waits (RFC 7143 §11.14, Appendix E.1).
    private void SetTasksFree(TargetConnection connection, ITargetEffects effects)
    {
        ForgetRequestsOf(connection);
        AbortAll(Matching(task => task.Connection == connection && (task.State == TaskState.Held || task.Immediate)), waitForData: false, effects);
        foreach (TargetTask task in Matching(task => task.Connection == connection))
        {
            StopSolicited(task, effects);
            Loosen(task, effects);
        }

        connection.Deadline = _now + Retention;
        _connections.Remove(connection);
        _free.Add(connection);
        while (_free.Count > MaxLostConnections)
        {
            GiveUpTasksOf(_free[0], effects); // an initiator that replaces its connections again and again must not fill the memory
        }

        StepFence(effects);
    }

    // Their time is up (RFC 7143 §7.6 c).
    private void GiveUpTasksOf(TargetConnection unclaimed, ITargetEffects effects)
    {
        _free.Remove(unclaimed);
        EndTasksOf(unclaimed, tell: true, effects);
        ForgetAnsweredOf(unclaimed, effects);
    }

    // A free connection without tasks only keeps a failed session alive.
    private void DropEmptyFree() => _free.RemoveAll(connection =>
        !_tasks.Values.Any(task => task.Connection == connection) && !_answered.Values.Any(task => task.Connection == connection));

    // Is any task waiting for reassignment? Then the session outlives its last connection (RFC 7143 §6.3.5).
    private bool AnyTaskIsFree() =>
        _free.Count > 0 && (_tasks.Values.Any(static task => task.Connection.State == ConnectionState.Free && !task.Aborted)
            || _answered.Values.Any(static task => task.Connection.State == ConnectionState.Free));

    // Its connection is gone: the result waits, its data as far as there is room. Below recovery level 2 nobody can ask for it any more, but that it was active is told later.
    private void Suspend(TargetTask task, ITargetEffects effects)
    {
        if (task.Immediate)
        {
            Conclude(task, effects); // RFC 7143 §7.14: not recoverable
            return;
        }

        task.State = TaskState.Finished;
        _blocked.Remove(task);
        long charged = task.Charged;
        task.Charged = 0;
        task.ReleaseDataOut();
        if (Parameters.ErrorRecoveryLevel < 2)
        {
            task.ReleaseDataIn();
        }
        else
        {
            KeepData(task);
        }

        Credit(charged, effects);
        if (_blocked.Count > 0)
        {
            RunUnblocked(effects); // it was executed: nothing has to wait for its answer
        }
    }

    private void Reassign(TaskManagementOperation operation, ITargetEffects effects)
    {
        CheckCleanup(_now, effects);
        TaskManagementRequest request = operation.Request;
        TargetTask? task = null;
        operation.Response = Parameters.ErrorRecoveryLevel < 2 ? TaskManagementResponseCode.ReassignmentNotSupported : JudgeReassignment(request.ReferencedTaskTag, operation, out task);
        if (task is { Aborted: true })
        {
            // Whoever hears that it is gone sends the command anew: the device must have let go of the old one, which may be a write.
            WaitFor(task, operation);
            ReleaseOperation(operation, effects);
            return;
        }

        SendFunctionResponse(operation, effects); // before anything of the task (RFC 7143 §7.2.2)
        if (task is not null)
        {
            Continue(task, operation.Connection, request.ExpDataSN.Value, effects);
        }
    }

    private TaskManagementResponseCode JudgeReassignment(uint tag, TaskManagementOperation operation, out TargetTask? task)
    {
        if (!_tasks.TryGetValue(tag, out task) && !_answered.TryGetValue(tag, out task))
        {
            // RFC 7143 §11.5.1: not of a function, a Text negotiation or a logout.
            return _running.Concat(_postponed).Any(other => other != operation && other.Request.InitiatorTaskTag == tag)
                || _connections.Exists(connection => connection.Text.OpenTaskTag == tag)
                || _logouts.Exists(logout => logout.Request.InitiatorTaskTag == tag)
                ? TaskManagementResponseCode.FunctionRejected
                : TaskManagementResponseCode.TaskDoesNotExist;
        }

        TargetTask found = task;
        task = null;
        if (found.Connection.State != ConnectionState.Free)
        {
            return TaskManagementResponseCode.TaskStillAllegiant;
        }

        task = found;
        return found.Aborted ? TaskManagementResponseCode.TaskDoesNotExist : TaskManagementResponseCode.FunctionComplete;
    }

    private void Continue(TargetTask task, TargetConnection connection, uint expDataSN, ITargetEffects effects)
    {
        TargetConnection former = task.Connection;
        task.Connection = connection;
        task.In.SnackTag = 0; // RFC 7143 §7.2.2
        switch (task.State)
        {
            case TaskState.Answered:
                ContinueAnswered(task, former, expDataSN, effects);
                break;
            case TaskState.Finished when task.In.Dropped && task.Plan.CanReread:
                Reread(task, effects);
                break;
            case TaskState.Finished:
                if (task.In.Dropped)
                {
                    task.In.Dropped = false;
                    effects.Fail(task, IscsiCondition.SnackRejected);
                }

                DropKept(task);
                EndWithStatus(task, effects);
                break;
            case TaskState.Receiving:
                // What the initiator has not acknowledged is numbered from where it is (RFC 7143 §11.5.6).
                ContinueDataOut(task, expDataSN <= task.Out.NextR2TSN ? expDataSN : 0, effects);
                break;
        }
    }

    // The status was sent, and perhaps lost. Data goes on where the initiator says that it is (RFC 7143 §11.5.6); a number that cannot be is ignored, and 0 changes nothing.
    private void ContinueAnswered(TargetTask task, TargetConnection former, uint expDataSN, ITargetEffects effects)
    {
        TakeStatusFrom(former, task);
        if (expDataSN > task.In.AcknowledgedDataSN && expDataSN <= task.In.Layout.EndDataSN)
        {
            task.In.AcknowledgedDataSN = expDataSN;
        }

        if (task.In.AcknowledgedDataSN == task.In.Layout.EndDataSN)
        {
            SendKeptStatus(task, effects);
        }
        else
        {
            Replay(task, new Replay(ReplayKind.Reassigned, 0, 0, null), effects);
        }
    }

    private static void TakeStatusFrom(TargetConnection former, TargetTask task)
    {
        StatusLog log = former.Statuses!;
        task.In.FormerStatus ??= (log.Header(task.In.StatusSN).ToArray(), log.Data(task.In.StatusSN));
        log.Detach(task);
        task.In.Replays.Clear();
    }

    private static void SendKeptStatus(TargetTask task, ITargetEffects effects)
    {
        (byte[] header, byte[]? data) = task.In.FormerStatus!.Value;
        task.In.FormerStatus = null;
        Span<byte> bhs = AddCopy(task.Connection, data, effects.Pool);
        _ = ScsiResponse.Parse(new ScsiResponseView(header), out ScsiResponse response);
        (response with { SnackTag = 0, ExpDataSN = ExpDataSNOf(task) }).Emit(bhs);
        task.Connection.StampStatus(bhs);
        AttachStatus(task);
    }
}
