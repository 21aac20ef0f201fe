using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Blockwire.Storage;

/// <summary>The system calls behind <see cref="PageArena"/> and <see cref="FileMapping"/> on Linux.</summary>
internal static unsafe partial class LinuxMemory
{
    private const int ProtRead = 1, ProtWrite = 2;
    private const int MapShared = 0x01, MapPrivate = 0x02, MapFixed = 0x10, MapAnonymous = 0x20, MapNoReserve = 0x4000;
    private const int MadviseDontNeed = 4;

    /// <summary>Reserves zeroed memory without counting it against the commit limit: a sparse disk may exceed the machine's memory.</summary>
    public static byte* Map(nuint lengthBytes)
    {
        void* at = MMap(null, lengthBytes, ProtRead | ProtWrite, MapPrivate | MapAnonymous | MapNoReserve, -1, 0);
        return at == (void*)-1
            ? throw new InsufficientMemoryException($"the system has no room for {lengthBytes} bytes of address space")
            : (byte*)at;
    }

    /// <summary>Shows a file's pages. Null when the system has no room for the addresses or does not map such a file.</summary>
    public static byte* TryMapFile(SafeFileHandle file, nuint lengthBytes, bool isWritable)
    {
        void* at = MMap(null, lengthBytes, isWritable ? ProtRead | ProtWrite : ProtRead, MapShared, file, 0);
        return at == (void*)-1 ? null : (byte*)at;
    }

    /// <summary>Puts pages that read as zeros in the place of a mapping.</summary>
    public static bool TryReplaceByZeros(byte* start, nuint lengthBytes) =>
        MMap(start, lengthBytes, ProtRead, MapPrivate | MapAnonymous | MapNoReserve | MapFixed, -1, 0) == start;

    /// <summary>Fills <paramref name="pages"/> with 1 for each page that stands in memory, from <paramref name="start"/> on, which is the start of a page.</summary>
    public static bool TryFindResident(byte* start, nuint lengthBytes, byte* pages) => MInCore(start, lengthBytes, pages) == 0;

    public static bool TryDiscard(byte* start, nuint lengthBytes) => MAdvise(start, lengthBytes, MadviseDontNeed) == 0;

    public static bool TryUnmap(byte* start, nuint lengthBytes) => MUnmap(start, lengthBytes) == 0;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MMap(void* address, nuint length, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int MInCore(void* address, nuint length, byte* pages);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MUnmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MAdvise(void* address, nuint length, int advice);
}
