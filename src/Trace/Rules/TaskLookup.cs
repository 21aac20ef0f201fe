using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Finds the task that a PDU belongs to, and flags when there can be none.</summary>
internal static class TaskLookup
{
    /// <summary>The task of the PDU's Initiator Task Tag; null when it is not known.</summary>
    public static TaskModel? Find(TracedPdu pdu, ConnectionModel connection)
    {
        if (connection.Phase is ConnectionPhase.Login or ConnectionPhase.Over)
        {
            return null; // flagged already
        }

        SessionModel session = connection.Session;
        if (!session.Tasks.TryGetValue(pdu.Header.InitiatorTaskTag, out TaskModel? task))
        {
            if (session is { IsComplete: true, HasAborted: false })
            {
                pdu.Flag("7143/4.2.5.3", $"no task has the Initiator Task Tag 0x{pdu.Header.InitiatorTaskTag:x}, or it is over");
            }

            return null;
        }

        if (task.Connection != connection && !session.MayRepeat)
        {
            pdu.Flag("7143/4.2.5.1", "the task is allegiant to another connection");
        }

        return task;
    }

    /// <summary>A request that begins a task: its tag must be free.</summary>
    public static void Begin(TracedPdu pdu, TaskModel task, ConnectionModel connection)
    {
        SessionModel session = connection.Session;
        if (connection.Phase is ConnectionPhase.Login or ConnectionPhase.Over)
        {
            return;
        }

        if (session.Tasks.TryGetValue(task.InitiatorTaskTag, out TaskModel? other))
        {
            if (other.Opcode == task.Opcode && other.CmdSN == task.CmdSN && session.MayRepeat)
            {
                other.IsCertain = false; // a retry (RFC 7143 §7.2.1)
                other.Connection = connection;
                return;
            }

            if (session is { IsComplete: true, HasAborted: false })
            {
                pdu.Flag("7143/11.2.1.8", $"the Initiator Task Tag 0x{task.InitiatorTaskTag:x} is that of a {PduLayout.NameOf(other.Opcode)} that is not over");
            }
        }

        session.Add(task);
    }

    public static bool IsKind(TracedPdu pdu, TaskModel task, Opcode opcode)
    {
        if (task.Opcode == opcode)
        {
            return true;
        }

        pdu.Flag("7143/4.2.5.3", $"the Initiator Task Tag is that of a {PduLayout.NameOf(task.Opcode)}");
        return false;
    }
}
