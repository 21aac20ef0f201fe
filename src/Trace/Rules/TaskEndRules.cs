using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Forgets tasks that were answered: their tags are free again (RFC 7143 §11.2.1.8).</summary>
internal sealed class TaskEndRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        bool ends = pdu.Opcode switch
        {
            Opcode.ScsiResponse or Opcode.TaskManagementResponse or Opcode.LogoutResponse => true,
            Opcode.DataIn => new DataInView(pdu.BasicHeader).HasStatus,
            Opcode.NopIn => pdu.Header.InitiatorTaskTag != Bhs.ReservedTag,
            Opcode.TextResponse => pdu.Header.Final,
            _ => false,
        };
        if (ends)
        {
            connection.Session.Tasks.Remove(pdu.Header.InitiatorTaskTag);
        }
    }
}
