using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>How a SCSI command ends: after its acknowledgment and its data, with counts and residuals that are true (RFC 7143 §11.4).</summary>
internal sealed class ResponseRules : IRuleFamily
{
    private const byte Good = 0;

    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode == Opcode.ScsiResponse)
        {
            if (TaskLookup.Find(pdu, connection) is { } task && TaskLookup.IsKind(pdu, task, Opcode.ScsiCommand))
            {
                ScsiResponse.Parse(new(pdu.BasicHeader), out ScsiResponse response);
                OnResponse(pdu, response, task);
            }
        }
        else if (pdu.Opcode == Opcode.DataIn && new DataInView(pdu.BasicHeader).HasStatus
            && connection.Session.Tasks.TryGetValue(pdu.Header.InitiatorTaskTag, out TaskModel? read))
        {
            DataIn.Parse(new(pdu.BasicHeader), out DataIn data);
            CheckAcknowledged(pdu, read);
            CheckTransferred(pdu, read, data.ResidualFlags, data.Residual, data.Status);
        }
        else if (pdu.Opcode is Opcode.TextResponse or Opcode.TaskManagementResponse or Opcode.LogoutResponse
            && connection.Session.Tasks.TryGetValue(pdu.Header.InitiatorTaskTag, out TaskModel? other))
        {
            CheckAcknowledged(pdu, other);
        }
    }

    private static void OnResponse(TracedPdu pdu, in ScsiResponse response, TaskModel task)
    {
        CheckAcknowledged(pdu, task);
        if (CodeNames.ScsiStatusName(response.Status) == "reserved")
        {
            pdu.Flag("7143/11.4.2", $"the status 0x{response.Status:x2} is reserved");
        }

        if (response.Response is > 1 and < 0x80)
        {
            pdu.Flag("7143/11.4.3", $"the response 0x{response.Response:x2} is reserved");
        }

        if (response.Response != 0 || !task.IsCertain)
        {
            return;
        }

        if (response.ExpDataSN.Value != task.DataInCount)
        {
            pdu.Flag("7143/11.4.8", $"ExpDataSN is {response.ExpDataSN}, and {task.DataInCount} Data-In PDUs were sent");
        }

        if (task.IsInputOpen && response.Status == Good)
        {
            pdu.Flag("7143/11.7.1", "the last Data-In had no F bit");
        }

        if (!task.Write)
        {
            CheckTransferred(pdu, task, response.ResidualFlags, response.Residual, response.Status);
        }
    }

    // The acknowledgment may be in the response itself.
    private static void CheckAcknowledged(TracedPdu pdu, TaskModel task)
    {
        if (!task.Immediate && TargetNumbers.Read(pdu.BasicHeader).ExpCmdSN <= task.CmdSN)
        {
            pdu.Flag("7143/4.2.2.1", $"an answer before the command, CmdSN {task.CmdSN}, is acknowledged");
        }
    }

    private static void CheckTransferred(TracedPdu pdu, TaskModel task, ResidualFlags flags, uint residual, byte status)
    {
        if (!task.Read || !task.IsCertain || status != Good)
        {
            return;
        }

        bool isUnder = (flags & ResidualFlags.Underflow) != ResidualFlags.None;
        long expected = task.ReadLength - (isUnder ? (long)residual : 0);
        if (expected < 0)
        {
            pdu.Flag("7143/11.4.5.1", $"Residual Count {residual} is above the Expected Data Transfer Length {task.ReadLength}");
        }
        else if (task.InputBytes != expected)
        {
            pdu.Flag("7143/11.4.5.1", $"{task.InputBytes} bytes were sent, and Expected Data Transfer Length and residual make {expected}");
        }
    }
}
