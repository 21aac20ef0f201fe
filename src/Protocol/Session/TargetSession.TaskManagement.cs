using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>Task management (RFC 7143 §11.5, §11.6, §4.2.3). What RFC 7144 adds is in <c>.Queries</c> and <c>.NexusReset</c>, ABORT TASK in <c>.AbortTask</c>, what FastAbort changes in <c>.FastAbort</c>.</content>
public sealed partial class TargetSession
{
    private readonly List<TaskManagementOperation> _postponed = [];
    private readonly List<TaskManagementOperation> _running = [];

    private void OnTaskManagement(TargetConnection connection, ReadOnlySpan<byte> header, ITargetEffects effects)
    {
        _ = TaskManagementRequest.Parse(new TaskManagementRequestView(header), out TaskManagementRequest request);
        TaskManagementOperation operation = new(connection, request, InitiatorNumbers.Read(header).CmdSN) { ArrivedBehind = _delivered };
        if (request.Function == TaskManagementFunction.TaskReassign && !request.Immediate)
        {
            // RFC 7143 §11.5.1: TASK REASSIGN MUST be immediate.
            DeviateDelivered(connection, header, Deviation.Rejected(RejectReason.ProtocolError, "7143/11.5.1 TASK REASSIGN is immediate"), effects);
            return;
        }

        // RFC 7143 §4.2.2.1: there is always room for one on each connection.
        if (_running.Count + _postponed.Count >= _options.MaxImmediateCommands && _running.Concat(_postponed).Any(other => other.Connection == connection))
        {
            DeviateDelivered(connection, header, Deviation.Rejected(RejectReason.ImmediateCommandReject, "7143/4.2.2.1 too many task management functions"), effects);
            return;
        }

        // RFC 7143 §4.2.3.3 b and RFC 7144 §6.5: functions on a task set wait for every command before them; resets of the target and questions do not.
        bool waits = request.Function is TaskManagementFunction.AbortTaskSet or TaskManagementFunction.ClearTaskSet or TaskManagementFunction.LogicalUnitReset
            or TaskManagementFunction.ITNexusReset;
        if (waits && Serves(request.Function) && request.Immediate && IsAhead(operation.CmdSN))
        {
            operation.StartedAt = _now;
            _postponed.Add(operation);
            return;
        }

        Run(operation, effects);
    }

    // Numbers before this one are missing. It may be one beyond the window: that of an immediate request when the window is closed (RFC 7143 §4.2.2.1).
    private bool IsAhead(Serial32 cmdSN) => cmdSN != _window.ExpCmdSN && cmdSN.IsWithin(_window.ExpCmdSN, _window.MaxCmdSN + 2 - _window.ExpCmdSN);

    private void RunPostponed(ITargetEffects effects)
    {
        for (int i = 0; i < _postponed.Count;)
        {
            TaskManagementOperation operation = _postponed[i];
            if (operation.CmdSN > _window.ExpCmdSN)
            {
                i++;
                continue;
            }

            _postponed.RemoveAt(i);
            Run(operation, effects);
        }
    }

