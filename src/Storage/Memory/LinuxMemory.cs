using System.Runtime.InteropServices;

namespace Blockwire.Storage;

/// <summary>The system calls behind <see cref="PageArena"/> on Linux.</summary>
internal static unsafe partial class LinuxMemory
{
    private const int ProtRead = 1, ProtWrite = 2;
    private const int MapPrivate = 0x02, MapAnonymous = 0x20, MapNoReserve = 0x4000;
    private const int MadviseDontNeed = 4;

    /// <summary>Reserves zeroed memory without counting it against the commit limit: a sparse disk may exceed the machine's memory.</summary>
    public static byte* Map(nuint lengthBytes)
    {
        void* at = MMap(null, lengthBytes, ProtRead | ProtWrite, MapPrivate | MapAnonymous | MapNoReserve, -1, 0);
        return at == (void*)-1
            ? throw new InsufficientMemoryException($"the system has no room for {lengthBytes} bytes of address space")
            : (byte*)at;
    }

    public static bool TryDiscard(byte* start, nuint lengthBytes) => MAdvise(start, lengthBytes, MadviseDontNeed) == 0;

    public static bool TryUnmap(byte* start, nuint lengthBytes) => MUnmap(start, lengthBytes) == 0;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MUnmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MAdvise(void* address, nuint length, int advice);
}
