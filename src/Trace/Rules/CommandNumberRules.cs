using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>CmdSN goes up by one with each command that is not immediate, and keeps to the target's window (RFC 7143 §4.2.2.1).</summary>
internal sealed class CommandNumberRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (!pdu.FromInitiator)
        {
            CheckWindow(pdu, connection.Session);
        }
        else if (pdu.Opcode is not (Opcode.DataOut or Opcode.SnackRequest or Opcode.LoginRequest) && connection.Phase != ConnectionPhase.Login)
        {
            CheckCommand(pdu, connection.Session);
        }
    }

    private static void CheckWindow(TracedPdu pdu, SessionModel session)
    {
        if (pdu.Opcode == Opcode.LoginResponse && (ushort)new LoginResponseView(pdu.BasicHeader).Status >> 8 != 0)
        {
            return;
        }

        TargetNumbers numbers = TargetNumbers.Read(pdu.BasicHeader);
        if (numbers.MaxCmdSN < numbers.ExpCmdSN - 1)
        {
            pdu.Flag("7143/4.2.2.1", $"MaxCmdSN {numbers.MaxCmdSN} is less than ExpCmdSN - 1, {numbers.ExpCmdSN - 1}");
            return;
        }

        if (session.NextCmdSN is { } next && numbers.ExpCmdSN > next)
        {
            pdu.Flag("7143/4.2.2.1", $"ExpCmdSN {numbers.ExpCmdSN} acknowledges what was not sent: the next CmdSN is {next}");
        }

        if (session.MaxCmdSN is not { } most || numbers.MaxCmdSN > most)
        {
            session.MaxCmdSN = numbers.MaxCmdSN;
        }
    }

    private static void CheckCommand(TracedPdu pdu, SessionModel session)
    {
        Serial32 number = InitiatorNumbers.Read(pdu.BasicHeader).CmdSN;
        bool isAlone = session.ConnectionsSeen <= 1;
        if (pdu.Header.Immediate)
        {
            // Of several connections nothing tells which sent first.
            if (isAlone && session.NextCmdSN is { } current && number != current)
            {
                pdu.Flag("7143/4.2.2.1", $"an immediate command carries the current CmdSN, {current}, and this one has {number}");
            }

            return;
        }

        if (session.MaxCmdSN is { } most && number > most)
        {
            pdu.Flag("7143/4.2.2.1", $"CmdSN {number} is outside the command window, which ends with {most}");
            return; // and so ignored by the target: it takes no number
        }

        if (session.NextCmdSN is not { } next)
        {
            session.NextCmdSN = number + 1;
            return;
        }

        if (number == next)
        {
            session.NextCmdSN = next + 1;
        }
        else if (number > next)
        {
            if (isAlone)
            {
                pdu.Flag("7143/4.2.2.1", $"CmdSN is {number}, the next one is {next}");
            }

            session.NextCmdSN = number + 1;
        }
        else if (isAlone && !session.MayRepeat)
        {
            pdu.Flag("7143/4.2.2.1", $"CmdSN {number} was used before: the next one is {next}");
        }
    }
}
