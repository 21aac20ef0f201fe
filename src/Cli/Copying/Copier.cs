using System.Buffers;

namespace Blockwire.Cli.Copying;

/// <summary>Copies what is not a hole, and makes zeros at the target of what is.</summary>
/// <param name="source">Where from.</param>
/// <param name="target">Where to.</param>
/// <param name="targetIsZero">The target reads as zeros wherever this copy has not written.</param>
/// <param name="chunkBytes">Bytes of one read and write: whole blocks of both.</param>
/// <param name="tally">Counts.</param>
internal sealed class Copier(CopyEnd source, CopyEnd target, bool targetIsZero, int chunkBytes, CopyTally tally)
{
    private const long MostHoleBytes = 1L << 30;

    /// <summary>How often the target is flushed and <see cref="Checkpoint"/> told.</summary>
    public TimeSpan CheckpointPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Told up to where the target has everything on stable storage; null for nobody.</summary>
    public Action<long>? Checkpoint { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Copies from one offset to another, and flushes.</summary>
    public async Task RunAsync(long begin, long end, CancellationToken stop)
    {
        await using (PieceQueue pieces = new(CopyArguments.Depth, begin))
        {
            long since = Time.GetTimestamp();
            for (long at = begin; at < end;)
            {
                (bool isHole, long length) = await source.ExtentAsync(at, Math.Min(end - at, MostHoleBytes), stop);
                length = Math.Min(length, end - at);
                for (long extentEnd = at + length; at < extentEnd;)
                {
                    long from = at;
                    long piece = isHole ? extentEnd - at : Math.Min(chunkBytes, extentEnd - at);
                    at += piece;
                    await pieces.AddAsync(() => isHole ? ZeroAsync(from, piece, pieces.Ending) : CopyAsync(from, (int)piece, pieces.Ending), at, stop);
                    if (Checkpoint is not null && Time.GetElapsedTime(since) >= CheckpointPeriod)
                    {
                        long done = pieces.Done;
                        await target.FlushAsync(stop);
                        Checkpoint(done);
                        since = Time.GetTimestamp();
                    }
                }
            }

            await pieces.FinishAsync(stop);
        }

        await target.FlushAsync(stop);
        Checkpoint?.Invoke(end);
    }

    private async Task CopyAsync(long offset, int length, CancellationToken cancellationToken)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        Memory<byte> data = rented.AsMemory(0, length);
        await source.ReadAsync(offset, data, cancellationToken);
        for (int at = 0; at < length;)
        {
            (bool isZero, int run) = ZeroRuns.First(data.Span[at..]);
            if (isZero)
            {
                await ZeroAsync(offset + at, run, cancellationToken);
            }
            else
            {
                await target.WriteAsync(offset + at, data.Slice(at, run), cancellationToken);
                tally.AddWritten(run);
            }

            at += run;
        }

        // Only what nobody uses any more goes back: after a failure a late transfer might still.
        ArrayPool<byte>.Shared.Return(rented);
    }

    private async Task ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        long end = offset + length;
        while (!targetIsZero && offset < end)
        {
            (bool isHole, long extent) = await target.ExtentAsync(offset, end - offset, cancellationToken);
            extent = Math.Min(extent, end - offset);
            if (isHole)
            {
                tally.AddSkipped(extent);
            }
            else
            {
                await target.ZeroAsync(offset, extent, cancellationToken);
                tally.AddZeroed(extent);
            }

            offset += extent;
        }

        tally.AddSkipped(end - offset);
    }
}
