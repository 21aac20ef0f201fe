namespace Blockwire.Storage;

/// <summary>Lets nothing change the device below.</summary>
/// <param name="next">The device below, owned by the filter.</param>
public sealed class ReadOnlyFilter(IBlockDevice next) : BlockFilter(next)
{
    /// <inheritdoc/>
    public override DeviceTraits Traits { get; } = next.Traits with { ReadOnly = true };

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        new(IoStatus.WriteProtected);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        new(IoStatus.WriteProtected);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) => new(IoStatus.WriteProtected);
}
