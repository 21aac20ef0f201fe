namespace Blockwire.Storage;

/// <summary>
/// What a file disk asks of the operating system: the seam between the rules of <see cref="FileDisk"/> and the system calls. Offsets and
/// lengths are in bytes. Every member may be called from many threads at once; all but the two Try members may block.
/// </summary>
internal interface IFileCalls : IDisposable
{
    /// <summary>What is known of the file; fixed while it is open.</summary>
    FileFacts Facts { get; }

    /// <summary>Reads as much as is there without waiting for the medium: bytes read, or -1 when the system cannot tell.</summary>
    int TryReadNow(long offset, Span<byte> into);

    /// <summary>Writes as much as can be taken without waiting: bytes written, or -1 when the system cannot tell.</summary>
    int TryWriteNow(long offset, ReadOnlySpan<byte> from);

    /// <summary>Fills the span.</summary>
    IoStatus Read(long offset, Span<byte> into);

    /// <summary>Writes the whole span.</summary>
    IoStatus Write(long offset, ReadOnlySpan<byte> from);

    /// <summary>Puts everything written before on stable storage.</summary>
    IoStatus Sync();

    /// <summary>Gives the space of a range back; it reads as zeros. <see cref="IoStatus.NotSupported"/> leaves the range as it was.</summary>
    IoStatus PunchHole(long offset, long lengthBytes);

    /// <summary>Makes a range read as zeros and keeps its space. <see cref="IoStatus.NotSupported"/> leaves the range as it was.</summary>
    IoStatus ZeroRange(long offset, long lengthBytes);

    /// <summary>Bytes of the file or block device now, which may have grown since <see cref="Facts"/> were found; -1 when the system cannot tell.</summary>
    long LengthNow() => Facts.LengthBytes;

    /// <summary>
    /// Maps the file, which is open for writing, for lending its pages, and for writing to them where it lives in memory. The caller closes the mapping. Null where nothing
    /// is lent.
    /// </summary>
    FileMapping? TryMap() => null;

    /// <summary>Sets the times of the file to now, for changes that the system has not noted.</summary>
    void NoteChange()
    {
    }

    /// <summary>What space the file takes, and what its file system has left; null when the system cannot tell.</summary>
    SpaceUsage? FindSpace() => null;

    /// <summary>Asks the system to begin to read a range into its page cache; false when it takes no such advice.</summary>
    bool TryReadAhead(long offset, long lengthBytes);

    /// <summary>Whether data stands at <paramref name="offset"/>, and up to which offset (at most the end of the file) that stays so.</summary>
    IoStatus FindExtent(long offset, out bool isData, out long end);
}

/// <summary>What is known of an open file.</summary>
/// <param name="LengthBytes">Bytes of the file or block device.</param>
/// <param name="NeverBlocks">The data lives in memory (tmpfs, ramfs): no call waits for a medium.</param>
/// <param name="CanPunchHoles">Space can be given back.</param>
/// <param name="ZeroesQuickly"><see cref="IFileCalls.ZeroRange"/> is worth a try; nothing tells beforehand whether the file system has it.</param>
/// <param name="AllocationBytes">Bytes of the unit in which space is given out and given back.</param>
internal sealed record FileFacts(long LengthBytes, bool NeverBlocks, bool CanPunchHoles, bool ZeroesQuickly, int AllocationBytes);
