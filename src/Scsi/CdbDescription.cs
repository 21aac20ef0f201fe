namespace Blockwire.Scsi;

/// <summary>
/// CDBs in words: names and fields of the commands that disks meet, those that Blockwire does not serve among them. For reading traces; what a device honours is its own
/// table's business.
/// </summary>
/// <param name="Name">As the standard titles it.</param>
/// <param name="Fields">Its fields, in the order of the CDB.</param>
public sealed partial record CdbDescription(string Name, IReadOnlyList<CdbField> Fields)
{
    private const byte VariableLength = OperationCode.VariableLength;

    private static readonly Dictionary<int, CdbDescription> Commands = Create();

    /// <summary>The description of a CDB, or null when its operation code is not known.</summary>
    /// <param name="cdb">The whole CDB.</param>
    public static CdbDescription? Find(ReadOnlySpan<byte> cdb) =>
        cdb.IsEmpty ? null
        : Commands.TryGetValue(Key(cdb[0], ServiceActionOf(cdb)), out CdbDescription? exact) ? exact
        : Commands.GetValueOrDefault(Key(cdb[0], null));

    /// <summary>Bytes of the CDB that mean something, by its group code (SPC-4 §4.2.5.1); the whole for groups without a length.</summary>
    public static int LengthOf(ReadOnlySpan<byte> cdb) => Math.Min(cdb.Length, cdb.IsEmpty ? 0 : (cdb[0] >> 5) switch
    {
        0 => 6,
        1 or 2 => 10,
        4 => 16,
        5 => 12,
        3 when cdb[0] == VariableLength && cdb.Length > 7 => cdb[7] + 8,
        _ => cdb.Length,
    });

    private static int? ServiceActionOf(ReadOnlySpan<byte> cdb) =>
        cdb[0] == VariableLength ? cdb.Length >= 10 ? (cdb[8] << 8) | cdb[9] : null
        : cdb.Length > 1 ? cdb[1] & 0x1F
        : null;

    private static int Key(byte opcode, int? serviceAction) => (opcode << 16) | (serviceAction ?? 0xFFFF);

    private static Dictionary<int, CdbDescription> Create()
    {
        Dictionary<int, CdbDescription> all = [];
        void Add(byte opcode, string name, params CdbField[] fields) => all.Add(Key(opcode, null), new(name, fields));
        void AddAction(byte opcode, int action, string name, params CdbField[] fields) => all.Add(Key(opcode, action), new(name, fields));
        AddPrimary(Add);
        AddBlock(Add);
        AddMultimedia(Add);
        AddServiceActions(AddAction);
        return all;
    }

