using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>A PDU in a line of the trace.</summary>
internal static class PduText
{
    public static string Of(ReadOnlySpan<byte> bhs)
    {
        BhsView view = new(bhs);
        string tail = view.DataSegmentLength > 0 ? $" +{view.DataSegmentLength}" : "";
        InitiatorNumbers from = InitiatorNumbers.Read(bhs);
        TargetNumbers to = TargetNumbers.Read(bhs);
        string numbers = Bhs.IsFromInitiator(view.Opcode) ? $"CmdSN {from.CmdSN} ExpStatSN {from.ExpStatSN}" : $"StatSN {to.StatSN} ExpCmdSN {to.ExpCmdSN} MaxCmdSN {to.MaxCmdSN}";
        switch (view.Opcode)
        {
            case Opcode.DataIn:
                _ = DataIn.Parse(new DataInView(bhs), out DataIn dataIn);
                return $"DataIn itt {dataIn.InitiatorTaskTag} DataSN {dataIn.DataSN} at {dataIn.BufferOffset}{(dataIn.Final ? " F" : "")}{(dataIn.Acknowledge ? " A" : "")}{(dataIn.HasStatus ? " S" : "")} {numbers}{tail}";
            case Opcode.ScsiResponse:
                _ = ScsiResponse.Parse(new ScsiResponseView(bhs), out ScsiResponse response);
                return $"ScsiResponse itt {response.InitiatorTaskTag} status {response.Status} ExpDataSN {response.ExpDataSN} SNACK tag {response.SnackTag} {numbers}{tail}";
            case Opcode.ReadyToTransfer:
                _ = ReadyToTransfer.Parse(new ReadyToTransferView(bhs), out ReadyToTransfer r2t);
                return $"R2T itt {r2t.InitiatorTaskTag} ttt {r2t.TargetTransferTag} R2TSN {r2t.R2TSN} at {r2t.BufferOffset} +{r2t.DesiredDataTransferLength} {numbers}";
            case Opcode.DataOut:
                _ = DataOut.Parse(new DataOutView(bhs), out DataOut dataOut);
                return $"DataOut itt {dataOut.InitiatorTaskTag} ttt {dataOut.TargetTransferTag:X} DataSN {dataOut.DataSN} at {dataOut.BufferOffset}{(dataOut.Final ? " F" : "")} ExpStatSN {from.ExpStatSN}{tail}";
            case Opcode.TaskManagementRequest:
                _ = TaskManagementRequest.Parse(new TaskManagementRequestView(bhs), out TaskManagementRequest function);
                return $"{function.Function} itt {function.InitiatorTaskTag} of {function.ReferencedTaskTag} RefCmdSN {function.RefCmdSN} ExpDataSN {function.ExpDataSN}{(function.Immediate ? " I" : "")} {numbers}";
            case Opcode.TaskManagementResponse:
                _ = TaskManagementResponse.Parse(new TaskManagementResponseView(bhs), out TaskManagementResponse answer);
                return $"TaskManagementResponse itt {answer.InitiatorTaskTag} {answer.Response} {numbers}";
            case Opcode.LogoutRequest:
                _ = LogoutRequest.Parse(new LogoutRequestView(bhs), out LogoutRequest logout);
                return $"LogoutRequest itt {logout.InitiatorTaskTag} {logout.Reason} of c{logout.Cid}{(logout.Immediate ? " I" : "")} {numbers}";
            case Opcode.LogoutResponse:
                _ = LogoutResponse.Parse(new LogoutResponseView(bhs), out LogoutResponse loggedOut);
                return $"LogoutResponse itt {loggedOut.InitiatorTaskTag} {loggedOut.Response} wait {loggedOut.Time2Wait} retain {loggedOut.Time2Retain} {numbers}";
            case Opcode.SnackRequest:
                _ = SnackRequest.Parse(new SnackRequestView(bhs), out SnackRequest snack);
                return $"SNACK {snack.Type} itt {snack.InitiatorTaskTag} tag {snack.TargetTransferTag:X} BegRun {snack.BegRun} RunLength {snack.RunLength} {numbers}";
            case Opcode.Reject:
                _ = Reject.Parse(new RejectView(bhs), out Reject reject);
                return $"Reject {reject.Reason} {numbers}{tail}";
            case Opcode.AsyncMessage:
                _ = AsyncMessage.Parse(new AsyncMessageView(bhs), out AsyncMessage message);
                return $"AsyncMessage {message.Event} {message.Parameter1} {message.Parameter2} {message.Parameter3} {numbers}{tail}";
            default:
                return $"{view.Opcode} itt {view.InitiatorTaskTag:X}{(view.Immediate ? " I" : "")} {numbers}{tail}";
        }
    }
}
