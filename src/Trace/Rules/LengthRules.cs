using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Data segments keep to what their receiver declared (RFC 7143 §13.12).</summary>
internal sealed class LengthRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        int? limit = connection.Phase == ConnectionPhase.Login || pdu.Opcode is Opcode.LoginRequest or Opcode.LoginResponse
            ? ConnectionModel.DefaultMaxRecvDataSegmentLength
            : pdu.FromInitiator ? connection.TargetMaxRecv : connection.InitiatorMaxRecv;
        if (pdu.Header.DataSegmentLength > limit)
        {
            pdu.Flag("7143/13.12", $"DataSegmentLength {pdu.Header.DataSegmentLength} is above the MaxRecvDataSegmentLength of the receiver, {limit}");
        }
    }
}
