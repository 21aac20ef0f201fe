using Blockwire.Trace.Streams;

namespace Blockwire.Trace.Rules;

/// <summary>Holds every PDU against the rules.</summary>
internal sealed class ConversationRules
{
    public void OnPdu(TracedPdu pdu) => FormRules.Check(pdu);

    public void OnGap(TracedConnection connection)
    {
    }

    public void OnEnd(TracedConnection connection)
    {
    }
}
