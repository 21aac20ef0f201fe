using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>StatSN goes up by one with each status, ExpStatSN acknowledges what was sent (RFC 7143 §4.2.2.2).</summary>
internal sealed class StatusNumberRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.FromInitiator)
        {
            CheckAcknowledgment(pdu, connection);
        }
        else if (CarriesStatSN(pdu, out bool advances))
        {
            CheckNumber(pdu, connection, advances);
        }
    }

    private static bool CarriesStatSN(TracedPdu pdu, out bool advances)
    {
        switch (pdu.Opcode)
        {
            case Opcode.LoginResponse:
                advances = true;
                return (ushort)new LoginResponseView(pdu.BasicHeader).Status >> 8 == 0; // else the field is not valid (RFC 7143 §11.13.4)
            case Opcode.DataIn:
                advances = true;
                return new DataInView(pdu.BasicHeader).HasStatus;
            case Opcode.ReadyToTransfer:
                advances = false;
                return true;
            case Opcode.NopIn:
                advances = pdu.Header.InitiatorTaskTag != Bhs.ReservedTag; // RFC 7143 §11.19.2
                return true;
            default:
                advances = true;
                return true;
        }
    }

    private static void CheckNumber(TracedPdu pdu, ConnectionModel connection, bool advances)
    {
        Serial32 number = TargetNumbers.Read(pdu.BasicHeader).StatSN;
        if (connection.NextStatSN is { } expected && number != expected)
        {
            if (number < expected && advances && connection.Session.MayRepeat)
            {
                return; // sent again: asked for by a SNACK or a reassignment
            }

            pdu.Flag("7143/4.2.2.2", $"StatSN is {number}, the next one is {expected}");
        }

        connection.NextStatSN = advances ? number + 1 : number;
    }

    private static void CheckAcknowledgment(TracedPdu pdu, ConnectionModel connection)
    {
        Serial32 number = InitiatorNumbers.ReadExpStatSN(pdu.BasicHeader);
        if (connection.NextStatSN is not { } next || IsOfAnother(pdu, connection))
        {
            return;
        }

        if (number > next)
        {
            pdu.Flag("7143/4.2.2.2", $"ExpStatSN {number} acknowledges what was not sent: the next StatSN is {next}");
        }
        else if (connection.LastExpStatSN is { } last && number < last)
        {
            pdu.Flag("7143/4.2.2.2", $"ExpStatSN {number} takes back an acknowledgment: {last} came before");
        }
        else
        {
            connection.LastExpStatSN = number;
        }
    }

    // RFC 7143 §11.14.4: a Logout Request shows the ExpStatSN of the connection that it closes, which may be another one than it is sent on.
    private static bool IsOfAnother(TracedPdu pdu, ConnectionModel connection) =>
        pdu.Opcode == Opcode.LogoutRequest
        && LogoutRequest.Parse(new LogoutRequestView(pdu.BasicHeader), out LogoutRequest logout).IsOk
        && logout.Reason != LogoutReason.CloseSession && logout.Cid != connection.Cid;
}