    private void Run(TaskManagementOperation operation, ITargetEffects effects)
    {
        _running.Add(operation);
        operation.StartedAt = _now;
        ulong lun = operation.Request.Lun;
        switch (operation.Request.Function)
        {
            case var function when !Serves(function):
                operation.Response = TaskManagementResponseCode.FunctionNotSupported;
                break;
            case TaskManagementFunction.TargetWarmReset or TaskManagementFunction.TargetColdReset when !_options.AllowTargetReset:
                operation.Response = TaskManagementResponseCode.AuthorizationFailed; // RFC 7143 §11.5.1
                break;
            case TaskManagementFunction.AbortTask:
                operation.Response = AbortTask(operation, effects);
                break;
            case TaskManagementFunction.AbortTaskSet when effects.HasUnit(lun):
                EndTasks(operation, task => effects.IsSameUnit(task.Lun, lun) && IsBefore(task, operation), effects);
                break;
            case TaskManagementFunction.ClearAca when effects.HasUnit(lun):
                // SAM-5 §7.4: to a task with the ACA attribute it is ABORT TASK. Where there is no allegiance it is complete as it is.
                EndTasks(operation, task => task.IsForAllegiance && effects.IsSameUnit(task.Lun, lun) && IsBefore(task, operation), effects);
                effects.ReachOut(operation);
                return;
            case TaskManagementFunction.ClearTaskSet or TaskManagementFunction.LogicalUnitReset when effects.HasUnit(lun):
                bool reset = operation.Request.Function == TaskManagementFunction.LogicalUnitReset;
                EndTasks(operation, task => effects.IsSameUnit(task.Lun, lun) && (reset ? IsReset(task, operation) : IsBefore(task, operation)), effects);
                effects.ReachOut(operation);
                return;
            case TaskManagementFunction.TargetWarmReset or TaskManagementFunction.TargetColdReset:
                // What has not come of the commands before it counts as received (RFC 7143 §4.2.3.3 b): the initiator will not send it any more.
                EndTasks(operation, task => IsReset(task, operation), effects);
                PlugHolesBefore(operation.CmdSN);
                effects.ReachOut(operation);
                DeliverHeld(effects);
                return;
            case TaskManagementFunction.ITNexusReset:
                ResetNexus(operation, effects);
                break;
            case TaskManagementFunction.QueryTask when effects.HasUnit(lun):
                operation.Response = QueryTask(operation, effects);
                break;
            case TaskManagementFunction.QueryTaskSet when effects.HasUnit(lun):
                operation.Response = QueryTaskSet(operation, effects);
                break;
            case TaskManagementFunction.QueryAsynchronousEvent when effects.HasUnit(lun):
                operation.Response = QueryAsynchronousEvent(operation, effects);
                break;
            case TaskManagementFunction.AbortTaskSet or TaskManagementFunction.ClearAca or TaskManagementFunction.ClearTaskSet or TaskManagementFunction.LogicalUnitReset
                or TaskManagementFunction.QueryTask or TaskManagementFunction.QueryTaskSet or TaskManagementFunction.QueryAsynchronousEvent:
                operation.Response = TaskManagementResponseCode.LunDoesNotExist;
                break;
            case TaskManagementFunction.TaskReassign:
                Reassign(operation, effects);
                return;
            default:
                operation.Response = TaskManagementResponseCode.FunctionNotSupported;
                break;
        }

        ReleaseOperation(operation, effects);
    }

    // Immediate commands have the number of the next one (RFC 7143 §4.2.2.1): which of those with the function's own number came before it only their arrival tells.
    private static bool IsBefore(TargetTask task, TaskManagementOperation operation) =>
        task.CmdSN < operation.CmdSN || (task.Immediate && task.CmdSN == operation.CmdSN && task.Order <= operation.ArrivedBehind);

    // A reset takes every task there is, whatever its number (RFC 7143 §11.5.1), but not a command that was sent behind it and waits for its turn.
    private static bool IsReset(TargetTask task, TaskManagementOperation operation) => task.State != TaskState.Held || IsBefore(task, operation);

    private void PlugHolesBefore(Serial32 cmdSN)
    {
        if (IsAhead(cmdSN))
        {
            for (Serial32 number = _window.ExpCmdSN; number != cmdSN; number++)
            {
                _ = _window.PlugHole(number);
            }
        }
    }

    // Ends tasks for a function of this session. RFC 7143 §4.2.3.3 a: the initiator goes on to answer its R2Ts, and a task with some stays until it has; §4.2.3.4: not with
    // FastAbort.
    private void EndTasks(TaskManagementOperation operation, Predicate<TargetTask> covered, ITargetEffects effects)
    {
        List<TargetTask> tasks = Matching(covered);
        foreach (TargetTask task in tasks)
        {
            WaitFor(task, operation);
        }

        // A reassigned task is in progress for the initiator until it has its status again (RFC 7143 §7.2.2), and that comes before the response.
        foreach (TargetTask task in _answered.Values)
        {
            if (task.In.FormerStatus is not null && covered(task))
            {
                WaitFor(task, operation);
            }
        }

        if (HasFastAbort)
        {
            AnnounceTermination(tasks, operation.Connection, effects);
        }

        AbortAll(tasks, waitForData: !HasFastAbort, effects);
    }

    private static void WaitFor(TargetTask task, EndWait operation)
    {
        operation.Add();
        task.Waiters.Add(operation);
    }

    private static void ReleaseOperation(EndWait operation, ITargetEffects effects)
    {
        if (operation.Release())
        {
            effects.Finished(operation);
        }
    }

