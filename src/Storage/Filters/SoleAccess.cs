namespace Blockwire.Storage;

/// <summary>An <see cref="ExclusiveDevice"/> that its owner has alone, until it is disposed: all other calls end with <see cref="IoStatus.NotReady"/> and do nothing.</summary>
public sealed class SoleAccess : IDisposable
{
    private readonly ExclusiveDevice _device;
    private readonly IBlockDevice _below;
    private int _isOver;

    internal SoleAccess(ExclusiveDevice device, IBlockDevice below)
    {
        _device = device;
        _below = below;
    }

    /// <summary><see cref="IBlockDevice.WriteAsync"/>.</summary>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        _device.Tell(lba, (uint)from.Length / _device.Traits.BlockBytes);
        return _below.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
    }

    /// <summary><see cref="IBlockDevice.WriteZeroesAsync"/>.</summary>
    public ValueTask<IoStatus> WriteZeroesAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        _device.Tell(lba, blockCount);
        return _below.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken);
    }

    /// <summary>Lets others at the disk.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0) _device.EndSoleAccess();
    }
}
