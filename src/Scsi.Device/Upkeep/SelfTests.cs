using System.Buffers;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Upkeep;

/// <summary>What a self-test of the log is (SPC-4 §7.3.17).</summary>
/// <param name="Code">SELF-TEST CODE that asked for it.</param>
/// <param name="Result">SELF-TEST RESULTS.</param>
/// <param name="Hours">Whole hours that the unit was on when it ended.</param>
/// <param name="Failure">What failed; null when nothing did.</param>
internal sealed record SelfTestResult(byte Code, byte Result, ushort Hours, SenseData? Failure);

/// <summary>
/// Self-tests of a logical unit (SPC-4 §5.7): the short one reads the ends of the medium and blocks between, the extended one reads all of it. One runs in the
/// background at most; other commands are served meanwhile. The last twenty results are kept while the server runs.
/// </summary>
#pragma warning disable CA1001 // a token source without timer or wait handle has nothing to dispose
internal sealed class SelfTests(LogicalUnit unit, TimeProvider clock)
#pragma warning restore CA1001
{
    /// <summary>Results that are kept.</summary>
    public const int Most = 20;

    /// <summary>SELF-TEST CODE: background short, background extended, abort, foreground short, foreground extended.</summary>
    public const byte BackgroundShort = 1, BackgroundExtended = 2, AbortBackground = 4, ForegroundShort = 5, ForegroundExtended = 6;

    /// <summary>SELF-TEST RESULTS.</summary>
    public const byte Passed = 0, AbortedByCommand = 1, AbortedOtherwise = 2, FailedInUnknownSegment = 7, InProgress = 15;

    private const int PieceBytes = 256 << 10;
    private const uint ShortPieces = 64;

    private readonly Lock _gate = new();
    private readonly List<SelfTestResult> _results = [];
    private readonly long _onSince = clock.GetTimestamp();
    private CancellationTokenSource? _background;
    private byte _backgroundCode;
    private byte _abortedAs;
    private int _progress;

    /// <summary>A background self-test is under way: what REQUEST SENSE tells of it (SPC-4 §5.7.3); null when there is none.</summary>
    public SenseData? Progress
    {
        get
        {
            lock (_gate)
            {
                return _background is null ? null : Sense.SelfTestInProgress.WithProgress((ushort)Math.Min(Volatile.Read(ref _progress), ushort.MaxValue));
            }
        }
    }

    /// <summary>The results, the newest first; one under way comes before them.</summary>
    public IReadOnlyList<SelfTestResult> Results
    {
        get
        {
            lock (_gate)
            {
                return _background is null ? [.. _results] : [new(_backgroundCode, InProgress, Hours, null), .. _results.Take(Most - 1)];
            }
        }
    }

    private ushort Hours => (ushort)Math.Min(clock.GetElapsedTime(_onSince).TotalHours, ushort.MaxValue);

    /// <summary>Runs a self-test to its end.</summary>
    /// <param name="code">Its code, for the log; 0 for the default self-test, which the log does not have.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What failed; null when nothing did.</returns>
    public async ValueTask<SenseData?> RunAsync(byte code, CancellationToken cancellationToken)
    {
        try
        {
            SenseData? failure = await ReadAsync(code == ForegroundExtended, static _ => { }, cancellationToken).ConfigureAwait(false);
            Note(code, failure is null ? Passed : FailedInUnknownSegment, failure);
            return failure;
        }
        catch (OperationCanceledException)
        {
            Note(code, AbortedOtherwise, null);
            throw;
        }
    }

    /// <summary>Begins a self-test in the background; false when one is under way.</summary>
    public bool TryBegin(byte code)
    {
        CancellationToken stop;
        lock (_gate)
        {
            if (_background is not null)
            {
                return false;
            }

            _background = new CancellationTokenSource();
            (_backgroundCode, _abortedAs, _progress) = (code, AbortedOtherwise, 0);
            stop = _background.Token;
        }

        _ = RunInBackgroundAsync(code, stop); // its outcome is in the results
        return true;
    }

    /// <summary>Ends the self-test in the background; false when there is none.</summary>
    /// <param name="result">What its result says of that.</param>
    public bool TryAbort(byte result)
    {
        lock (_gate)
        {
            if (_background is null)
            {
                return false;
            }

            _abortedAs = result;
            _background.Cancel();
            return true;
        }
    }

    private async Task RunInBackgroundAsync(byte code, CancellationToken stop)
    {
        byte result = AbortedOtherwise;
        SenseData? failure = null;
        try
        {
            await default(OwnWorkItem);
            failure = await ReadAsync(code == BackgroundExtended, progress => Volatile.Write(ref _progress, progress), stop).ConfigureAwait(false);
            result = failure is null ? Passed : FailedInUnknownSegment;
        }
        catch (OperationCanceledException)
        {
            result = _abortedAs;
        }
        finally
        {
            lock (_gate)
            {
                _background = null;
                Note(code, result, failure);
            }
        }
    }

    private void Note(byte code, byte result, SenseData? failure)
    {
        if (code == 0)
        {
            return;
        }

        lock (_gate)
        {
            _results.Insert(0, new(code, result, Hours, failure));
            _results.RemoveRange(Math.Min(Most, _results.Count), Math.Max(0, _results.Count - Most));
        }
    }

    private async ValueTask<SenseData?> ReadAsync(bool extended, Action<int> progress, CancellationToken cancellationToken)
    {
        DeviceTraits traits = unit.Traits;
        uint pieceBlocks = PieceBytes / traits.BlockBytes;
        ulong pieces = (traits.BlockCount + pieceBlocks - 1) / pieceBlocks;
        ulong count = extended ? pieces : Math.Min(pieces, ShortPieces);
        using IMemoryOwner<byte> owner = MemoryPool<byte>.Shared.Rent(PieceBytes);
        for (ulong i = 0; i < count; i++)
        {
            await LongWork.LetOthersGo(cancellationToken);
            ulong piece = count == 1 ? 0 : (ulong)((UInt128)i * (pieces - 1) / (count - 1));
            ulong lba = piece * pieceBlocks;
            int length = (int)(Math.Min(pieceBlocks, traits.BlockCount - lba) * traits.BlockBytes);
            IoStatus status = await unit.Device.ReadAsync(lba, owner.Memory[..length], cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                return MediumResult.SenseFor(status, lba, isOneBlock: false) with { Information = lba };
            }

            progress((int)((i + 1) * 65536 / count));
        }

        return null;
    }
}
