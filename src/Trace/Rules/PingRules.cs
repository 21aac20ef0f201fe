using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>NOP-Out and NOP-In answer each other (RFC 7143 §11.18, §11.19).</summary>
internal sealed class PingRules : IRuleFamily
{
    private const int MostPings = 4096;

    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode == Opcode.NopOut)
        {
            NopOut.Parse(new(pdu.BasicHeader), out NopOut ping);
            OnNopOut(pdu, ping, connection);
        }
        else if (pdu.Opcode == Opcode.NopIn)
        {
            NopIn.Parse(new(pdu.BasicHeader), out NopIn ping);
            OnNopIn(pdu, ping, connection);
        }
    }

    private static void OnNopOut(TracedPdu pdu, in NopOut ping, ConnectionModel connection)
    {
        if (ping.TargetTransferTag != Bhs.ReservedTag && !connection.Pings.Remove(ping.TargetTransferTag) && connection.IsComplete)
        {
            pdu.Flag("7143/11.18.2", $"the Target Transfer Tag 0x{ping.TargetTransferTag:x} is that of no NOP-In that waits for an answer");
        }

        if (ping.InitiatorTaskTag != Bhs.ReservedTag)
        {
            TaskLookup.Begin(
                pdu,
                new(ping.InitiatorTaskTag, Opcode.NopOut, connection)
                {
                    CmdSN = InitiatorNumbers.Read(pdu.BasicHeader).CmdSN, Immediate = ping.Immediate, PingData = pdu.Data.ToArray(),
                },
                connection);
        }
    }

    private static void OnNopIn(TracedPdu pdu, in NopIn ping, ConnectionModel connection)
    {
        if (ping.InitiatorTaskTag == Bhs.ReservedTag)
        {
            if (ping.TargetTransferTag != Bhs.ReservedTag && connection.Pings.Count < MostPings)
            {
                connection.Pings.Add(ping.TargetTransferTag);
            }

            return;
        }

        if (TaskLookup.Find(pdu, connection) is not { } task || !TaskLookup.IsKind(pdu, task, Opcode.NopOut))
        {
            return;
        }

        int length = Math.Min(task.PingData.Length, connection.InitiatorMaxRecv ?? task.PingData.Length);
        if (!pdu.Data.SequenceEqual(task.PingData.AsSpan(0, length)) && pdu.MissingBytes == 0)
        {
            pdu.Flag("7143/11.19", "the ping data is not that of the NOP-Out");
        }
    }
}