    private static void AddPrimary(Adder add)
    {
        add(OperationCode.TestUnitReady, "TEST UNIT READY");
        add(OperationCode.RequestSense, "REQUEST SENSE", Bits("DESC", 1, 0x01), Whole("ALLOCATION LENGTH", 4, 1));
        add(OperationCode.FormatUnit, "FORMAT UNIT", Bits("FMTPINFO", 1, 0xC0), Bits("LONGLIST", 1, 0x20), Bits("FMTDATA", 1, 0x10), Bits("CMPLST", 1, 0x08));
        add(OperationCode.Inquiry, "INQUIRY", Bits("EVPD", 1, 0x01), Whole("PAGE CODE", 2, 1), Whole("ALLOCATION LENGTH", 3, 2));
        add(OperationCode.ModeSelect6, "MODE SELECT(6)", Bits("PF", 1, 0x10), Bits("SP", 1, 0x01), Whole("PARAMETER LIST LENGTH", 4, 1));
        add(OperationCode.Reserve6, "RESERVE(6)");
        add(OperationCode.Release6, "RELEASE(6)");
        add(OperationCode.ModeSense6, "MODE SENSE(6)", Bits("DBD", 1, 0x08), Bits("PC", 2, 0xC0), Bits("PAGE CODE", 2, 0x3F), Whole("SUBPAGE CODE", 3, 1), Whole("ALLOCATION LENGTH", 4, 1));
        add(OperationCode.StartStopUnit, "START STOP UNIT", Bits("IMMED", 1, 0x01), Bits("POWER CONDITION", 4, 0xF0), Bits("NO_FLUSH", 4, 0x04), Bits("LOEJ", 4, 0x02), Bits("START", 4, 0x01));
        add(OperationCode.ReceiveDiagnosticResults, "RECEIVE DIAGNOSTIC RESULTS", Bits("PCV", 1, 0x01), Whole("PAGE CODE", 2, 1), Whole("ALLOCATION LENGTH", 3, 2));
        add(OperationCode.SendDiagnostic, "SEND DIAGNOSTIC", Bits("SELFTEST", 1, 0x04), Whole("PARAMETER LIST LENGTH", 3, 2));
        add(OperationCode.PreventAllowMediumRemoval, "PREVENT ALLOW MEDIUM REMOVAL", Bits("PREVENT", 4, 0x03));
        add(OperationCode.WriteBuffer, "WRITE BUFFER", Bits("MODE", 1, 0x1F), Whole("BUFFER ID", 2, 1), Whole("BUFFER OFFSET", 3, 3), Whole("PARAMETER LIST LENGTH", 6, 3));
        add(OperationCode.ReadBuffer, "READ BUFFER", Bits("MODE", 1, 0x1F), Whole("BUFFER ID", 2, 1), Whole("BUFFER OFFSET", 3, 3), Whole("ALLOCATION LENGTH", 6, 3));
        add(OperationCode.LogSelect, "LOG SELECT", Bits("PCR", 1, 0x02), Bits("SP", 1, 0x01), Bits("PC", 2, 0xC0), Bits("PAGE CODE", 2, 0x3F), Whole("SUBPAGE CODE", 3, 1), Whole("PARAMETER LIST LENGTH", 7, 2));
        add(OperationCode.LogSense, "LOG SENSE", Bits("PC", 2, 0xC0), Bits("PAGE CODE", 2, 0x3F), Whole("SUBPAGE CODE", 3, 1), Whole("PARAMETER POINTER", 5, 2), Whole("ALLOCATION LENGTH", 7, 2));
        add(OperationCode.ModeSelect10, "MODE SELECT(10)", Bits("PF", 1, 0x10), Bits("SP", 1, 0x01), Whole("PARAMETER LIST LENGTH", 7, 2));
        add(OperationCode.XdWriteRead10, "XDWRITEREAD(10)", Bits("DPO", 1, 0x10), Bits("FUA", 1, 0x08), Bits("DISABLE WRITE", 1, 0x04), Whole("LOGICAL BLOCK ADDRESS", 2, 4), Whole("TRANSFER LENGTH", 7, 2));
        add(OperationCode.Reserve10, "RESERVE(10)");
        add(OperationCode.Release10, "RELEASE(10)");
        add(OperationCode.ModeSense10, "MODE SENSE(10)", Bits("LLBAA", 1, 0x10), Bits("DBD", 1, 0x08), Bits("PC", 2, 0xC0), Bits("PAGE CODE", 2, 0x3F), Whole("SUBPAGE CODE", 3, 1), Whole("ALLOCATION LENGTH", 7, 2));
        add(0x5E, "PERSISTENT RESERVE IN", Bits("SERVICE ACTION", 1, 0x1F), Whole("ALLOCATION LENGTH", 7, 2));
        add(0x5F, "PERSISTENT RESERVE OUT", Bits("SERVICE ACTION", 1, 0x1F), Bits("SCOPE", 2, 0xF0), Bits("TYPE", 2, 0x0F), Whole("PARAMETER LIST LENGTH", 5, 4));
        add(VariableLength, "variable length CDB", Whole("ADDITIONAL CDB LENGTH", 7, 1), Whole("SERVICE ACTION", 8, 2));
        add(0x83, "THIRD-PARTY COPY OUT", Bits("SERVICE ACTION", 1, 0x1F), Whole("PARAMETER LIST LENGTH", 10, 4));
        add(0x84, "THIRD-PARTY COPY IN", Bits("SERVICE ACTION", 1, 0x1F), Whole("ALLOCATION LENGTH", 10, 4));
        add(0x85, "ATA PASS-THROUGH(16)", Whole("COMMAND", 14, 1));
        add(OperationCode.ServiceActionIn16, "SERVICE ACTION IN(16)", Bits("SERVICE ACTION", 1, 0x1F));
        add(OperationCode.ServiceActionOut16, "SERVICE ACTION OUT(16)", Bits("SERVICE ACTION", 1, 0x1F));
        add(OperationCode.WriteLong10, "WRITE LONG(10)", Bits("COR_DIS", 1, 0x80), Bits("WR_UNCOR", 1, 0x40), Bits("PBLOCK", 1, 0x20), Whole("LOGICAL BLOCK ADDRESS", 2, 4), Whole("BYTE TRANSFER LENGTH", 7, 2));
        add(OperationCode.ReportLuns, "REPORT LUNS", Whole("SELECT REPORT", 2, 1), Whole("ALLOCATION LENGTH", 6, 4));
        add(0xA1, "ATA PASS-THROUGH(12)", Whole("COMMAND", 9, 1));
        add(OperationCode.ServiceActionIn12, "SERVICE ACTION IN(12)", Bits("SERVICE ACTION", 1, 0x1F), Whole("ALLOCATION LENGTH", 6, 4));
        add(0xA2, "SECURITY PROTOCOL IN", Whole("SECURITY PROTOCOL", 1, 1), Whole("ALLOCATION LENGTH", 6, 4));
        add(0xB5, "SECURITY PROTOCOL OUT", Whole("SECURITY PROTOCOL", 1, 1), Whole("TRANSFER LENGTH", 6, 4));
        add(OperationCode.MaintenanceIn, "MAINTENANCE IN", Bits("SERVICE ACTION", 1, 0x1F), Whole("ALLOCATION LENGTH", 6, 4));
        add(0xA4, "MAINTENANCE OUT", Bits("SERVICE ACTION", 1, 0x1F), Whole("PARAMETER LIST LENGTH", 6, 4));
    }

