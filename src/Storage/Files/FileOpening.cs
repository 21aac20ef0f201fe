using Microsoft.Win32.SafeHandles;

namespace Blockwire.Storage;

/// <summary>Opens the file of a disk, or says in one line why not.</summary>
internal static class FileOpening
{
    public static IFileCalls Open(string path, FileDiskOptions options)
    {
        Refusals refuse = new(path, options);
        if (Directory.Exists(path)) throw refuse.Directory();
        try
        {
            return File.Exists(path) ? OpenExisting(path, options, refuse) : Create(path, options, refuse);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw refuse.Because(e);
        }
    }

    private static IFileCalls OpenExisting(string path, FileDiskOptions options, Refusals refuse)
    {
        LinuxFileKind? kind = UsesLinux(options) ? LinuxFileKind.Of(path) : null;
        if (kind is { IsFile: false, IsBlockDevice: false }) throw refuse.NoDisk();
        if (!options.ReadOnly && IsMarkedReadOnly(path)) throw refuse.ReadOnly(cause: null);
        SafeFileHandle file = kind is { IsBlockDevice: true }
            ? LinuxFile.OpenBlockDevice(path, options.ReadOnly)
            : File.OpenHandle(
                path,
                FileMode.Open,
                options.ReadOnly ? FileAccess.Read : FileAccess.ReadWrite,
                options.ReadOnly ? FileShare.Read : FileShare.None,
                FileOptions.RandomAccess);
        return TakeOver(file, kind, options, refuse, file =>
        {
            if (kind is not null) Lock(file, options.ReadOnly, refuse);
        });
    }

    private static IFileCalls Create(string path, FileDiskOptions options, Refusals refuse)
    {
        if (options.ReadOnly || options.CreateBytes is not { } bytes) throw refuse.Missing();
        refuse.UnlessNewSizeFits(bytes);
        bool isCreated = false;
        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.RandomAccess);
            isCreated = true;
            LinuxFileKind? kind = UsesLinux(options) ? LinuxFileKind.Of(path) : null;
            return TakeOver(file, kind, options, refuse, file =>
            {
                if (kind is not null) Lock(file, readOnly: false, refuse);
                RandomAccess.SetLength(file, (long)bytes);
                if (options.Preallocate) NewFile.Allocate(file, (long)bytes);
                RandomAccess.FlushToDisk(file);
                if (kind is not null) NewFile.SyncName(path);
            });
        }
        catch when (isCreated)
        {
            File.Delete(path);
            throw;
        }
    }

    private static bool UsesLinux(FileDiskOptions options) => LinuxFileCalls.IsSupported && !options.Portable;

    /// <summary>Prepares an open file and checks its size; closes it when that fails.</summary>
    private static IFileCalls TakeOver(
        SafeFileHandle file, LinuxFileKind? kind, FileDiskOptions options, Refusals refuse, Action<SafeFileHandle> prepare)
    {
        try
        {
            prepare(file);
            IFileCalls calls = kind is not null ? new LinuxFileCalls(file, kind) : new PortableFileCalls(file);
            ulong length = (ulong)calls.Facts.LengthBytes;
            if (options.CreateBytes is { } asked && asked != length) throw refuse.OtherSize(length, asked);
            refuse.UnlessSizeFits(length);
            return calls;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// .NET locks a file as it opens it, with flock(2), unless a switch of the process turns that off; a block device is opened without
    /// it. This takes the same lock, so that it is held in every case. A file system without locks is let pass.
    /// </summary>
    private static void Lock(SafeFileHandle file, bool readOnly, Refusals refuse)
    {
        int kind = readOnly ? LinuxFile.LockShared : LinuxFile.LockExclusive;
        if (LinuxFile.FLock(file, kind | LinuxFile.LockNoWait) != 0
            && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == LinuxErrors.WouldBlock)
        {
            throw refuse.Locked(cause: null);
        }
    }

    /// <summary>Whoever took every right to write from a file meant it, even where the system would let root write.</summary>
    private static bool IsMarkedReadOnly(string path) =>
        OperatingSystem.IsWindows()
            ? File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly)
            : (File.GetUnixFileMode(path) & (UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == UnixFileMode.None;
}
