using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <summary>
/// Stands between a device and its callers and checks both: range, alignment and traits before the call, status and counts after it.
/// Whatever the backend does against the contract becomes an <see cref="IoStatus"/>; nothing is split, retried or hidden.
/// </summary>
/// <remarks>
/// <para>A call answers <see cref="IoStatus.OutOfRange"/>, <see cref="IoStatus.WriteProtected"/>, <see cref="IoStatus.NotSupported"/>
/// or, after <see cref="DisposeAsync"/>, <see cref="IoStatus.NotReady"/> without reaching the backend. A call for no blocks within the
/// device is <see cref="IoStatus.Ok"/>. A buffer that is not whole blocks is a defect of the caller: <see cref="ArgumentException"/>.</para>
/// <para>A call whose token is already cancelled does nothing. Only then, or when the token is cancelled on the way, does a task end with
/// <see cref="OperationCanceledException"/>.</para>
/// </remarks>
public sealed class GuardedDevice : IBlockDevice
{
    private readonly IBlockDevice _next;
    private readonly Action<DeviceFault>? _report;
    private volatile DeviceTraits _traits;
    private volatile bool _closed;

    /// <summary>Puts a guard before a device.</summary>
    /// <param name="next">The device below, owned by the guard. Its traits are read once, and when it grows.</param>
    /// <param name="report">Told of every breach of the contract by the device; called on the thread that found it.</param>
    /// <exception cref="ArgumentException">The traits contradict themselves.</exception>
    public GuardedDevice(IBlockDevice next, Action<DeviceFault>? report = null)
    {
        _next = next;
        _report = report;
        _traits = next.Traits;
        CheckTraits(_traits);
    }

    /// <inheritdoc/>
    public DeviceTraits Traits => _traits;

