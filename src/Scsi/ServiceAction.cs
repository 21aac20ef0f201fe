namespace Blockwire.Scsi;

/// <summary>Service actions: the five low bits of byte 1 in the CDBs that have one.</summary>
public static class ServiceAction
{
    /// <summary>READ CAPACITY(16), of SERVICE ACTION IN(16).</summary>
    public const byte ReadCapacity16 = 0x10;

    /// <summary>GET LBA STATUS, of SERVICE ACTION IN(16).</summary>
    public const byte GetLbaStatus = 0x12;

    /// <summary>WRITE LONG(16), of SERVICE ACTION OUT(16).</summary>
    public const byte WriteLong16 = 0x11;

    /// <summary>REPORT SUPPORTED OPERATION CODES, of MAINTENANCE IN.</summary>
    public const byte ReportSupportedOperationCodes = 0x0C;

    /// <summary>REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS, of MAINTENANCE IN.</summary>
    public const byte ReportSupportedTaskManagementFunctions = 0x0D;

    /// <summary>REPORT TARGET PORT GROUPS, of MAINTENANCE IN.</summary>
    public const byte ReportTargetPortGroups = 0x0A;

    /// <summary>SET TARGET PORT GROUPS, of MAINTENANCE OUT.</summary>
    public const byte SetTargetPortGroups = 0x0A;

    /// <summary>READ KEYS, of PERSISTENT RESERVE IN.</summary>
    public const byte ReadKeys = 0x00;

    /// <summary>READ RESERVATION, of PERSISTENT RESERVE IN.</summary>
    public const byte ReadReservation = 0x01;

    /// <summary>REPORT CAPABILITIES, of PERSISTENT RESERVE IN.</summary>
    public const byte ReportCapabilities = 0x02;

    /// <summary>READ FULL STATUS, of PERSISTENT RESERVE IN.</summary>
    public const byte ReadFullStatus = 0x03;

    /// <summary>EXTENDED COPY(LID1), of EXTENDED COPY.</summary>
    public const byte ExtendedCopyLid1 = 0x00;

    /// <summary>EXTENDED COPY(LID4), of EXTENDED COPY.</summary>
    public const byte ExtendedCopyLid4 = 0x01;

    /// <summary>POPULATE TOKEN, of EXTENDED COPY.</summary>
    public const byte PopulateToken = 0x10;

    /// <summary>WRITE USING TOKEN, of EXTENDED COPY.</summary>
    public const byte WriteUsingToken = 0x11;

    /// <summary>COPY OPERATION ABORT, of EXTENDED COPY.</summary>
    public const byte CopyOperationAbort = 0x1C;

    /// <summary>RECEIVE COPY STATUS(LID1), of RECEIVE COPY RESULTS.</summary>
    public const byte ReceiveCopyStatusLid1 = 0x00;

    /// <summary>RECEIVE COPY FAILURE DETAILS(LID1), of RECEIVE COPY RESULTS.</summary>
    public const byte ReceiveCopyFailureDetails = 0x04;

    /// <summary>RECEIVE COPY STATUS(LID4), of RECEIVE COPY RESULTS.</summary>
    public const byte ReceiveCopyStatusLid4 = 0x05;

    /// <summary>RECEIVE ROD TOKEN INFORMATION, of RECEIVE COPY RESULTS.</summary>
    public const byte ReceiveRodTokenInformation = 0x07;

    /// <summary>REPORT ALL ROD TOKENS, of RECEIVE COPY RESULTS.</summary>
    public const byte ReportAllRodTokens = 0x08;

    /// <summary>RECEIVE COPY OPERATING PARAMETERS, of RECEIVE COPY RESULTS.</summary>
    public const byte ReceiveCopyOperatingParameters = 0x03;

    /// <summary>OVERWRITE, of SANITIZE.</summary>
    public const byte SanitizeOverwrite = 0x01;

    /// <summary>BLOCK ERASE, of SANITIZE.</summary>
    public const byte SanitizeBlockErase = 0x02;

    /// <summary>EXIT FAILURE MODE, of SANITIZE.</summary>
    public const byte SanitizeExitFailureMode = 0x1F;

    /// <summary>READ(32), of the variable length CDB.</summary>
    public const byte Read32 = 0x09;

    /// <summary>VERIFY(32), of the variable length CDB.</summary>
    public const byte Verify32 = 0x0A;

    /// <summary>WRITE(32), of the variable length CDB.</summary>
    public const byte Write32 = 0x0B;

    /// <summary>WRITE AND VERIFY(32), of the variable length CDB.</summary>
    public const byte WriteAndVerify32 = 0x0C;

    /// <summary>WRITE SAME(32), of the variable length CDB.</summary>
    public const byte WriteSame32 = 0x0D;

    /// <summary>REPORT IDENTIFYING INFORMATION, of MAINTENANCE IN.</summary>
    public const byte ReportIdentifyingInformation = 0x05;

    /// <summary>REPORT TIMESTAMP, of MAINTENANCE IN.</summary>
    public const byte ReportTimestamp = 0x0F;

    /// <summary>SET IDENTIFYING INFORMATION, of MAINTENANCE OUT.</summary>
    public const byte SetIdentifyingInformation = 0x06;

    /// <summary>SET TIMESTAMP, of MAINTENANCE OUT.</summary>
    public const byte SetTimestamp = 0x0F;

    /// <summary>READ MEDIA SERIAL NUMBER, of SERVICE ACTION IN(12).</summary>
    public const byte ReadMediaSerialNumber = 0x01;
}
