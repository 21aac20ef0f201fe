namespace Blockwire.Storage;

/// <summary>Shows the device below as fully provisioned (`thin=off`): no unmap, every block mapped, zeros keep their space.</summary>
/// <param name="next">The device below, owned by the filter.</param>
public sealed class ThickFilter(IBlockDevice next) : BlockFilter(next)
{
    private volatile DeviceTraits _traits = next.Traits with { Unmap = Support.No, UnmapGranularityBlocks = 1 };

    /// <inheritdoc/>
    public override bool TakesStreamedData => Next.TakesStreamedData;

    /// <inheritdoc/>
    public override DeviceTraits Traits => _traits;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        new(IoStatus.NotSupported);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        base.WriteZeroesAsync(lba, blockCount, mayUnmap: false, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        new(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, Math.Min(maxBlocks, Traits.BlockCount - lba)));

    /// <inheritdoc/>
    protected override void TakeGrowth(ulong blockCount) => _traits = _traits with { BlockCount = blockCount };
}
