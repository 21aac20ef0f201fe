using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Data to the target: announced or asked for, numbered, in order, with F at the end of each sequence (RFC 7143 §11.7, §11.8).</summary>
internal sealed class DataOutRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode != Opcode.DataOut || TaskLookup.Find(pdu, connection) is not { } task || !TaskLookup.IsKind(pdu, task, Opcode.ScsiCommand))
        {
            return;
        }

        DataOut.Parse(new(pdu.BasicHeader), out DataOut data);
        if (data.TargetTransferTag == Bhs.ReservedTag)
        {
            OnUnsolicited(pdu, data, task, connection.Session);
        }
        else
        {
            OnSolicited(pdu, data, task, connection.Session);
        }
    }

    private static void OnUnsolicited(TracedPdu pdu, in DataOut data, TaskModel task, SessionModel session)
    {
        if (!task.IsUnsolicitedOpen)
        {
            if (task.IsCertain)
            {
                pdu.Flag("7143/11.7.1", "unsolicited data, and the F bit has said that none follows");
            }

            return;
        }

        if (task.IsCertain)
        {
            CheckNumber(pdu, data.DataSN, task.NextUnsolicitedSN);
            CheckOffset(pdu, data.BufferOffset, (uint)task.UnsolicitedBytes, session);
        }

        task.NextUnsolicitedSN = data.DataSN + 1;
        task.UnsolicitedBytes += pdu.Data.Length;
        if (session.Parameters is { } parameters && task.UnsolicitedBytes > parameters.FirstBurstLength)
        {
            pdu.Flag("7143/13.14", $"{task.UnsolicitedBytes} bytes of unsolicited data are above FirstBurstLength {parameters.FirstBurstLength}");
        }

        if (data.BufferOffset + (long)pdu.Data.Length > task.ExpectedDataTransferLength)
        {
            pdu.Flag("7143/11.7.6", $"data beyond the Expected Data Transfer Length {task.ExpectedDataTransferLength}");
        }

        task.IsUnsolicitedOpen = !data.Final;
    }

    private static void OnSolicited(TracedPdu pdu, in DataOut data, TaskModel task, SessionModel session)
    {
        uint tag = data.TargetTransferTag;
        int index = task.Transfers.FindIndex(it => it.TargetTransferTag == tag);
        if (index < 0)
        {
            if (task.IsCertain)
            {
                pdu.Flag("7143/11.7.4", $"the Target Transfer Tag 0x{tag:x} is that of no R2T of the task that is open");
            }

            return;
        }

        TransferModel transfer = task.Transfers[index];
        if (index > 0 && task.IsCertain && session.ErrorRecoveryLevel == 0)
        {
            pdu.Flag("7143/11.8", "an R2T is answered before the one that came first");
        }

        if (task.IsCertain)
        {
            CheckNumber(pdu, data.DataSN, transfer.NextDataSN);
            CheckOffset(pdu, data.BufferOffset, transfer.NextOffset, session);
        }

        long end = data.BufferOffset + (long)pdu.Data.Length;
        if (data.BufferOffset < transfer.Offset || end > transfer.Offset + (long)transfer.Length)
        {
            pdu.Flag("7143/11.8", $"bytes {data.BufferOffset} to {end} are not within what the R2T asked for, {transfer.Offset} to {transfer.Offset + (long)transfer.Length}");
        }

        transfer.NextDataSN = data.DataSN + 1;
        transfer.NextOffset = (uint)Math.Min(end, uint.MaxValue);
        transfer.Received += pdu.Data.Length;
        CheckEnd(pdu, data.Final, transfer, task);
        if (data.Final)
        {
            task.Transfers.RemoveAt(index);
        }
    }

    private static void CheckEnd(TracedPdu pdu, bool final, TransferModel transfer, TaskModel task)
    {
        if (!task.IsCertain)
        {
            return;
        }

        if (final && transfer.Received < transfer.Length)
        {
            pdu.Flag("7143/11.8", $"F is set after {transfer.Received} of {transfer.Length} bytes that the R2T asked for");
        }
        else if (!final && transfer.Received >= transfer.Length)
        {
            pdu.Flag("7143/11.7.1", "F is 0 in the last PDU that answers the R2T");
        }
    }

    private static void CheckNumber(TracedPdu pdu, Serial32 number, Serial32 next)
    {
        if (number != next)
        {
            pdu.Flag("7143/11.7.5", $"DataSN is {number}, the next one of the sequence is {next}");
        }
    }

    private static void CheckOffset(TracedPdu pdu, uint offset, uint next, SessionModel session)
    {
        if (session.Parameters is { DataPDUInOrder: true } && offset != next)
        {
            pdu.Flag("7143/11.7.6", $"Buffer Offset is {offset}, and with DataPDUInOrder {next} is next");
        }
    }
}
