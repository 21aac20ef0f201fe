using Blockwire.Wire;

namespace Blockwire.Trace.Words;

/// <summary>The codec's own check of any PDU.</summary>
internal static class PduParse
{
    /// <summary>What the codec says of a BHS.</summary>
    /// <param name="bhs">At least 48 bytes.</param>
    public static PduCheck Check(ReadOnlySpan<byte> bhs) => new BhsView(bhs).Opcode switch
    {
        Opcode.NopOut => NopOut.Parse(new(bhs), out _),
        Opcode.ScsiCommand => ScsiCommand.Parse(new(bhs), out _),
        Opcode.TaskManagementRequest => TaskManagementRequest.Parse(new(bhs), out _),
        Opcode.LoginRequest => LoginRequest.Parse(new(bhs), out _),
        Opcode.TextRequest => TextRequest.Parse(new(bhs), out _),
        Opcode.DataOut => DataOut.Parse(new(bhs), out _),
        Opcode.LogoutRequest => LogoutRequest.Parse(new(bhs), out _),
        Opcode.SnackRequest => SnackRequest.Parse(new(bhs), out _),
        Opcode.NopIn => NopIn.Parse(new(bhs), out _),
        Opcode.ScsiResponse => ScsiResponse.Parse(new(bhs), out _),
        Opcode.TaskManagementResponse => TaskManagementResponse.Parse(new(bhs), out _),
        Opcode.LoginResponse => LoginResponse.Parse(new(bhs), out _),
        Opcode.TextResponse => TextResponse.Parse(new(bhs), out _),
        Opcode.DataIn => DataIn.Parse(new(bhs), out _),
        Opcode.LogoutResponse => LogoutResponse.Parse(new(bhs), out _),
        Opcode.ReadyToTransfer => ReadyToTransfer.Parse(new(bhs), out _),
        Opcode.AsyncMessage => AsyncMessage.Parse(new(bhs), out _),
        Opcode.Reject => Reject.Parse(new(bhs), out _),
        _ => PduCheck.ProtocolError("7143/11.2.1.2 the opcode is one that is defined"),
    };
}
