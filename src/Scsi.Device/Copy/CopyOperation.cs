using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>How a copy stands; the codes of COPY OPERATION STATUS (SPC-4 §6.25).</summary>
internal enum CopyState : byte
{
    /// <summary>Over, without error.</summary>
    Done = 0x01,

    /// <summary>Over, with an error.</summary>
    Failed = 0x02,

    /// <summary>Runs; the command that asked for it waits.</summary>
    InForeground = 0x11,

    /// <summary>Runs behind its command.</summary>
    InBackground = 0x12,

    /// <summary>Ended by COPY OPERATION ABORT, a reset, or the end of its nexus.</summary>
    Terminated = 0x60,
}

/// <summary>One copy that a nexus asked a logical unit for, while it runs and while its result is kept. Safe for calls from many threads.</summary>
/// <param name="nexus">Who asked.</param>
/// <param name="unit">The logical unit that was asked.</param>
/// <param name="listIdentifier">LIST IDENTIFIER; null when the copy has none, and cannot be asked for.</param>
/// <param name="serviceAction">Service action of the command.</param>
internal sealed class CopyOperation(Nexus nexus, LogicalUnit unit, uint? listIdentifier, byte serviceAction)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isCancelled;
    private CopyState _state = CopyState.InForeground;
    private SenseData? _sense;
    private ulong _bytes;
    private ushort _segments;
    private ushort _counter;

    /// <summary>Who asked.</summary>
    public Nexus Nexus { get; } = nexus;

    /// <summary>The logical unit that was asked.</summary>
    public LogicalUnit Unit { get; } = unit;

    /// <summary>LIST IDENTIFIER, when there is one.</summary>
    public uint? ListIdentifier { get; } = listIdentifier;

    /// <summary>Service action of the command.</summary>
    public byte ServiceAction { get; } = serviceAction;

    /// <summary>The token that POPULATE TOKEN made, all of it.</summary>
    public byte[]? Token { get; set; }

    /// <summary>What it reads and writes; set before it begins.</summary>
    public IReadOnlyList<CopyMove> Moves { get; set; } = [];

    /// <summary>Its nexus has gone: nobody will ask for its result. Guarded by the lock of <see cref="CopyLists"/>.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Completes when it works on no disk any more.</summary>
    public Task Over => _over.Task;

    /// <summary>Is it to end before its next piece?</summary>
    public bool IsCancelled => _isCancelled;

    /// <summary>How it stands now.</summary>
    public CopyProgress Progress
    {
        get
        {
            lock (_gate)
            {
                return new CopyProgress(_state, _counter, _bytes, _segments, _sense);
            }
        }
    }

    /// <summary>Does it run?</summary>
    public bool IsRunning => Progress.State is CopyState.InForeground or CopyState.InBackground;

    /// <summary>Its command ends before it does.</summary>
    public void GoToBackground()
    {
        lock (_gate)
        {
            _state = CopyState.InBackground;
        }
    }

    /// <summary>So much more is copied.</summary>
    public void Advance(ulong bytes, int segmentsDone)
    {
        lock (_gate)
        {
            _bytes += bytes;
            _segments = (ushort)segmentsDone;
            _counter++;
        }
    }

    /// <summary>It is over.</summary>
    public void End(CopyState state, SenseData? sense)
    {
        lock (_gate)
        {
            _state = state;
            _sense = sense;
            _counter++;
        }

        _over.TrySetResult();
    }

    /// <summary>Does it read or write blocks of a logical unit, or was it that unit that was asked?</summary>
    public bool Concerns(LogicalUnit unit) =>
        ReferenceEquals(Unit, unit) || Moves.Any(it => ReferenceEquals(it.Source, unit) || ReferenceEquals(it.Destination, unit));

    /// <summary>Asks it to end soon.</summary>
    public void Cancel() => _isCancelled = true;
}

/// <summary>How a copy stands.</summary>
/// <param name="State">State.</param>
/// <param name="Counter">OPERATION COUNTER: another number whenever something was done.</param>
/// <param name="Bytes">Bytes written.</param>
/// <param name="Segments">Segments done.</param>
/// <param name="Sense">Why it failed.</param>
internal readonly record struct CopyProgress(CopyState State, ushort Counter, ulong Bytes, ushort Segments, SenseData? Sense);
