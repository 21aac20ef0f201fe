using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>CDBs for tests.</summary>
internal static class Cdbs
{
    public static byte[] Six(byte op, uint lba, byte length) =>
        [op, (byte)(lba >> 16 & 0x1F), (byte)(lba >> 8), (byte)lba, length, 0];

    public static byte[] Ten(byte op, uint lba, ushort length, byte flags = 0)
    {
        byte[] cdb = new byte[10];
        (cdb[0], cdb[1]) = (op, flags);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), lba);
        BinaryPrimitives.WriteUInt16BigEndian(cdb.AsSpan(7), length);
        return cdb;
    }

    public static byte[] Twelve(byte op, uint lba, uint length, byte flags = 0)
    {
        byte[] cdb = new byte[12];
        (cdb[0], cdb[1]) = (op, flags);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), lba);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(6), length);
        return cdb;
    }

    public static byte[] Sixteen(byte op, ulong lba, uint length, byte flags = 0)
    {
        byte[] cdb = new byte[16];
        (cdb[0], cdb[1]) = (op, flags);
        BinaryPrimitives.WriteUInt64BigEndian(cdb.AsSpan(2), lba);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(10), length);
        return cdb;
    }

    /// <summary>A block command of whichever length its operation code has.</summary>
    public static byte[] Block(byte op, uint lba, ushort length, byte flags = 0) => (op >> 5) switch
    {
        0 => Six(op, lba, (byte)length),
        1 or 2 => Ten(op, lba, length, flags),
        5 => Twelve(op, lba, length, flags),
        _ => Sixteen(op, lba, length, flags),
    };

    /// <summary>A block command of 32 bytes.</summary>
    public static byte[] Long(byte action, ulong lba, uint length, byte flags = 0, uint reference = 0, ushort application = 0, ushort mask = 0) =>
        LongBlockCdb.Make(action, flags, lba, length, reference, application, mask);

    public static byte[] Inquiry(byte? page = null, ushort allocation = 255) =>
        [OperationCode.Inquiry, (byte)(page is null ? 0 : 1), page ?? 0, (byte)(allocation >> 8), (byte)allocation, 0];

    public static byte[] TestUnitReady => [OperationCode.TestUnitReady, 0, 0, 0, 0, 0];

    public static byte[] RequestSense(byte allocation = 252, bool descriptor = false) =>
        [OperationCode.RequestSense, (byte)(descriptor ? 1 : 0), 0, 0, allocation, 0];

    public static byte[] ModeSense6(byte page, byte subpage = 0, byte control = 0, bool noDescriptors = false, byte allocation = 255) =>
        [OperationCode.ModeSense6, (byte)(noDescriptors ? 8 : 0), (byte)(control << 6 | page), subpage, allocation, 0];

    public static byte[] ModeSense10(byte page, byte subpage = 0, byte flags = 0, ushort allocation = 255) =>
        [OperationCode.ModeSense10, flags, page, subpage, 0, 0, 0, (byte)(allocation >> 8), (byte)allocation, 0];

    public static byte[] ModeSelect6(int length, byte flags = 0x10) => [OperationCode.ModeSelect6, flags, 0, 0, (byte)length, 0];

    public static byte[] ModeSelect10(int length, byte flags = 0x10) =>
        [OperationCode.ModeSelect10, flags, 0, 0, 0, 0, 0, (byte)(length >> 8), (byte)length, 0];

    public static byte[] LogSense(byte page, byte subpage = 0, byte control = 1, ushort pointer = 0, ushort allocation = 4096) =>
    [
        OperationCode.LogSense, 0, (byte)(control << 6 | page), subpage, 0, (byte)(pointer >> 8), (byte)pointer,
        (byte)(allocation >> 8), (byte)allocation, 0,
    ];

    public static byte[] LogSelect(byte page, byte control = 1, bool reset = false, ushort length = 0) =>
        [OperationCode.LogSelect, (byte)(reset ? 2 : 0), (byte)(control << 6 | page), 0, 0, 0, 0, (byte)(length >> 8), (byte)length, 0];

    public static byte[] Sanitize(byte action, int length = 0, byte flags = 0) =>
        [OperationCode.Sanitize, (byte)(flags | action), 0, 0, 0, 0, 0, (byte)(length >> 8), (byte)length, 0];

    public static byte[] Format(byte flags) => [OperationCode.FormatUnit, flags, 0, 0, 0, 0];

    public static byte[] Buffer(byte op, byte mode, int offset, int length, byte id = 0) =>
    [
        op, mode, id, (byte)(offset >> 16), (byte)(offset >> 8), (byte)offset, (byte)(length >> 16), (byte)(length >> 8), (byte)length, 0,
    ];

    /// <summary>MAINTENANCE OUT.</summary>
    public static byte[] Out(byte action, ushort length, byte type = 0) =>
        [OperationCode.MaintenanceOut, action, 0, 0, 0, 0, 0, 0, (byte)(length >> 8), (byte)length, (byte)(type << 1), 0];

    /// <summary>MAINTENANCE IN.</summary>
    public static byte[] In(byte action, ushort length, byte type = 0) =>
        [OperationCode.MaintenanceIn, action, 0, 0, 0, 0, 0, 0, (byte)(length >> 8), (byte)length, (byte)(type << 1), 0];

    public static byte[] StartStop(byte how, bool immediate = false) => [OperationCode.StartStopUnit, (byte)(immediate ? 1 : 0), 0, 0, how, 0];

    public static byte[] Prevent(byte prevent) => [OperationCode.PreventAllowMediumRemoval, 0, 0, 0, prevent, 0];

    public static byte[] ReportLuns(byte select, uint allocation = 4096)
    {
        byte[] cdb = new byte[12];
        (cdb[0], cdb[2]) = (OperationCode.ReportLuns, select);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(6), allocation);
        return cdb;
    }

    public static byte[] SupportedOperationCodes(byte options, byte op = 0, ushort action = 0, uint allocation = 4096)
    {
        byte[] cdb = [OperationCode.MaintenanceIn, ServiceAction.ReportSupportedOperationCodes, options, op, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(cdb.AsSpan(4), action);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(6), allocation);
        return cdb;
    }

    public static byte[] TaskFunctions(byte extended = 0, uint allocation = 64)
    {
        byte[] cdb = [OperationCode.MaintenanceIn, ServiceAction.ReportSupportedTaskManagementFunctions, extended, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(6), allocation);
        return cdb;
    }

    public static byte[] ReadCapacity16(uint allocation = 32) =>
        Sixteen(OperationCode.ServiceActionIn16, 0, allocation, ServiceAction.ReadCapacity16);

    public static byte[] LbaStatus(ulong lba, uint allocation = 4096) =>
        Sixteen(OperationCode.ServiceActionIn16, lba, allocation, ServiceAction.GetLbaStatus);

    public static byte[] CompareAndWrite(ulong lba, byte count, byte flags = 0)
    {
        byte[] cdb = Sixteen(OperationCode.CompareAndWrite, lba, 0, flags);
        cdb[13] = count;
        return cdb;
    }

    public static byte[] WriteAtomic(ulong lba, ushort count, byte flags = 0) => Sixteen(OperationCode.WriteAtomic16, lba, count, flags);

    /// <summary>A third-party copy command with a length of parameters and a list identifier where it stands in most of them.</summary>
    public static byte[] Copy(byte op, byte action, int length, uint listIdentifier = 0)
    {
        byte[] cdb = Sixteen(op, 0, (uint)length, action);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), listIdentifier);
        return cdb;
    }

    /// <summary>POPULATE TOKEN or WRITE USING TOKEN.</summary>
    public static byte[] Token(byte action, uint listIdentifier, int length)
    {
        byte[] cdb = Sixteen(OperationCode.ExtendedCopy, 0, (uint)length, action);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(6), listIdentifier);
        return cdb;
    }

    public static byte[] Unmap(int listLength) => Ten(OperationCode.Unmap, 0, (ushort)listLength);

    public static byte[] UnmapList(params UnmapDescriptor[] ranges)
    {
        byte[] list = new byte[UnmapDescriptor.HeaderLength + UnmapDescriptor.Length * ranges.Length];
        int at = UnmapDescriptor.WriteHeader(list, ranges.Length);
        foreach (UnmapDescriptor range in ranges)
        {
            at += range.Write(list.AsSpan(at));
        }

        return list;
    }
}
