namespace Blockwire.Storage;

/// <summary>
/// A disk as bytes in blocks: what every backend and every filter offers. Addresses and counts are in blocks of
/// <see cref="DeviceTraits.BlockBytes"/> bytes; buffers are whole blocks.
/// </summary>
/// <remarks>
/// <para>A caller goes through <c>GuardedDevice</c>, which checks range, alignment and traits on both sides of every
/// call; a backend may therefore trust its arguments. Many calls may be in flight at once; overlapping ones have no order.</para>
/// <para>Buffers belong to the caller and must stay untouched until the returned task completes. A failure of the medium is an
/// <see cref="IoStatus"/>, never an exception; an exception means a defect, or cancellation.</para>
/// </remarks>
public interface IBlockDevice : IAsyncDisposable
{
    /// <summary>What the device is and can do. Fixed while it is open, but for the number of blocks, which <see cref="TryGrow"/> may raise.</summary>
    DeviceTraits Traits { get; }

    /// <summary>Reads <paramref name="into"/>.Length bytes from block <paramref name="lba"/> on.</summary>
    ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken);

    /// <summary>Writes from block <paramref name="lba"/> on; with <paramref name="forceUnitAccess"/> the data is on stable storage when the call completes.</summary>
    ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken);

    /// <summary>
    /// Reads blocks with their protection information: <see cref="DeviceTraits.ProtectedBlockBytes"/> bytes for each, the last eight of them as they were written, or all ones
    /// where none was. Only if <see cref="DeviceTraits.KeepsProtection"/>.
    /// </summary>
    ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) => new(IoStatus.NotSupported);

    /// <summary>
    /// Writes blocks with their protection information, which the device keeps and does not look at. Every other call that changes blocks leaves them without any: all ones,
    /// never that of other data. Only if <see cref="DeviceTraits.KeepsProtection"/>.
    /// </summary>
    ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        new(IoStatus.NotSupported);

    /// <summary>Completes when every write that completed before the call is on stable storage.</summary>
    ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken);

    /// <summary>Makes blocks unmapped where the device can; they read as zeros afterwards. Only if <see cref="DeviceTraits.Unmap"/> is not <see cref="Support.No"/>.</summary>
    ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken);

    /// <summary>Makes blocks read as zeros. With <paramref name="mayUnmap"/> their space may be given back.</summary>
    ValueTask<IoStatus> WriteZeroesAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken);

    /// <summary>The run of blocks from <paramref name="lba"/> on that share one provisioning state; at least one block long.</summary>
    ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken);

    /// <summary>What space the device takes; null when it cannot tell. May take a look at a file system, so not for every command.</summary>
    ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken) => new((SpaceUsage?)null);

    /// <summary>
    /// Looks whether the device has become longer behind its back: a file that somebody extended. True when <see cref="Traits"/> have more blocks than before. A device that
    /// has become shorter stays as it is, and fails where nothing is left. May take a look at a file system; one call at a time.
    /// </summary>
    bool TryGrow() => false;

    /// <summary>
    /// Begins to bring blocks to where a read does not wait for the medium. True: they are there, or on their way. False: they are not, and a read will fetch them.
    /// A hint, which no failure of the medium can fail.
    /// </summary>
    ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => new(false);

    /// <summary>
    /// The data of a write that completes inline may be <see cref="StreamedData"/> that is offered: the device, and every one below it, looks at the data at most once, or
    /// takes it. False where nothing is said: then such data is fetched to a buffer first.
    /// </summary>
    bool TakesStreamedData => false;

    /// <summary>
    /// Lends the device's own memory for a read, so that nothing is copied. The memory stays valid until the device is disposed; its
    /// content may change with later writes, as a block on any disk may. It is for system calls only: where the pages are those of a file that somebody cuts short, a
    /// call fails, but a program that reads them itself is ended. False when the device has none to lend.
    /// </summary>
    bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages);
}
