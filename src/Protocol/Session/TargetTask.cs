using System.Buffers;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>How far a SCSI task has come.</summary>
public enum TaskState
{
    /// <summary>Behind a missing CmdSN.</summary>
    Held,

    /// <summary>Delivered; data from the initiator is still to come.</summary>
    Receiving,

    /// <summary>Complete but for memory: waits for the session's data budget.</summary>
    Waiting,

    /// <summary>Complete, but an ordered command is in its way or it is one itself; or an auto contingent allegiance keeps it from running, or from ending.</summary>
    Blocked,

    /// <summary>With the device server.</summary>
    Executing,

    /// <summary>Complete, but its status waits behind a response fence (RFC 7143 §4.2.2.3).</summary>
    Fenced,

    /// <summary>Complete, but its connection is gone: the status waits for TASK REASSIGN (RFC 7143 §7.2.2).</summary>
    Finished,

    /// <summary>Its status is queued but not acknowledged: above recovery level 0 the initiator may ask for its data and status again.</summary>
    Answered,

    /// <summary>Its status is queued, or it was ended without one.</summary>
    Ended,
}

/// <summary>What the device server said of a command before any data moved.</summary>
/// <param name="GoOn">False: the result is there already.</param>
/// <param name="DataOutWanted">Bytes that the CDB takes from the initiator.</param>
/// <param name="DataInPlanned">Bytes that the command may hold for the initiator, for the data budget.</param>
/// <param name="CompletesInline">Execution is over when <see cref="ITargetEffects.Execute"/> has been carried out, so data may stay in borrowed memory until then.</param>
/// <param name="CanReread">It may be executed once more for the sake of its data (<see cref="ITargetEffects.Reread"/>): it changes nothing.</param>
public readonly record struct TaskPlan(bool GoOn, uint DataOutWanted, uint DataInPlanned, bool CompletesInline, bool CanReread = false);

/// <summary>
/// One SCSI task at the target: plain data about what the initiator asked and how far the transfers are. The session core drives it; the shell
/// derives from it to add the command of the device server. Reused after its end.
/// </summary>
public abstract class TargetTask
{
    /// <summary>Longest CDB: 16 bytes and an extended-CDB AHS (RFC 7143 §11.2.2.3).</summary>
    public const int MaxCdbLength = 260;

    private const int UsualCdbLength = 16;

    private byte[] _cdb = new byte[UsualCdbLength];
    private int _cdbLength;

    /// <summary>Initiator task tag; names the task in its session.</summary>
    public uint InitiatorTaskTag { get; private set; }

    /// <summary>LUN field as received.</summary>
    public ulong Lun { get; private set; }

    /// <summary>Number in the command order; for an immediate command the place in it.</summary>
    public Serial32 CmdSN { get; private set; }

    /// <summary>Delivered outside the command order.</summary>
    public bool Immediate { get; private set; }

    /// <summary>The initiator expects data.</summary>
    public bool Read { get; private set; }

    /// <summary>The initiator has data to send.</summary>
    public bool Write { get; private set; }

    /// <summary>Task attribute (RFC 7143 §11.3.1).</summary>
    public byte Attribute { get; private set; }

    /// <summary>Command priority, 0 to 15 (RFC 7144 §5.1.1); 0, none, below iSCSIProtocolLevel 2.</summary>
    public byte Priority { get; private set; }

    /// <summary>Bytes that the initiator expects to receive.</summary>
    public uint ExpectedDataIn { get; private set; }

    /// <summary>Bytes that the initiator has to send.</summary>
    public uint ExpectedDataOut { get; private set; }

    /// <summary>The CDB.</summary>
    public ReadOnlySpan<byte> Cdb => _cdb.AsSpan(0, _cdbLength);

    /// <summary>The connection that carries the task's PDUs (RFC 7143 §4.2.5, connection allegiance).</summary>
    public TargetConnection Connection { get; internal set; } = null!;

    /// <summary>How far it is.</summary>
    public TaskState State { get; internal set; }

    /// <summary>Ended by task management or logout: nothing more is sent for it.</summary>
    public bool Aborted { get; internal set; }

    /// <summary>Aborted, but its end waits for the answers to its R2Ts (RFC 7143 §4.2.3.3 a).</summary>
    internal bool AwaitsData { get; set; }

    /// <summary>The plan of the device server.</summary>
    public TaskPlan Plan { get; internal set; }

    /// <summary>Data from the initiator, complete when the task executes. Belongs to the task until it ends.</summary>
    public ReadOnlyMemory<byte> DataOut { get; internal set; }

    /// <summary>Progress of the data from the initiator.</summary>
    internal DataOutProgress Out { get; } = new();

    /// <summary>What the data broke on the way, reported once all of it has come (RFC 7143 §7.8).</summary>
    internal IscsiCondition? Failure { get; set; }

    /// <summary>Bytes of the session's data budget that the task holds.</summary>
    internal long Charged { get; set; }

    /// <summary>Place in the order of delivery.</summary>
    internal ulong Order { get; set; }

