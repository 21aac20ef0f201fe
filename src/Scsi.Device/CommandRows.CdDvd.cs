using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Scsi.Device.Multimedia;
using static Blockwire.Scsi.Device.CommandFlags;

namespace Blockwire.Scsi.Device;

/// <summary>The rows of a CD/DVD drive that only reads.</summary>
internal static partial class CommandRows
{
    /// <summary>The rows for a CD/DVD drive. The service actions of A3h and A4h are missing: in MMC these are SEND KEY and REPORT KEY.</summary>
    public static IEnumerable<CommandSpec> OfCdDvd() =>
    [
        .. Primary().Where(static row => row.OperationCode is OperationCode.TestUnitReady or OperationCode.RequestSense or OperationCode.Inquiry
            or OperationCode.ModeSelect6 or OperationCode.ModeSelect10 or OperationCode.ModeSense6 or OperationCode.ModeSense10
            or OperationCode.ReportLuns or OperationCode.ReadCapacity10),
        .. Reservations(), .. PersistentReservations(), .. CdDvdReads(), .. CdDvdDiscs(), .. CdDvdDrive(),
    ];

    private static IEnumerable<CommandSpec> CdDvdReads() =>
    [
        Row("READ(6)", "SCSI-2", [OperationCode.Read6, 0x1F, 0xFF, 0xFF, 0xFF, 0], ReadsMedium, ReadCommands.Plan, ReadCommands.Run, ReservationRule.AllowedToRead),
        Row("READ(10)", "MMC-5", Ten(OperationCode.Read10, 0x18), ReadsMedium, ReadCommands.Plan, ReadCommands.Run, ReservationRule.AllowedToRead),
        // Streaming, in byte 10, asks for speed rather than care: there is no more speed to have.
        Row("READ(12)", "MMC-5", [OperationCode.Read12, 0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x80, 0], ReadsMedium,
            ReadCommands.Plan, ReadCommands.Run, ReservationRule.AllowedToRead),
        Row("READ CD", "MMC-5", [MmcOperationCode.ReadCd, 0x1E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF8, 0, 0], ReadsMedium,
            ReadCdCommands.Plan, ReadCdCommands.Run, ReservationRule.AllowedToRead),
        Row("READ CD MSF", "MMC-5", [MmcOperationCode.ReadCdMsf, 0x1E, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF8, 0, 0], ReadsMedium,
            ReadCdCommands.PlanMsf, ReadCdCommands.Run, ReservationRule.AllowedToRead),
        Row("SEEK(10)", "MMC-5", [MmcOperationCode.Seek10, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], NeedsMedium,
            DriveCommands.PlanSeek, PrimaryCommands.Succeed, ReservationRule.AllowedToRead),
    ];

    private static IEnumerable<CommandSpec> CdDvdDiscs() =>
    [
        Row("READ SUB-CHANNEL", "MMC-5", [MmcOperationCode.ReadSubChannel, 0x02, 0x40, 0xFF, 0, 0, 0xFF, 0xFF, 0xFF, 0], Reads,
            DiscCommands.PlanSubChannel, DiscCommands.SubChannel, ReservationRule.AllowedToRead),
        Row("READ TOC/PMA/ATIP", "MMC-5", [MmcOperationCode.ReadToc, 0x02, 0x0F, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xC0], Reads,
            TableOfContents.Plan, TableOfContents.Run, ReservationRule.AllowedToRead),
        Row("READ DISC INFORMATION", "MMC-5", [MmcOperationCode.ReadDiscInformation, 0x07, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0], Reads,
            DiscCommands.PlanDiscInformation, DiscCommands.DiscInformation, ReservationRule.AllowedToRead),
        Row("READ TRACK INFORMATION", "MMC-5", [MmcOperationCode.ReadTrackInformation, 0x03, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xFF, 0xFF, 0], Reads,
            DiscCommands.PlanTrackInformation, DiscCommands.TrackInformation, ReservationRule.AllowedToRead),
        Row("READ DVD STRUCTURE", "MMC-5", [MmcOperationCode.ReadDvdStructure, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xC0, 0], Reads,
            DvdStructure.Plan, DvdStructure.Run, ReservationRule.AllowedToRead),
    ];

    private static IEnumerable<CommandSpec> CdDvdDrive() =>
    [
        Row("START STOP UNIT", "MMC-5", [OperationCode.StartStopUnit, 0x01, 0, 0, 0xF3, 0], None,
            TrayCommands.PlanStartStop, TrayCommands.RunStartStop, ReservationRule.AllowedToStart),
        Row("PREVENT ALLOW MEDIUM REMOVAL", "MMC-5", [OperationCode.PreventAllowMediumRemoval, 0, 0, 0, 0x03, 0], None,
            PrimaryCommands.PlanNothing, TrayCommands.PreventAllow, ReservationRule.AllowedToPermitRemoval),
        Row("GET CONFIGURATION", "MMC-5", [MmcOperationCode.GetConfiguration, 0x03, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0], DataIn | PassesUnitAttention,
            DriveFeatures.Plan, DriveFeatures.Run, ReservationRule.Allowed),
        Row("GET EVENT STATUS NOTIFICATION", "MMC-5", [MmcOperationCode.GetEventStatusNotification, 0x01, 0, 0, 0xFF, 0, 0, 0xFF, 0xFF, 0], DataIn | PassesUnitAttention,
            EventStatus.Plan, EventStatus.Run, ReservationRule.Allowed),
        Row("MECHANISM STATUS", "MMC-5", [MmcOperationCode.MechanismStatus, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0], DataIn,
            DriveCommands.PlanMechanism, DriveCommands.Mechanism, ReservationRule.Allowed),
        Row("READ BUFFER CAPACITY", "MMC-5", [MmcOperationCode.ReadBufferCapacity, 0x01, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0], DataIn,
            DriveCommands.PlanBufferCapacity, DriveCommands.BufferCapacity, ReservationRule.AllowedToRead),
        Row("GET PERFORMANCE", "MMC-5", [MmcOperationCode.GetPerformance, 0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0xFF, 0], Reads,
            DriveCommands.PlanPerformance, DriveCommands.Performance, ReservationRule.AllowedToRead),
        Row("SET STREAMING", "MMC-5", [MmcOperationCode.SetStreaming, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0], DataOut,
            DriveCommands.PlanStreaming, DriveCommands.Streaming),
        Row("SET CD SPEED", "MMC-5", [MmcOperationCode.SetCdSpeed, 0x03, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0], None,
            DriveCommands.PlanSpeed, PrimaryCommands.Succeed),
    ];
}
