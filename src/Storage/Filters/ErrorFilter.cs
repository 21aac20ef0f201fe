namespace Blockwire.Storage;

/// <summary>A failure to inject.</summary>
/// <param name="Rule">Which calls fail.</param>
/// <param name="Status">What they answer; the device below does not see them.</param>
public sealed record InjectedError(FaultRule Rule, IoStatus Status);

/// <summary>Makes calls fail by rule, for tests and rehearsals. The first error that strikes a call is its answer.</summary>
/// <param name="next">The device below, owned by the filter.</param>
/// <param name="errors">The errors to inject.</param>
public sealed class ErrorFilter(IBlockDevice next, params InjectedError[] errors) : BlockFilter(next)
{
    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        Find(DeviceOperation.Read, lba, Blocks(into.Length)) is { } error ? new(error.Status) : base.ReadAsync(lba, into, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Find(DeviceOperation.Write, lba, Blocks(from.Length)) is { } error
            ? new(error.Status)
            : base.WriteAsync(lba, from, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        Find(DeviceOperation.Read, lba, (ulong)into.Length / Next.Traits.ProtectedBlockBytes) is { } error
            ? new(error.Status)
            : base.ReadProtectedAsync(lba, into, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Find(DeviceOperation.Write, lba, (ulong)from.Length / Next.Traits.ProtectedBlockBytes) is { } error
            ? new(error.Status)
            : base.WriteProtectedAsync(lba, from, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) =>
        Find(DeviceOperation.Flush, 0, ulong.MaxValue) is { } error ? new(error.Status) : base.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        Find(DeviceOperation.Unmap, lba, blockCount) is { } error ? new(error.Status) : base.UnmapAsync(lba, blockCount, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Find(DeviceOperation.WriteZeroes, lba, blockCount) is { } error
            ? new(error.Status)
            : base.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        Find(DeviceOperation.QueryExtent, lba, maxBlocks) is { } error
            ? new(new ExtentStatus(error.Status, ProvisioningState.Mapped, 0))
            : base.QueryExtentAsync(lba, maxBlocks, cancellationToken);

    /// <summary>Pages that a rule for reads covers are not lent: the read must come by to fail.</summary>
    public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return !Array.Exists(errors, error => error.Rule.Covers(DeviceOperation.Read, lba, Blocks(lengthBytes)))
            && base.TryLend(lba, lengthBytes, out pages);
    }

    private InjectedError? Find(DeviceOperation operation, ulong lba, ulong blockCount)
    {
        foreach (InjectedError error in errors)
        {
            if (error.Rule.Strikes(operation, lba, blockCount)) return error;
        }
        return null;
    }

    private ulong Blocks(int lengthBytes) => (ulong)lengthBytes / Next.Traits.BlockBytes;
}
