namespace Blockwire.Storage;

/// <summary>The reasons why a file is no disk, each with what to do about it.</summary>
internal sealed class Refusals(string path, FileDiskOptions options)
{
    private readonly string _disk = "file:" + DiskText.Encode(path);

    public DiskOpenException Missing() => options.ReadOnly && options.CreateBytes is not null
        ? Refuse("it does not exist, and a read-only disk is not created", "check the path or drop readonly")
        : Refuse("it does not exist", options.ReadOnly ? "check the path" : "check the path, or add ?size=10G to create it");

    public DiskOpenException Directory() => Refuse("it is a directory", "name a file in it");

    public DiskOpenException NoDisk() => Refuse("it is neither a file nor a block device", "name one that is");

    public DiskOpenException Locked(Exception? cause) => Refuse(
        options.ReadOnly ? "it is open for writing elsewhere" : "it is in use by another process or another disk of this one",
        options.ReadOnly ? "close it there" : "close it there, or share it readonly on both sides",
        cause);

    public DiskOpenException ReadOnly(Exception? cause) =>
        Refuse("it is read-only", "make it writable or add ?readonly", cause);

    public DiskOpenException OtherSize(ulong length, ulong asked) => Refuse(
        $"it has {DiskSize.Format(length)} and not {DiskSize.Format(asked)}; size only creates a disk", "drop size, or name another file");

    /// <summary>Refuses a size for a new file that is not one block or more in whole blocks.</summary>
    /// <exception cref="DiskOpenException">It is not.</exception>
    public void UnlessNewSizeFits(ulong bytes)
    {
        if (bytes < options.BlockBytes) throw Refuse($"{bytes} bytes are too small for one block", $"choose size={options.BlockBytes} or more");
        if (bytes > long.MaxValue) throw TooLarge(bytes);
        if (bytes % options.BlockBytes != 0)
        {
            throw Refuse(
                $"{bytes} bytes are not a multiple of the block size {options.BlockBytes}", $"choose size={NextWhole(bytes)}");
        }
    }

    /// <summary>Refuses a size that is not one block or more in whole blocks.</summary>
    /// <exception cref="DiskOpenException">It is not.</exception>
    public void UnlessSizeFits(ulong bytes)
    {
        if (bytes < options.BlockBytes)
        {
            throw Refuse(
                bytes == 0 ? "it is empty" : $"its {bytes} bytes are too small for one block",
                $"a disk has at least one block of {options.BlockBytes} bytes");
        }
        if (bytes % options.BlockBytes != 0)
        {
            throw Refuse(
                $"its {bytes} bytes are not a multiple of the block size {options.BlockBytes}",
                !BlockGeometry.IsBlockSize(options.BlockBytes) ? "name an image that was made with protection-store=inline, or drop that option"
                    : bytes % 512 == 0 && options.BlockBytes == 4096 ? "add ?block=512"
                    : $"extend it to {NextWhole(bytes)} bytes");
        }
        if (bytes > long.MaxValue) throw TooLarge(bytes);
    }

    /// <summary>The reason behind an error of the system.</summary>
    public DiskOpenException Because(Exception e) => e switch
    {
        FileNotFoundException => Missing(),
        DirectoryNotFoundException => Refuse("its directory does not exist", "check the path", e),
        PathTooLongException => Refuse("the path is too long", "choose a shorter one", e),
        UnauthorizedAccessException => Refuse(
            options.ReadOnly ? "no permission to read it" : "no permission to write to it",
            options.ReadOnly ? "change its permissions or run as its owner" : "change its permissions, run as its owner, or add ?readonly",
            e),
        IOException when IsLocked(e) => Locked(e),
        IOException when IsOf(e, LinuxErrors.ReadOnlyFileSystem) => Refuse("its file system is read-only", "add ?readonly, or mount it for writing", e),
        IOException when IsOf(e, LinuxErrors.Busy) => Refuse("the system itself uses the device", "unmount it first, or add ?readonly", e),
        IOException when IsNoSpace(e) => Refuse("no space is left for it", "choose a smaller size or free some space", e),
        _ => Refuse(DiskText.Printable(e.Message), "check the path", e),
    };

    private DiskOpenException TooLarge(ulong bytes) => Refuse($"{DiskSize.Format(bytes)} are too large for a file", "choose a smaller size");

    private ulong NextWhole(ulong bytes) => (bytes / options.BlockBytes * options.BlockBytes) + options.BlockBytes;

    private static bool IsOf(Exception e, int error) => OperatingSystem.IsLinux() && e.HResult == error;

    /// <summary>EAGAIN of flock(2) as the system numbers it, or ERROR_SHARING_VIOLATION.</summary>
    private static bool IsLocked(Exception e) =>
        e.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsLinux() ? LinuxErrors.WouldBlock : 35);

    private static bool IsNoSpace(Exception e) =>
        OperatingSystem.IsWindows() ? e.HResult == unchecked((int)0x80070070) : e.HResult == LinuxErrors.NoSpace;

    private DiskOpenException Refuse(string problem, string advice, Exception? cause = null) => new(_disk, problem, advice, cause);
}
