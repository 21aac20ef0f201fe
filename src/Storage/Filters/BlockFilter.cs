namespace Blockwire.Storage;

/// <summary>A device on top of another. Every member passes on; a filter overrides what it changes and nothing else.</summary>
/// <param name="next">The device below. The filter owns it and disposes it.</param>
public abstract class BlockFilter(IBlockDevice next) : IBlockDevice
{
    /// <inheritdoc/>
    public virtual DeviceTraits Traits => Next.Traits;

    /// <summary>False, because a filter may look at data twice; those that do not pass the question on.</summary>
    public virtual bool TakesStreamedData => false;

    /// <summary>The device below.</summary>
    protected IBlockDevice Next { get; } = next;

    /// <inheritdoc/>
    public virtual ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        Next.ReadAsync(lba, into, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Next.WriteAsync(lba, from, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        Next.ReadProtectedAsync(lba, into, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Next.WriteProtectedAsync(lba, from, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => Next.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        Next.UnmapAsync(lba, blockCount, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Next.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        Next.QueryExtentAsync(lba, maxBlocks, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken) => Next.QuerySpaceAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual bool TryGrow()
    {
        if (!Next.TryGrow())
        {
            return false;
        }

        TakeGrowth(Next.Traits.BlockCount);
        return true;
    }

    /// <inheritdoc/>
    public virtual ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        Next.PrefetchAsync(lba, blockCount, cancellationToken);

    /// <inheritdoc/>
    public virtual bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages) => Next.TryLend(lba, lengthBytes, out pages);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Next.DisposeAsync();
    }

    /// <summary>The device below has grown: what has traits of its own notes the number of blocks.</summary>
    protected virtual void TakeGrowth(ulong blockCount)
    {
    }
}
