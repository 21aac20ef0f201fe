using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>
/// The response fence (RFC 7143 §4.2.2.3): with several connections nothing but acknowledgements tells in which order the initiator saw a response and the statuses before
/// and behind it. One fence is up at a time; with one connection there is none.
/// </content>
public sealed partial class TargetSession
{
    // In the order in which they were handed over.
    private readonly List<FencedResponse> _behindFence = [];
    private readonly List<OwedFence> _owedFences = [];
    private ResponseFence? _fence;

    // RFC 7143 §13.23: FastAbort implies the response fence.
    private bool HasResponseFence => Parameters.TaskReporting != TaskReporting.Rfc3720;

    // RFC 7143 §4.2.2.3.4. b: the multi-task functions, in every session: §4.2.3.3 d and §11.6.1 ask for it whatever TaskReporting says. ABORT TASK is not among them: its
    // task's status goes by the same connection. e: CLEAR ACA. c, d and f are statuses of commands, see OwedTo.
    private bool IsFenced(TaskManagementFunction function) => function switch
    {
        TaskManagementFunction.AbortTaskSet or TaskManagementFunction.ClearTaskSet or TaskManagementFunction.LogicalUnitReset
            or TaskManagementFunction.TargetWarmReset or TaskManagementFunction.TargetColdReset => true,
        TaskManagementFunction.ClearAca => HasResponseFence,
        _ => false,
    };

    /// <summary>
    /// Unit attentions of logical units are about to be established by a function of this session: the first status of each that carries one is fenced (RFC 7143
    /// §4.2.2.3.4 a).
    /// </summary>
    public void ExpectAttentions(IReadOnlyList<ulong> units, ITargetEffects effects) => OweFences(units, first: false, effects);

    private void OweFences(IReadOnlyList<ulong> units, bool first, ITargetEffects effects)
    {
        if (!HasResponseFence || Ended)
        {
            return;
        }

        foreach (ulong lun in units)
        {
            Owe(new OwedFence(lun, first, Attention: true), effects);
        }
    }

    private void Owe(OwedFence owed, ITargetEffects effects)
    {
        if (owed is { First: false, Attention: false })
        {
            return; // that of PREEMPT AND ABORT, say, whose response is not sent any more: no other takes its place
        }

        int at = _owedFences.FindIndex(other => effects.IsSameUnit(other.Lun, owed.Lun));
        if (at < 0)
        {
            _owedFences.Add(owed);
        }
        else
        {
            _owedFences[at] = _owedFences[at] with { First = _owedFences[at].First || owed.First, Attention = _owedFences[at].Attention || owed.Attention };
        }
    }

    // Without a closure: a unit that nobody uses may owe for long, and statuses of others pass here.
    private OwedFence? OwedTo(TargetTask task, ITargetEffects effects)
    {
        foreach (OwedFence owed in _owedFences)
        {
            if ((owed.First || (owed.Attention && task.ReportsAttention)) && effects.IsSameUnit(owed.Lun, task.Lun))
            {
                return owed;
            }
        }

        return (task.EndedTasksOfOthers || task.TellsOfAllegiance) && HasResponseFence ? new OwedFence(task.Lun, First: false, Attention: false) : null;
    }

    // The response of the task pays: it is the first, and it may be the one with the unit attention too.
    private OwedFence Pay(OwedFence owed, TargetTask task)
    {
        _owedFences.Remove(owed);
        bool attention = owed.Attention && task.ReportsAttention;
        if (owed.Attention && !attention)
        {
            _owedFences.Add(owed with { First = false });
        }

        return owed with { Attention = attention };
    }

    // False: the response may go out now.
    private bool WaitsForFence(TaskManagementOperation operation, ITargetEffects effects)
    {
        if (operation.Request.Function == TaskManagementFunction.ITNexusReset)
        {
            return false; // the session ends with it
        }

        if (_fence is not null)
        {
            _behindFence.Add(new(operation, null));
            return true;
        }

        if (LiveConnections < 2 || !IsFenced(operation.Request.Function))
        {
            return false;
        }

        RaiseFence(new ResponseFence(new(operation, null), paid: null, _now), effects);
        return true;
    }

