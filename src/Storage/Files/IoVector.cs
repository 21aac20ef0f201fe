using System.Runtime.InteropServices;

namespace Blockwire.Storage;

/// <summary>struct iovec of POSIX.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct IoVector(byte* start, nint lengthBytes)
{
    private readonly byte* _start = start;
    private readonly nint _lengthBytes = lengthBytes;
}