    private static void AddBlock(Adder add)
    {
        CdbField[] read = [Bits("RDPROTECT", 1, 0xE0), Bits("DPO", 1, 0x10), Bits("FUA", 1, 0x08)];
        CdbField[] write = [Bits("WRPROTECT", 1, 0xE0), Bits("DPO", 1, 0x10), Bits("FUA", 1, 0x08)];
        CdbField[] orWrite = [Bits("ORPROTECT", 1, 0xE0), Bits("DPO", 1, 0x10), Bits("FUA", 1, 0x08)];
        CdbField[] verify = [Bits("VRPROTECT", 1, 0xE0), Bits("DPO", 1, 0x10), Bits("BYTCHK", 1, 0x06)];
        CdbField[] writeAndVerify = [Bits("WRPROTECT", 1, 0xE0), Bits("DPO", 1, 0x10), Bits("BYTCHK", 1, 0x06)];
        CdbField[] same = [Bits("WRPROTECT", 1, 0xE0), Bits("ANCHOR", 1, 0x10), Bits("UNMAP", 1, 0x08)];
        add(OperationCode.Read6, "READ(6)", new CdbField("LOGICAL BLOCK ADDRESS", 1, 3, 0x1F_FFFF), Whole("TRANSFER LENGTH", 4, 1));
        add(OperationCode.Write6, "WRITE(6)", new CdbField("LOGICAL BLOCK ADDRESS", 1, 3, 0x1F_FFFF), Whole("TRANSFER LENGTH", 4, 1));
        add(OperationCode.ReassignBlocks, "REASSIGN BLOCKS", Bits("LONGLBA", 1, 0x02), Bits("LONGLIST", 1, 0x01));
        add(OperationCode.Sanitize, "SANITIZE", Bits("SERVICE ACTION", 1, 0x1F), Whole("PARAMETER LIST LENGTH", 7, 2));
        add(OperationCode.ReadCapacity10, "READ CAPACITY(10)");
        add(OperationCode.Read10, "READ(10)", [.. read, .. Range10("TRANSFER LENGTH")]);
        add(OperationCode.Write10, "WRITE(10)", [.. write, .. Range10("TRANSFER LENGTH")]);
        add(OperationCode.WriteAndVerify10, "WRITE AND VERIFY(10)", [.. writeAndVerify, .. Range10("TRANSFER LENGTH")]);
        add(OperationCode.Verify10, "VERIFY(10)", [.. verify, .. Range10("VERIFICATION LENGTH")]);
        add(OperationCode.Prefetch10, "PRE-FETCH(10)", [Bits("IMMED", 1, 0x02), .. Range10("PREFETCH LENGTH")]);
        add(OperationCode.SynchronizeCache10, "SYNCHRONIZE CACHE(10)", [Bits("IMMED", 1, 0x02), .. Range10("NUMBER OF LOGICAL BLOCKS")]);
        add(OperationCode.ReadDefectData10, "READ DEFECT DATA(10)", Bits("DEFECT LIST FORMAT", 2, 0x07), Whole("ALLOCATION LENGTH", 7, 2));
        add(OperationCode.WriteSame10, "WRITE SAME(10)", [.. same, .. Range10("NUMBER OF LOGICAL BLOCKS")]);
        add(OperationCode.Unmap, "UNMAP", Bits("ANCHOR", 1, 0x01), Whole("PARAMETER LIST LENGTH", 7, 2));
        add(OperationCode.Read16, "READ(16)", [.. read, .. Range16("TRANSFER LENGTH")]);
        add(OperationCode.Write16, "WRITE(16)", [.. write, .. Range16("TRANSFER LENGTH")]);
        add(0x89, "COMPARE AND WRITE", [.. write, Whole("LOGICAL BLOCK ADDRESS", 2, 8), Whole("NUMBER OF LOGICAL BLOCKS", 13, 1)]);
        add(0x8B, "ORWRITE(16)", [.. orWrite, .. Range16("TRANSFER LENGTH")]);
        add(OperationCode.WriteAndVerify16, "WRITE AND VERIFY(16)", [.. writeAndVerify, .. Range16("TRANSFER LENGTH")]);
        add(OperationCode.Verify16, "VERIFY(16)", [.. verify, .. Range16("VERIFICATION LENGTH")]);
        add(OperationCode.Prefetch16, "PRE-FETCH(16)", [Bits("IMMED", 1, 0x02), .. Range16("PREFETCH LENGTH")]);
        add(OperationCode.SynchronizeCache16, "SYNCHRONIZE CACHE(16)", [Bits("IMMED", 1, 0x02), .. Range16("NUMBER OF LOGICAL BLOCKS")]);
        add(OperationCode.WriteSame16, "WRITE SAME(16)", [.. same, Bits("NDOB", 1, 0x01), .. Range16("NUMBER OF LOGICAL BLOCKS")]);
        add(OperationCode.Read12, "READ(12)", [.. read, .. Range12("TRANSFER LENGTH")]);
        add(OperationCode.Write12, "WRITE(12)", [.. write, .. Range12("TRANSFER LENGTH")]);
        add(OperationCode.WriteAndVerify12, "WRITE AND VERIFY(12)", [.. writeAndVerify, .. Range12("TRANSFER LENGTH")]);
        add(OperationCode.Verify12, "VERIFY(12)", [.. verify, .. Range12("VERIFICATION LENGTH")]);
        add(OperationCode.ReadDefectData12, "READ DEFECT DATA(12)", Bits("DEFECT LIST FORMAT", 1, 0x07), Whole("ALLOCATION LENGTH", 6, 4));
    }

