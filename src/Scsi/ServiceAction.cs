namespace Blockwire.Scsi;

/// <summary>Service actions: the five low bits of byte 1 in the CDBs that have one.</summary>
public static class ServiceAction
{
    /// <summary>READ CAPACITY(16), of SERVICE ACTION IN(16).</summary>
    public const byte ReadCapacity16 = 0x10;

    /// <summary>GET LBA STATUS, of SERVICE ACTION IN(16).</summary>
    public const byte GetLbaStatus = 0x12;

    /// <summary>REPORT SUPPORTED OPERATION CODES, of MAINTENANCE IN.</summary>
    public const byte ReportSupportedOperationCodes = 0x0C;

    /// <summary>REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS, of MAINTENANCE IN.</summary>
    public const byte ReportSupportedTaskManagementFunctions = 0x0D;
}
