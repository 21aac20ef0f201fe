namespace Blockwire.Wire;

/// <summary>Task management functions, RFC 7143 §11.5.1; 9 to 12 are RFC 7144's (§6.3). Other values are unassigned.</summary>
public enum TaskManagementFunction : byte
{
    /// <summary>Aborts the task that the Referenced Task Tag names.</summary>
    AbortTask = 1,

    /// <summary>Aborts all tasks of this session on the logical unit.</summary>
    AbortTaskSet = 2,

    /// <summary>Clears the auto contingent allegiance.</summary>
    ClearAca = 3,

    /// <summary>Aborts all tasks of the task set, whose reach the Control mode page tells.</summary>
    ClearTaskSet = 4,

    /// <summary>Resets the logical unit.</summary>
    LogicalUnitReset = 5,

    /// <summary>Resets the target.</summary>
    TargetWarmReset = 6,

    /// <summary>Resets the target and closes all its sessions.</summary>
    TargetColdReset = 7,

    /// <summary>Moves a task's connection allegiance to this connection.</summary>
    TaskReassign = 8,

    /// <summary>Is the task that the Referenced Task Tag names in the task set?</summary>
    QueryTask = 9,

    /// <summary>Is any task of this nexus in the task set?</summary>
    QueryTaskSet = 10,

    /// <summary>I_T nexus loss.</summary>
    ITNexusReset = 11,

    /// <summary>Is a unit attention or deferred error pending?</summary>
    QueryAsynchronousEvent = 12,
}

/// <summary>Task Management Function Request field map, RFC 7143 §11.5. Byte offsets into the BHS.</summary>
internal static class TaskManagementRequestMap
{
    internal const int Function = 1, Lun = 8, InitiatorTaskTag = 16, ReferencedTaskTag = 20, RefCmdSN = 32, ExpDataSN = 36;
}

/// <summary>Window on a Task Management Function Request (RFC 7143 §11.5). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct TaskManagementRequestView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>Function: seven bits. The value may be unnamed.</summary>
    public TaskManagementFunction Function => (TaskManagementFunction)(_bhs[TaskManagementRequestMap.Function] & 0x7F);

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, TaskManagementRequestMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, TaskManagementRequestMap.InitiatorTaskTag);

    /// <summary>Referenced Task Tag.</summary>
    public uint ReferencedTaskTag => Field.U32(_bhs, TaskManagementRequestMap.ReferencedTaskTag);

    /// <summary>RefCmdSN.</summary>
    public Serial32 RefCmdSN => Field.Serial(_bhs, TaskManagementRequestMap.RefCmdSN);

    /// <summary>ExpDataSN.</summary>
    public Serial32 ExpDataSN => Field.Serial(_bhs, TaskManagementRequestMap.ExpDataSN);
}

/// <summary>Asks for a task management function (RFC 7143 §11.5).</summary>
/// <param name="Immediate">I bit: for immediate delivery.</param>
/// <param name="Function">The function. One that is unassigned is answered, not rejected (response 5).</param>
/// <param name="Lun">LUN; 0 for the functions that address no logical unit (§11.5.3, RFC 7144 §6.3.1).</param>
/// <param name="InitiatorTaskTag">Tag of this request.</param>
/// <param name="ReferencedTaskTag">
/// The task meant by ABORT TASK, TASK REASSIGN and QUERY TASK; else <see cref="Bhs.ReservedTag"/> (§11.5.4).
/// </param>
/// <param name="RefCmdSN">CmdSN of the task meant by ABORT TASK and QUERY TASK; else 0 (§11.5.5).</param>
/// <param name="ExpDataSN">For TASK REASSIGN the next DataSN expected, or 0; else 0 (§11.5.6).</param>
/// <remarks>The fields of an unassigned function are carried as they are.</remarks>
public readonly record struct TaskManagementRequest(
    bool Immediate, TaskManagementFunction Function, ulong Lun, uint InitiatorTaskTag, uint ReferencedTaskTag, Serial32 RefCmdSN,
    Serial32 ExpDataSN)
{
    private bool IsUnassigned => Function is < TaskManagementFunction.AbortTask or > TaskManagementFunction.QueryAsynchronousEvent;

    private bool HasLun => IsUnassigned || Function
        is TaskManagementFunction.AbortTask or TaskManagementFunction.AbortTaskSet or TaskManagementFunction.ClearAca
        or TaskManagementFunction.ClearTaskSet or TaskManagementFunction.LogicalUnitReset or TaskManagementFunction.QueryTask
        or TaskManagementFunction.QueryTaskSet or TaskManagementFunction.QueryAsynchronousEvent;

    private bool HasReferencedTask => HasRefCmdSN || Function is TaskManagementFunction.TaskReassign;

    private bool HasRefCmdSN => IsUnassigned || Function is TaskManagementFunction.AbortTask or TaskManagementFunction.QueryTask;

    private bool HasExpDataSN => IsUnassigned || Function is TaskManagementFunction.TaskReassign;

    /// <summary>
    /// Reads and checks. Fields that the function reserves come out as reserved. The value is filled in whatever the outcome.
    /// </summary>
    public static PduCheck Parse(TaskManagementRequestView view, out TaskManagementRequest value)
    {
        value = new TaskManagementRequest(
            view.Common.Immediate, view.Function, view.Lun, view.InitiatorTaskTag, view.ReferencedTaskTag, view.RefCmdSN,
            view.ExpDataSN).Meant();
        PduCheck lengths = Bhs.CheckNoAhsNoData(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.InvalidField(Bhs.InitiatorTaskTagRule)
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0. Fields that the function reserves are sent as reserved.</summary>
    public void Emit(Span<byte> bhs)
    {
        TaskManagementRequest meant = Meant();
        Bhs.Begin(bhs, Opcode.TaskManagementRequest, Immediate, (byte)(Bhs.FinalBit | (byte)Function));
        Field.Put64(bhs, TaskManagementRequestMap.Lun, meant.Lun);
        Field.Put32(bhs, TaskManagementRequestMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, TaskManagementRequestMap.ReferencedTaskTag, meant.ReferencedTaskTag);
        Field.Put32(bhs, TaskManagementRequestMap.RefCmdSN, meant.RefCmdSN);
        Field.Put32(bhs, TaskManagementRequestMap.ExpDataSN, meant.ExpDataSN);
    }

    /// <summary>The same, with the LUN even where the function reserves it: for a target that wants it there, against RFC 7143 §11.5.3.</summary>
    public void EmitWithLun(Span<byte> bhs)
    {
        Emit(bhs);
        Field.Put64(bhs, TaskManagementRequestMap.Lun, Lun);
    }

    private TaskManagementRequest Meant() => this with
    {
        Lun = HasLun ? Lun : 0,
        ReferencedTaskTag = HasReferencedTask ? ReferencedTaskTag : Bhs.ReservedTag,
        RefCmdSN = HasRefCmdSN ? RefCmdSN : default,
        ExpDataSN = HasExpDataSN ? ExpDataSN : default,
    };
}
