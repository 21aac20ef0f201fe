namespace Blockwire.Scsi;

/// <summary>
/// The commands of CD/DVD drives (MMC-5). A CDB does not say what it was sent to, so of two commands with one operation code the one that is met more often has it: UNMAP and not READ
/// SUB-CHANNEL, READ DISC INFORMATION and not XPWRITE(10).
/// </summary>
public sealed partial record CdbDescription
{
    private static void AddMultimedia(Adder add)
    {
        CdbField lengthAt7 = Whole("ALLOCATION LENGTH", 7, 2);
        CdbField sectors = Bits("EXPECTED SECTOR TYPE", 1, 0x1C);
        CdbField channels = Bits("MAIN CHANNEL SELECTION", 9, 0xF8);
        add(MmcOperationCode.Seek10, "SEEK(10)", Whole("LOGICAL BLOCK ADDRESS", 2, 4));
        add(MmcOperationCode.ReadToc, "READ TOC/PMA/ATIP", Bits("MSF", 1, 0x02), Bits("FORMAT", 2, 0x0F), Whole("TRACK/SESSION NUMBER", 6, 1), lengthAt7);
        add(MmcOperationCode.GetConfiguration, "GET CONFIGURATION", Bits("RT", 1, 0x03), Whole("STARTING FEATURE NUMBER", 2, 2), lengthAt7);
        add(MmcOperationCode.GetEventStatusNotification, "GET EVENT STATUS NOTIFICATION", Bits("POLLED", 1, 0x01), Whole("NOTIFICATION CLASS REQUEST", 4, 1), lengthAt7);
        add(MmcOperationCode.ReadDiscInformation, "READ DISC INFORMATION", Bits("DATA TYPE", 1, 0x07), lengthAt7);
        add(MmcOperationCode.ReadTrackInformation, "READ TRACK INFORMATION", Bits("ADDRESS/NUMBER TYPE", 1, 0x03), Whole("LOGICAL BLOCK ADDRESS/TRACK/SESSION NUMBER", 2, 4), lengthAt7);
        add(MmcOperationCode.ReadBufferCapacity, "READ BUFFER CAPACITY", Bits("BLOCK", 1, 0x01), lengthAt7);
        add(MmcOperationCode.GetPerformance, "GET PERFORMANCE", Bits("DATA TYPE", 1, 0x1F), Whole("STARTING LBA", 2, 4), Whole("MAXIMUM NUMBER OF DESCRIPTORS", 8, 2), Whole("TYPE", 10, 1));
        add(MmcOperationCode.ReadDvdStructure, "READ DVD STRUCTURE", Bits("MEDIA TYPE", 1, 0x0F), Whole("ADDRESS", 2, 4), Whole("LAYER NUMBER", 6, 1), Whole("FORMAT", 7, 1), Whole("ALLOCATION LENGTH", 8, 2));
        add(MmcOperationCode.SetStreaming, "SET STREAMING", Whole("TYPE", 8, 1), Whole("PARAMETER LIST LENGTH", 9, 2));
        add(MmcOperationCode.ReadCdMsf, "READ CD MSF", sectors, Whole("STARTING MSF", 3, 3), Whole("ENDING MSF", 6, 3), channels);
        add(MmcOperationCode.SetCdSpeed, "SET CD SPEED", Whole("READ SPEED", 2, 2), Whole("WRITE SPEED", 4, 2));
        add(MmcOperationCode.MechanismStatus, "MECHANISM STATUS", Whole("ALLOCATION LENGTH", 8, 2));
        add(MmcOperationCode.ReadCd, "READ CD", sectors, Whole("STARTING LOGICAL BLOCK ADDRESS", 2, 4), Whole("TRANSFER LENGTH", 6, 3), channels);
    }
}
