using System.Globalization;
using System.Text;
using Blockwire.Scsi;
using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Words;

/// <summary>The few facts of a PDU that a reader looks for first, in one line.</summary>
public static class PduSummary
{
    /// <summary>Facts without the PDU's name.</summary>
    public static string Of(TracedPdu pdu)
    {
        Line line = new();
        ReadOnlySpan<byte> bhs = pdu.BasicHeader;
        switch (pdu.Opcode)
        {
            case Opcode.ScsiCommand:
                ScsiCommand.Parse(new(bhs), out ScsiCommand command);
                line.Add(Immediate(command.Immediate)).Tag("ITT", command.InitiatorTaskTag).Number("CmdSN", Cmd(pdu)).Add(Lun(command.Lun)).Add(PduFields.CdbWords(PduFields.Cdb(pdu)))
                    .Number("EDTL", command.ExpectedDataTransferLength).Add(Flags((command.Final, "F"), (command.Read, "R"), (command.Write, "W")));
                break;
            case Opcode.ScsiResponse:
                ScsiResponse.Parse(new(bhs), out ScsiResponse response);
                line.Tag("ITT", response.InitiatorTaskTag).Number("StatSN", Stat(pdu))
                    .Add(response.Response == 0 ? CodeNames.ScsiStatusName(response.Status) : CodeNames.ServiceResponse(response.Response)).Add(Residual(response.ResidualFlags, response.Residual))
                    .Add(PduFields.Sense(pdu.Data) is { } sense ? PduFields.SenseWords(sense) : null);
                break;
            case Opcode.DataIn:
                DataIn.Parse(new(bhs), out DataIn dataIn);
                line.Tag("ITT", dataIn.InitiatorTaskTag).Number("DataSN", dataIn.DataSN.Value).Number("offset", dataIn.BufferOffset).Add($"{pdu.Data.Length} bytes")
                    .Add(Flags((dataIn.Final, "F"), (dataIn.Acknowledge, "A"))).Add(dataIn.HasStatus ? $"StatSN {Stat(pdu)} {CodeNames.ScsiStatusName(dataIn.Status)}" : null)
                    .Add(Residual(dataIn.ResidualFlags, dataIn.Residual));
                break;
            case Opcode.DataOut:
                DataOut.Parse(new(bhs), out DataOut dataOut);
                line.Tag("ITT", dataOut.InitiatorTaskTag).Tag("TTT", dataOut.TargetTransferTag).Number("DataSN", dataOut.DataSN.Value).Number("offset", dataOut.BufferOffset)
                    .Add($"{pdu.Data.Length} bytes").Add(Flags((dataOut.Final, "F")));
                break;
            case Opcode.ReadyToTransfer:
                ReadyToTransfer.Parse(new(bhs), out ReadyToTransfer r2t);
                line.Tag("ITT", r2t.InitiatorTaskTag).Tag("TTT", r2t.TargetTransferTag).Number("R2TSN", r2t.R2TSN.Value).Number("offset", r2t.BufferOffset)
                    .Number("length", r2t.DesiredDataTransferLength);
                break;
            case Opcode.LoginRequest:
                LoginRequest.Parse(new(bhs), out LoginRequest login);
                line.Add(Stages(login.CurrentStage, login.NextStage, login.Transit)).Add(Flags((login.Transit, "T"), (login.Continue, "C"))).Number("CID", login.Cid)
                    .Number("TSIH", login.Tsih).Add(Text(pdu));
                break;
            case Opcode.LoginResponse:
                LoginResponse.Parse(new(bhs), out LoginResponse answer);
                line.Add(Stages(answer.CurrentStage, answer.NextStage, answer.Transit)).Add(Flags((answer.Transit, "T"), (answer.Continue, "C")))
                    .Add(answer.Status == LoginStatus.Success ? null : $"status 0x{(ushort)answer.Status:x4} {CodeNames.LoginStatusName((ushort)answer.Status)}").Number("TSIH", answer.Tsih).Add(Text(pdu));
                break;
            case Opcode.TextRequest or Opcode.TextResponse:
                line.Tag("ITT", pdu.Header.InitiatorTaskTag).Add(Flags((pdu.Header.Final, "F"), ((bhs[1] & 0x40) != 0, "C"))).Add(Text(pdu));
                break;
            default:
                AddRest(pdu, line);
                break;
        }

        return line.ToString();
    }

