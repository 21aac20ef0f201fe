using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Trace.Words;

/// <summary>What codes mean, as the RFC words them; null for a value that it does not define.</summary>
internal static class CodeNames
{
    public static string? Attribute(ulong value) => value switch
    {
        0 => "Untagged", 1 => "Simple", 2 => "Ordered", 3 => "Head of queue", 4 => "ACA", _ => "reserved",
    };

    public static string? ServiceResponse(ulong value) => value switch
    {
        0 => "Command Completed at Target", 1 => "Target Failure", >= 0x80 => "vendor specific", _ => "reserved",
    };

    public static string? ScsiStatusName(ulong value) => (ScsiStatus)value switch
    {
        ScsiStatus.Good => "GOOD",
        ScsiStatus.CheckCondition => "CHECK CONDITION",
        ScsiStatus.ConditionMet => "CONDITION MET",
        ScsiStatus.Busy => "BUSY",
        ScsiStatus.ReservationConflict => "RESERVATION CONFLICT",
        ScsiStatus.TaskSetFull => "TASK SET FULL",
        ScsiStatus.AcaActive => "ACA ACTIVE",
        ScsiStatus.TaskAborted => "TASK ABORTED",
        (ScsiStatus)0x10 => "INTERMEDIATE",
        (ScsiStatus)0x14 => "INTERMEDIATE-CONDITION MET",
        _ => "reserved",
    };

    public static string? TaskFunction(ulong value) => (TaskManagementFunction)value switch
    {
        TaskManagementFunction.AbortTask => "ABORT TASK",
        TaskManagementFunction.AbortTaskSet => "ABORT TASK SET",
        TaskManagementFunction.ClearAca => "CLEAR ACA",
        TaskManagementFunction.ClearTaskSet => "CLEAR TASK SET",
        TaskManagementFunction.LogicalUnitReset => "LOGICAL UNIT RESET",
        TaskManagementFunction.TargetWarmReset => "TARGET WARM RESET",
        TaskManagementFunction.TargetColdReset => "TARGET COLD RESET",
        TaskManagementFunction.TaskReassign => "TASK REASSIGN",
        TaskManagementFunction.QueryTask => "QUERY TASK",
        TaskManagementFunction.QueryTaskSet => "QUERY TASK SET",
        TaskManagementFunction.ITNexusReset => "I_T NEXUS RESET",
        TaskManagementFunction.QueryAsynchronousEvent => "QUERY ASYNCHRONOUS EVENT",
        _ => "unassigned",
    };

    public static string? TaskResponse(ulong value) => (TaskManagementResponseCode)value switch
    {
        TaskManagementResponseCode.FunctionComplete => "Function complete",
        TaskManagementResponseCode.TaskDoesNotExist => "Task does not exist",
        TaskManagementResponseCode.LunDoesNotExist => "LUN does not exist",
        TaskManagementResponseCode.TaskStillAllegiant => "Task still allegiant",
        TaskManagementResponseCode.ReassignmentNotSupported => "Task allegiance reassignment not supported",
        TaskManagementResponseCode.FunctionNotSupported => "Task management function not supported",
        TaskManagementResponseCode.AuthorizationFailed => "Function authorization failed",
        TaskManagementResponseCode.FunctionSucceeded => "Function succeeded",
        TaskManagementResponseCode.FunctionRejected => "Function rejected",
        _ => "unassigned",
    };

    public static string? Stage(ulong value) => (LoginStage)value switch
    {
        LoginStage.SecurityNegotiation => "SecurityNegotiation",
        LoginStage.LoginOperationalNegotiation => "LoginOperationalNegotiation",
        LoginStage.FullFeaturePhase => "FullFeaturePhase",
        _ => "reserved",
    };

