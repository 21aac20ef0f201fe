using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using static Blockwire.Scsi.Device.CommandFlags;

namespace Blockwire.Scsi.Device;

/// <summary>The rows that look after the medium as a whole.</summary>
internal static partial class CommandRows
{
    private const CommandFlags ChangesAll = NeedsMedium | ChangesMedium | RunsDuringMediumWork;

    private static IEnumerable<CommandSpec> Upkeep(bool protection) =>
    [
        Row("FORMAT UNIT", "SBC-3 5.2", [OperationCode.FormatUnit, (byte)(protection ? 0xFF : 0x3F), 0, 0, 0, 0], DataOut | ChangesAll, FormatCommand.Plan, FormatCommand.Run),
        Action("SANITIZE, OVERWRITE", "SBC-3 5.24", ServiceAction.SanitizeOverwrite,
            [OperationCode.Sanitize, 0xA1, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0], DataOut | ChangesAll,
            SanitizeCommands.PlanOverwrite, SanitizeCommands.RunOverwrite),
        Action("SANITIZE, BLOCK ERASE", "SBC-3 5.24", ServiceAction.SanitizeBlockErase,
            [OperationCode.Sanitize, 0xA2, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0], ChangesAll,
            SanitizeCommands.PlanWithoutList, SanitizeCommands.RunBlockErase),
        Action("SANITIZE, EXIT FAILURE MODE", "SBC-3 5.24", ServiceAction.SanitizeExitFailureMode,
            [OperationCode.Sanitize, 0x1F, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0], RunsDuringMediumWork,
            SanitizeCommands.PlanWithoutList, SanitizeCommands.RunExitFailureMode),
        Row("REASSIGN BLOCKS", "SBC-3 5.20", [OperationCode.ReassignBlocks, 0x03, 0, 0, 0, 0], Changes,
            DefectCommands.PlanReassign, DefectCommands.RunReassign),
        Row("READ DEFECT DATA(10)", "SBC-3 5.17", [OperationCode.ReadDefectData10, 0, 0x1F, 0, 0, 0, 0, 0xFF, 0xFF, 0], Reads,
            DefectCommands.Plan10, DefectCommands.Run10, ReservationRule.AllowedToRead),
        Row("READ DEFECT DATA(12)", "SBC-3 5.18",
            [OperationCode.ReadDefectData12, 0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], Reads,
            DefectCommands.Plan12, DefectCommands.Run12, ReservationRule.AllowedToRead),
        Row("WRITE LONG(10)", "SBC-3 5.41", [OperationCode.WriteLong10, WriteLongCommands.Flags, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xFF, 0xFF, 0], NeedsMedium | ChangesMedium,
            WriteLongCommands.Plan, WriteLongCommands.Run),
        Action("WRITE LONG(16)", "SBC-3 5.42", ServiceAction.WriteLong16,
            [OperationCode.ServiceActionOut16, WriteLongCommands.Flags | ServiceAction.WriteLong16, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0],
            NeedsMedium | ChangesMedium, WriteLongCommands.Plan, WriteLongCommands.Run),
        Row("SEND DIAGNOSTIC", "SPC-4 6.42", [OperationCode.SendDiagnostic, 0xF7, 0, 0xFF, 0xFF, 0], DataOut | ServedInStandby,
            DiagnosticCommands.PlanSend, DiagnosticCommands.RunSend),
        Row("RECEIVE DIAGNOSTIC RESULTS", "SPC-4 6.27", [OperationCode.ReceiveDiagnosticResults, 0x01, 0xFF, 0xFF, 0xFF, 0], DataIn | ServedInStandby,
            DiagnosticCommands.PlanReceive, DiagnosticCommands.RunReceive, ReservationRule.AllowedToRead),
        Row("WRITE BUFFER", "SPC-4 6.49", [OperationCode.WriteBuffer, 0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0], DataOut | ServedInStandby,
            BufferCommands.PlanWrite, BufferCommands.RunWrite),
        Row("READ BUFFER(10)", "SPC-4 6.18", [OperationCode.ReadBuffer, 0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0], DataIn | ServedInStandby,
            BufferCommands.PlanRead, BufferCommands.RunRead, ReservationRule.AllowedToRead),
        Action("READ MEDIA SERIAL NUMBER", "SPC-4 6.19", ServiceAction.ReadMediaSerialNumber,
            [OperationCode.ServiceActionIn12, 0x01, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], Tells | NeedsMedium,
            InformationCommands.PlanReport, InformationCommands.MediaSerialNumber, ReservationRule.AllowedBesidePersistent),
        Action("REPORT IDENTIFYING INFORMATION", "SPC-4 6.32", ServiceAction.ReportIdentifyingInformation,
            [OperationCode.MaintenanceIn, 0x05, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0], Tells,
            InformationCommands.PlanReportIdentifying, InformationCommands.ReportIdentifying, ReservationRule.Allowed),
        Action("SET IDENTIFYING INFORMATION", "SPC-4 6.43", ServiceAction.SetIdentifyingInformation,
            [OperationCode.MaintenanceOut, 0x06, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0], DataOut,
            InformationCommands.PlanSetIdentifying, InformationCommands.SetIdentifying),
        Action("REPORT TIMESTAMP", "SPC-4 6.38", ServiceAction.ReportTimestamp,
            [OperationCode.MaintenanceIn, 0x0F, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], Tells,
            InformationCommands.PlanReport, InformationCommands.ReportTimestamp, ReservationRule.Allowed),
        Action("SET TIMESTAMP", "SPC-4 6.46", ServiceAction.SetTimestamp,
            [OperationCode.MaintenanceOut, 0x0F, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], DataOut,
            InformationCommands.PlanSetTimestamp, InformationCommands.SetTimestamp),
    ];
}
