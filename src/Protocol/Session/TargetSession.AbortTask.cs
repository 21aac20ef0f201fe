using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>ABORT TASK (RFC 7143 §11.5.1, §11.6.1, §7.11), of SCSI tasks and of tagged iSCSI operations.</content>
public sealed partial class TargetSession
{
    private TaskManagementResponseCode AbortTask(TaskManagementOperation operation, ITargetEffects effects)
    {
        TaskManagementRequest request = operation.Request;
        if (_tasks.TryGetValue(request.ReferencedTaskTag, out TargetTask? task))
        {
            if (!effects.IsSameUnit(task.Lun, request.Lun))
            {
                return TaskManagementResponseCode.TaskDoesNotExist;
            }

            if (task.Connection != operation.Connection && task.Connection.Carries)
            {
                effects.Note(operation.Connection, Deviation.Ignored("7143/11.5.1 ABORT TASK on another connection than its task's, which lives"));
                return TaskManagementResponseCode.FunctionRejected;
            }

            WaitFor(task, operation);
            Abort(task, waitForData: false, effects);
            return TaskManagementResponseCode.FunctionComplete;
        }

        if (_running.Concat(_postponed).Any(other => other != operation && other.Request.InitiatorTaskTag == request.ReferencedTaskTag))
        {
            return TaskManagementResponseCode.FunctionRejected; // RFC 7143 §11.5.1: not on a task management request
        }

        if (ResendStatus(operation, effects))
        {
            return TaskManagementResponseCode.TaskDoesNotExist; // RFC 7143 §7.11: it had ended before
        }

        if (_answered.TryGetValue(request.ReferencedTaskTag, out TargetTask? reread) && reread.In.FormerStatus is not null && effects.IsSameUnit(reread.Lun, request.Lun))
        {
            // Reassigned, and its data is being read again: in progress for the initiator until it has its status again (RFC 7143 §7.2.2), which comes before the answer.
            WaitFor(reread, operation);
            return TaskManagementResponseCode.TaskDoesNotExist;
        }

        return AbortRequest(operation)
            ?? (!effects.HasUnit(request.Lun) ? TaskManagementResponseCode.LunDoesNotExist
            : CountsAsReceived(operation, effects) ? TaskManagementResponseCode.FunctionComplete
            : TaskManagementResponseCode.TaskDoesNotExist);
    }

    // RFC 7143 §11.5.1: tagged iSCSI operations are tasks too. Those that last are a Text negotiation and a request whose turn has not come. They have no logical unit.
    private TaskManagementResponseCode? AbortRequest(TaskManagementOperation operation)
    {
        uint tag = operation.Request.ReferencedTaskTag;
        if (_connections.Find(connection => connection.Text.OpenTaskTag == tag) is { } negotiating)
        {
            if (negotiating != operation.Connection && negotiating.Carries)
            {
                return TaskManagementResponseCode.FunctionRejected; // as for a task: only by its own connection
            }

            negotiating.Text.Reset();
            return TaskManagementResponseCode.FunctionComplete;
        }

        if (_window.FindHeld(request => request is HeldRequest other && other.InitiatorTaskTag == tag) is not HeldRequest held)
        {
            return null;
        }

        return held.IsTaskManagement || (held.Connection != operation.Connection && held.Connection.Carries) || !_window.Withdraw(held.CmdSN, held)
            ? TaskManagementResponseCode.FunctionRejected
            : TaskManagementResponseCode.FunctionComplete;
    }

    // RFC 7143 §11.6.1 b and c: a command that never came counts as received. False when its number is outside the window, or not before the request's.
    private bool CountsAsReceived(TaskManagementOperation operation, ITargetEffects effects)
    {
        Serial32 number = operation.Request.RefCmdSN;
        if (number >= operation.CmdSN || !_window.Contains(number))
        {
            return false;
        }

        if (_window.PlugHole(number))
        {
            DeliverHeld(effects);
        }

        return true;
    }

    // RFC 7143 §11.5.1: another connection speaks for a task whose own is gone, and the status that was sent there and not acknowledged is sent again before the response.
    private bool ResendStatus(TaskManagementOperation operation, ITargetEffects effects)
    {
        if (!_answered.TryGetValue(operation.Request.ReferencedTaskTag, out TargetTask? task)
            || task.Connection.Carries
            || !effects.IsSameUnit(task.Lun, operation.Request.Lun))
        {
            return false;
        }

        TargetConnection former = task.Connection;
        task.Connection = operation.Connection;
        TakeStatusFrom(former, task);
        SendKeptStatus(task, effects);
        return true;
    }
}