    private static void AddServiceActions(ActionAdder add)
    {
        CdbField length = Whole("ALLOCATION LENGTH", 10, 4);
        CdbField lengthAt6 = Whole("ALLOCATION LENGTH", 6, 4);
        add(OperationCode.ServiceActionIn16, ServiceAction.ReadCapacity16, "READ CAPACITY(16)", length);
        add(OperationCode.ServiceActionIn16, ServiceAction.GetLbaStatus, "GET LBA STATUS", Whole("STARTING LOGICAL BLOCK ADDRESS", 2, 8), length);
        add(OperationCode.MaintenanceIn, ServiceAction.ReportIdentifyingInformation, "REPORT IDENTIFYING INFORMATION", lengthAt6);
        add(OperationCode.MaintenanceIn, 0x0A, "REPORT TARGET PORT GROUPS", lengthAt6);
        add(OperationCode.MaintenanceIn, ServiceAction.ReportSupportedOperationCodes, "REPORT SUPPORTED OPERATION CODES",
            Bits("RCTD", 2, 0x80), Bits("REPORTING OPTIONS", 2, 0x07), Whole("REQUESTED OPERATION CODE", 3, 1), Whole("REQUESTED SERVICE ACTION", 4, 2), lengthAt6);
        add(OperationCode.MaintenanceIn, ServiceAction.ReportSupportedTaskManagementFunctions, "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS", lengthAt6);
        add(OperationCode.MaintenanceIn, ServiceAction.ReportTimestamp, "REPORT TIMESTAMP", lengthAt6);
        add(0xA4, 0x0A, "SET TARGET PORT GROUPS", Whole("PARAMETER LIST LENGTH", 6, 4));
        add(OperationCode.MaintenanceOut, ServiceAction.SetIdentifyingInformation, "SET IDENTIFYING INFORMATION", Whole("PARAMETER LIST LENGTH", 6, 4));
        add(OperationCode.MaintenanceOut, ServiceAction.SetTimestamp, "SET TIMESTAMP", Whole("PARAMETER LIST LENGTH", 6, 4));
        add(OperationCode.ServiceActionIn12, ServiceAction.ReadMediaSerialNumber, "READ MEDIA SERIAL NUMBER", lengthAt6);
        add(OperationCode.Sanitize, ServiceAction.SanitizeOverwrite, "SANITIZE: OVERWRITE", Bits("IMMED", 1, 0x80), Bits("AUSE", 1, 0x20), Whole("PARAMETER LIST LENGTH", 7, 2));
        add(OperationCode.Sanitize, ServiceAction.SanitizeBlockErase, "SANITIZE: BLOCK ERASE", Bits("IMMED", 1, 0x80), Bits("AUSE", 1, 0x20));
        add(OperationCode.Sanitize, 0x03, "SANITIZE: CRYPTOGRAPHIC ERASE", Bits("IMMED", 1, 0x80), Bits("AUSE", 1, 0x20));
        add(OperationCode.Sanitize, ServiceAction.SanitizeExitFailureMode, "SANITIZE: EXIT FAILURE MODE");
        string[] reserveIn = ["READ KEYS", "READ RESERVATION", "REPORT CAPABILITIES", "READ FULL STATUS"];
        for (int i = 0; i < reserveIn.Length; i++)
        {
            add(0x5E, i, $"PERSISTENT RESERVE IN: {reserveIn[i]}", Whole("ALLOCATION LENGTH", 7, 2));
        }

        string[] reserveOut = ["REGISTER", "RESERVE", "RELEASE", "CLEAR", "PREEMPT", "PREEMPT AND ABORT", "REGISTER AND IGNORE EXISTING KEY", "REGISTER AND MOVE", "REPLACE LOST RESERVATION"];
        for (int i = 0; i < reserveOut.Length; i++)
        {
            add(0x5F, i, $"PERSISTENT RESERVE OUT: {reserveOut[i]}", Bits("SCOPE", 2, 0xF0), Bits("TYPE", 2, 0x0F), Whole("PARAMETER LIST LENGTH", 5, 4));
        }

        add(0x83, 0x00, "EXTENDED COPY(LID1)", Whole("PARAMETER LIST LENGTH", 10, 4));
        add(0x83, 0x10, "POPULATE TOKEN", Whole("PARAMETER LIST LENGTH", 10, 4));
        add(0x83, 0x11, "WRITE USING TOKEN", Whole("PARAMETER LIST LENGTH", 10, 4));
        add(0x84, 0x03, "RECEIVE COPY PARAMETERS", length);
        add(0x84, 0x07, "RECEIVE ROD TOKEN INFORMATION", length);
        (int Action, string Name)[] wide = [(0x09, "READ(32)"), (0x0A, "VERIFY(32)"), (0x0B, "WRITE(32)"), (0x0C, "WRITE AND VERIFY(32)"), (0x0D, "WRITE SAME(32)"), (0x0E, "ORWRITE(32)")];
        foreach ((int action, string name) in wide)
        {
            add(
                VariableLength,
                action,
                name,
                [
                    .. LongFlags(action), Whole("LOGICAL BLOCK ADDRESS", 12, 8), Whole("EXPECTED INITIAL LOGICAL BLOCK REFERENCE TAG", 20, 4),
                    Whole("EXPECTED LOGICAL BLOCK APPLICATION TAG", 24, 2), Whole("LOGICAL BLOCK APPLICATION TAG MASK", 26, 2), Whole("TRANSFER LENGTH", 28, 4),
                ]);
        }
    }

