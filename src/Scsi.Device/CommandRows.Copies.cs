using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using static Blockwire.Scsi.Device.CommandFlags;

namespace Blockwire.Scsi.Device;

/// <summary>The rows of third-party copies and tokens. None of them sends or takes blocks of the medium itself, so none is counted as a read or a write.</summary>
internal static partial class CommandRows
{
    private static IEnumerable<CommandSpec> Copies() =>
    [
        Action("EXTENDED COPY(LID1)", "SPC-4 6.4", ServiceAction.ExtendedCopyLid1, LongCopy(OperationCode.ExtendedCopy, ServiceAction.ExtendedCopyLid1),
            DataOut, ExtendedCopyCommands.Plan, ExtendedCopyCommands.Run),
        Action("EXTENDED COPY(LID4)", "SPC-4 6.5", ServiceAction.ExtendedCopyLid4, LongCopy(OperationCode.ExtendedCopy, ServiceAction.ExtendedCopyLid4),
            DataOut, ExtendedCopyCommands.Plan, ExtendedCopyCommands.Run),
        Action("POPULATE TOKEN", "SBC-3 5.7", ServiceAction.PopulateToken,
            [OperationCode.ExtendedCopy, ServiceAction.PopulateToken, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0],
            DataOut | NeedsMedium, TokenCommands.PlanPopulate, TokenCommands.RunPopulate, ReservationRule.AllowedToRead),
        Action("WRITE USING TOKEN", "SBC-3 5.45", ServiceAction.WriteUsingToken,
            [OperationCode.ExtendedCopy, ServiceAction.WriteUsingToken, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0],
            Changes, TokenCommands.PlanWrite, TokenCommands.RunWrite),
        Action("COPY OPERATION ABORT", "SPC-4 6.3", ServiceAction.CopyOperationAbort,
            [OperationCode.ExtendedCopy, ServiceAction.CopyOperationAbort, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            None, ExtendedCopyCommands.PlanAbort, ExtendedCopyCommands.RunAbort),
        Action("RECEIVE COPY STATUS(LID1)", "SPC-4 6.24", ServiceAction.ReceiveCopyStatusLid1,
            ShortResult(ServiceAction.ReceiveCopyStatusLid1), DataIn, CopyResultCommands.Plan, CopyResultCommands.RunStatusLid1, ReservationRule.AllowedToRead),
        Action("RECEIVE COPY OPERATING PARAMETERS", "SPC-4 6.22", ServiceAction.ReceiveCopyOperatingParameters,
            LongCopy(OperationCode.ReceiveCopyResults, ServiceAction.ReceiveCopyOperatingParameters), DataIn,
            CopyResultCommands.Plan, CopyResultCommands.RunParameters, ReservationRule.AllowedToRead),
        Action("RECEIVE COPY FAILURE DETAILS(LID1)", "SPC-4 6.21", ServiceAction.ReceiveCopyFailureDetails,
            ShortResult(ServiceAction.ReceiveCopyFailureDetails), DataIn, CopyResultCommands.Plan, CopyResultCommands.RunFailureDetails, ReservationRule.AllowedToRead),
        Action("RECEIVE COPY STATUS(LID4)", "SPC-4 6.25", ServiceAction.ReceiveCopyStatusLid4,
            LongResult(ServiceAction.ReceiveCopyStatusLid4), DataIn, CopyResultCommands.Plan, CopyResultCommands.RunStatusLid4, ReservationRule.AllowedToRead),
        Action("RECEIVE ROD TOKEN INFORMATION", "SPC-4 6.28", ServiceAction.ReceiveRodTokenInformation,
            LongResult(ServiceAction.ReceiveRodTokenInformation), DataIn, CopyResultCommands.Plan, CopyResultCommands.RunTokenInformation, ReservationRule.AllowedToRead),
        Action("REPORT ALL ROD TOKENS", "SPC-4 6.38", ServiceAction.ReportAllRodTokens,
            LongCopy(OperationCode.ReceiveCopyResults, ServiceAction.ReportAllRodTokens), DataIn, TokenCommands.PlanReport, TokenCommands.RunReport, ReservationRule.AllowedToRead),
    ];

    private static byte[] LongCopy(byte operationCode, byte action) => [operationCode, action, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0];

    private static byte[] ShortResult(byte action) => [OperationCode.ReceiveCopyResults, action, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0];

    private static byte[] LongResult(byte action) => [OperationCode.ReceiveCopyResults, action, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0];
}
