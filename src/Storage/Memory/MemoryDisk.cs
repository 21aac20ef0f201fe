namespace Blockwire.Storage;

/// <summary>
/// A disk in memory that is gone when it is disposed. Only pages that were written cost memory, so it may be larger than the machine's
/// memory as long as it stays sparse.
/// </summary>
/// <remarks>
/// Everything completes before the call returns. <see cref="TryLend"/> gives out the disk's own pages for ranges below 1 GiB; after
/// <see cref="DisposeAsync"/> lent pages stay readable, as zeros, until their last holder lets go. Pages that were never written are not
/// touched by a read, since even that would cost page tables, 2 MiB for each GiB; a read beside the first write of a page may see either.
/// </remarks>
public sealed class MemoryDisk : IBlockDevice
{
    private const uint AtomicWriteBytes = 1 << 20;

    private readonly PageArena _arena;
    private readonly PageWindows _windows;
    private readonly PageMap _written;
    private readonly ulong _pageBytes = (ulong)PageArena.PageBytes;
    private volatile bool _closed;

    /// <summary>Makes an empty disk.</summary>
    /// <param name="lengthBytes">A multiple of <paramref name="blockBytes"/>, at least one block.</param>
    /// <param name="blockBytes">512, 2048 or 4096.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    /// <exception cref="OutOfMemoryException">The system has no room for the addresses.</exception>
    public MemoryDisk(ulong lengthBytes, uint blockBytes = 512)
        : this(blockBytes, CheckedLength(lengthBytes, blockBytes))
    {
    }

    private MemoryDisk(uint blockBytes, ulong lengthBytes)
    {
        _arena = new PageArena(lengthBytes);
        _windows = new PageWindows(_arena);
        _written = new PageMap((lengthBytes + _pageBytes - 1) / _pageBytes);
        Traits = new DeviceTraits(
            blockBytes,
            lengthBytes / blockBytes,
            ForceUnitAccess: Support.Native,
            Unmap: Support.Native,
            WriteZeroes: Support.Native,
            ReadOnly: false,
            CompletesInline: true,
            PhysicalBlockBytes: blockBytes,
            UnmapGranularityBlocks: Math.Max(1, (uint)_pageBytes / blockBytes))
        {
            // Whatever cuts a write short takes the whole disk with it.
            AtomicWriteBlocks = AtomicWriteBytes / blockBytes,
        };
    }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    /// <summary>Memory for small records instead of blocks: what a disk keeps beside its blocks.</summary>
    /// <exception cref="OutOfMemoryException">The system has no room for the addresses.</exception>
    internal static MemoryDisk OfRecords(ulong count, uint recordBytes) => new(recordBytes, count * recordBytes);

    /// <inheritdoc/>
    public bool TakesStreamedData => true;

