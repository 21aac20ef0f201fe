namespace Blockwire.Wire;

/// <summary>Answers to task management functions, RFC 7143 §11.6.1; 7 is RFC 7144's (§6.4.2). Other values are unassigned.</summary>
public enum TaskManagementResponseCode : byte
{
    /// <summary>Function complete.</summary>
    FunctionComplete = 0,

    /// <summary>Task does not exist.</summary>
    TaskDoesNotExist = 1,

    /// <summary>LUN does not exist.</summary>
    LunDoesNotExist = 2,

    /// <summary>Task still allegiant.</summary>
    TaskStillAllegiant = 3,

    /// <summary>Task allegiance reassignment not supported.</summary>
    ReassignmentNotSupported = 4,

    /// <summary>Task management function not supported.</summary>
    FunctionNotSupported = 5,

    /// <summary>Function authorization failed.</summary>
    AuthorizationFailed = 6,

    /// <summary>Function succeeded: the answer "yes" to a query.</summary>
    FunctionSucceeded = 7,

    /// <summary>Function rejected.</summary>
    FunctionRejected = 255,
}

/// <summary>Task Management Function Response field map, RFC 7143 §11.6. Byte offsets into the BHS.</summary>
internal static class TaskManagementResponseMap
{
    internal const int Response = 2, AdditionalInformation = 8, InitiatorTaskTag = 16;
}

/// <summary>Window on a Task Management Function Response (RFC 7143 §11.6). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct TaskManagementResponseView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>Response. The value may be unnamed.</summary>
    public TaskManagementResponseCode Response => (TaskManagementResponseCode)_bhs[TaskManagementResponseMap.Response];

    /// <summary>Additional Response Information: three bytes (RFC 7144 §6.4.1).</summary>
    public int AdditionalInformation => Field.U24(_bhs, TaskManagementResponseMap.AdditionalInformation);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, TaskManagementResponseMap.InitiatorTaskTag);
}

/// <summary>The answer to a task management function (RFC 7143 §11.6).</summary>
/// <param name="Response">The answer.</param>
/// <param name="InitiatorTaskTag">That of the request.</param>
public readonly record struct TaskManagementResponse(TaskManagementResponseCode Response, uint InitiatorTaskTag)
{
    /// <summary>
    /// Additional response information, 24 bits, of the queries (RFC 7144 §6.4.1, SAM-5). To be ignored, and sent as 0, unless
    /// iSCSIProtocolLevel 2 was negotiated.
    /// </summary>
    public int AdditionalInformation { get; init; }

    /// <summary>Reads and checks. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(TaskManagementResponseView view, out TaskManagementResponse value)
    {
        value = new(view.Response, view.InitiatorTaskTag) { AdditionalInformation = view.AdditionalInformation };
        PduCheck lengths = Bhs.CheckNoAhsNoData(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.Format(Bhs.InitiatorTaskTagRule)
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.TaskManagementResponse, immediate: false, Bhs.FinalBit);
        bhs[TaskManagementResponseMap.Response] = (byte)Response;
        Field.Put24(bhs, TaskManagementResponseMap.AdditionalInformation, AdditionalInformation);
        Field.Put32(bhs, TaskManagementResponseMap.InitiatorTaskTag, InitiatorTaskTag);
    }
}
