using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Rejects (RFC 7143 §11.17): of what an initiator sent. A command that is rejected is over.</summary>
internal sealed class RejectRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode != Opcode.Reject)
        {
            return;
        }

        if (CodeNames.RejectReasonName(pdu.BasicHeader[2]) == "unassigned")
        {
            pdu.Flag("7143/11.17.1", $"the reason 0x{pdu.BasicHeader[2]:x2} is not assigned");
        }

        if (pdu.Data.Length < Bhs.Length)
        {
            return;
        }

        BhsView rejected = new(pdu.Data);
        if (!Bhs.IsFromInitiator(rejected.Opcode))
        {
            pdu.Flag("7143/11.17.4", $"the header is that of a {PduLayout.NameOf(rejected.Opcode)}, which no initiator sends");
            return;
        }

        if (!connection.Session.Tasks.TryGetValue(rejected.InitiatorTaskTag, out TaskModel? task))
        {
            return;
        }

        task.IsCertain = false;
        if (rejected.Opcode == task.Opcode)
        {
            connection.Session.Tasks.Remove(rejected.InitiatorTaskTag);
            connection.Session.HasAborted = true; // its data may still be under way
        }

        if (rejected.Opcode == Opcode.TextRequest)
        {
            connection.Text.Reset();
        }
    }
}