    private static void AddRest(TracedPdu pdu, Line line)
    {
        ReadOnlySpan<byte> bhs = pdu.BasicHeader;
        switch (pdu.Opcode)
        {
            case Opcode.TaskManagementRequest:
                TaskManagementRequest.Parse(new(bhs), out TaskManagementRequest task);
                line.Add(Immediate(task.Immediate)).Tag("ITT", task.InitiatorTaskTag).Number("CmdSN", Cmd(pdu)).Add(CodeNames.TaskFunction((byte)task.Function)).Add(Lun(task.Lun));
                if (task.ReferencedTaskTag != Bhs.ReservedTag)
                {
                    line.Tag("of ITT", task.ReferencedTaskTag);
                }

                break;
            case Opcode.TaskManagementResponse:
                line.Tag("ITT", pdu.Header.InitiatorTaskTag).Number("StatSN", Stat(pdu)).Add(CodeNames.TaskResponse(bhs[2]));
                break;
            case Opcode.LogoutRequest:
                LogoutRequest.Parse(new(bhs), out LogoutRequest logout);
                line.Add(Immediate(logout.Immediate)).Tag("ITT", logout.InitiatorTaskTag).Number("CmdSN", Cmd(pdu)).Add(CodeNames.LogoutReasonName((byte)logout.Reason)).Number("CID", logout.Cid);
                break;
            case Opcode.LogoutResponse:
                LogoutResponse.Parse(new(bhs), out LogoutResponse bye);
                line.Tag("ITT", bye.InitiatorTaskTag).Number("StatSN", Stat(pdu)).Add(CodeNames.LogoutResponseName((byte)bye.Response));
                break;
            case Opcode.SnackRequest:
                SnackRequest.Parse(new(bhs), out SnackRequest snack);
                line.Add(CodeNames.SnackTypeName((byte)snack.Type)).Tag("ITT", snack.InitiatorTaskTag).Number("BegRun", snack.BegRun).Number("RunLength", snack.RunLength);
                break;
            case Opcode.Reject:
                line.Number("StatSN", Stat(pdu)).Add(CodeNames.RejectReasonName(bhs[2]))
                    .Add(pdu.Data.Length >= Bhs.Length ? $"of a {PduLayout.NameOf(new BhsView(pdu.Data).Opcode)}, ITT 0x{new BhsView(pdu.Data).InitiatorTaskTag:x}" : null);
                break;
            case Opcode.AsyncMessage:
                AsyncMessage.Parse(new(bhs), out AsyncMessage message);
                line.Number("StatSN", Stat(pdu)).Add($"event {(byte)message.Event}").Add(CodeNames.AsyncEventName((byte)message.Event))
                    .Add(message.Parameter3 == 0 ? null : $"Parameter3 {message.Parameter3}");
                break;
            case Opcode.NopOut or Opcode.NopIn:
                line.Add(Immediate(pdu.FromInitiator && pdu.Header.Immediate)).Tag("ITT", pdu.Header.InitiatorTaskTag).Tag("TTT", new NopOutView(bhs).TargetTransferTag)
                    .Number(pdu.FromInitiator ? "CmdSN" : "StatSN", Stat(pdu)).Add(pdu.Data.IsEmpty ? null : $"{pdu.Data.Length} bytes");
                break;
            default:
                line.Tag("ITT", pdu.Header.InitiatorTaskTag).Add($"{pdu.Data.Length} bytes");
                break;
        }
    }

    // Both lie at byte 24.
    private static uint Cmd(TracedPdu pdu) => InitiatorNumbers.Read(pdu.BasicHeader).CmdSN.Value;

    private static uint Stat(TracedPdu pdu) => TargetNumbers.Read(pdu.BasicHeader).StatSN.Value;

    private static string? Immediate(bool immediate) => immediate ? "immediate" : null;

    private static string Lun(ulong lun) => LunFormat.TryDecode(lun, out uint number) ? $"LUN {number}" : $"LUN 0x{lun:x16}";

    private static string? Residual(ResidualFlags flags, uint count) =>
        (flags & ResidualFlags.Underflow) != ResidualFlags.None ? $"underflow {count}" : (flags & ResidualFlags.Overflow) != ResidualFlags.None ? $"overflow {count}" : null;

    private static string? Flags(params ReadOnlySpan<(bool IsSet, string Name)> flags)
    {
        StringBuilder text = new();
        foreach ((bool isSet, string name) in flags)
        {
            text.Append(isSet ? name : "");
        }

        return text.Length == 0 ? null : text.ToString();
    }

    private static string Stages(LoginStage current, LoginStage next, bool transit) =>
        transit ? $"{CodeNames.Stage((byte)current)} to {CodeNames.Stage((byte)next)}" : CodeNames.Stage((byte)current)!;

    private static string? Text(TracedPdu pdu)
    {
        const int Most = 160;
        string text = string.Join(' ', PduFields.Keys(pdu.Data).Select(static it => $"{it.Key}={it.Value}"));
        return text.Length <= Most ? text : $"{text[..Most]}...";
    }

    private sealed class Line
    {
        private readonly StringBuilder _text = new();

        public Line Add(string? fact)
        {
            if (!string.IsNullOrEmpty(fact))
            {
                _text.Append(_text.Length == 0 ? "" : "  ").Append(fact);
            }

            return this;
        }

        public Line Number(string name, uint value) => Add(string.Create(CultureInfo.InvariantCulture, $"{name} {value}"));

        public Line Tag(string name, uint tag) => Add(tag == Bhs.ReservedTag ? $"{name} none" : $"{name} 0x{tag:x}");

        public override string ToString() => _text.ToString();
    }
}