    /// <summary>Every task that an operation waited for has ended: answer it.</summary>
    public void Finish(EndWait operation, ITargetEffects effects)
    {
        switch (operation)
        {
            case TaskManagementOperation function:
                Answer(function, effects);
                break;
            case LogoutOperation logout:
                FinishLogout(logout, LogoutResponseCode.Closed, effects);
                break;
            case TransportEnd end:
                FinishTransportEnd(end, effects);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private void Answer(TaskManagementOperation operation, ITargetEffects effects)
    {
        if (!operation.Connection.Carries)
        {
            Settle(operation, effects);
        }
        else if (!WaitsForFence(operation, effects))
        {
            SendFunctionResponse(operation, effects);
        }
    }

    private void SendFunctionResponse(TaskManagementOperation operation, ITargetEffects effects)
    {
        Span<byte> bhs = operation.Connection.Outgoing.Add();
        new TaskManagementResponse(operation.Response, operation.Request.InitiatorTaskTag) { AdditionalInformation = operation.AdditionalInformation }.Emit(bhs);
        operation.Connection.StampStatus(bhs);
        Settle(operation, effects);
    }

    // Answered, or nobody is there to be: what follows the answer follows all the same.
    private void Settle(TaskManagementOperation operation, ITargetEffects effects)
    {
        _running.Remove(operation);
        if (operation.Request.Function == TaskManagementFunction.TargetColdReset && operation.Response == TaskManagementResponseCode.FunctionComplete)
        {
            effects.CloseEverything("7143/11.5.1 TARGET COLD RESET");
        }

        EndIfNexusReset(operation, effects);
    }

    private void EndIfNexusReset(TaskManagementOperation operation, ITargetEffects effects)
    {
        if (_resettingNexus && operation.Request.Function == TaskManagementFunction.ITNexusReset)
        {
            EndAfterNexusReset(CloseKind.AfterFlush, effects);
        }
    }

    // What a closing connection brought and has not been delivered is thrown away, and its numbers are missing again (RFC 7143 §11.14): held requests here, held
    // commands too before they are aborted. Postponed functions have nobody to answer.
    private void ForgetRequestsOf(TargetConnection connection)
    {
        _postponed.RemoveAll(operation => operation.Connection == connection);
        _window.Forget(request => (request is TargetTask task ? task.Connection : ((HeldRequest)request).Connection) == connection);
    }

    private void CheckDeadlines(TimeSpan now, ITargetEffects effects)
    {
        CheckNexusResetDeadline(now, effects);
        RejectPostponed(now, effects);
        CheckNegotiationDeadline(now, effects);
        CheckTerminatedDeadline(now, effects);

        // An initiator that never answers the R2Ts of tasks it wants cleared: RFC 7143 §11.5.1 lets the target drop the connection that they are due on.
        foreach (TaskManagementOperation operation in _running)
        {
            if (now - operation.StartedAt > _options.DrainTimeout)
            {
                foreach (TargetConnection silent in _connections.Where(connection => connection.IsUp && OwesDataTo(connection, operation)))
                {
                    effects.Close(silent, CloseKind.Now, "7143/11.5.1 the initiator does not answer the R2Ts of tasks it wants cleared");
                }
            }
        }

        CheckLogoutDeadline(now, effects);
    }

    private bool OwesDataTo(TargetConnection connection, TaskManagementOperation operation) =>
        _tasks.Values.Any(task => task.Connection == connection && task.Aborted && !task.WithDevice && task.Waiters.Contains(operation));

    // RFC 7143 §4.2.3.3 b: without the commands before it a function cannot be carried out. When they do not come, the initiator hears that nothing was done and can go
    // further: a reset of the target does not wait for them. To close the connection would end the other tasks too.
    private void RejectPostponed(TimeSpan now, ITargetEffects effects)
    {
        while (_postponed.Count > 0 && FindLatePostponed(now) is { } late)
        {
            _postponed.Remove(late);
            _running.Add(late);
            effects.Note(late.Connection, Deviation.Ignored("7143/4.2.3.3 the commands before a task management function do not come"));
            late.Response = TaskManagementResponseCode.FunctionRejected;
            Answer(late, effects);
        }
    }

    private TaskManagementOperation? FindLatePostponed(TimeSpan now) => _postponed.Find(operation => now - operation.StartedAt > _options.DrainTimeout);
}
