using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <summary>Gives FUA (SBC-3 §4.15.3) to a device that has none: the write, and then a flush of the device.</summary>
/// <param name="next">The device below, owned by the filter.</param>
public sealed class ForceUnitAccessByFlush(IBlockDevice next) : BlockFilter(next)
{
    private volatile DeviceTraits _traits = next.Traits with { ForceUnitAccess = Support.Emulated };

    /// <inheritdoc/>
    public override bool TakesStreamedData => Next.TakesStreamedData;

    /// <inheritdoc/>
    public override DeviceTraits Traits => _traits;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> written = Next.WriteAsync(lba, from, forceUnitAccess: false, cancellationToken);
        return forceUnitAccess ? ThenFlush(written, cancellationToken) : written;
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> written = Next.WriteProtectedAsync(lba, from, forceUnitAccess: false, cancellationToken);
        return forceUnitAccess ? ThenFlush(written, cancellationToken) : written;
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> written = Next.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess: false, cancellationToken);
        return forceUnitAccess ? ThenFlush(written, cancellationToken) : written;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> ThenFlush(ValueTask<IoStatus> written, CancellationToken cancellationToken)
    {
        IoStatus status = await written.ConfigureAwait(false);
        return status == IoStatus.Ok ? await Next.FlushAsync(cancellationToken).ConfigureAwait(false) : status;
    }

    /// <inheritdoc/>
    protected override void TakeGrowth(ulong blockCount) => _traits = _traits with { BlockCount = blockCount };
}
