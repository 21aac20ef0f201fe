namespace Blockwire.Storage;

/// <summary>Blocks of an <see cref="ExclusiveDevice"/> that its owner has alone, until it is disposed.</summary>
public sealed class BlockHold : IDisposable
{
    private readonly ExclusiveDevice _device;
    private readonly IBlockDevice _below;
    private readonly long _ticket;
    private int _isOver;

    internal BlockHold(ExclusiveDevice device, IBlockDevice below, long ticket)
    {
        _device = device;
        _below = below;
        _ticket = ticket;
    }

    /// <summary><see cref="IBlockDevice.ReadAsync"/>, of blocks that are held.</summary>
    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        _device.IsTaken ? new(IoStatus.NotReady) : _below.ReadAsync(lba, into, cancellationToken);

    /// <summary><see cref="IBlockDevice.WriteAsync"/>, of blocks that are held.</summary>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (_device.IsTaken) return new(IoStatus.NotReady);
        _device.Tell(lba, (uint)from.Length / _device.Traits.BlockBytes);
        return _below.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
    }

    /// <summary><see cref="IBlockDevice.ReadProtectedAsync"/>, of blocks that are held.</summary>
    public ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        _device.IsTaken ? new(IoStatus.NotReady) : _below.ReadProtectedAsync(lba, into, cancellationToken);

    /// <summary><see cref="IBlockDevice.WriteProtectedAsync"/>, of blocks that are held.</summary>
    public ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (_device.IsTaken) return new(IoStatus.NotReady);
        _device.Tell(lba, (uint)from.Length / _device.Traits.ProtectedBlockBytes);
        return _below.WriteProtectedAsync(lba, from, forceUnitAccess, cancellationToken);
    }

    /// <summary>Lets others at the blocks.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0) _device.Release(_ticket);
    }
}
