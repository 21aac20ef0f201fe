using System.Buffers;

namespace Blockwire.Protocol.Session;

/// <summary>How a connection comes to its end.</summary>
public enum CloseKind
{
    /// <summary>Send what is queued, then FIN, then read until the peer closes too (RFC 7143 §11.14).</summary>
    AfterFlush,

    /// <summary>Send nothing more: FIN when no PDU is under way, else at once. What was queued has been dropped (RFC 7143 §11.14, Appendix E.1, partial PDUs).</summary>
    WithoutFlush,

    /// <summary>At once.</summary>
    Now,
}

/// <summary>
/// What a session core asks of its shell. All calls come under the session's lock and must neither block nor call back into the session; whatever takes time is
/// noted and done after the lock is left.
/// </summary>
public interface ITargetEffects
{
    /// <summary>A task object to use; returned through <see cref="Recycle"/>.</summary>
    TargetTask NewTask();

    /// <summary>A task object nobody refers to any more.</summary>
    void Recycle(TargetTask task);

    /// <summary>The device server's decision about a command, in delivery order. When it does not go on, status and sense are set on the task.</summary>
    TaskPlan Prepare(TargetTask task);

    /// <summary>Run the task; the shell calls <see cref="TargetSession.Complete"/> when it is done.</summary>
    void Execute(TargetTask task);

    /// <summary>
    /// Run a finished task once more, only for its data (<see cref="TaskPlan.CanReread"/>): data was lost on the way and is not kept any more. Ends with
    /// <see cref="TargetSession.Complete"/> like the first time.
    /// </summary>
    void Reread(TargetTask task);

    /// <summary>An executing task is not wanted any more; it still ends with <see cref="TargetSession.Complete"/>.</summary>
    void Cancel(TargetTask task);

    /// <summary>Set status and sense on the task for a condition of the transport.</summary>
    void Fail(TargetTask task, IscsiCondition condition);

    /// <summary>
    /// Does an auto contingent allegiance keep a task from going on now (SAM-5 §5.9)? Asked before a task executes and before it ends. When none does any more, the shell
    /// calls <see cref="TargetSession.GoOn"/>.
    /// </summary>
    bool IsBlocked(TargetTask task);

    /// <summary>
    /// A task ends with a status other than GOOD, or has the ACA attribute and ends: the device server may establish or clear an allegiance, and the shell ends tasks of other
    /// sessions where that is due. Called once for a task, before its status is queued.
    /// </summary>
    /// <returns>Whether the other tasks that the session has for the unit are to be ended (QERR of the control mode page).</returns>
    bool Ended(TargetTask task);

    /// <summary>
    /// Are tasks for a unit that another nexus ends answered with TASK ABORTED (TAS of the control mode page, SAM-5 §5.6)? Else they end without a word and the nexus hears of
    /// it by a unit attention.
    /// </summary>
    bool AnswersAborted(ulong lun);

    /// <summary>Is there a logical unit at this LUN?</summary>
    bool HasUnit(ulong lun);

    /// <summary>Do two LUN fields, which may be spelled differently, mean the same logical unit?</summary>
    bool IsSameUnit(ulong lun, ulong other);

    /// <summary>
    /// The unit attention that the nexus has to hear of first, and is not taken by asking: the additional response information of QUERY ASYNCHRONOUS EVENT
    /// (SAM-5 §7.10), 24 bits; 0 when there is none.
    /// </summary>
    int PendingEvent(ulong lun);

    /// <summary>Tasks of this nexus on the logical unit were ended by the transport: a unit attention tells (RFC 7143 §11.14.5, 47h/7Fh).</summary>
    void TasksEndedByTransport(ulong lun);

    /// <summary>A function that reaches beyond the session: the shell ends the tasks of other sessions, tells the device server, and releases the operation.</summary>
    void ReachOut(TaskManagementOperation operation);

    /// <summary>The last task an operation waited for has ended: the shell calls <see cref="TargetSession.Finish"/> of the session that it belongs to.</summary>
    void Finished(EndWait operation);

    /// <summary>Close a connection.</summary>
    void Close(TargetConnection connection, CloseKind kind, string why);

    /// <summary>Every connection of every session of this target is to be closed (TARGET COLD RESET).</summary>
    void CloseEverything(string why);

    /// <summary>The session has ended: its TSIH is free and its nexus is lost.</summary>
    void SessionEnded(TargetSession session, string why);

    /// <summary>The peer broke a rule: count it, and write one line.</summary>
    void Note(TargetConnection connection, in Deviation deviation);

    /// <summary>Where buffers come from.</summary>
    MemoryPool<byte> Pool { get; }

    /// <summary>All sessions together hold so much memory that each should run one task at a time.</summary>
    bool MemoryIsTight { get; }
}
