namespace Blockwire.Storage;

/// <summary>Lets nothing change the device below.</summary>
/// <param name="next">The device below, owned by the filter.</param>
public sealed class ReadOnlyFilter(IBlockDevice next) : BlockFilter(next)
{
    private volatile DeviceTraits _traits = next.Traits with { ReadOnly = true };

    /// <inheritdoc/>
    public override DeviceTraits Traits => _traits;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        new(IoStatus.WriteProtected);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        new(IoStatus.WriteProtected);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        new(IoStatus.WriteProtected);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) => new(IoStatus.WriteProtected);

    /// <inheritdoc/>
    protected override void TakeGrowth(ulong blockCount) => _traits = _traits with { BlockCount = blockCount };
}
