using Blockwire.Trace.Streams;

namespace Blockwire.Trace.Rules;

/// <summary>Rules that belong together. Called for every PDU of a connection, in the order of the capture.</summary>
internal interface IRuleFamily
{
    void OnPdu(TracedPdu pdu, ConnectionModel connection);
}
