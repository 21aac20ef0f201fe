using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>Which values MODE SENSE and LOG SENSE give (the PC field, SPC-4 §6.14).</summary>
public enum PageValues : byte
{
    /// <summary>As they are.</summary>
    Current = 0,

    /// <summary>A 1 for every bit that MODE SELECT could change.</summary>
    Changeable = 1,

    /// <summary>As after a reset.</summary>
    Default = 2,

    /// <summary>As saved.</summary>
    Saved = 3,
}

/// <summary>CDBs of the primary commands (SPC-4 §6).</summary>
public static class PrimaryCdbs
{
    /// <summary>TEST UNIT READY.</summary>
    public static Cdb TestUnitReady() => new([OperationCode.TestUnitReady, 0, 0, 0, 0, 0]);

    /// <summary>INQUIRY for the standard data: <see cref="StandardInquiryData"/>.</summary>
    public static Cdb Inquiry(ushort allocationLength) =>
        new([OperationCode.Inquiry, 0, 0, (byte)(allocationLength >> 8), (byte)allocationLength, 0]);

    /// <summary>INQUIRY for a vital product data page (EVPD = 1).</summary>
    public static Cdb InquiryPage(byte page, ushort allocationLength) =>
        new([OperationCode.Inquiry, 1, page, (byte)(allocationLength >> 8), (byte)allocationLength, 0]);

    /// <summary>REQUEST SENSE: <see cref="SenseData"/>.</summary>
    public static Cdb RequestSense(byte allocationLength, bool descriptorFormat = false) =>
        new([OperationCode.RequestSense, (byte)(descriptorFormat ? 1 : 0), 0, 0, allocationLength, 0]);

    /// <summary>REPORT LUNS: <see cref="LunList"/>.</summary>
    /// <param name="allocationLength">Bytes that there is room for; SPC-4 §6.33 asks for at least 16.</param>
    /// <param name="selectReport">SELECT REPORT: 0 for the units without the well known ones, 2 for all.</param>
    public static Cdb ReportLuns(uint allocationLength, byte selectReport = 0)
    {
        Span<byte> cdb = stackalloc byte[12];
        cdb.Clear();
        cdb[0] = OperationCode.ReportLuns;
        cdb[2] = selectReport;
        BinaryPrimitives.WriteUInt32BigEndian(cdb[6..], allocationLength);
        return new Cdb(cdb);
    }

    /// <summary>MODE SENSE(6): <see cref="ModeParameters"/>.</summary>
    public static Cdb ModeSense6(byte page, byte subpage, PageValues values, byte allocationLength, bool noBlockDescriptors = false) =>
        new([OperationCode.ModeSense6, (byte)(noBlockDescriptors ? 0x08 : 0), PageByte(page, values), subpage, allocationLength, 0]);

    /// <summary>MODE SENSE(10): <see cref="ModeParameters"/>.</summary>
    public static Cdb ModeSense10(
        byte page, byte subpage, PageValues values, ushort allocationLength, bool noBlockDescriptors = false, bool longBlockDescriptors = false) =>
        Ten(OperationCode.ModeSense10, (byte)((noBlockDescriptors ? 0x08 : 0) | (longBlockDescriptors ? 0x10 : 0)), PageByte(page, values), subpage, allocationLength);

    /// <summary>MODE SELECT(6) with pages of the standard's format (PF = 1).</summary>
    public static Cdb ModeSelect6(byte parameterListLength, bool save = false) =>
        new([OperationCode.ModeSelect6, (byte)(0x10 | (save ? 1 : 0)), 0, 0, parameterListLength, 0]);

    /// <summary>MODE SELECT(10) with pages of the standard's format (PF = 1).</summary>
    public static Cdb ModeSelect10(ushort parameterListLength, bool save = false) =>
        Ten(OperationCode.ModeSelect10, (byte)(0x10 | (save ? 1 : 0)), 0, 0, parameterListLength);

    /// <summary>LOG SENSE; the answer is left to the caller.</summary>
    public static Cdb LogSense(byte page, byte subpage, PageValues values, ushort parameterPointer, ushort allocationLength)
    {
        Span<byte> cdb = stackalloc byte[10];
        cdb.Clear();
        cdb[0] = OperationCode.LogSense;
        cdb[2] = PageByte(page, values);
        cdb[3] = subpage;
        BinaryPrimitives.WriteUInt16BigEndian(cdb[5..], parameterPointer);
        BinaryPrimitives.WriteUInt16BigEndian(cdb[7..], allocationLength);
        return new Cdb(cdb);
    }

