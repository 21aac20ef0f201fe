using System.Buffers;

namespace Blockwire.Storage;

/// <summary>
/// A disk whose blocks have their protection information behind them in the same place: sectors of 520 or 4104 bytes. A block and its protection information are written
/// by one call to the device below, at most <see cref="PieceBytes"/> at a time.
/// </summary>
/// <remarks>The protection information is stored inverted: a sector of zeros, as a hole in a file is, is a block of zeros without any. It does not grow.</remarks>
public sealed class InlineProtectionDisk : IBlockDevice
{
    /// <summary>Most bytes of one call to the device below.</summary>
    public const int PieceBytes = 1 << 20;

    // Sectors that fill whole pages of a file: 520 and 4104 have 8 in common with 4096.
    private const uint SectorsInWholePages = 512;

    private readonly IBlockDevice _sectors;
    private readonly RangeTurns _turns;
    private readonly int _blockBytes;
    private readonly int _sectorBytes;

    /// <summary>Makes a disk of sectors.</summary>
    /// <param name="sectors">The device below, owned by the disk; its blocks have 520 or 4104 bytes.</param>
    /// <exception cref="ArgumentException">Its blocks are of another size.</exception>
    public InlineProtectionDisk(IBlockDevice sectors)
    {
        DeviceTraits traits = sectors.Traits;
        if (!BlockGeometry.IsBlockSize(traits.BlockBytes - DeviceTraits.ProtectionBytes))
            throw new ArgumentException($"a sector has 520 or 4104 bytes, not {traits.BlockBytes}", nameof(sectors));
        _sectors = sectors;
        _sectorBytes = (int)traits.BlockBytes;
        _blockBytes = _sectorBytes - ProtectionBytes.Length;
        _turns = new RangeTurns(traits.CompletesInline);
        Traits = traits with
        {
            BlockBytes = (uint)_blockBytes,
            PhysicalBlockBytes = (uint)_blockBytes,
            UnmapGranularityBlocks = SectorsInWholePages,
            AtomicWriteBlocks = 0,
            KeepsProtection = true,
        };
    }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    /// <inheritdoc/>
    public async ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, (uint)(into.Length / _blockBytes), isChange: false).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceLength(into.Length / _blockBytes));
        try
        {
            IoStatus status = IoStatus.Ok;
            while (into.Length > 0 && status == IoStatus.Ok)
            {
                int blocks = PieceBlocks(into.Length / _blockBytes);
                Memory<byte> piece = buffer.AsMemory(0, blocks * _sectorBytes);
                status = await _sectors.ReadAsync(lba, piece, cancellationToken).ConfigureAwait(false);
                if (status == IoStatus.Ok) ProtectionBytes.CopyData(piece.Span, into.Span, _blockBytes);
                (lba, into) = (lba + (uint)blocks, into[(blocks * _blockBytes)..]);
            }
            return status;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        WritePieces(lba, from, _blockBytes, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, (uint)(into.Length / _sectorBytes), isChange: false).ConfigureAwait(false);
        try
        {
            IoStatus status = await _sectors.ReadAsync(lba, into, cancellationToken).ConfigureAwait(false);
            if (status == IoStatus.Ok) ProtectionBytes.Invert(into.Span, _blockBytes);
            return status;
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        WritePieces(lba, from, _sectorBytes, forceUnitAccess, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => _sectors.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        long ticket = await _turns.Enter(lba, blockCount, isChange: true).ConfigureAwait(false);
        try
        {
            return await _sectors.UnmapAsync(lba, blockCount, cancellationToken).ConfigureAwait(false);
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
            return await _sectors.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Leave(ticket);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        _sectors.QueryExtentAsync(lba, maxBlocks, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken) => _sectors.QuerySpaceAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        _sectors.PrefetchAsync(lba, blockCount, cancellationToken);

    /// <summary>There is no data without protection information between to lend.</summary>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return false;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _sectors.DisposeAsync();

    private int PieceBlocks(int blocks) => Math.Min(blocks, PieceBytes / _sectorBytes);

    private int PieceLength(int blocks) => PieceBlocks(blocks) * _sectorBytes;

    private async ValueTask<IoStatus> WritePieces(
        ulong lba, ReadOnlyMemory<byte> from, int bytesOfBlock, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        int all = from.Length / bytesOfBlock;
        long ticket = await _turns.Enter(lba, (uint)all, isChange: true).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceLength(all));
        try
        {
            bool isOnePiece = PieceBlocks(all) == all;
            IoStatus status = IoStatus.Ok;
            while (from.Length > 0 && status == IoStatus.Ok)
            {
                int blocks = PieceBlocks(from.Length / bytesOfBlock);
                Memory<byte> piece = buffer.AsMemory(0, blocks * _sectorBytes);
                Store(from.Span[..(blocks * bytesOfBlock)], piece.Span, hasProtection: bytesOfBlock == _sectorBytes);
                status = await _sectors.WriteAsync(lba, piece, forceUnitAccess && isOnePiece, cancellationToken).ConfigureAwait(false);
                (lba, from) = (lba + (uint)blocks, from[(blocks * bytesOfBlock)..]);
            }
            return status == IoStatus.Ok && forceUnitAccess && !isOnePiece ? await _sectors.FlushAsync(cancellationToken).ConfigureAwait(false) : status;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _turns.Leave(ticket);
        }
    }

    private void Store(ReadOnlySpan<byte> from, Span<byte> sectors, bool hasProtection)
    {
        if (!hasProtection)
        {
            ProtectionBytes.JoinUnset(from, sectors, _blockBytes);
            return;
        }
        from.CopyTo(sectors);
        ProtectionBytes.Invert(sectors, _blockBytes);
    }
}
