namespace Blockwire.Storage;

/// <summary>Makes a disk slow, for tests and rehearsals: reads and changes begin after a delay. Nothing is lent.</summary>
/// <param name="next">The device below, owned by the filter.</param>
/// <param name="readDelay">Before every read.</param>
/// <param name="changeDelay">Before every write, flush, unmap and zeroing.</param>
/// <param name="time">Whose timers to wait for.</param>
public sealed class DelayFilter(IBlockDevice next, TimeSpan readDelay, TimeSpan changeDelay, TimeProvider time) : BlockFilter(next)
{
    private volatile DeviceTraits _traits = next.Traits with { CompletesInline = false };

    /// <inheritdoc/>
    public override DeviceTraits Traits => _traits;

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        await Task.Delay(readDelay, time, cancellationToken).ConfigureAwait(false);
        return await base.ReadAsync(lba, into, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> WriteAsync(
        ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        await Task.Delay(changeDelay, time, cancellationToken).ConfigureAwait(false);
        return await base.WriteAsync(lba, from, forceUnitAccess, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        await Task.Delay(readDelay, time, cancellationToken).ConfigureAwait(false);
        return await base.ReadProtectedAsync(lba, into, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> WriteProtectedAsync(
        ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        await Task.Delay(changeDelay, time, cancellationToken).ConfigureAwait(false);
        return await base.WriteProtectedAsync(lba, from, forceUnitAccess, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(changeDelay, time, cancellationToken).ConfigureAwait(false);
        return await base.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        await Task.Delay(changeDelay, time, cancellationToken).ConfigureAwait(false);
        return await base.UnmapAsync(lba, blockCount, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        await Task.Delay(changeDelay, time, cancellationToken).ConfigureAwait(false);
        return await base.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lent pages would be read without a delay.</summary>
    public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return false;
    }

    /// <inheritdoc/>
    protected override void TakeGrowth(ulong blockCount) => _traits = _traits with { BlockCount = blockCount };
}
