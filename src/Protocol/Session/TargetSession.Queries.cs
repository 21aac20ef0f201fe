using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>The functions that only ask: QUERY TASK, QUERY TASK SET, QUERY ASYNCHRONOUS EVENT (RFC 7144 §6.3, §6.4.2). They end nothing and wait for nothing.</content>
public sealed partial class TargetSession
{
    // RFC 7144 §6.3: the four functions it adds, which only a session of level 2 may use.
    private bool Serves(TaskManagementFunction function) =>
        function is < TaskManagementFunction.QueryTask or > TaskManagementFunction.QueryAsynchronousEvent || Parameters.HasRfc7144;

    private TaskManagementResponseCode QueryTask(TaskManagementOperation operation, ITargetEffects effects)
    {
        TaskManagementRequest request = operation.Request;
        if (_tasks.TryGetValue(request.ReferencedTaskTag, out TargetTask? task))
        {
            // On another unit than the one asked it is not in the task set.
            return YesOrNo(effects.IsSameUnit(task.Lun, request.Lun));
        }

        if (_running.Concat(_postponed).Any(other => other.Request.InitiatorTaskTag == request.ReferencedTaskTag))
        {
            return TaskManagementResponseCode.FunctionRejected; // RFC 7144 §6.3: not on a task management request
        }

        // RFC 7144 §6.3.3 sends to RFC 7143 §11.6.1 for a task that is not there: a number that never came counts as received. Where the two differ, on a number
        // outside the window, §6.4.2 has the word for queries: "Function complete" and not "Task does not exist". Both are FUNCTION COMPLETE to SCSI.
        _ = CountsAsReceived(operation, effects);
        return TaskManagementResponseCode.FunctionComplete;
    }

    // Commands behind the query that wait for their turn are not in the task set yet.
    private TaskManagementResponseCode QueryTaskSet(TaskManagementOperation operation, ITargetEffects effects) =>
        YesOrNo(_tasks.Values.Any(task => effects.IsSameUnit(task.Lun, operation.Request.Lun) && IsReset(task, operation)));

    private static TaskManagementResponseCode QueryAsynchronousEvent(TaskManagementOperation operation, ITargetEffects effects)
    {
        operation.AdditionalInformation = effects.PendingEvent(operation.Request.Lun);
        return YesOrNo(operation.AdditionalInformation != 0);
    }

    private static TaskManagementResponseCode YesOrNo(bool yes) =>
        yes ? TaskManagementResponseCode.FunctionSucceeded : TaskManagementResponseCode.FunctionComplete;
}