    /// <summary>PERSISTENT RESERVE IN with a service action of <see cref="ServiceAction"/>.</summary>
    public static Cdb PersistentReserveIn(byte serviceAction, ushort allocationLength) =>
        Ten(OperationCode.PersistentReserveIn, serviceAction, 0, 0, allocationLength);

    /// <summary>PERSISTENT RESERVE OUT, with logical unit scope; its parameter list is <see cref="ReservationParameters"/>.</summary>
    public static Cdb PersistentReserveOut(ReservationAction action, ReservationType type, uint parameterListLength)
    {
        Span<byte> cdb = stackalloc byte[10];
        cdb.Clear();
        cdb[0] = OperationCode.PersistentReserveOut;
        cdb[1] = (byte)action;
        cdb[2] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(cdb[5..], parameterListLength);
        return new Cdb(cdb);
    }

    /// <summary>EXTENDED COPY, in its form LID1 or LID4; its parameter list is <see cref="CopyParameters"/>.</summary>
    public static Cdb ExtendedCopy(bool longListIdentifier, uint parameterListLength)
    {
        Span<byte> cdb = stackalloc byte[16];
        cdb.Clear();
        cdb[0] = OperationCode.ExtendedCopy;
        cdb[1] = longListIdentifier ? ServiceAction.ExtendedCopyLid4 : ServiceAction.ExtendedCopyLid1;
        BinaryPrimitives.WriteUInt32BigEndian(cdb[10..], parameterListLength);
        return new Cdb(cdb);
    }

    /// <summary>RECEIVE COPY RESULTS, or another command of its operation code.</summary>
    public static Cdb ReceiveCopyResults(byte serviceAction, byte listIdentifier, uint allocationLength)
    {
        Span<byte> cdb = stackalloc byte[16];
        cdb.Clear();
        cdb[0] = OperationCode.ReceiveCopyResults;
        cdb[1] = serviceAction;
        cdb[2] = listIdentifier;
        BinaryPrimitives.WriteUInt32BigEndian(cdb[10..], allocationLength);
        return new Cdb(cdb);
    }

    /// <summary>REPORT TARGET PORT GROUPS: <see cref="TargetPortGroup"/>.</summary>
    /// <param name="allocationLength">Bytes that there is room for.</param>
    /// <param name="extendedHeader">Ask for the header that tells how long a transition may take.</param>
    public static Cdb ReportTargetPortGroups(uint allocationLength, bool extendedHeader = false) =>
        Maintenance(OperationCode.MaintenanceIn, (byte)(ServiceAction.ReportTargetPortGroups | (extendedHeader ? 0x20 : 0)), allocationLength);

    /// <summary>SET TARGET PORT GROUPS; its parameter list is written by <see cref="TargetPortGroup"/>.</summary>
    public static Cdb SetTargetPortGroups(uint parameterListLength) =>
        Maintenance(OperationCode.MaintenanceOut, ServiceAction.SetTargetPortGroups, parameterListLength);

    /// <summary>REPORT SUPPORTED OPERATION CODES for all commands: <see cref="SupportedCommand"/>.</summary>
    public static Cdb ReportSupportedOperationCodes(uint allocationLength) =>
        Maintenance(OperationCode.MaintenanceIn, ServiceAction.ReportSupportedOperationCodes, allocationLength);

    /// <summary>REPORT SUPPORTED OPERATION CODES for one command: <see cref="CommandSupport"/>.</summary>
    public static Cdb ReportSupportedOperationCode(byte operationCode, ushort? serviceAction, uint allocationLength)
    {
        Span<byte> cdb = stackalloc byte[12];
        cdb.Clear();
        cdb[0] = OperationCode.MaintenanceIn;
        cdb[1] = ServiceAction.ReportSupportedOperationCodes;
        cdb[2] = (byte)(serviceAction.HasValue ? 2 : 1);
        cdb[3] = operationCode;
        BinaryPrimitives.WriteUInt16BigEndian(cdb[4..], serviceAction ?? 0);
        BinaryPrimitives.WriteUInt32BigEndian(cdb[6..], allocationLength);
        return new Cdb(cdb);
    }

    private static byte PageByte(byte page, PageValues values) => (byte)((byte)values << 6 | (page & 0x3F));

    private static Cdb Ten(byte operationCode, byte first, byte second, byte third, ushort length) =>
        new([operationCode, first, second, third, 0, 0, 0, (byte)(length >> 8), (byte)length, 0]);

    private static Cdb Maintenance(byte operationCode, byte first, uint length)
    {
        Span<byte> cdb = stackalloc byte[12];
        cdb.Clear();
        cdb[0] = operationCode;
        cdb[1] = first;
        BinaryPrimitives.WriteUInt32BigEndian(cdb[6..], length);
        return new Cdb(cdb);
    }
}
