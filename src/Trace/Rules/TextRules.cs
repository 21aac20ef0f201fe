using Blockwire.Protocol.Keys;
using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Text in the full feature phase: one exchange at a time, tags that are copied, keys that are legal (RFC 7143 §6.4, §11.10, §11.11).</summary>
internal sealed class TextRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (connection.Phase == ConnectionPhase.Login)
        {
            return;
        }

        if (pdu.Opcode == Opcode.TextRequest)
        {
            TextRequest.Parse(new(pdu.BasicHeader), out TextRequest request);
            OnRequest(pdu, request, connection);
        }
        else if (pdu.Opcode == Opcode.TextResponse)
        {
            TextResponse.Parse(new(pdu.BasicHeader), out TextResponse response);
            OnResponse(pdu, response, connection);
        }
    }

    private static void OnRequest(TracedPdu pdu, in TextRequest request, ConnectionModel connection)
    {
        TextExchangeModel text = connection.Text;
        if (text.IsWaiting && !connection.Session.MayRepeat)
        {
            pdu.Flag("7143/11.10", "a Text Request while another one of the connection is not answered");
        }

        if (request.TargetTransferTag == Bhs.ReservedTag)
        {
            // A new exchange, which ends what was left of another (RFC 7143 §11.10.4).
            text.Reset();
            TaskLookup.Begin(
                pdu, new(request.InitiatorTaskTag, Opcode.TextRequest, connection) { CmdSN = InitiatorNumbers.Read(pdu.BasicHeader).CmdSN, Immediate = request.Immediate }, connection);
        }
        else if (text.InitiatorTaskTag is { } tag)
        {
            if (request.InitiatorTaskTag != tag)
            {
                pdu.Flag("7143/11.10.3", "the Initiator Task Tag has changed within a text exchange");
            }

            if (request.TargetTransferTag != text.TargetTransferTag)
            {
                pdu.Flag("7143/11.10.4", "the Target Transfer Tag is not that of the last Text Response");
            }
        }
        else if (connection.IsComplete)
        {
            pdu.Flag("7143/11.10.4", "a Target Transfer Tag, and no Text Response gave one");
        }

        text.InitiatorTaskTag = request.InitiatorTaskTag;
        text.IsWaiting = true;
        text.WasFinal = request.Final;
        text.Keys.Take(pdu, request.Continue, KeyStages.FullFeature, isLeading: true);
    }

    private static void OnResponse(TracedPdu pdu, in TextResponse response, ConnectionModel connection)
    {
        TaskLookup.Find(pdu, connection);
        TextExchangeModel text = connection.Text;
        if (!text.IsWaiting)
        {
            return;
        }

        if (response.Final && !text.WasFinal)
        {
            pdu.Flag("7143/11.11.1", "F is set, and it was not in the request");
        }

        text.IsWaiting = false;
        text.TargetTransferTag = response.TargetTransferTag;
        text.Keys.Take(pdu, response.Continue, KeyStages.FullFeature, isLeading: true);
        if (response.Final)
        {
            connection.InitiatorMaxRecv = text.Keys.InitiatorMaxRecv ?? connection.InitiatorMaxRecv;
            connection.TargetMaxRecv = text.Keys.TargetMaxRecv ?? connection.TargetMaxRecv;
            text.Reset();
        }
    }
}
