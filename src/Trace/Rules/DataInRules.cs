using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Data to the initiator: numbered, in order, within the command and the burst (RFC 7143 §11.7).</summary>
internal sealed class DataInRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode != Opcode.DataIn || TaskLookup.Find(pdu, connection) is not { } task || !TaskLookup.IsKind(pdu, task, Opcode.ScsiCommand))
        {
            return;
        }

        DataIn.Parse(new(pdu.BasicHeader), out DataIn data);
        SessionModel session = connection.Session;
        if (!task.Read)
        {
            pdu.Flag("7143/11.3.1", "data for a command without R");
        }

        if (data.Acknowledge && session.Parameters is { ErrorRecoveryLevel: 0 })
        {
            pdu.Flag("7143/11.7.2", "A is set at error recovery level 0");
        }

        if (data.HasStatus && task.Write)
        {
            pdu.Flag("7143/11.7.3", "S is set for a bidirectional command: its status comes in a SCSI Response");
        }

        if (task.IsCertain)
        {
            CheckNumber(pdu, data, task, session);
        }

        task.InputSequenceBytes += pdu.Data.Length;
        task.InputBytes += pdu.Data.Length;
        task.DataInCount++;
        if (session.Parameters is { } parameters && task.IsCertain && task.InputSequenceBytes > parameters.MaxBurstLength)
        {
            pdu.Flag("7143/11.7.1", $"the sequence has {task.InputSequenceBytes} bytes, above MaxBurstLength {parameters.MaxBurstLength}");
        }

        if (data.BufferOffset + (long)pdu.Data.Length > task.ReadLength && task.Read)
        {
            pdu.Flag("7143/11.7.6", $"data up to byte {data.BufferOffset + (long)pdu.Data.Length} of a command that expects {task.ReadLength}");
        }

        task.IsInputOpen = !data.Final;
        task.InputSequenceBytes = data.Final ? 0 : task.InputSequenceBytes;
    }

    private static void CheckNumber(TracedPdu pdu, in DataIn data, TaskModel task, SessionModel session)
    {
        if (data.DataSN != task.NextInputSN)
        {
            if (session.MayRepeat && data.DataSN < task.NextInputSN)
            {
                task.IsCertain = false;
                return;
            }

            pdu.Flag("7143/11.7.5", $"DataSN is {data.DataSN}, the next one is {task.NextInputSN}");
        }

        task.NextInputSN = data.DataSN + 1;
        bool inOrder = session.Parameters is { DataPDUInOrder: true, DataSequenceInOrder: true };
        if (inOrder && data.BufferOffset < task.NextInputOffset)
        {
            pdu.Flag("7143/11.7.6", $"Buffer Offset {data.BufferOffset} goes back: {task.NextInputOffset} is next");
        }

        task.NextInputOffset = (uint)Math.Min(uint.MaxValue, data.BufferOffset + (long)pdu.Data.Length);
    }
}
