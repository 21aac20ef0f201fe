using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>R2Ts: numbered, within the command and the burst, not too many at once (RFC 7143 §11.8).</summary>
internal sealed class ReadyToTransferRules : IRuleFamily
{
    private const int MostKept = 1 << 16;

    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode != Opcode.ReadyToTransfer || TaskLookup.Find(pdu, connection) is not { } task || !TaskLookup.IsKind(pdu, task, Opcode.ScsiCommand))
        {
            return;
        }

        ReadyToTransfer.Parse(new(pdu.BasicHeader), out ReadyToTransfer r2t);
        SessionModel session = connection.Session;
        if (!task.Write)
        {
            pdu.Flag("7143/11.3.1", "an R2T for a command without W");
        }

        long end = r2t.BufferOffset + (long)r2t.DesiredDataTransferLength;
        if (task.Write && end > task.ExpectedDataTransferLength)
        {
            pdu.Flag("7143/11.8.4", $"data up to byte {end} is asked for, and the command has {task.ExpectedDataTransferLength}");
        }

        if (session.Parameters is { } parameters && r2t.DesiredDataTransferLength > parameters.MaxBurstLength)
        {
            pdu.Flag("7143/11.8.4", $"Desired Data Transfer Length {r2t.DesiredDataTransferLength} is above MaxBurstLength {parameters.MaxBurstLength}");
        }

        if (task.IsCertain)
        {
            CheckOrder(pdu, r2t, task, session);
        }

        if (task.Transfers.Count < MostKept)
        {
            task.Transfers.Add(new(r2t.TargetTransferTag, r2t.BufferOffset, r2t.DesiredDataTransferLength));
        }
    }

    private static void CheckOrder(TracedPdu pdu, in ReadyToTransfer r2t, TaskModel task, SessionModel session)
    {
        if (r2t.R2TSN != task.NextInputSN)
        {
            if (session.MayRepeat && r2t.R2TSN < task.NextInputSN)
            {
                task.IsCertain = false;
                return;
            }

            pdu.Flag("7143/11.8.2", $"R2TSN is {r2t.R2TSN}, the next one is {task.NextInputSN}");
        }

        task.NextInputSN = r2t.R2TSN + 1;
        if (session.Parameters is not { } parameters)
        {
            return;
        }

        // At recovery levels above 0 an R2T may ask again for what came spoilt.
        if (parameters is { DataSequenceInOrder: true, ErrorRecoveryLevel: 0 } && task.NextSolicitedOffset is { } next && r2t.BufferOffset != next)
        {
            pdu.Flag("7143/11.8", $"Buffer Offset is {r2t.BufferOffset}, and with DataSequenceInOrder {next} is next");
        }

        task.NextSolicitedOffset = r2t.BufferOffset + r2t.DesiredDataTransferLength;
        if (task.Transfers.Count + 1 > parameters.MaxOutstandingR2T && parameters.ErrorRecoveryLevel == 0)
        {
            pdu.Flag("7143/13.17", $"{task.Transfers.Count + 1} R2Ts are outstanding, above MaxOutstandingR2T {parameters.MaxOutstandingR2T}");
        }
    }
}
