namespace Blockwire.Scsi;

/// <summary>Operation codes of SPC-4 and SBC-3 that Blockwire knows: byte 0 of a CDB.</summary>
public static class OperationCode
{
    /// <summary>TEST UNIT READY.</summary>
    public const byte TestUnitReady = 0x00;

    /// <summary>REQUEST SENSE.</summary>
    public const byte RequestSense = 0x03;

    /// <summary>FORMAT UNIT.</summary>
    public const byte FormatUnit = 0x04;

    /// <summary>REASSIGN BLOCKS.</summary>
    public const byte ReassignBlocks = 0x07;

    /// <summary>READ(6).</summary>
    public const byte Read6 = 0x08;

    /// <summary>WRITE(6).</summary>
    public const byte Write6 = 0x0A;

    /// <summary>INQUIRY.</summary>
    public const byte Inquiry = 0x12;

    /// <summary>MODE SELECT(6).</summary>
    public const byte ModeSelect6 = 0x15;

    /// <summary>RESERVE(6), SPC-2.</summary>
    public const byte Reserve6 = 0x16;

    /// <summary>RELEASE(6), SPC-2.</summary>
    public const byte Release6 = 0x17;

    /// <summary>MODE SENSE(6).</summary>
    public const byte ModeSense6 = 0x1A;

    /// <summary>START STOP UNIT.</summary>
    public const byte StartStopUnit = 0x1B;

    /// <summary>RECEIVE DIAGNOSTIC RESULTS.</summary>
    public const byte ReceiveDiagnosticResults = 0x1C;

    /// <summary>SEND DIAGNOSTIC.</summary>
    public const byte SendDiagnostic = 0x1D;

    /// <summary>PREVENT ALLOW MEDIUM REMOVAL.</summary>
    public const byte PreventAllowMediumRemoval = 0x1E;

    /// <summary>READ CAPACITY(10).</summary>
    public const byte ReadCapacity10 = 0x25;

    /// <summary>READ(10).</summary>
    public const byte Read10 = 0x28;

    /// <summary>WRITE(10).</summary>
    public const byte Write10 = 0x2A;

    /// <summary>WRITE AND VERIFY(10).</summary>
    public const byte WriteAndVerify10 = 0x2E;

    /// <summary>VERIFY(10).</summary>
    public const byte Verify10 = 0x2F;

    /// <summary>PRE-FETCH(10).</summary>
    public const byte Prefetch10 = 0x34;

    /// <summary>SYNCHRONIZE CACHE(10).</summary>
    public const byte SynchronizeCache10 = 0x35;

    /// <summary>READ DEFECT DATA(10).</summary>
    public const byte ReadDefectData10 = 0x37;

    /// <summary>WRITE BUFFER.</summary>
    public const byte WriteBuffer = 0x3B;

    /// <summary>WRITE LONG(10).</summary>
    public const byte WriteLong10 = 0x3F;

    /// <summary>READ BUFFER(10).</summary>
    public const byte ReadBuffer = 0x3C;

    /// <summary>WRITE SAME(10).</summary>
    public const byte WriteSame10 = 0x41;

    /// <summary>UNMAP.</summary>
    public const byte Unmap = 0x42;

    /// <summary>SANITIZE: see <see cref="ServiceAction"/>.</summary>
    public const byte Sanitize = 0x48;

    /// <summary>LOG SELECT.</summary>
    public const byte LogSelect = 0x4C;

    /// <summary>LOG SENSE.</summary>
    public const byte LogSense = 0x4D;

    /// <summary>XPWRITE(10).</summary>
    public const byte XpWrite10 = 0x51;

    /// <summary>XDWRITEREAD(10), which both takes and sends data.</summary>
    public const byte XdWriteRead10 = 0x53;

    /// <summary>MODE SELECT(10).</summary>
    public const byte ModeSelect10 = 0x55;

    /// <summary>RESERVE(10), SPC-2.</summary>
    public const byte Reserve10 = 0x56;

    /// <summary>RELEASE(10), SPC-2.</summary>
    public const byte Release10 = 0x57;

    /// <summary>MODE SENSE(10).</summary>
    public const byte ModeSense10 = 0x5A;

    /// <summary>PERSISTENT RESERVE IN: see <see cref="ServiceAction"/>.</summary>
    public const byte PersistentReserveIn = 0x5E;

    /// <summary>PERSISTENT RESERVE OUT: see <see cref="ServiceAction"/>.</summary>
    public const byte PersistentReserveOut = 0x5F;

    /// <summary>EXTENDED COPY, the third-party copy commands that send: see <see cref="ServiceAction"/>.</summary>
    public const byte ExtendedCopy = 0x83;

    /// <summary>RECEIVE COPY RESULTS, the third-party copy commands that fetch: see <see cref="ServiceAction"/>.</summary>
    public const byte ReceiveCopyResults = 0x84;

    /// <summary>READ(16).</summary>
    public const byte Read16 = 0x88;

    /// <summary>COMPARE AND WRITE.</summary>
    public const byte CompareAndWrite = 0x89;

    /// <summary>WRITE(16).</summary>
    public const byte Write16 = 0x8A;

    /// <summary>ORWRITE(16).</summary>
    public const byte OrWrite16 = 0x8B;

    /// <summary>WRITE AND VERIFY(16).</summary>
    public const byte WriteAndVerify16 = 0x8E;

    /// <summary>VERIFY(16).</summary>
    public const byte Verify16 = 0x8F;

    /// <summary>PRE-FETCH(16).</summary>
    public const byte Prefetch16 = 0x90;

    /// <summary>SYNCHRONIZE CACHE(16).</summary>
    public const byte SynchronizeCache16 = 0x91;

    /// <summary>WRITE SAME(16).</summary>
    public const byte WriteSame16 = 0x93;

    /// <summary>WRITE ATOMIC(16).</summary>
    public const byte WriteAtomic16 = 0x9C;

    /// <summary>SERVICE ACTION IN(16): see <see cref="ServiceAction"/>.</summary>
    public const byte ServiceActionIn16 = 0x9E;

    /// <summary>SERVICE ACTION OUT(16).</summary>
    public const byte ServiceActionOut16 = 0x9F;

    /// <summary>REPORT LUNS.</summary>
    public const byte ReportLuns = 0xA0;

    /// <summary>MAINTENANCE IN: see <see cref="ServiceAction"/>.</summary>
    public const byte MaintenanceIn = 0xA3;

    /// <summary>MAINTENANCE OUT: see <see cref="ServiceAction"/>.</summary>
    public const byte MaintenanceOut = 0xA4;

    /// <summary>CDBs of variable length, told apart by a service action of two bytes: READ(32) and its like.</summary>
    public const byte VariableLength = 0x7F;

    /// <summary>READ(12).</summary>
    public const byte Read12 = 0xA8;

    /// <summary>WRITE(12).</summary>
    public const byte Write12 = 0xAA;

    /// <summary>WRITE AND VERIFY(12).</summary>
    public const byte WriteAndVerify12 = 0xAE;

    /// <summary>VERIFY(12).</summary>
    public const byte Verify12 = 0xAF;

    /// <summary>SERVICE ACTION IN(12): see <see cref="ServiceAction"/>.</summary>
    public const byte ServiceActionIn12 = 0xAB;

    /// <summary>READ DEFECT DATA(12).</summary>
    public const byte ReadDefectData12 = 0xB7;
}