    /// <inheritdoc/>
    public unsafe ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        if (_closed) return new(IoStatus.NotReady);
        ulong offset = lba * Traits.BlockBytes;
        for (Span<byte> rest = into.Span; rest.Length > 0;)
        {
            int length = (int)Math.Min((uint)rest.Length, BytesAlike(offset, (uint)rest.Length, out bool isMarked));
            if (isMarked) new ReadOnlySpan<byte>(_arena.At(offset), length).CopyTo(rest);
            else rest[..length].Clear();
            offset += (uint)length;
            rest = rest[length..];
        }
        GC.KeepAlive(this);
        return new(IoStatus.Ok);
    }

    /// <inheritdoc/>
    public unsafe ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (_closed) return new(IoStatus.NotReady);
        ulong offset = lba * Traits.BlockBytes;
        Span<byte> place = new(_arena.At(offset), from.Length);
        bool isWhole = true;
        if (!StreamedData.TryFind(from, out StreamedData streamed))
        {
            from.Span.CopyTo(place);
        }
        else
        {
            isWhole = streamed.Take(place, out ReadOnlyMemory<byte> rest);
            rest.Span.CopyTo(place[^rest.Length..]);
        }
        // Marked after the copy, while Zero clears the mark before it drops the page: whoever comes last, a page with data is marked.
        MarkWritten(offset, (ulong)from.Length);
        GC.KeepAlive(this);
        return new(isWhole ? IoStatus.Ok : IoStatus.WriteError);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => new(_closed ? IoStatus.NotReady : IoStatus.Ok);

    /// <inheritdoc/>
    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        if (_closed) return new(IoStatus.NotReady);
        Zero(lba * Traits.BlockBytes, blockCount * Traits.BlockBytes);
        return new(IoStatus.Ok);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteZeroesAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        if (_closed) return new(IoStatus.NotReady);
        Zero(lba * Traits.BlockBytes, blockCount * Traits.BlockBytes);
        // The blocks count as mapped, yet cost no page before something is written there.
        if (!mayUnmap) MarkWritten(lba * Traits.BlockBytes, blockCount * Traits.BlockBytes);
        return new(IoStatus.Ok);
    }

    /// <inheritdoc/>
    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken)
    {
        if (_closed) return new(new ExtentStatus(IoStatus.NotReady, ProvisioningState.Mapped, 0));
        ulong offset = lba * Traits.BlockBytes;
        ulong last = offset + (Math.Min(maxBlocks, Traits.BlockCount - lba) * Traits.BlockBytes) - 1;
        ulong firstPage = offset / _pageBytes;
        ulong pages = _written.RunLength(firstPage, (last / _pageBytes) - firstPage + 1, out bool isMarked);
        ulong end = Math.Min(last + 1, (firstPage + pages) * _pageBytes);
        return new(new ExtentStatus(
            IoStatus.Ok,
            isMarked ? ProvisioningState.Mapped : ProvisioningState.Deallocated,
            (end - offset) / Traits.BlockBytes));
    }

    /// <summary>All blocks are in memory already.</summary>
    public ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => new(!_closed);

    /// <inheritdoc/>
    /// <remarks>What the machine has left is for all its programs, so nothing is said of it.</remarks>
    public ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken) =>
        new(_closed ? null : new SpaceUsage(Math.Min(_written.CountMarked() * _pageBytes, Traits.LengthBytes), null));

    /// <inheritdoc/>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        ulong offset = lba * Traits.BlockBytes;
        if (_closed || !_windows.TryGet(offset, lengthBytes, out Memory<byte> memory)) return false;
        bool isUnwritten = BytesAlike(offset, (uint)lengthBytes, out bool isMarked) >= (uint)lengthBytes && !isMarked;
        pages = isUnwritten && lengthBytes <= ZeroPages.LengthBytes ? ZeroPages.Memory[..lengthBytes] : memory;
        return true;
    }

    /// <summary>Gives the memory back. Later calls answer <see cref="IoStatus.NotReady"/>.</summary>
    public ValueTask DisposeAsync()
    {
        _closed = true;
        _arena.Release();
        return ValueTask.CompletedTask;
    }

    private static ulong CheckedLength(ulong lengthBytes, uint blockBytes)
    {
        BlockGeometry.Check(lengthBytes, blockBytes);
        return lengthBytes;
    }

    /// <summary>Bytes from <paramref name="offset"/> on whose pages are all written, or all not: at least one, and whole pages, so perhaps more than asked for.</summary>
    private ulong BytesAlike(ulong offset, ulong lengthBytes, out bool isMarked)
    {
        ulong page = offset / _pageBytes;
        ulong pages = _written.RunLength(page, ((offset + lengthBytes - 1) / _pageBytes) - page + 1, out isMarked);
        return ((page + pages) * _pageBytes) - offset;
    }

    private void MarkWritten(ulong offset, ulong lengthBytes)
    {
        if (lengthBytes == 0) return;
        ulong first = offset / _pageBytes;
        _written.Mark(first, ((offset + lengthBytes - 1) / _pageBytes) - first + 1);
    }

    private void Zero(ulong offset, ulong lengthBytes)
    {
        for (ulong end = offset + lengthBytes; offset < end;)
        {
            ulong page = offset / _pageBytes;
            ulong pages = _written.RunLength(page, ((end - 1) / _pageBytes) - page + 1, out bool isMarked);
            ulong runEnd = Math.Min(end, (page + pages) * _pageBytes);
            if (isMarked) ZeroWritten(offset, runEnd);      // the rest reads as zeros as it is
            offset = runEnd;
        }
    }

    private void ZeroWritten(ulong offset, ulong end)
    {
        ulong firstWhole = (offset + _pageBytes - 1) / _pageBytes;
        // The disk may end within a page, whose rest nobody can reach.
        ulong endWhole = end == _arena.LengthBytes ? _written.PageCount : end / _pageBytes;
        if (endWhole > firstWhole) _written.Clear(firstWhole, endWhole - firstWhole);
        _arena.Zero(offset, end - offset);
    }
}
