using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>A PDU that the target sent, taken apart by the codec.</summary>
internal sealed record SentPdu(ushort Cid, byte[] Header, byte[] Data)
{
    public Opcode Opcode => new BhsView(Header).Opcode;

    public TargetNumbers Numbers => TargetNumbers.Read(Header);

    public uint Itt => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(Header.AsSpan(16));

    public ScsiResponse Response => Check(Opcode.ScsiResponse, ScsiResponse.Parse(new(Header), out ScsiResponse value), value);

    public DataIn DataIn => Check(Opcode.DataIn, DataIn.Parse(new(Header), out DataIn value), value);

    public ReadyToTransfer R2T => Check(Opcode.ReadyToTransfer, ReadyToTransfer.Parse(new(Header), out ReadyToTransfer value), value);

    public NopIn NopIn => Check(Opcode.NopIn, NopIn.Parse(new(Header), out NopIn value), value);

    public TextResponse Text => Check(Opcode.TextResponse, TextResponse.Parse(new(Header), out TextResponse value), value);

    public Reject Reject => Check(Opcode.Reject, Reject.Parse(new(Header), out Reject value), value);

    public LogoutResponse Logout => Check(Opcode.LogoutResponse, LogoutResponse.Parse(new(Header), out LogoutResponse value), value);

    public AsyncMessage Async => Check(Opcode.AsyncMessage, AsyncMessage.Parse(new(Header), out AsyncMessage value), value);

    public TaskManagementResponse TaskManagement =>
        Check(Opcode.TaskManagementResponse, TaskManagementResponse.Parse(new(Header), out TaskManagementResponse value), value);

    public TaskManagementResponseCode Function => TaskManagement.Response;

    /// <summary>Does it take a StatSN (RFC 7143 §11.4.9)?</summary>
    public bool CountsStatus => Opcode switch
    {
        Opcode.ReadyToTransfer => false,
        Opcode.DataIn => DataIn.HasStatus,
        Opcode.NopIn => NopIn.InitiatorTaskTag != Bhs.ReservedTag,
        _ => true,
    };

    /// <summary>Is it the end of a SCSI command?</summary>
    public bool EndsCommand => Opcode == Opcode.ScsiResponse || (Opcode == Opcode.DataIn && DataIn.HasStatus);

    public override string ToString() => $"{Opcode} {Convert.ToHexString(Header)}";

    private T Check<T>(Opcode expected, PduCheck check, T value)
    {
        Assert.Equal(expected, Opcode);
        Assert.True(check.IsOk, check.Rule);
        return value;
    }
}