    // The same for the status of a task. Most statuses meet neither a fence nor a debt, and this is four comparisons.
    private bool WaitsForFence(TargetTask task, ITargetEffects effects) => (_fence is not null || _owedFences.Count > 0 || task.EndedTasksOfOthers || task.TellsOfAllegiance) && MeetsFence(task, effects);

    private bool MeetsFence(TargetTask task, ITargetEffects effects)
    {
        if ((_fence is { ResponseSent: true } passing && passing.Task == task) || !task.Connection.Carries)
        {
            return false; // it is the response that the fence is for, and its time has come; or it is none, because its connection is gone
        }

        OwedFence? owed = OwedTo(task, effects);
        if (_fence is not null)
        {
            // RFC 7143 §4.2.2.3.3 d: statuses of the logical unit wait until the fence is down.
            if (owed is null && !IsHeldUp(task, effects))
            {
                return false;
            }

            task.State = TaskState.Fenced;
            _behindFence.Add(new(null, task));
            return true;
        }

        if (owed is not { } due)
        {
            return false;
        }

        OwedFence paid = Pay(due, task);
        if (LiveConnections < 2)
        {
            return false; // RFC 7143 §4.2.2.3.3 a
        }

        task.State = TaskState.Fenced;
        RaiseFence(new ResponseFence(new(null, task), paid, _now), effects);
        return true;
    }

    // By the fence that is up, or by one that is going to be.
    private bool IsHeldUp(TargetTask task, ITargetEffects effects) =>
        Covers(_fence!.Operation, _fence.Paid?.Lun, task.Lun, effects)
        || _behindFence.Exists(other => (other.Operation is { } function && IsFenced(function.Request.Function) && Covers(function, null, task.Lun, effects))
            || (other.Task is { } held && OwedTo(held, effects) is { } owed && effects.IsSameUnit(owed.Lun, task.Lun)));

    private static bool Covers(TaskManagementOperation? function, ulong? unit, ulong lun, ITargetEffects effects) =>
        function is { IsTargetReset: true } || effects.IsSameUnit(lun, function?.Request.Lun ?? unit!.Value);

    // RFC 7143 §4.2.2.3.3 b: on each of the connections, its own too.
    private void RaiseFence(ResponseFence fence, ITargetEffects effects)
    {
        _fence = fence;
        foreach (TargetConnection connection in _connections.Where(static connection => connection.IsUp))
        {
            AwaitAcknowledgement(fence, connection);
        }

        StepFence(effects);
    }

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
            bool gone = fence.Withdrawn || !fence.Carrier.Carries;
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

            SendFenced(fence, effects);
            AwaitAcknowledgement(fence, fence.Carrier);
        }
    }

    private void SendFenced(ResponseFence fence, ITargetEffects effects)
    {
        fence.OnResponseSent(_now);
        if (fence.Operation is { } function)
        {
            SendFunctionResponse(function, effects);
        }
        else
        {
            EndWithStatus(fence.Task!, effects);
            fence.TakeTask();
        }
    }

    private void LowerFence(ResponseFence fence, ITargetEffects effects)
    {
        _fence = null;
        if (fence is { ResponseSent: false, Operation: { } function })
        {
            Settle(function, effects);
        }

        FencedResponse[] held = [.. _behindFence];
        _behindFence.Clear();
        if (fence.TakeTask() is { } unsent)
        {
            EndWithStatus(unsent, effects); // its connection is gone: it is not sent now, and another response takes its place
            Owe(fence.Paid!.Value, effects);
        }

        foreach (FencedResponse response in held)
        {
            if (response.Operation is { } next)
            {
                Answer(next, effects);
            }
            else if (response.Task is { State: TaskState.Fenced } task)
            {
                EndWithStatus(task, effects);
            }
        }
    }

    // A task whose status waits here has ended.
    private void LeaveFence(TargetTask task, ITargetEffects effects)
    {
        _behindFence.RemoveAll(response => response.Task == task);
        if (_fence is { ResponseSent: false } fence && fence.Task == task)
        {
            fence.TakeTask();
            Owe(fence.Paid!.Value, effects); // the next response takes its place
        }
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
                effects.Close(connection, CloseKind.Now, "7143/4.2.2.3.3 the initiator does not acknowledge what a fenced response waits for");
            }
        }
    }
}
