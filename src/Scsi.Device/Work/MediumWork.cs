using System.Buffers;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Scsi.Device.Upkeep;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Work;

/// <summary>
/// The one FORMAT UNIT or SANITIZE that a logical unit may be at, and what the last one left behind. Belongs to no nexus: it goes on when the nexus that asked has gone
/// (SBC-3 §4.11, §5.2). Safe for calls from many threads.
/// </summary>
/// <remarks>
/// Both are kept as documents before the first block goes. After a loss of power a SANITIZE begins again, and one that failed is still known to have failed; a FORMAT UNIT that has not
/// come to its end is over, and the medium neither old nor new until the next. A logical unit reset ends a FORMAT UNIT in the same way; it does not touch a SANITIZE.
/// Commands that were accepted before end before the first block goes, or are refused: none lands behind.
/// </remarks>
#pragma warning disable CA1001 // a token source without timer or wait handle has nothing to dispose
internal sealed class MediumWork
#pragma warning restore CA1001
{
    private const uint WholeProgress = 65536;

    private readonly Lock _gate = new();
    private readonly LogicalUnit _unit;
    private readonly SanitizeState? _kept;
    private readonly FormatState? _keptFormat;
    private MediumOperation? _running;
    private MediumOperation? _failed;
    private CancellationTokenSource? _stop;
    private volatile bool _isClear = true;
    private volatile int _begun;
    private int _progress;

    /// <summary>Takes up what a loss of power interrupted.</summary>
    /// <exception cref="UnitStateException">What was kept cannot be read.</exception>
    public MediumWork(LogicalUnit unit, IUnitStateStore? store)
    {
        _unit = unit;
        _kept = store is null ? null : new SanitizeState(store);
        _keptFormat = store is null ? null : new FormatState(store);
        bool isUnformatted = _keptFormat is not null && _keptFormat.Read();
        if (_kept?.Read() is not { } state)
        {
            _failed = isUnformatted ? new MediumOperation(MediumOperationKind.Format, []) : null;
            _isClear = !isUnformatted;
            return;
        }

        if (state.HasFailed)
        {
            _failed = state.Operation;
            _isClear = false;
        }
        else
        {
            Claim(state.Operation);
            _ = RunAsync(state.Operation, MemoryPool<byte>.Shared, by: null); // the outcome is in the state of the unit: there is no command that waits for it
        }
    }

    /// <summary>Is there nothing to refuse commands for? Read on every command.</summary>
    public bool IsClear => _isClear;

    /// <summary>How many operations have begun: a command that was prepared when there were fewer must not run any more.</summary>
    public int Begun => _begun;

    /// <summary>Is an operation under way?</summary>
    public bool IsRunning
    {
        get
        {
            lock (_gate)
            {
                return _running is not null;
            }
        }
    }

    /// <summary>Did the last SANITIZE fail?</summary>
    public bool SanitizeFailed
    {
        get
        {
            lock (_gate)
            {
                return _failed is { IsSanitize: true };
            }
        }
    }

    /// <summary>Did the last SANITIZE fail without AUSE, so that only the success of another ends that?</summary>
    public bool MustSucceed
    {
        get
        {
            lock (_gate)
            {
                return _failed is { IsSanitize: true, AllowsExit: false };
            }
        }
    }

    /// <summary>Why other commands are refused now, with the progress where there is one; null when they are not (SBC-3 §4.11.2, §5.2.1).</summary>
    public SenseData? Refusal
    {
        get
        {
            lock (_gate)
            {
                ushort progress = (ushort)Math.Min(Volatile.Read(ref _progress), ushort.MaxValue);
                return _running is { } running
                    ? (running.IsSanitize ? Sense.SanitizeInProgress : Sense.FormatInProgress).WithProgress(progress)
                    : Failure;
            }
        }
    }

    private SenseData? Failure => _failed is not { } failed ? null : failed.IsSanitize ? Sense.SanitizeFailed : Sense.MediumFormatCorrupted;

    /// <summary>
    /// Begins an operation; null when another is under way. When this has completed a loss of power does not undo it. The run ends with the sense data of the failure,
    /// or with null when all went well.
    /// </summary>
    /// <param name="operation">What to do.</param>
    /// <param name="pool">Where the memory of a piece comes from.</param>
    /// <param name="by">The nexus that asked: it need not hear that the unit has another type of protection.</param>
    /// <exception cref="UnitStateException">It could not be kept, and was not begun.</exception>
    public async ValueTask<MediumRun?> TryBeginAsync(MediumOperation operation, MemoryPool<byte> pool, Nexus? by)
    {
        lock (_gate)
        {
            if (_running is not null)
            {
                return null;
            }

            Claim(operation);
        }

        try
        {
            await KeepAsync(operation).ConfigureAwait(false);
        }
        catch (UnitStateException)
        {
            End(_failed);
            throw;
        }

        _unit.SelfTests.TryAbort(SelfTests.AbortedOtherwise); // SPC-4 §5.7.3.3: FORMAT UNIT ends a self-test in the background; SANITIZE leaves it nothing to test
        return new MediumRun(RunAsync(operation, pool, by));
    }

    /// <summary>SANITIZE, EXIT FAILURE MODE (SBC-3 §5.24): false when the failed operation does not allow it.</summary>
    /// <exception cref="UnitStateException">That the failure is over could not be kept.</exception>
    public async ValueTask<bool> TryExitFailureAsync()
    {
        lock (_gate)
        {
            if (MustSucceed)
            {
                return false;
            }

            if (_failed is not { IsSanitize: true })
            {
                return true;
            }
        }

        if (_kept is not null)
        {
            await _kept.ForgetAsync().ConfigureAwait(false);
        }

        lock (_gate)
        {
            _failed = null;
            _isClear = _running is null;
        }

        return true;
    }

    /// <summary>Ends a FORMAT UNIT: its command was aborted, or the logical unit reset. Nothing happens to a SANITIZE.</summary>
    public void StopFormat()
    {
        lock (_gate)
        {
            if (_running is { IsSanitize: false })
            {
                _stop!.Cancel();
            }
        }
    }

    private async ValueTask KeepAsync(MediumOperation operation)
    {
        if (_kept is null || _keptFormat is null)
        {
            return;
        }

        if (operation.IsSanitize)
        {
            await _kept.KeepAsync(new(operation, HasFailed: false)).ConfigureAwait(false);
            await _keptFormat.EndAsync().ConfigureAwait(false);
        }
        else
        {
            await _keptFormat.BeginAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask EndKeptAsync(MediumOperation operation, bool hasFailed)
    {
        if (operation.IsSanitize && _kept is not null)
        {
            await _kept.EndAsync(operation, hasFailed).ConfigureAwait(false);
        }
        else if (!hasFailed && _keptFormat is not null)
        {
            await _keptFormat.EndAsync().ConfigureAwait(false);
        }
    }

    private void Claim(MediumOperation operation)
    {
        _begun++;
        _running = operation;
        _progress = 0;
        _isClear = false;
        _stop = new CancellationTokenSource();
    }

    private void End(MediumOperation? failed)
    {
        lock (_gate)
        {
            _failed = failed;
            _running = null;
            _stop = null;
            _isClear = _failed is null;
        }
    }

    private async Task<SenseData?> RunAsync(MediumOperation operation, MemoryPool<byte> pool, Nexus? by)
    {
        CancellationToken stop = _stop!.Token;
        SenseData? outcome = Sense.InternalTargetFailure;
        bool hasOtherType = false;
        try
        {
            await default(OwnWorkItem);
            _unit.Protection?.Suspend();
            IoStatus status;
            ulong lba;
            using (SoleAccess medium = await _unit.Device.TakeAloneAsync().ConfigureAwait(false))
            {
                (status, lba) = await AllPasses(operation, medium, pool, stop).ConfigureAwait(false);
            }

            SenseData? failure = status == IoStatus.Ok ? null : MediumResult.SenseFor(status, lba, isOneBlock: false);

            // A disk that has gone was closed with the server: the operation is not over, but begins again with the next.
            if (status != IoStatus.NotReady)
            {
                await EndKeptAsync(operation, hasFailed: failure is not null).ConfigureAwait(false);
            }

            if (failure is null && !operation.IsSanitize && _unit.Protection is { } protection)
            {
                hasOtherType = await protection.KeepAsync(operation.Protection).ConfigureAwait(false);
            }

            outcome = failure is not null && operation.IsSanitize ? Sense.SanitizeFailed : failure;
        }
        catch (OperationCanceledException)
        {
            outcome = Sense.MediumFormatCorrupted;
        }
        catch (UnitStateException failure)
        {
            // Done or not, a loss of power would have it done again: it has failed as long as that is so.
            _unit.StateFault?.Invoke(_unit, failure);
            outcome = operation.IsSanitize ? Sense.SanitizeFailed : Sense.MediumFormatCorrupted;
        }
        finally
        {
            _unit.Protection?.Resume();
            if (hasOtherType)
            {
                // P_TYPE and PROT_EN are others (SBC-3 §5.16.2): who still thinks of the former type would send commands of the wrong form.
                _unit.AttendAll(Sense.CapacityDataChanged, by);
            }

            End(outcome is null ? null : operation);
        }

        return outcome;
    }

    private async ValueTask<(IoStatus Status, ulong Lba)> AllPasses(MediumOperation operation, SoleAccess medium, MemoryPool<byte> pool, CancellationToken stop)
    {
        double all = (double)_unit.Traits.BlockCount * operation.Passes;
        for (int number = 0; number < operation.Passes; number++)
        {
            double before = (double)_unit.Traits.BlockCount * number;
            MediumPass pass = operation.Pass(number, pool);
            using (pass as IDisposable)
            {
                (IoStatus status, ulong lba) = await pass
                    .RunAsync(medium, _unit.Traits, done => Volatile.Write(ref _progress, (int)((before + done) / all * WholeProgress)), stop)
                    .ConfigureAwait(false);
                if (status != IoStatus.Ok)
                {
                    return (status, lba);
                }
            }

            IoStatus flushed = await CacheCommands.FlushAsync(_unit, stop).ConfigureAwait(false);
            if (flushed != IoStatus.Ok)
            {
                return (flushed, 0);
            }
        }

        return (IoStatus.Ok, 0);
    }
}

/// <summary>An operation that has begun.</summary>
/// <param name="Outcome">Ends with the sense data of the failure, or with null when all went well.</param>
internal sealed record MediumRun(Task<SenseData?> Outcome);
