using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>SNACKs (RFC 7143 §11.16): none at error recovery level 0; what they ask for comes again.</summary>
internal sealed class SnackRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode != Opcode.SnackRequest)
        {
            return;
        }

        SessionModel session = connection.Session;
        if (session.Parameters is { ErrorRecoveryLevel: 0 })
        {
            pdu.Flag("7143/11.16", "a SNACK at error recovery level 0");
        }

        SnackRequest.Parse(new(pdu.BasicHeader), out SnackRequest snack);
        if (snack.Type is SnackType.DataOrR2T or SnackType.RData && TaskLookup.Find(pdu, connection) is { } task)
        {
            task.IsCertain = false;
        }
    }
}
