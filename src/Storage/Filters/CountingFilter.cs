namespace Blockwire.Storage;

/// <summary>What went through a <see cref="CountingFilter"/>.</summary>
/// <param name="Reads">Calls that read, lent pages included.</param>
/// <param name="ReadBytes">Bytes they asked for.</param>
/// <param name="Writes">Calls that wrote.</param>
/// <param name="WrittenBytes">Bytes they brought.</param>
/// <param name="ForcedWrites">Of the writes and zeroings those with FUA.</param>
/// <param name="Flushes">Flushes.</param>
/// <param name="Unmaps">Unmaps.</param>
/// <param name="Zeroings">Calls that wrote zeros.</param>
public readonly record struct DeviceCounts(
    long Reads, long ReadBytes, long Writes, long WrittenBytes, long ForcedWrites, long Flushes, long Unmaps, long Zeroings);

/// <summary>Counts the calls to the device below, whatever their answer.</summary>
/// <param name="next">The device below, owned by the filter.</param>
public sealed class CountingFilter(IBlockDevice next) : BlockFilter(next)
{
    private long _reads;
    private long _readBytes;
    private long _writes;
    private long _writtenBytes;
    private long _forcedWrites;
    private long _flushes;
    private long _unmaps;
    private long _zeroings;

    /// <summary>The counts so far. Each is exact; together they are of one moment only while nothing is in flight.</summary>
    public DeviceCounts Counts => new(
        Volatile.Read(ref _reads),
        Volatile.Read(ref _readBytes),
        Volatile.Read(ref _writes),
        Volatile.Read(ref _writtenBytes),
        Volatile.Read(ref _forcedWrites),
        Volatile.Read(ref _flushes),
        Volatile.Read(ref _unmaps),
        Volatile.Read(ref _zeroings));

    /// <inheritdoc/>
    public override bool TakesStreamedData => Next.TakesStreamedData;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        CountRead(into.Length);
        return base.ReadAsync(lba, into, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        CountWrite(from.Length, forceUnitAccess);
        return base.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        CountRead(into.Length);
        return base.ReadProtectedAsync(lba, into, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        CountWrite(from.Length, forceUnitAccess);
        return base.WriteProtectedAsync(lba, from, forceUnitAccess, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _flushes);
        return base.FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _unmaps);
        return base.UnmapAsync(lba, blockCount, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _zeroings);
        if (forceUnitAccess) Interlocked.Increment(ref _forcedWrites);
        return base.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken);
    }

    /// <inheritdoc/>
    public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        bool isLent = base.TryLend(lba, lengthBytes, out pages);
        if (isLent) CountRead(lengthBytes);
        return isLent;
    }

    private void CountWrite(int lengthBytes, bool forceUnitAccess)
    {
        Interlocked.Increment(ref _writes);
        Interlocked.Add(ref _writtenBytes, lengthBytes);
        if (forceUnitAccess) Interlocked.Increment(ref _forcedWrites);
    }

    private void CountRead(int lengthBytes)
    {
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _readBytes, lengthBytes);
    }
}
