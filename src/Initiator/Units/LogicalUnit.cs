using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>
/// A logical unit at a target, with its commands as typed operations. As many may be under way as the caller likes; reads, writes and flushes allocate nothing.
/// Commands that it has no operation for go to <see cref="Executor"/>.
/// </summary>
/// <remarks>
/// <para>An operation ends in one of three ways: it is done; <see cref="ScsiException"/> when the target's answer is not good; <see cref="CommandLostException"/> when there will be
/// none. Unit attentions are reported by <see cref="Attention"/> and the command, which has not run, is sent again. While the target is busy, or becoming ready, commands are
/// repeated for <see cref="LogicalUnitSettings.BusyTimeLimit"/>.</para>
/// <para>When the size of its blocks changes, every address means another place: from the unit attention on, what moves or changes data fails with an <see cref="IOException"/>.</para>
/// <para>It holds nothing that has to be closed: connections belong to the executor.</para>
/// </remarks>
public sealed partial class LogicalUnit
{
    private readonly CommandRunner _runner;
    private readonly CommandRunner _quietRunner;
    private readonly UnitTransferPool _transfers;
    private volatile LogicalUnitFacts _facts = null!;
    private volatile string? _otherBlocks;

    private LogicalUnit(IScsiExecutor executor, LogicalUnitSettings settings)
    {
        _runner = new CommandRunner(executor, settings, OnAttentionAsync);
        _quietRunner = new CommandRunner(executor, settings, onAttention: null);
        _transfers = new UnitTransferPool(_runner);
    }

    /// <summary>Something has happened to the unit; called where its commands are answered, before the command that heard of it is sent again.</summary>
    public event EventHandler<UnitAttentionEventArgs>? Attention;

    /// <summary>What the unit says of itself. Changes as a whole when the target reports a change.</summary>
    public LogicalUnitFacts Facts => _facts;

    /// <summary>How messages call the unit.</summary>
    public string Name => _runner.Settings.Name;

    /// <summary>Carries out the commands, and any other: CDBs of all lengths, both directions, residuals and sense data as they come.</summary>
    public IScsiExecutor Executor => _runner.Executor;

    /// <summary>Bytes in a block.</summary>
    /// <exception cref="InvalidOperationException">The unit has no capacity: it is no disk, or has no medium.</exception>
    public uint BlockBytes => Capacity.BlockBytes;

    /// <summary>Blocks on the unit.</summary>
    /// <exception cref="InvalidOperationException">The unit has no capacity: it is no disk, or has no medium.</exception>
    public ulong BlockCount => Capacity.LastLba + 1;

    /// <summary>Keys, reservation and their changes.</summary>
    public PersistentReservations Reservations => new(this);

    internal CommandRunner Runner => _runner;

    /// <summary>Keeps parts of a block that different streams write from overwriting each other.</summary>
    internal BlockLocks Locks { get; } = new();

    private CapacityData16 Capacity =>
        _facts.Capacity ?? throw new InvalidOperationException(_facts.CapacityProblem ?? $"{Name} has no capacity");

    /// <summary>Opens a logical unit: asks what it is and what it can do. Pages that the target lacks are done without.</summary>
    /// <param name="executor">Carries out its commands.</param>
    /// <param name="settings">How to go about it; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="ScsiException">The LUN has no logical unit, or the unit does not even say what it is.</exception>
    /// <exception cref="CommandLostException">The target does not answer.</exception>
    public static async ValueTask<LogicalUnit> OpenAsync(
        IScsiExecutor executor, LogicalUnitSettings? settings = null, CancellationToken cancellationToken = default)
    {
        LogicalUnit unit = new(executor, settings ?? new LogicalUnitSettings());
        await unit.RefreshAsync(cancellationToken).ConfigureAwait(false);
        return unit;
    }

    /// <summary>Reads all facts anew.</summary>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken = default) =>
        _facts = await new FactReader(_quietRunner).ReadAsync(cancellationToken).ConfigureAwait(false);

    private async ValueTask OnAttentionAsync(SenseData sense, CancellationToken cancellationToken)
    {
        IOException? problem = null;
        UnitAttentionEventArgs attention = new(sense, null);
        try
        {
            FactReader reader = new(_quietRunner);
            if (attention.CapacityChanged)
            {
                LogicalUnitFacts read = await reader.WithCapacityAsync(_facts, cancellationToken).ConfigureAwait(false);
                NoteBlockSize(_facts.Capacity, read.Capacity);
                // A unit that has lost its medium keeps the measures of the last one: its commands go on, and fail with what the target says.
                Change(facts => facts with { Capacity = (_otherBlocks is null ? read.Capacity : null) ?? facts.Capacity, CapacityProblem = read.CapacityProblem, Profile = read.Profile });
            }

            if (attention.CapacityChanged || attention.ModeParametersChanged)
            {
                ModeParameters? modes = await reader.ModesAsync(cancellationToken).ConfigureAwait(false);
                Change(facts => facts with { Modes = modes });
            }
        }
        catch (CommandLostException e)
        {
            // The command that heard of it meets the same trouble when it is sent again, and reports it as its own.
            problem = e;
        }

        Attention?.Invoke(this, problem is null ? attention : new UnitAttentionEventArgs(sense, problem));
        ThrowIfOtherBlocks();
    }

    // Callers count in the blocks that they have met: what they read or wrote from now on would be elsewhere.
    private void NoteBlockSize(CapacityData16? before, CapacityData16? now)
    {
        if (before is { } old && now is { } other && old.BlockBytes != other.BlockBytes)
        {
            _otherBlocks = $"{Name}: its blocks had {old.BlockBytes} bytes and have {other.BlockBytes} now, so that every address means another place; open it anew";
        }
    }

    private void ThrowIfOtherBlocks()
    {
        if (_otherBlocks is { } problem)
        {
            throw new IOException(problem);
        }
    }

    /// <summary>Changes a part of the facts; others may change other parts at the same time.</summary>
    private void Change(Func<LogicalUnitFacts, LogicalUnitFacts> change)
    {
        LogicalUnitFacts before;
        LogicalUnitFacts after;
        do
        {
            before = _facts;
            after = change(before);
        }
        while (!ReferenceEquals(Interlocked.CompareExchange(ref _facts, after, before), before));
    }
}
