using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <summary>Gives <see cref="IBlockDevice.WriteZeroesAsync"/> to a device that has none, by writing zeros a piece at a time.</summary>
/// <param name="next">The device below, owned by the filter.</param>
public sealed class ZeroesByWriting(IBlockDevice next) : BlockFilter(next)
{
    private volatile DeviceTraits _traits = next.Traits with { WriteZeroes = Support.Emulated };

    private const int PieceBytes = 1 << 20;

    /// <inheritdoc/>
    public override bool TakesStreamedData => Next.TakesStreamedData;

    /// <inheritdoc/>
    public override DeviceTraits Traits => _traits;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        uint blockBytes = Traits.BlockBytes;
        while (blockCount > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ulong blocks = Math.Min(blockCount, (ulong)PieceBytes / blockBytes);
            ReadOnlyMemory<byte> zeros = ZeroPages.Memory[..(int)(blocks * blockBytes)];
            IoStatus status = await Next.WriteAsync(lba, zeros, forceUnitAccess, cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok) return status;
            lba += blocks;
            blockCount -= blocks;
        }
        return IoStatus.Ok;
    }

    /// <inheritdoc/>
    protected override void TakeGrowth(ulong blockCount) => _traits = _traits with { BlockCount = blockCount };
}
