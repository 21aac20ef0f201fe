using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Task management functions and what they leave of tasks (RFC 7143 §11.5, §11.6).</summary>
internal sealed class TaskManagementRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode == Opcode.TaskManagementRequest)
        {
            TaskManagementRequest.Parse(new(pdu.BasicHeader), out TaskManagementRequest request);
            OnRequest(pdu, request, connection);
        }
        else if (pdu.Opcode == Opcode.TaskManagementResponse && TaskLookup.Find(pdu, connection) is { } task)
        {
            TaskLookup.IsKind(pdu, task, Opcode.TaskManagementRequest);
            if (CodeNames.TaskResponse(pdu.BasicHeader[2]) == "unassigned")
            {
                pdu.Flag("7143/11.6.1", $"the response 0x{pdu.BasicHeader[2]:x2} is not assigned");
            }
        }
    }

    private static void OnRequest(TracedPdu pdu, in TaskManagementRequest request, ConnectionModel connection)
    {
        SessionModel session = connection.Session;
        bool isKnown = session.Tasks.TryGetValue(request.ReferencedTaskTag, out TaskModel? meant);
        switch (request.Function)
        {
            case TaskManagementFunction.AbortTask or TaskManagementFunction.QueryTask when isKnown && request.RefCmdSN != meant!.CmdSN && meant.IsCertain:
                pdu.Flag("7143/11.5.5", $"RefCmdSN is {request.RefCmdSN}, and the task has CmdSN {meant.CmdSN}");
                break;
            case TaskManagementFunction.TaskReassign when session.Parameters is { ErrorRecoveryLevel: < 2 }:
                pdu.Flag("7143/7.2.2", "TASK REASSIGN below error recovery level 2");
                break;
        }

        if (request.Function == TaskManagementFunction.TaskReassign && isKnown)
        {
            meant!.Connection = connection;
            meant.IsCertain = false;
        }
        else if (request.Function is not (TaskManagementFunction.QueryTask or TaskManagementFunction.QueryTaskSet or TaskManagementFunction.QueryAsynchronousEvent))
        {
            session.HasAborted = true; // tasks end without an answer, or their answers come all the same
        }

        TaskLookup.Begin(
            pdu,
            new(request.InitiatorTaskTag, Opcode.TaskManagementRequest, connection) { CmdSN = InitiatorNumbers.Read(pdu.BasicHeader).CmdSN, Immediate = request.Immediate },
            connection);
    }
}
