using System.Buffers;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Work;

/// <summary>One way through all blocks of a medium, piece by piece, each piece as a work item of its own, so that it holds up nobody for long.</summary>
internal abstract class MediumPass
{
    /// <summary>Most bytes that are worked on at once.</summary>
    public const int PieceBytes = LongWork.PieceBytes;

    /// <summary>Works on some blocks.</summary>
    public abstract ValueTask<IoStatus> Do(SoleAccess medium, DeviceTraits traits, ulong lba, uint blockCount, CancellationToken cancellationToken);

    /// <summary>Goes through the medium.</summary>
    /// <param name="medium">The medium, which nobody else uses.</param>
    /// <param name="traits">Of its disk.</param>
    /// <param name="progress">Told after each piece how many blocks are done.</param>
    /// <param name="cancellationToken">Looked at between two pieces.</param>
    /// <returns>How it ended, and the first block of the piece that failed.</returns>
    public async ValueTask<(IoStatus Status, ulong Lba)> RunAsync(SoleAccess medium, DeviceTraits traits, Action<ulong> progress, CancellationToken cancellationToken)
    {
        ulong most = Math.Max(PieceBytes / traits.BlockBytes, traits.UnmapGranularityBlocks);
        for (ulong lba = 0; lba < traits.BlockCount;)
        {
            await LongWork.LetOthersGo(cancellationToken);
            uint blocks = (uint)Math.Min(most, traits.BlockCount - lba);
            IoStatus status = await Do(medium, traits, lba, blocks, cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                return (status, lba);
            }

            lba += blocks;
            progress(lba);
        }

        return (IoStatus.Ok, 0);
    }
}

/// <summary>Makes every block read as zeros; the space may be given back.</summary>
internal sealed class ErasePass : MediumPass
{
    /// <inheritdoc/>
    public override ValueTask<IoStatus> Do(SoleAccess medium, DeviceTraits traits, ulong lba, uint blockCount, CancellationToken cancellationToken) =>
        medium.WriteZeroesAsync(lba, blockCount, mayUnmap: traits.Unmap != Support.No, forceUnitAccess: false, cancellationToken);
}

/// <summary>Writes a pattern into every block, repeated up to its end and begun anew in the next.</summary>
/// <param name="pattern">1 byte up to a block.</param>
/// <param name="pool">Where the memory of a piece comes from.</param>
internal sealed class PatternPass(byte[] pattern, MemoryPool<byte> pool) : MediumPass, IDisposable
{
    private IMemoryOwner<byte>? _piece;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> Do(SoleAccess medium, DeviceTraits traits, ulong lba, uint blockCount, CancellationToken cancellationToken) =>
        WriteAsync(medium, traits.BlockBytes, lba, blockCount, cancellationToken);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _piece?.Dispose();
        _piece = null;
    }

    // A granule of the disk may be longer than a piece.
    private async ValueTask<IoStatus> WriteAsync(SoleAccess medium, uint blockBytes, ulong lba, uint blockCount, CancellationToken cancellationToken)
    {
        _piece ??= Fill(pool.Rent(PieceBytes), (int)blockBytes);
        for (uint done = 0; done < blockCount;)
        {
            uint blocks = Math.Min(PieceBytes / blockBytes, blockCount - done);
            IoStatus status = await medium
                .WriteAsync(lba + done, _piece.Memory[..(int)(blocks * blockBytes)], forceUnitAccess: false, cancellationToken)
                .ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                return status;
            }

            done += blocks;
        }

        return IoStatus.Ok;
    }

    private IMemoryOwner<byte> Fill(IMemoryOwner<byte> owner, int blockBytes)
    {
        Span<byte> piece = owner.Memory.Span[..PieceBytes];
        for (int at = 0; at < piece.Length; at++)
        {
            piece[at] = pattern[at % blockBytes % pattern.Length];
        }

        return owner;
    }
}
