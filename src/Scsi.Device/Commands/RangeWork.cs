using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// Unmaps or zeroes a range of blocks. A disk with threads of its own gets the whole range in one call; one that works on the calling thread gets it in pieces,
/// each as a work item of its own.
/// </summary>
internal static class RangeWork
{
    /// <summary>Does the work on one range.</summary>
    public delegate ValueTask<IoStatus> Step(IBlockDevice disk, ulong lba, ulong blockCount, CancellationToken cancellationToken);

    /// <summary>Works on a range, in pieces where it must be.</summary>
    /// <param name="unit">Whose disk.</param>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">Number of blocks.</param>
    /// <param name="step">What to do with each piece.</param>
    /// <param name="cancellationToken">Looked at between two pieces.</param>
    public static ValueTask<IoStatus> Run(LogicalUnit unit, ulong lba, ulong blockCount, Step step, CancellationToken cancellationToken) =>
        unit.Device.Traits.CompletesInline && LongWork.IsLong(blockCount * unit.Traits.BlockBytes)
            ? InPieces(unit, lba, blockCount, step, cancellationToken)
            : step(unit.Device, lba, blockCount, cancellationToken);

    private static async ValueTask<IoStatus> InPieces(
        LogicalUnit unit, ulong lba, ulong blockCount, Step step, CancellationToken cancellationToken)
    {
        // Pieces end at whole granules of the disk: two halves of a granule would be cleared, but not given back.
        ulong most = Math.Max(LongWork.PieceBytes / unit.Traits.BlockBytes, unit.Traits.UnmapGranularityBlocks);
        for (ulong end = lba + blockCount; lba < end;)
        {
            await LongWork.LetOthersGo(cancellationToken);
            ulong blocks = Math.Min(most - lba % most, end - lba);
            IoStatus status = await step(unit.Device, lba, blocks, cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                return status;
            }

            lba += blocks;
        }

        return IoStatus.Ok;
    }
}
