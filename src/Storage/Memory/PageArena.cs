using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Blockwire.Storage;

/// <summary>One contiguous run of native memory that reads as zeros and costs no physical pages before it is touched.</summary>
/// <remarks>
/// Addresses stay valid until nothing refers to the arena any more: <see cref="Release"/> gives the pages back and leaves the
/// address range readable as zeros, so that a reader that is late by a moment sees zeros instead of taking the process down.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Windows outlive the disk; the handle frees the addresses when the last of them is gone.")]
internal sealed unsafe class PageArena
{
    private readonly byte* _start;
    private readonly nuint _lengthBytes;
    private readonly bool _isMapping;
    private readonly PageHandle _handle;

    public PageArena(ulong lengthBytes)
    {
        _lengthBytes = checked((nuint)lengthBytes);
        _isMapping = OperatingSystem.IsLinux();
        _start = _isMapping ? LinuxMemory.Map(_lengthBytes) : (byte*)NativeMemory.AllocZeroed(_lengthBytes);
        _handle = new PageHandle(_start, _isMapping ? _lengthBytes : 0);
    }

    /// <summary>Bytes of the unit in which physical memory can be given back.</summary>
    public static int PageBytes => Environment.SystemPageSize;

    public ulong LengthBytes => _lengthBytes;

    /// <summary>The caller keeps the arena alive (<see cref="GC.KeepAlive"/>) for as long as it uses the address.</summary>
    public byte* At(ulong offset) => _start + offset;

    /// <summary>Makes a range read as zeros. Whole pages go back to the system where it can take them; the edges are cleared.</summary>
    public void Zero(ulong offset, ulong lengthBytes)
    {
        ulong page = (ulong)PageBytes;
        ulong end = offset + lengthBytes;
        ulong firstPage = (offset + page - 1) / page * page;
        ulong lastPage = end / page * page;
        if (!_isMapping || lastPage <= firstPage)
        {
            NativeMemory.Clear(_start + offset, (nuint)lengthBytes);
        }
        else
        {
            NativeMemory.Clear(_start + offset, (nuint)(firstPage - offset));
            if (!LinuxMemory.TryDiscard(_start + firstPage, (nuint)(lastPage - firstPage)))
                NativeMemory.Clear(_start + firstPage, (nuint)(lastPage - firstPage));
            NativeMemory.Clear(_start + lastPage, (nuint)(end - lastPage));
        }
        GC.KeepAlive(_handle);
    }

    /// <summary>Gives the physical pages back where the system can; elsewhere they go with the arena.</summary>
    public void Release()
    {
        if (_isMapping) LinuxMemory.TryDiscard(_start, _lengthBytes);
        GC.KeepAlive(_handle);
    }
}
