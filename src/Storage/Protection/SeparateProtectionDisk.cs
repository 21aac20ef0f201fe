using System.Buffers;

namespace Blockwire.Storage;

/// <summary>
/// A disk whose blocks have their protection information elsewhere: a device of blocks, and one of as many records of eight bytes. What it is without protection information
/// stays a disk as any other.
/// </summary>
/// <remarks>
/// <para>A change takes the blocks' protection information away first, then writes the data, then the new protection information. Whoever is cut off in between leaves blocks
/// without protection information, never with that of other data, as far as the two devices keep the order: a loss of power may not, for blocks that were not flushed.</para>
/// <para>The protection information is stored inverted: records of zeros stand for none. It does not grow.</para>
/// </remarks>
public sealed class SeparateProtectionDisk : IBlockDevice
{
    private const int PieceBlocks = 2048;

    // Above this zeroing, which gives space back, is worth a call of its own.
    private const ulong MostRecordsInOneWrite = 4096;

    private readonly IBlockDevice _data;
    private readonly IBlockDevice _records;
    private readonly RangeTurns _turns;
    private readonly int _blockBytes;
    private readonly int _wholeBytes;

    /// <summary>Makes a disk of two devices.</summary>
    /// <param name="data">The blocks; owned by the disk.</param>
    /// <param name="records">As many blocks of eight bytes; owned by the disk.</param>
    /// <exception cref="ArgumentException">The devices do not fit each other.</exception>
    public SeparateProtectionDisk(IBlockDevice data, IBlockDevice records)
    {
        DeviceTraits traits = data.Traits;
        DeviceTraits beside = records.Traits;
        if (beside.BlockBytes != DeviceTraits.ProtectionBytes || beside.BlockCount != traits.BlockCount)
            throw new ArgumentException($"{beside.BlockCount} records of {beside.BlockBytes} bytes do not fit {traits.BlockCount} blocks", nameof(records));
        _data = data;
        _records = records;
        _blockBytes = (int)traits.BlockBytes;
        _wholeBytes = (int)traits.ProtectedBlockBytes;
        Traits = traits with
        {
            CompletesInline = traits.CompletesInline && beside.CompletesInline,
            ReadOnly = traits.ReadOnly || beside.ReadOnly,
            ForceUnitAccess = traits.ForceUnitAccess == Support.No ? Support.No : Support.Emulated,
            KeepsProtection = true,
        };
        _turns = new RangeTurns(Traits.CompletesInline);
    }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) => _data.ReadAsync(lba, into, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        ulong blockCount = (uint)(from.Length / _blockBytes);
        long ticket = await _turns.Enter(lba, blockCount, isChange: true).ConfigureAwait(false);
        try
        {
            IoStatus status = await Forget(lba, blockCount, cancellationToken).ConfigureAwait(false);
            if (status == IoStatus.Ok) status = await _data.WriteAsync(lba, from, forceUnitAccess: false, cancellationToken).ConfigureAwait(false);
            return status == IoStatus.Ok && forceUnitAccess ? await FlushAsync(cancellationToken).ConfigureAwait(false) : status;
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        int all = into.Length / _wholeBytes;
        long ticket = await _turns.Enter(lba, (uint)all, isChange: false).ConfigureAwait(false);
        byte[] data = ArrayPool<byte>.Shared.Rent(Math.Min(all, PieceBlocks) * _blockBytes);
        byte[] records = ArrayPool<byte>.Shared.Rent(Math.Min(all, PieceBlocks) * ProtectionBytes.Length);
        try
        {
            IoStatus status = IoStatus.Ok;
            while (into.Length > 0 && status == IoStatus.Ok)
            {
                int blocks = Math.Min(into.Length / _wholeBytes, PieceBlocks);
                Memory<byte> piece = data.AsMemory(0, blocks * _blockBytes);
                Memory<byte> tags = records.AsMemory(0, blocks * ProtectionBytes.Length);
                status = await _data.ReadAsync(lba, piece, cancellationToken).ConfigureAwait(false);
                if (status == IoStatus.Ok) status = await _records.ReadAsync(lba, tags, cancellationToken).ConfigureAwait(false);
                if (status == IoStatus.Ok) ProtectionBytes.Join(piece.Span, tags.Span, into.Span, _blockBytes);
                (lba, into) = (lba + (uint)blocks, into[(blocks * _wholeBytes)..]);
            }
            return status;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(data);
            ArrayPool<byte>.Shared.Return(records);
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        int all = from.Length / _wholeBytes;
        long ticket = await _turns.Enter(lba, (uint)all, isChange: true).ConfigureAwait(false);
        byte[] data = ArrayPool<byte>.Shared.Rent(Math.Min(all, PieceBlocks) * _blockBytes);
        byte[] records = ArrayPool<byte>.Shared.Rent(Math.Min(all, PieceBlocks) * ProtectionBytes.Length);
        try
        {
            IoStatus status = await Forget(lba, (uint)all, cancellationToken).ConfigureAwait(false);
            while (from.Length > 0 && status == IoStatus.Ok)
            {
                int blocks = Math.Min(from.Length / _wholeBytes, PieceBlocks);
                ReadOnlyMemory<byte> piece = from[..(blocks * _wholeBytes)];
                ProtectionBytes.CopyData(piece.Span, data, _blockBytes);
                ProtectionBytes.CopyTags(piece.Span, records, _blockBytes);
                status = await _data.WriteAsync(lba, data.AsMemory(0, blocks * _blockBytes), forceUnitAccess: false, cancellationToken).ConfigureAwait(false);
                if (status == IoStatus.Ok)
                {
                    status = await _records
                        .WriteAsync(lba, records.AsMemory(0, blocks * ProtectionBytes.Length), forceUnitAccess: false, cancellationToken).ConfigureAwait(false);
                }
                (lba, from) = (lba + (uint)blocks, from[piece.Length..]);
            }
            return status == IoStatus.Ok && forceUnitAccess ? await FlushAsync(cancellationToken).ConfigureAwait(false) : status;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(data);
            ArrayPool<byte>.Shared.Return(records);
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        ValueTask<IoStatus> first = _data.FlushAsync(cancellationToken);
        IoStatus records = await _records.FlushAsync(cancellationToken).ConfigureAwait(false);
        IoStatus data = await first.ConfigureAwait(false);
        return data == IoStatus.Ok ? records : data;
    }

    /// <inheritdoc/>
    public async ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, blockCount, isChange: true).ConfigureAwait(false);
        try
        {
            IoStatus status = await Forget(lba, blockCount, cancellationToken).ConfigureAwait(false);
            return status == IoStatus.Ok ? await _data.UnmapAsync(lba, blockCount, cancellationToken).ConfigureAwait(false) : status;
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, blockCount, isChange: true).ConfigureAwait(false);
        try
        {
            IoStatus status = await Forget(lba, blockCount, cancellationToken).ConfigureAwait(false);
            if (status == IoStatus.Ok)
                status = await _data.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess: false, cancellationToken).ConfigureAwait(false);
            return status == IoStatus.Ok && forceUnitAccess ? await FlushAsync(cancellationToken).ConfigureAwait(false) : status;
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        _data.QueryExtentAsync(lba, maxBlocks, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken) => _data.QuerySpaceAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        _data.PrefetchAsync(lba, blockCount, cancellationToken);

    /// <inheritdoc/>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages) => _data.TryLend(lba, lengthBytes, out pages);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _data.DisposeAsync().ConfigureAwait(false);
        await _records.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Takes the protection information of blocks away.</summary>
    private ValueTask<IoStatus> Forget(ulong lba, ulong blockCount, CancellationToken cancellationToken) => blockCount <= MostRecordsInOneWrite
        ? _records.WriteAsync(lba, ZeroPages.Memory[..((int)blockCount * ProtectionBytes.Length)], forceUnitAccess: false, cancellationToken)
        : _records.WriteZeroesAsync(lba, blockCount, mayUnmap: _records.Traits.Unmap != Support.No, forceUnitAccess: false, cancellationToken);
}