    /// <summary>Its data was not kept, because the server is short of memory: it ends with TASK SET FULL.</summary>
    internal bool TurnedAway { get; set; }

    /// <summary>The command window has its number back.</summary>
    internal bool NumberReleased { get; set; }

    /// <summary>Ordered (RFC 7143 §11.3.1).</summary>
    internal bool IsOrdered => Attribute == 2;

    /// <summary>Head of queue (RFC 7143 §11.3.1).</summary>
    internal bool IsHeadOfQueue => Attribute == 3;

    /// <summary>ACA (RFC 7143 §11.3.1): runs while an auto contingent allegiance keeps the others from it.</summary>
    internal bool IsForAllegiance => Attribute == 4;

    /// <summary>The device server is done with it, but an auto contingent allegiance keeps it from ending.</summary>
    internal bool IsDone { get; set; }

    /// <summary>The device server has heard how it ends.</summary>
    internal bool EndIsKnown { get; set; }

    /// <summary>Another nexus ended it, and it is to be answered with TASK ABORTED.</summary>
    internal bool AnswersAborted { get; set; }

    /// <summary>Who waits for the end of this task.</summary>
    internal List<EndWait> Waiters { get; } = [];

    /// <summary>Execution was handed over and is not back.</summary>
    internal bool WithDevice { get; set; }

    /// <summary>Its data on the way to the initiator, and what is kept of it.</summary>
    internal DataInProgress In { get; } = new();

    // The result, set by the shell before TargetSession.Complete.

    /// <summary>SCSI status byte.</summary>
    public byte Status { get; set; }

    /// <summary>Sense data without its length field. Stays valid until the task is recycled.</summary>
    public ReadOnlyMemory<byte> Sense { get; set; }

    /// <summary>Data for the initiator, as long as the CDB asked.</summary>
    public ReadOnlyMemory<byte> DataIn { get; set; }

    /// <summary>The result tells the initiator of a unit attention, as sense or as data.</summary>
    public bool ReportsAttention { get; set; }

    /// <summary>
    /// The command ended tasks of other nexuses (PREEMPT AND ABORT), so its response is fenced where the session has a response fence (RFC 7143 §4.2.2.3.4 f).
    /// </summary>
    public bool EndedTasksOfOthers { get; set; }

    /// <summary>
    /// The result establishes an auto contingent allegiance, or is the first ACA ACTIVE behind one, so it is fenced where the session has a response fence (RFC 7143 §4.2.2.3.4 c, d).
    /// </summary>
    public bool TellsOfAllegiance { get; set; }

    /// <summary>Owner of <see cref="DataIn"/>; null when the disk lends it. Passes to the connection's outgoing batch.</summary>
    public IMemoryOwner<byte>? DataInOwner { get; set; }

    /// <summary>Begins a new life of the object.</summary>
    internal void Begin(in ScsiCommand command, Serial32 cmdSN, ReadOnlySpan<byte> cdb, uint bidirectionalReadLength, TargetConnection connection)
    {
        InitiatorTaskTag = command.InitiatorTaskTag;
        Lun = command.Lun;
        CmdSN = cmdSN;
        Immediate = command.Immediate;
        Read = command.Read;
        Write = command.Write;
        Attribute = command.Attribute;
        Priority = connection.Session.Parameters.HasRfc7144 ? command.Priority : (byte)0; // RFC 7144 §5.1.1: to be ignored below level 2
        ExpectedDataOut = command.Write ? command.ExpectedDataTransferLength : 0;
        ExpectedDataIn = !command.Read ? 0 : command.Write ? bidirectionalReadLength : command.ExpectedDataTransferLength;
        if (cdb.Length > _cdb.Length)
        {
            _cdb = new byte[MaxCdbLength];
        }

        cdb.CopyTo(_cdb);
        _cdbLength = cdb.Length;
        Connection = connection;
        State = TaskState.Held;
        Aborted = false;
        AwaitsData = false;
        Plan = default;
        DataOut = default;
        Failure = null;
        Charged = 0;
        Order = 0;
        NumberReleased = false;
        TurnedAway = false;
        WithDevice = false;
        Status = 0;
        Sense = default;
        ReportsAttention = false;
        EndedTasksOfOthers = false;
        TellsOfAllegiance = false;
        IsDone = false;
        EndIsKnown = false;
        AnswersAborted = false;
        DataIn = default;
        DataInOwner = null;
        Out.Reset();
        In.Reset();
    }

    /// <summary>Gives back what only the execution needed; data for the initiator and status stay.</summary>
    internal void ReleaseDataOut()
    {
        Out.Reset();
        DataOut = default;
    }

    /// <summary>Gives back what the task still holds; the object may be reused afterwards.</summary>
    internal void Release()
    {
        ReleaseDataOut();
        ReleaseDataIn();
        In.Reset();
        Sense = default;
        OnReleased();
    }

    /// <summary>Gives back the data for the initiator.</summary>
    internal void ReleaseDataIn()
    {
        DataIn = default;
        DataInOwner?.Dispose();
        DataInOwner = null;
    }

    /// <summary>The shell drops what it attached.</summary>
    protected abstract void OnReleased();
}
