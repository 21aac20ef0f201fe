namespace Blockwire.Storage;

/// <summary>Offers unmap on a device that cannot give space back: the blocks read as zeros afterwards, and that is all (`thin=on`).</summary>
/// <param name="next">The device below, owned by the filter; it offers <see cref="IBlockDevice.WriteZeroesAsync"/>.</param>
public sealed class UnmapByZeroes(IBlockDevice next) : BlockFilter(next)
{
    private volatile DeviceTraits _traits = next.Traits with { Unmap = Support.Emulated };

    /// <inheritdoc/>
    public override bool TakesStreamedData => Next.TakesStreamedData;

    /// <inheritdoc/>
    public override DeviceTraits Traits => _traits;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        Next.WriteZeroesAsync(lba, blockCount, mayUnmap: true, forceUnitAccess: false, cancellationToken);

    /// <inheritdoc/>
    protected override void TakeGrowth(ulong blockCount) => _traits = _traits with { BlockCount = blockCount };
}
