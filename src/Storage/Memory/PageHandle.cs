using System.Runtime.InteropServices;

namespace Blockwire.Storage;

/// <summary>
/// Addresses that pages stand at. It frees them when neither their owner nor any of its windows can be reached; it is never disposed by hand, because lent pages
/// outlive the disk that lent them.
/// </summary>
internal sealed unsafe class PageHandle : SafeHandle
{
    private readonly nuint _mappedBytes;

    /// <summary>Takes the memory over.</summary>
    /// <param name="start">Where the memory begins.</param>
    /// <param name="mappedBytes">Length of the mapping, 0 for memory of the allocator.</param>
    public PageHandle(byte* start, nuint mappedBytes)
        : base(0, ownsHandle: true)
    {
        _mappedBytes = mappedBytes;
        SetHandle((nint)start);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        if (_mappedBytes != 0) return LinuxMemory.TryUnmap((byte*)handle, _mappedBytes);
        NativeMemory.Free((void*)handle);
        return true;
    }
}