    private delegate void Adder(byte opcode, string name, params CdbField[] fields);

    private delegate void ActionAdder(byte opcode, int action, string name, params CdbField[] fields);

    private static CdbField[] LongFlags(int action) => action switch
    {
        ServiceAction.Read32 => [Bits("RDPROTECT", 10, 0xE0), Bits("DPO", 10, 0x10), Bits("FUA", 10, 0x08)],
        ServiceAction.Verify32 => [Bits("VRPROTECT", 10, 0xE0), Bits("DPO", 10, 0x10), Bits("BYTCHK", 10, 0x06)],
        ServiceAction.WriteAndVerify32 => [Bits("WRPROTECT", 10, 0xE0), Bits("DPO", 10, 0x10), Bits("BYTCHK", 10, 0x06)],
        ServiceAction.WriteSame32 => [Bits("WRPROTECT", 10, 0xE0), Bits("ANCHOR", 10, 0x10), Bits("UNMAP", 10, 0x08), Bits("NDOB", 10, 0x01)],
        ServiceAction.Write32 => [Bits("WRPROTECT", 10, 0xE0), Bits("DPO", 10, 0x10), Bits("FUA", 10, 0x08)],
        _ => [Bits("ORPROTECT", 10, 0xE0), Bits("DPO", 10, 0x10), Bits("FUA", 10, 0x08)],
    };

    private static CdbField[] Range10(string length) => [Whole("LOGICAL BLOCK ADDRESS", 2, 4), Whole(length, 7, 2)];

    private static CdbField[] Range12(string length) => [Whole("LOGICAL BLOCK ADDRESS", 2, 4), Whole(length, 6, 4)];

    private static CdbField[] Range16(string length) => [Whole("LOGICAL BLOCK ADDRESS", 2, 8), Whole(length, 10, 4)];

    private static CdbField Bits(string name, int at, byte mask) => new(name, at, 1, mask);

    private static CdbField Whole(string name, int at, int length) => new(name, at, length, ulong.MaxValue >> (64 - (8 * length)));
}
