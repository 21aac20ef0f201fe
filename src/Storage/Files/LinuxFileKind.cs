using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Blockwire.Storage;

/// <summary>What a path leads to, asked before it is opened: a pipe would make the opening wait.</summary>
/// <param name="IsBlockDevice">A block device.</param>
/// <param name="IsFile">A regular file.</param>
/// <param name="CanDiscard">A block device that takes discards.</param>
/// <param name="AllocationBytes">Bytes of the unit of allocation.</param>
/// <param name="Inode">The file's number in its file system.</param>
internal sealed record LinuxFileKind(bool IsBlockDevice, bool IsFile, bool CanDiscard, int AllocationBytes, ulong Inode)
{
    // struct statx of Linux, the same on every architecture.
    private const int StructBytes = 256, BlockSizeAt = 4, ModeAt = 28, InodeAt = 32, DeviceMajorAt = 128, DeviceMinorAt = 132;
    private const int CurrentDirectory = -100;              // AT_FDCWD
    private const uint TypeModeAndInode = 0x103;            // STATX_TYPE | STATX_MODE | STATX_INO
    private const int TypeMask = 0xF000, BlockDeviceType = 0x6000, FileType = 0x8000;
    private const int DefaultAllocationBytes = 4096, MaxAllocationBytes = 1 << 20;

    /// <summary>Asks the system about a path.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static unsafe LinuxFileKind Of(string path)
    {
        byte* status = stackalloc byte[StructBytes];
        if (LinuxFile.StatX(CurrentDirectory, path, 0, TypeModeAndInode, status) != 0) throw LinuxFile.LastError("the system cannot tell what it is");
        int type = *(ushort*)(status + ModeAt) & TypeMask;
        uint unit = *(uint*)(status + BlockSizeAt);
        bool isBlockDevice = type == BlockDeviceType;
        return new LinuxFileKind(
            isBlockDevice,
            type == FileType,
            isBlockDevice && Discards(*(uint*)(status + DeviceMajorAt), *(uint*)(status + DeviceMinorAt)),
            unit is > 0 and <= MaxAllocationBytes && BitOperations.IsPow2(unit) ? Math.Max((int)unit, DefaultAllocationBytes) : DefaultAllocationBytes,
            *(ulong*)(status + InodeAt));
    }

    /// <summary>A partition has no queue of its own: its disk's is one directory up.</summary>
    private static bool Discards(uint major, uint minor)
    {
        string device = string.Create(CultureInfo.InvariantCulture, $"/sys/dev/block/{major}:{minor}");
        foreach (string queue in (ReadOnlySpan<string>)["/queue/discard_max_bytes", "/../queue/discard_max_bytes"])
        {
            try
            {
                return File.ReadAllText(device + queue).Trim() is not "0";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;       // not here, or hidden: then the device counts as one that cannot
            }
        }
        return false;
    }
}
