using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>A SCSI Command: its tag is free, its immediate data was agreed on (RFC 7143 §11.3, §13.10, §13.11, §13.14).</summary>
internal sealed class ScsiCommandRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (pdu.Opcode != Opcode.ScsiCommand)
        {
            return;
        }

        ScsiCommand.Parse(new(pdu.BasicHeader), out ScsiCommand command);
        CheckData(pdu, command, connection.Session);
        if (command.Attribute > 4)
        {
            pdu.Flag("7143/11.3.1", $"ATTR {command.Attribute} is reserved");
        }

        uint readLength = ReadLength(pdu, command);
        TaskModel task = new(command.InitiatorTaskTag, Opcode.ScsiCommand, connection)
        {
            CmdSN = InitiatorNumbers.Read(pdu.BasicHeader).CmdSN,
            Immediate = command.Immediate,
            Lun = command.Lun,
            Read = command.Read,
            Write = command.Write,
            ExpectedDataTransferLength = command.ExpectedDataTransferLength,
            ReadLength = readLength,
            IsUnsolicitedOpen = command is { Write: true, Final: false },
            UnsolicitedBytes = pdu.Data.Length,
            NextSolicitedOffset = command.Final ? (uint)pdu.Data.Length : null,
        };
        TaskLookup.Begin(pdu, task, connection);
    }

    private static uint ReadLength(TracedPdu pdu, in ScsiCommand command)
    {
        if (!command.Read)
        {
            return 0;
        }

        if (!command.Write)
        {
            return command.ExpectedDataTransferLength;
        }

        Span<byte> cdb = stackalloc byte[AhsReader.MaxCdbLength];
        AhsReader.ReadCommand(pdu.Ahs, command.Cdb, cdb, out _, out uint? length);
        if (length is null)
        {
            pdu.Flag("7143/11.2.2.4", "R and W are set, and there is no Bidirectional Read Expected Data Transfer Length");
        }

        return length ?? 0;
    }

    private static void CheckData(TracedPdu pdu, in ScsiCommand command, SessionModel session)
    {
        int length = pdu.Data.Length;
        if (length > 0 && !command.Write)
        {
            pdu.Flag("7143/11.3.6", "immediate data, and W is not set");
        }
        else if (length > command.ExpectedDataTransferLength)
        {
            pdu.Flag("7143/11.3.4", $"{length} bytes of immediate data are more than the Expected Data Transfer Length {command.ExpectedDataTransferLength}");
        }

        if (session.Parameters is not { } parameters)
        {
            return;
        }

        if (length > 0 && !parameters.ImmediateData)
        {
            pdu.Flag("7143/13.11", "immediate data, and ImmediateData=No was negotiated");
        }
        else if (length > parameters.FirstBurstLength)
        {
            pdu.Flag("7143/13.14", $"{length} bytes of immediate data are above FirstBurstLength {parameters.FirstBurstLength}");
        }

        if (parameters.InitialR2T && !command.Final)
        {
            pdu.Flag("7143/13.10", "F is 0, so unsolicited data follows, and InitialR2T=Yes was negotiated");
        }
    }
}
