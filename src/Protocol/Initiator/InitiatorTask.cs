using System.Buffers;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>Where a task of the initiator is.</summary>
internal enum TaskPlace
{
    /// <summary>Not in the session's hands.</summary>
    Idle,

    /// <summary>It waits to be sent, or to be sent anew.</summary>
    Waiting,

    /// <summary>It was sent and is allegiant to a connection.</summary>
    Sent,

    /// <summary>Its connection was logged out: it has to be sent once more with the same number (RFC 7143 §7.2.1).</summary>
    Discarded,

    /// <summary>Its connection was logged out for recovery: it waits for TASK REASSIGN (RFC 7143 §7.2.2).</summary>
    Unassigned,

    /// <summary>TASK REASSIGN is under way.</summary>
    Reassigning,
}

/// <summary>
/// A SCSI command of the initiator, from the moment it is submitted until it has ended. The owner fills in what is asked for, submits it, and finds the answer in it.
/// </summary>
/// <remarks>
/// Its buffers are in use until <see cref="OnReleased"/>: a PDU that is still queued or being received keeps the task from being released, because each holds it.
/// </remarks>
public abstract class InitiatorTask : InitiatorRequest, IMemoryOwner<byte>
{
    private readonly DataArrival _r2ts = new();
    private int _holds;
    private int _landings;

    /// <summary>LUN field (RFC 7143 §11.2.1.7).</summary>
    public ulong Lun { get; set; }

    /// <summary>The CDB, or its first 16 bytes.</summary>
    public Cdb16 Cdb { get; set; }

    /// <summary>The whole CDB when it is longer than 16 bytes.</summary>
    public ReadOnlyMemory<byte> LongCdb { get; set; }

    /// <summary>What goes to the target.</summary>
    public ReadOnlyMemory<byte> DataOut { get; set; }

    /// <summary>Where data from the target goes.</summary>
    public Memory<byte> DataIn { get; set; }

    /// <summary>Task attribute (RFC 7143 §11.3.1.1).</summary>
    public byte Attribute { get; set; } = 1;

    /// <summary>It may run twice.</summary>
    public bool MayRepeat { get; set; }

    /// <summary>How long the target may take each time it is sent.</summary>
    public TimeSpan TimeLimit { get; set; }

    // The answer.

    /// <summary>SCSI status; counts when <see cref="InitiatorRequest.End"/> is <see cref="RequestEnd.Answered"/>.</summary>
    public byte Status { get; internal set; }

    /// <summary>Bits o, u, O, U.</summary>
    public ResidualFlags ResidualFlags { get; internal set; }

    /// <summary>Residual Count, in bytes.</summary>
    public uint Residual { get; internal set; }

    /// <summary>Bidirectional Read Residual Count, in bytes.</summary>
    public uint BidirectionalReadResidual { get; internal set; }

    /// <summary>Sense data; empty when none came.</summary>
    public ReadOnlyMemory<byte> Sense { get; internal set; }

    /// <summary>Bytes that came into <see cref="DataIn"/>: none is missing before this.</summary>
    public int DataInBytes { get; internal set; }

    /// <summary>When it has not been answered: it may have run, as a whole or in part.</summary>
    public bool MayHaveRun { get; internal set; }

    // How far it is.

    internal TaskPlace Place { get; set; }

    internal InitiatorTask? Previous { get; set; }

    internal InitiatorTask? Next { get; set; }

    internal Serial32 CmdSN { get; set; }

    /// <summary>It was sent at least once, and it is not certain that it has not run.</summary>
    internal bool WasSent { get; set; }

    /// <summary>It was sent more than once with its number on one connection, so that the target may have taken either.</summary>
    internal bool WasResent { get; set; }

    /// <summary>ABORT TASK was refused before.</summary>
    internal bool AbortWasRefused { get; set; }

    /// <summary>It may have run before it was begun anew the last time.</summary>
    internal bool RanBefore { get; set; }

    /// <summary>Times that it was begun anew because something was lost.</summary>
    internal int Repeats { get; set; }

    internal TimeSpan ReassignAt { get; set; }

    /// <summary>CID of the connection that it was allegiant to before it was logged out.</summary>
    internal ushort FormerCid { get; set; }

    /// <summary>That logout was repeated, because the target took the task for allegiant still.</summary>
    internal bool LogoutRepeated { get; set; }

