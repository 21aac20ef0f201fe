using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>
/// The response fence (RFC 7143 §4.2.2.3): with several connections nothing but acknowledgements tells in which order the initiator saw a task management response and the
/// statuses before and behind it. One fence is up at a time; with one connection there is none.
/// </content>
public sealed partial class TargetSession
{
    private readonly Queue<TaskManagementOperation> _behindFence = new();
    private readonly List<TargetTask> _fenced = [];
    private ResponseFence? _fence;

    // False: the response may go out now.
    private bool WaitsForFence(TaskManagementOperation operation, ITargetEffects effects)
    {
        if (operation.Request.Function == TaskManagementFunction.ITNexusReset)
        {
            return false; // the session ends with it
        }

        if (_fence is not null)
        {
            _behindFence.Enqueue(operation);
            return true;
        }

        if (LiveConnections < 2 || !IsFenced(operation.Request.Function))
        {
            return false;
        }

        _fence = new ResponseFence(operation, _now);
        foreach (TargetConnection other in _connections)
        {
            if (other != operation.Connection && other.IsUp)
            {
                AwaitAcknowledgement(_fence, other);
            }
        }

        StepFence(effects);
        return true;
    }

    // RFC 7143 §4.2.2.3.4 b. ABORT TASK is not among them: its task's status goes by the same connection.
    private static bool IsFenced(TaskManagementFunction function) => function
        is TaskManagementFunction.AbortTaskSet
        or TaskManagementFunction.ClearTaskSet
        or TaskManagementFunction.LogicalUnitReset
        or TaskManagementFunction.TargetWarmReset
        or TaskManagementFunction.TargetColdReset;

    private void AwaitAcknowledgement(ResponseFence fence, TargetConnection connection)
    {
        if (connection.AcknowledgedStatSN == connection.NextStatSN)
        {
            return;
        }

        fence.Await(connection);
        if (connection.State != ConnectionState.InLogout)
        {
            SendPing(connection); // its answer acknowledges everything before it
        }
    }

    private void StepFence(ITargetEffects effects)
    {
        while (_fence is { } fence)
        {
            fence.Review();
            bool gone = !fence.Operation.Connection.Carries;
            bool alone = LiveConnections < 2;
            if (fence.Awaited.Count > 0 && !gone && !alone)
            {
                return;
            }

            if (gone || fence.ResponseSent)
            {
                LowerFence(fence, effects);
                continue;
            }

            SendFunctionResponse(fence.Operation, effects);
            fence.OnResponseSent(_now);
            AwaitAcknowledgement(fence, fence.Operation.Connection);
        }
    }

    private void LowerFence(ResponseFence fence, ITargetEffects effects)
    {
        _fence = null;
        _running.Remove(fence.Operation);
        TargetTask[] held = [.. _fenced];
        _fenced.Clear();
        foreach (TargetTask task in held)
        {
            EndWithStatus(task, effects);
        }

        while (_fence is null && _behindFence.TryDequeue(out TaskManagementOperation? next))
        {
            Answer(next, effects);
        }
    }

    // RFC 7143 §4.2.2.3.3 d: statuses of the logical unit wait until the fence is down.
    private bool HoldBehindFence(TargetTask task, ITargetEffects effects)
    {
        TaskManagementRequest request = _fence!.Operation.Request;
        bool wholeTarget = request.Function is TaskManagementFunction.TargetWarmReset or TaskManagementFunction.TargetColdReset;
        if (!wholeTarget && !effects.IsSameUnit(task.Lun, request.Lun))
        {
            return false;
        }

        task.State = TaskState.Fenced;
        _fenced.Add(task);
        return true;
    }

    private void CheckFenceDeadline(TimeSpan now, ITargetEffects effects)
    {
        if (_fence is not { } fence)
        {
            return;
        }

        foreach ((TargetConnection connection, _) in fence.Awaited)
        {
            // A slow reader that still takes what is sent has not seen the ping yet.
            TimeSpan since = connection.TookAnswersAt > fence.Since ? connection.TookAnswersAt : fence.Since;
            if (connection.State != ConnectionState.InLogout && now - since > _options.ProbePatience)
            {
                effects.Close(connection, CloseKind.Now, "7143/4.2.2.3.3 the initiator does not acknowledge what a task management response waits for");
            }
        }
    }
}
