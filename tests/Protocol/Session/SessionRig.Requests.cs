using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <content>What an initiator sends.</content>
internal sealed partial class SessionRig
{
    public uint NewTag() => _nextTag++;

    /// <summary>A SCSI command; numbered unless a number is given.</summary>
    public uint Command(
        FakeCdb cdb,
        uint expected = 0,
        byte[]? immediateData = null,
        bool immediate = false,
        bool final = true,
        ulong lun = Unit0,
        uint? tag = null,
        uint? cmdSN = null,
        bool? read = null,
        bool? write = null,
        bool digestError = false,
        byte attribute = 1,
        byte priority = 0)
    {
        ScsiCommand command = new(
            immediate, final, read ?? (cdb.Gives > 0 && expected > 0), write ?? (cdb.Takes > 0 && expected > 0), attribute, lun, tag ?? NewTag(), expected, cdb.ToCdb())
        {
            Priority = priority,
        };
        byte[] header = Header(command.Emit, cmdSN ?? NextCmdSN(immediate));
        Receive(header, immediateData, digestError);
        return command.InitiatorTaskTag;
    }

    public void DataOut(uint itt, uint ttt, uint dataSN, uint offset, byte[] data, bool final, bool digestError = false, bool land = true, ulong lun = Unit0) =>
        Receive(Header(new DataOut(final, lun, itt, ttt, new Serial32(dataSN), offset).Emit, 0), data, digestError, land);

    public uint Nop(byte[]? data = null, bool immediate = true, uint? cmdSN = null)
    {
        uint tag = NewTag();
        Receive(Header(new NopOut(immediate, Unit0, tag, Bhs.ReservedTag).Emit, cmdSN ?? NextCmdSN(immediate)), data);
        return tag;
    }

    public uint Manage(TaskManagementFunction function, ulong lun = Unit0, uint referenced = Bhs.ReservedTag, uint refCmdSN = 0, bool immediate = true, uint? cmdSN = null)
    {
        uint tag = NewTag();
        TaskManagementRequest request = new(immediate, function, lun, tag, referenced, new Serial32(refCmdSN), default);
        Receive(Header(request.Emit, cmdSN ?? NextCmdSN(immediate)));
        return tag;
    }

    /// <summary>A PDU that acknowledges everything that a connection has sent; without a task tag nothing answers it.</summary>
    public void Acknowledge(TargetConnection connection, ulong lun = Unit0)
    {
        (TargetConnection former, Connection) = (Connection, connection);
        Receive(Header(new NopOut(true, lun, Bhs.ReservedTag, Bhs.ReservedTag).Emit, CmdSN));
        Connection = former;
    }

    /// <summary>A command whose PDU acknowledges nothing new.</summary>
    public uint CommandWithoutNews(TargetConnection connection, ulong lun = Unit0)
    {
        (TargetConnection former, Connection) = (Connection, connection);
        uint tag = NewTag();
        byte[] header = Header(new ScsiCommand(false, true, false, false, 1, lun, tag, 0, new FakeCdb().ToCdb()).Emit, CmdSN++);
        new InitiatorNumbers(InitiatorNumbers.Read(header).CmdSN, connection.AcknowledgedStatSN).Write(header);
        Receive(header);
        Connection = former;
        return tag;
    }

    public uint LogOut(LogoutReason reason, ushort cid = 0, bool immediate = true, uint? cmdSN = null)
    {
        uint tag = NewTag();
        Receive(Header(new LogoutRequest(immediate, reason, tag, cid).Emit, cmdSN ?? NextCmdSN(immediate)));
        return tag;
    }

    public delegate void Emitter(Span<byte> bhs);

    public byte[] Header(Emitter emit, uint cmdSN)
    {
        byte[] header = new byte[Bhs.Length];
        emit(header);
        new InitiatorNumbers(new Serial32(cmdSN), AcknowledgesAll ? Connection.NextStatSN : new Serial32(ExpStatSN)).Write(header);
        return header;
    }

    public uint NextCmdSN(bool immediate) => immediate ? CmdSN : CmdSN++;
}
