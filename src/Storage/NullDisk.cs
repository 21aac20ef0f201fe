namespace Blockwire.Storage;

/// <summary>A disk of any size that reads as zeros and forgets what is written: for measuring everything but the disk.</summary>
public sealed class NullDisk : IBlockDevice
{
    private volatile bool _closed;

    /// <summary>Makes the disk; it costs nothing, whatever its size.</summary>
    /// <param name="lengthBytes">A multiple of <paramref name="blockBytes"/>, at least one block, at most 2^63.</param>
    /// <param name="blockBytes">512, 2048 or 4096.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public NullDisk(ulong lengthBytes, uint blockBytes = 512)
    {
        BlockGeometry.Check(lengthBytes, blockBytes);
        Traits = new DeviceTraits(
            blockBytes,
            lengthBytes / blockBytes,
            ForceUnitAccess: Support.Native,
            Unmap: Support.Native,
            WriteZeroes: Support.Native,
            ReadOnly: false,
            CompletesInline: true,
            PhysicalBlockBytes: blockBytes,
            UnmapGranularityBlocks: 1);
    }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    private IoStatus Done => _closed ? IoStatus.NotReady : IoStatus.Ok;

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        into.Span.Clear();
        return new(Done);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) => new(Done);

    /// <inheritdoc/>
    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => new(Done);

    /// <inheritdoc/>
    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => new(Done);

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteZeroesAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        new(Done);

    /// <inheritdoc/>
    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        new(new ExtentStatus(Done, ProvisioningState.Deallocated, Math.Min(maxBlocks, Traits.BlockCount - lba)));

    /// <inheritdoc/>
    public ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => new(!_closed);

    /// <inheritdoc/>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        if (_closed || lengthBytes is <= 0 or > ZeroPages.LengthBytes) return false;
        pages = ZeroPages.Memory[..lengthBytes];
        return true;
    }

    /// <summary>Later calls answer <see cref="IoStatus.NotReady"/>.</summary>
    public ValueTask DisposeAsync()
    {
        _closed = true;
        return ValueTask.CompletedTask;
    }
}