    /// <summary>Why it is to be aborted, or <see cref="RequestEnd.None"/>.</summary>
    internal RequestEnd AbortAs { get; set; }

    /// <summary>ABORT TASK is under way.</summary>
    internal bool Aborting { get; set; }

    /// <summary>Once it is aborted it is begun anew instead of ended.</summary>
    internal bool RepeatAfterAbort { get; set; }

    /// <summary>The target says that it does not exist; its status may be among those that are missing.</summary>
    internal bool IsGone { get; set; }

    internal DataArrival DataInArrival { get; } = new();

    /// <summary>R2Ts of a bidirectional command share their numbers with its Data-In PDUs (RFC 7143 §4.2.2.4).</summary>
    internal DataArrival R2TArrival => IsRead && IsWrite ? DataInArrival : _r2ts;

    /// <summary>R2Ts that have come.</summary>
    internal uint R2TCount { get; set; }

    /// <summary>Where the data that has come ends, in the whole transfer.</summary>
    internal uint DataInEnd { get; set; }

    /// <summary>Bytes of the Data-In PDUs that counted; more than <see cref="DataInEnd"/> where some came twice.</summary>
    internal long DataInTaken { get; set; }

    /// <summary>Good status has come, its data is not complete.</summary>
    internal Serial32? HeldStatSN { get; set; }

    /// <summary>Data was refused to be sent again: the status that comes does not count as success (RFC 7143 §7.8 a.2).</summary>
    internal bool DataGivenUp { get; set; }

    internal TimeSpan SnackAt { get; set; }

    internal int Snacks { get; set; }

    /// <summary>No more data is sent for it, as with FastAbort the target ends it (RFC 7143 §4.2.3.4, §11.9.1 event 5).</summary>
    internal bool StopsDataOut { get; set; }

    internal (uint TargetTransferTag, ulong Lun)? PendingAck { get; set; }

    /// <summary>PDUs with its data that are queued or being sent.</summary>
    internal int DataOutQueued => Volatile.Read(ref _holds) - 1;

    internal bool IsRead => !DataIn.IsEmpty;

    internal bool IsWrite => !DataOut.IsEmpty;

    Memory<byte> IMemoryOwner<byte>.Memory => default;

    /// <summary>Takes another share of the task, so that its buffers stay.</summary>
    internal IMemoryOwner<byte> Hold()
    {
        Interlocked.Increment(ref _holds);
        return this;
    }

    /// <summary>A shell receives into its buffer.</summary>
    internal bool IsLanding => Volatile.Read(ref _landings) > 0;

    internal void BeginLanding()
    {
        Hold();
        Interlocked.Increment(ref _landings);
    }

    internal void EndLanding()
    {
        Interlocked.Decrement(ref _landings);
        Drop();
    }

    /// <inheritdoc/>
    public sealed override void Release() => Drop();

    /// <summary>A PDU with its data has left the queue.</summary>
    void IDisposable.Dispose()
    {
        Drop();
        GC.SuppressFinalize(this);
    }

    /// <summary>It has ended and its buffers are free: the owner takes it back. Called outside the session's lock, on whatever thread let go of it last.</summary>
    protected abstract void OnReleased();

    internal void Begin()
    {
        _holds = 1;
        Place = TaskPlace.Waiting;
        End = RequestEnd.None;
        Why = "";
        Status = 0;
        ResidualFlags = ResidualFlags.None;
        Residual = BidirectionalReadResidual = 0;
        Sense = default;
        DataInBytes = 0;
        MayHaveRun = WasSent = RanBefore = AbortWasRefused = false;
        Repeats = 0;
        AbortAs = RequestEnd.None;
        Connection = null;
        Restart();
    }

    /// <summary>Nothing has come and nothing was sent: so a task begins, and begins anew.</summary>
    internal void Restart()
    {
        DataInArrival.Reset();
        _r2ts.Reset();
        R2TCount = 0;
        DataInEnd = 0;
        DataInTaken = 0;
        HeldStatSN = null;
        LogoutRepeated = false;
        DataGivenUp = Aborting = RepeatAfterAbort = IsGone = StopsDataOut = WasResent = false;
        Snacks = 0;
        SnackAt = TimeSpan.Zero;
        PendingAck = null;
        Deadline = TimeSpan.MaxValue;
    }

    private void Drop()
    {
        if (Interlocked.Decrement(ref _holds) == 0)
        {
            OnReleased();
        }
    }
}
