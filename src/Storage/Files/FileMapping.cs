using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Blockwire.Storage;

/// <summary>
/// The pages that the system's cache holds of a file: lent to a sender, they leave without a copy in between, and what is received can be put straight there.
/// </summary>
/// <remarks>
/// <para>Lent memory is for the system's calls alone. Where somebody has cut the file short, a call that is given its pages fails with EFAULT, while a
/// program that reads them itself is ended by SIGBUS.</para>
/// <para>Only pages that stand in memory are lent, so that taking them waits for no medium. The system may drop a page after it was asked: then the call that sends
/// it waits for one read of the medium.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Windows outlive the disk; the handle frees the addresses when the last of them is gone.")]
internal sealed unsafe class FileMapping
{
    /// <summary>The largest file that is mapped: the page tables of one take 2 MiB a GiB once all of it was lent.</summary>
    public const long MaxBytes = 64L << 30;

    private const int PagesAtOnce = 1024;

    private readonly byte* _start;
    private readonly ulong _lengthBytes;
    private readonly PageHandle _handle;
    private readonly PageWindows _windows;

    private volatile bool _hasNews;

    private FileMapping(byte* start, long lengthBytes, bool isWritable)
    {
        IsWritable = isWritable;
        _start = start;
        _lengthBytes = (ulong)lengthBytes;
        _handle = new PageHandle(start, (nuint)lengthBytes);
        _windows = new PageWindows(_handle, start, _lengthBytes);
    }

    /// <summary>Maps a file as long as it is now; null when it is too large for that or the system does not map it.</summary>
    /// <param name="file">Open for writing: of a file that the process may not write the system says that every page is in memory (mincore(2)).</param>
    /// <param name="lengthBytes">Bytes of the file.</param>
    /// <param name="isWritable">The pages may be written to. Good where the file lives in memory; elsewhere the system has to prepare each page for it anew after every flush.</param>
    public static FileMapping? TryMap(SafeFileHandle file, long lengthBytes, bool isWritable)
    {
        if (lengthBytes is <= 0 or > MaxBytes) return null;
        byte* start = LinuxMemory.TryMapFile(file, (nuint)lengthBytes, isWritable);
        return start is null ? null : new FileMapping(start, lengthBytes, isWritable);
    }

    /// <summary>What <see cref="TryGetPlace"/> gives.</summary>
    public bool IsWritable { get; }

    /// <summary>
    /// A range as a place for <see cref="StreamedData.Take"/>, to be used before the mapping is closed. False when the file has grown by it since it was mapped, or was not mapped
    /// for writing. <see cref="NoteWrite"/> is to follow.
    /// </summary>
    public bool TryGetPlace(long offset, int lengthBytes, out Span<byte> place)
    {
        bool isMapped = IsWritable && (ulong)offset + (uint)lengthBytes <= _lengthBytes;
        place = isMapped ? new Span<byte>(_start + offset, lengthBytes) : default;
        return isMapped;
    }

    /// <summary>Something was put into a place.</summary>
    public void NoteWrite()
    {
        if (!_hasNews) _hasNews = true;
    }

    /// <summary>Was something put into a place since the last call? The system does not note the time of such changes.</summary>
    public bool TakeNews()
    {
        bool hasNews = _hasNews;
        if (hasNews) _hasNews = false;
        return hasNews;
    }

    /// <summary>Lends a range when all its pages stand in memory. What the file has grown by since it was mapped is never lent.</summary>
    public bool TryLend(long offset, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        if ((ulong)offset + (uint)lengthBytes > _lengthBytes || !IsResident(offset, lengthBytes)) return false;
        if (!_windows.TryGet((ulong)offset, lengthBytes, out Memory<byte> memory)) return false;
        pages = memory;
        return true;
    }

    /// <summary>
    /// Lets go of the file. What is lent reads as zeros from now on, and its addresses become nobody else's while somebody holds it. Should the system not have the
    /// memory to note that, the pages stay those of the file until then.
    /// </summary>
    public void Close()
    {
        LinuxMemory.TryReplaceByZeros(_start, (nuint)_lengthBytes);
        GC.KeepAlive(_handle);
    }

    private bool IsResident(long offset, int lengthBytes)
    {
        int pageBytes = PageArena.PageBytes;
        long at = offset / pageBytes * pageBytes;
        byte* found = stackalloc byte[PagesAtOnce];
        for (long end = offset + lengthBytes; at < end; at += (long)PagesAtOnce * pageBytes)
        {
            int count = (int)Math.Min(PagesAtOnce, (end - at + pageBytes - 1) / pageBytes);
            if (!LinuxMemory.TryFindResident(_start + at, (nuint)count * (nuint)pageBytes, found)) return false;
            if (new ReadOnlySpan<byte>(found, count).ContainsAnyExcept((byte)1)) return false;
        }
        GC.KeepAlive(_handle);
        return true;
    }
}