    public static string? LoginStatusName(ulong value) => (LoginStatus)value switch
    {
        LoginStatus.Success => "Success",
        LoginStatus.TargetMovedTemporarily => "Target moved temporarily",
        LoginStatus.TargetMovedPermanently => "Target moved permanently",
        LoginStatus.InitiatorError => "Initiator error",
        LoginStatus.AuthenticationFailure => "Authentication failure",
        LoginStatus.AuthorizationFailure => "Authorization failure",
        LoginStatus.NotFound => "Not found",
        LoginStatus.TargetRemoved => "Target removed",
        LoginStatus.UnsupportedVersion => "Unsupported version",
        LoginStatus.TooManyConnections => "Too many connections",
        LoginStatus.MissingParameter => "Missing parameter",
        LoginStatus.CannotIncludeInSession => "Can't include in session",
        LoginStatus.SessionTypeNotSupported => "Session type not supported",
        LoginStatus.SessionDoesNotExist => "Session does not exist",
        LoginStatus.InvalidDuringLogin => "Invalid during login",
        LoginStatus.TargetError => "Target error",
        LoginStatus.ServiceUnavailable => "Service unavailable",
        LoginStatus.OutOfResources => "Out of resources",
        _ => "unassigned",
    };

    public static string? LogoutReasonName(ulong value) => (LogoutReason)value switch
    {
        LogoutReason.CloseSession => "close the session",
        LogoutReason.CloseConnection => "close the connection",
        LogoutReason.RemoveConnectionForRecovery => "remove the connection for recovery",
        _ => "reserved",
    };

    public static string? LogoutResponseName(ulong value) => (LogoutResponseCode)value switch
    {
        LogoutResponseCode.Closed => "connection or session closed successfully",
        LogoutResponseCode.CidNotFound => "CID not found",
        LogoutResponseCode.RecoveryNotSupported => "connection recovery is not supported",
        LogoutResponseCode.CleanupFailed => "cleanup failed",
        _ => "unassigned",
    };

    public static string? SnackTypeName(ulong value) => (SnackType)value switch
    {
        SnackType.DataOrR2T => "Data/R2T SNACK", SnackType.Status => "Status SNACK", SnackType.DataAck => "DataACK", SnackType.RData => "R-Data SNACK", _ => "reserved",
    };

    public static string? RejectReasonName(ulong value) => (RejectReason)value switch
    {
        RejectReason.DataDigestError => "Data (payload) digest error",
        RejectReason.SnackReject => "SNACK Reject",
        RejectReason.ProtocolError => "Protocol Error",
        RejectReason.CommandNotSupported => "Command not supported",
        RejectReason.ImmediateCommandReject => "Immediate command reject",
        RejectReason.TaskInProgress => "Task in progress",
        RejectReason.InvalidDataAck => "Invalid data ack",
        RejectReason.InvalidPduField => "Invalid PDU field",
        RejectReason.LongOperationReject => "Long op reject",
        RejectReason.NegotiationReset => "Deprecated reason code",
        RejectReason.WaitingForLogout => "Waiting for Logout",
        _ => "unassigned",
    };

    public static string? AsyncEventName(ulong value) => (AsyncEvent)value switch
    {
        AsyncEvent.ScsiEvent => "SCSI async event",
        AsyncEvent.LogoutRequest => "target requests Logout",
        AsyncEvent.ConnectionDrop => "target will drop the connection",
        AsyncEvent.SessionDrop => "target will drop all connections of the session",
        AsyncEvent.NegotiationRequest => "target requests parameter negotiation",
        AsyncEvent.TaskTermination => "task termination (FastAbort)",
        >= AsyncEvent.FirstVendorEvent => "vendor-specific iSCSI event",
        _ => "unassigned",
    };

    public static string? LunWords(ulong value) => LunFormat.TryDecode(value, out uint number) ? $"LUN {number}" : null;

    // RFC 7143 §11.12.5: the two high bits tell who the naming authority is.
    public static string? IsidWords(ulong value) => (value >> 46) switch
    {
        0 => "OUI format", 1 => "EN format (IANA enterprise number)", 2 => "random", _ => "reserved type",
    };
}