    /// <inheritdoc/>
    public bool TakesStreamedData => _next.TakesStreamedData;

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<IoStatus>(cancellationToken);
        ulong blockCount = Blocks(into.Length);
        if (IsSettled(lba, blockCount, out IoStatus status)) return new(status);
        ValueTask<IoStatus> pending;
        try
        {
            pending = _next.ReadAsync(lba, into, cancellationToken);
        }
        catch (Exception e)
        {
            pending = ValueTask.FromException<IoStatus>(e);
        }
        return Judge(DeviceOperation.Read, pending, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<IoStatus>(cancellationToken);
        ulong blockCount = Blocks(from.Length);
        if (Traits.ReadOnly) return new(IoStatus.WriteProtected);
        if (forceUnitAccess && Traits.ForceUnitAccess == Support.No) return new(IoStatus.NotSupported);
        if (IsSettled(lba, blockCount, out IoStatus status)) return new(status);
        ValueTask<IoStatus> pending;
        try
        {
            pending = _next.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
        }
        catch (Exception e)
        {
            pending = ValueTask.FromException<IoStatus>(e);
        }
        return Judge(DeviceOperation.Write, pending, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<IoStatus>(cancellationToken);
        if (!Traits.KeepsProtection) return new(IoStatus.NotSupported);
        if (IsSettled(lba, Blocks(into.Length, Traits.ProtectedBlockBytes), out IoStatus status)) return new(status);
        ValueTask<IoStatus> pending;
        try
        {
            pending = _next.ReadProtectedAsync(lba, into, cancellationToken);
        }
        catch (Exception e)
        {
            pending = ValueTask.FromException<IoStatus>(e);
        }
        return Judge(DeviceOperation.Read, pending, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<IoStatus>(cancellationToken);
        if (Traits.ReadOnly) return new(IoStatus.WriteProtected);
        if (!Traits.KeepsProtection || (forceUnitAccess && Traits.ForceUnitAccess == Support.No)) return new(IoStatus.NotSupported);
        if (IsSettled(lba, Blocks(from.Length, Traits.ProtectedBlockBytes), out IoStatus status)) return new(status);
        ValueTask<IoStatus> pending;
        try
        {
            pending = _next.WriteProtectedAsync(lba, from, forceUnitAccess, cancellationToken);
        }
        catch (Exception e)
        {
            pending = ValueTask.FromException<IoStatus>(e);
        }
        return Judge(DeviceOperation.Write, pending, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<IoStatus>(cancellationToken);
        if (_closed) return new(IoStatus.NotReady);
        ValueTask<IoStatus> pending;
        try
        {
            pending = _next.FlushAsync(cancellationToken);
        }
        catch (Exception e)
        {
            pending = ValueTask.FromException<IoStatus>(e);
        }
        return Judge(DeviceOperation.Flush, pending, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<IoStatus>(cancellationToken);
        if (Traits.ReadOnly) return new(IoStatus.WriteProtected);
        if (Traits.Unmap == Support.No) return new(IoStatus.NotSupported);
        if (IsSettled(lba, blockCount, out IoStatus status)) return new(status);
        ValueTask<IoStatus> pending;
        try
        {
            pending = _next.UnmapAsync(lba, blockCount, cancellationToken);
        }
        catch (Exception e)
        {
            pending = ValueTask.FromException<IoStatus>(e);
        }
        return Judge(DeviceOperation.Unmap, pending, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<IoStatus>(cancellationToken);
        if (Traits.ReadOnly) return new(IoStatus.WriteProtected);
        if (Traits.WriteZeroes == Support.No || (forceUnitAccess && Traits.ForceUnitAccess == Support.No)) return new(IoStatus.NotSupported);
        if (IsSettled(lba, blockCount, out IoStatus status)) return new(status);
        ValueTask<IoStatus> pending;
        try
        {
            // To unmap is allowed only where the device says that it can.
            pending = _next.WriteZeroesAsync(lba, blockCount, mayUnmap && Traits.Unmap != Support.No, forceUnitAccess, cancellationToken);
        }
        catch (Exception e)
        {
            pending = ValueTask.FromException<IoStatus>(e);
        }
        return Judge(DeviceOperation.WriteZeroes, pending, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxBlocks"/> is 0.</exception>
    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(maxBlocks);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ExtentStatus>(cancellationToken);
        if (_closed) return new(Failed(IoStatus.NotReady));
        if (lba >= Traits.BlockCount) return new(Failed(IoStatus.OutOfRange));
        maxBlocks = Math.Min(maxBlocks, Traits.BlockCount - lba);
        ValueTask<ExtentStatus> pending;
        try
        {
            pending = _next.QueryExtentAsync(lba, maxBlocks, cancellationToken);
        }
        catch (Exception e)
        {
            pending = ValueTask.FromException<ExtentStatus>(e);
        }
        return pending.IsCompletedSuccessfully
            ? new(CheckExtent(pending.Result, maxBlocks))
            : JudgeExtentLater(pending, maxBlocks, cancellationToken);
    }

    /// <inheritdoc/>
    public bool TryGrow()
    {
        if (_closed || !_next.TryGrow()) return false;
        DeviceTraits grown = _next.Traits;
        if (grown.BlockCount <= _traits.BlockCount || grown != _traits with { BlockCount = grown.BlockCount })
        {
            Report(DeviceOperation.None, $"it grew from {_traits} to {grown}: only the number of blocks may change, and only rise", exception: null);
            return false;
        }
        _traits = grown;
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_closed) return null;
        try
        {
            return await _next.QuerySpaceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!IsCancellation(e, cancellationToken))
        {
            _ = Explain(DeviceOperation.QuerySpace, e);
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsSettled(lba, blockCount, out IoStatus status)) return status == IoStatus.Ok;
        try
        {
            return await _next.PrefetchAsync(lba, blockCount, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!IsCancellation(e, cancellationToken))
        {
            Explain(DeviceOperation.Read, e);
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        if (lengthBytes <= 0 || IsSettled(lba, Blocks(lengthBytes), out _)) return false;
        try
        {
            if (!_next.TryLend(lba, lengthBytes, out pages)) return false;
        }
        catch (Exception e)
        {
            pages = default;
            Report(DeviceOperation.Read, "it threw when asked to lend pages", e);
            return false;
        }
        if (pages.Length == lengthBytes) return true;
        Report(DeviceOperation.Read, $"it lent {pages.Length} bytes where {lengthBytes} were asked for", exception: null);
        pages = default;
        return false;
    }

    /// <summary>Disposes the device below. Calls that come later answer <see cref="IoStatus.NotReady"/>.</summary>
    public ValueTask DisposeAsync()
    {
        _closed = true;
        return _next.DisposeAsync();
    }

    private static void CheckTraits(DeviceTraits traits)
    {
        if (!BlockGeometry.IsBlockSize(traits.BlockBytes)
            || traits.BlockCount == 0
            || traits.BlockCount > BlockGeometry.MaxLengthBytes / traits.BlockBytes
            || traits.PhysicalBlockBytes < traits.BlockBytes
            || !System.Numerics.BitOperations.IsPow2(traits.PhysicalBlockBytes)
            || traits.UnmapGranularityBlocks == 0)
        {
            throw new ArgumentException($"contradictory traits: {traits}", nameof(traits));
        }
    }

    private static ExtentStatus Failed(IoStatus status) => new(status, ProvisioningState.Mapped, 0);

    private static IoStatus FailureOf(DeviceOperation operation) =>
        operation is DeviceOperation.Read or DeviceOperation.QueryExtent ? IoStatus.ReadError : IoStatus.WriteError;

    /// <summary>What a backend may answer to a call that passed the checks here.</summary>
    private static bool IsAllowed(DeviceOperation operation, IoStatus status) => status switch
    {
        IoStatus.Ok or IoStatus.NotReady => true,
        IoStatus.ReadError => operation is DeviceOperation.Read or DeviceOperation.QueryExtent,
        IoStatus.WriteError or IoStatus.NoSpace => operation is not (DeviceOperation.Read or DeviceOperation.QueryExtent),
        IoStatus.WriteProtected => operation is DeviceOperation.Write or DeviceOperation.Unmap or DeviceOperation.WriteZeroes,
        _ => false,
    };

    private ulong Blocks(int lengthBytes) => Blocks(lengthBytes, Traits.BlockBytes);

    private static ulong Blocks(int lengthBytes, uint blockBytes)
    {
        (uint blocks, uint rest) = Math.DivRem((uint)lengthBytes, blockBytes);
        return rest == 0 ? blocks : throw new ArgumentException($"{lengthBytes} bytes are not whole blocks of {blockBytes}", nameof(lengthBytes));
    }

    /// <summary>Whether the answer is known without asking the backend.</summary>
    private bool IsSettled(ulong lba, ulong blockCount, out IoStatus status)
    {
        status = _closed ? IoStatus.NotReady
            : lba > Traits.BlockCount || blockCount > Traits.BlockCount - lba ? IoStatus.OutOfRange
            : IoStatus.Ok;
        return status != IoStatus.Ok || blockCount == 0;
    }

    private ValueTask<IoStatus> Judge(DeviceOperation operation, ValueTask<IoStatus> pending, CancellationToken cancellationToken) =>
        pending.IsCompletedSuccessfully ? new(Check(operation, pending.Result)) : JudgeLater(operation, pending, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> JudgeLater(DeviceOperation operation, ValueTask<IoStatus> pending, CancellationToken cancellationToken)
    {
        try
        {
            return Check(operation, await pending.ConfigureAwait(false));
        }
        catch (Exception e) when (!IsCancellation(e, cancellationToken))
        {
            return Explain(operation, e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ExtentStatus> JudgeExtentLater(ValueTask<ExtentStatus> pending, ulong maxBlocks, CancellationToken cancellationToken)
    {
        try
        {
            return CheckExtent(await pending.ConfigureAwait(false), maxBlocks);
        }
        catch (Exception e) when (!IsCancellation(e, cancellationToken))
        {
            return Failed(Explain(DeviceOperation.QueryExtent, e));
        }
    }

    private static bool IsCancellation(Exception e, CancellationToken cancellationToken) =>
        e is OperationCanceledException && cancellationToken.IsCancellationRequested;

    private IoStatus Check(DeviceOperation operation, IoStatus status)
    {
        if (IsAllowed(operation, status)) return status;
        Report(operation, $"it answered {status} to a call that was in order", exception: null);
        return FailureOf(operation);
    }

    private ExtentStatus CheckExtent(ExtentStatus extent, ulong maxBlocks)
    {
        IoStatus status = Check(DeviceOperation.QueryExtent, extent.Status);
        if (status != IoStatus.Ok) return Failed(status);
        if (extent.BlockCount >= 1 && extent.BlockCount <= maxBlocks && Enum.IsDefined(extent.State)) return extent;
        Report(DeviceOperation.QueryExtent, $"it answered {extent} where 1 to {maxBlocks} blocks were asked for", exception: null);
        return Failed(IoStatus.ReadError);
    }

    private IoStatus Explain(DeviceOperation operation, Exception e)
    {
        // A call that crossed the closing of the device is no defect.
        if (_closed && e is ObjectDisposedException) return IoStatus.NotReady;
        Report(operation, "it threw", e);
        return FailureOf(operation);
    }

    private void Report(DeviceOperation operation, string description, Exception? exception) =>
        _report?.Invoke(new DeviceFault(operation, description, exception));
}
