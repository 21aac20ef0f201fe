using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Blockwire.Storage;

/// <summary>The system calls on files of Linux that .NET does not offer, with their constants. All are the same on every 64-bit architecture of .NET.</summary>
internal static unsafe partial class LinuxFile
{
    public const int NoWait = 0x8;                                          // RWF_NOWAIT
    public const int KeepSize = 0x1, PunchHole = 0x2, ZeroRange = 0x10;     // FALLOC_FL_*
    public const int WillNeed = 3;                                          // POSIX_FADV_WILLNEED
    public const int SeekEnd = 2, SeekData = 3, SeekHole = 4;
    public const int LockShared = 1, LockExclusive = 2, LockNoWait = 4;     // LOCK_SH, LOCK_EX, LOCK_NB

    private const int ReadOnly = 0, ReadWrite = 2, Exclusive = 0x80, CloseOnExec = 0x80000;     // O_*
    private const uint TmpfsMagic = 0x01021994, RamfsMagic = 0x858458f6;

    /// <summary>Whether the C library has preadv2 and pwritev2 (musl before 1.2.5 has not).</summary>
    public static bool HasVectorCalls { get; } =
        NativeLibrary.TryLoad("libc", typeof(LinuxFile).Assembly, searchPath: null, out nint library)
        && NativeLibrary.TryGetExport(library, "preadv2", out _)
        && NativeLibrary.TryGetExport(library, "pwritev2", out _);

    /// <summary>Bytes of a file or a block device, whose size only a seek tells.</summary>
    public static long LengthOf(SafeFileHandle file)
    {
        nint end = Seek(file, 0, SeekEnd);
        return end >= 0 ? end : throw LastError("the size is unknown");
    }

    /// <summary>Bytes that stand behind a file, and that its file system has left for this user; null when the system does not say.</summary>
    public static SpaceUsage? SpaceOf(SafeFileHandle file)
    {
        const int emptyPath = 0x1000;       // AT_EMPTY_PATH
        const uint blocksWanted = 0x400;    // STATX_BLOCKS
        byte* facts = stackalloc byte[256];
        ulong* system = stackalloc ulong[64];
        bool isAddedTo = false;
        try
        {
            file.DangerousAddRef(ref isAddedTo);
            if (StatX((int)file.DangerousGetHandle(), "", emptyPath, blocksWanted, facts) != 0) return null;
            // stx_blocks, in units of 512 bytes; f_frsize and f_bavail, which 64-bit C libraries have at these places.
            ulong used = *(ulong*)(facts + 48) * 512;
            return new SpaceUsage(used, FStatVfs(file, system) == 0 ? system[1] * system[4] : null);
        }
        finally
        {
            if (isAddedTo) file.DangerousRelease();
        }
    }

    public static bool LivesInMemory(SafeFileHandle file)
    {
        // The first field is the file system's magic number; the rest differs between architectures and is not looked at.
        ulong* space = stackalloc ulong[64];
        return FStatFs(file, space) == 0 && *(uint*)space is TmpfsMagic or RamfsMagic;
    }

    /// <summary>Opens a block device; exclusively for writing, which the system refuses while it is mounted or part of another device.</summary>
    public static SafeFileHandle OpenBlockDevice(string path, bool readOnly)
    {
        int file = Open(path, CloseOnExec | (readOnly ? ReadOnly : ReadWrite | Exclusive), 0);
        return file >= 0 ? new SafeFileHandle(file, ownsHandle: true) : throw LastError("the system refused to open it");
    }

    /// <summary>Puts a new name in a directory on stable storage. True when the file system took it or has no such call.</summary>
    public static bool TrySyncDirectory(string path)
    {
        int descriptor = Open(path, CloseOnExec, 0);
        if (descriptor < 0) return false;
        using SafeFileHandle directory = new(descriptor, ownsHandle: true);
        return FSync(directory) == 0 || Marshal.GetLastPInvokeError() == LinuxErrors.Invalid;
    }

    public static Exception LastError(string what) => ErrorOf(what, Marshal.GetLastPInvokeError());

    /// <summary>The exception of an errno, with the types that .NET gives its own.</summary>
    public static Exception ErrorOf(string what, int error) => error is LinuxErrors.AccessDenied or LinuxErrors.NotPermitted
        ? new UnauthorizedAccessException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}")
        : new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    public static partial nint PReadV2(SafeFileHandle file, IoVector* vectors, int count, nint offset, int flags);

    [LibraryImport("libc", EntryPoint = "pwritev2", SetLastError = true)]
    public static partial nint PWriteV2(SafeFileHandle file, IoVector* vectors, int count, nint offset, int flags);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(SafeFileHandle file, byte* into, nuint length, nint offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(SafeFileHandle file, byte* from, nuint length, nint offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "futimens")]
    public static partial int SetTimes(SafeFileHandle file, void* times);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int FAllocate(SafeFileHandle file, int mode, nint offset, nint length);

    /// <summary>Returns an error number instead of setting one.</summary>
    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    public static partial int FAdvise(SafeFileHandle file, nint offset, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial nint Seek(SafeFileHandle file, nint offset, int origin);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatX(int directory, string path, int flags, uint mask, byte* into);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int FStatFs(SafeFileHandle file, void* into);

    [LibraryImport("libc", EntryPoint = "fstatvfs", SetLastError = true)]
    private static partial int FStatVfs(SafeFileHandle file, void* into);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);
}
