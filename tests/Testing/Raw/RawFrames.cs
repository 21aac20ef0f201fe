using System.Buffers.Binary;
using System.Text;

namespace Blockwire.Testing.Raw;

/// <summary>Well-formed requests, RFC 7143 §11. CmdSN and ExpStatSN (bytes 24 and 28) are left to the sender.</summary>
public static class RawFrames
{
    public const uint ReservedTag = 0xFFFFFFFF;

    /// <param name="isid">48 bits, in the low part.</param>
    /// <param name="flags">T, C, CSG and NSG as byte 1 has them; 0x87 goes from operational negotiation to full feature.</param>
    /// <param name="keys">KEY=VALUE texts.</param>
    public static RawFrame Login(ulong isid, ushort tsih, uint tag, ushort cid, byte flags, params IEnumerable<string> keys)
    {
        RawFrame pdu = new() { Data = Text(keys), Opcode = RawOpcode.LoginRequest, Immediate = true, Flags = flags };
        pdu.Lun = (isid << 16) | tsih;
        pdu.InitiatorTaskTag = tag;
        BinaryPrimitives.WriteUInt16BigEndian(pdu.Header.AsSpan(20), cid);
        return pdu;
    }

    /// <summary>A ping; give data to have it echoed.</summary>
    public static RawFrame NopOut(uint tag, params byte[] data) =>
        new() { Opcode = RawOpcode.NopOut, Immediate = true, Flags = 0x80, InitiatorTaskTag = tag, Word20 = ReservedTag, Data = data };

    /// <param name="lun">LUN number below 256.</param>
    /// <param name="expectedIn">Bytes expected from the target; R is set when not 0.</param>
    /// <param name="expectedOut">Bytes that the initiator will send; W is set when not 0.</param>
    /// <param name="cdb">What is behind its 16 bytes goes to an extended-CDB AHS (§11.2.2.3).</param>
    /// <param name="immediateData">Sent with the command.</param>
    public static RawFrame ScsiCommand(int lun, uint tag, uint expectedIn, uint expectedOut, ReadOnlySpan<byte> cdb, params byte[] immediateData)
    {
        RawFrame pdu = new()
        {
            Opcode = RawOpcode.ScsiCommand,
            Flags = (byte)(0x81 | (expectedIn > 0 ? 0x40 : 0) | (expectedOut > 0 ? 0x20 : 0)),
            Lun = (ulong)lun << 48,
            InitiatorTaskTag = tag,
            Word20 = expectedIn + expectedOut,
            Data = immediateData,
        };
        cdb[..Math.Min(16, cdb.Length)].CopyTo(pdu.Header.AsSpan(32));
        if (cdb.Length > 16)
        {
            const byte extendedCdb = 1;
            int length = cdb.Length - 15;
            pdu.Ahs = new byte[(3 + length + 3) / 4 * 4];
            BinaryPrimitives.WriteUInt16BigEndian(pdu.Ahs, (ushort)length);
            pdu.Ahs[2] = extendedCdb;
            cdb[16..].CopyTo(pdu.Ahs.AsSpan(4));
        }

        return pdu;
    }

    public static RawFrame DataOut(int lun, uint tag, uint transferTag, uint dataSn, uint offset, bool final, byte[] data) => new()
    {
        Opcode = RawOpcode.DataOut,
        Flags = (byte)(final ? 0x80 : 0),
        Lun = (ulong)lun << 48,
        InitiatorTaskTag = tag,
        Word20 = transferTag,
        [36] = dataSn,
        [40] = offset,
        Data = data,
    };

    public static RawFrame TaskManagement(byte function, int lun, uint tag, uint referencedTag, uint refCmdSn) => new()
    {
        Opcode = RawOpcode.TaskManagementRequest,
        Immediate = true,
        Flags = (byte)(0x80 | function),
        Lun = (ulong)lun << 48,
        InitiatorTaskTag = tag,
        Word20 = referencedTag,
        [32] = refCmdSn,
    };

    public static RawFrame TextRequest(uint tag, uint transferTag, bool final, params IEnumerable<string> keys) => new()
    {
        Opcode = RawOpcode.TextRequest,
        Immediate = true,
        Flags = (byte)(final ? 0x80 : 0),
        InitiatorTaskTag = tag,
        Word20 = transferTag,
        Data = Text(keys),
    };

    /// <param name="reason">0 closes the session, 1 the connection, 2 is for recovery.</param>
    public static RawFrame Logout(byte reason, uint tag, ushort cid)
    {
        RawFrame pdu = new() { Opcode = RawOpcode.LogoutRequest, Immediate = true, Flags = (byte)(0x80 | reason), InitiatorTaskTag = tag };
        BinaryPrimitives.WriteUInt16BigEndian(pdu.Header.AsSpan(20), cid);
        return pdu;
    }

    public static RawFrame Snack(byte type, uint tag, uint transferTag, uint begRun, uint runLength) => new()
    {
        Opcode = RawOpcode.Snack, Flags = (byte)(0x80 | type), InitiatorTaskTag = tag, Word20 = transferTag, [40] = begRun, [44] = runLength,
    };

    /// <summary>READ(10) or WRITE(10).</summary>
    public static byte[] Cdb10(byte operationCode, uint lba, ushort blocks)
    {
        byte[] cdb = new byte[10];
        cdb[0] = operationCode;
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), lba);
        BinaryPrimitives.WriteUInt16BigEndian(cdb.AsSpan(7), blocks);
        return cdb;
    }

    private static byte[] Text(IEnumerable<string> keys) => Encoding.UTF8.GetBytes(string.Concat(keys.Select(static key => key + '\0')));
}
