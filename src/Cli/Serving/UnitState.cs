using Blockwire.Scsi.Device;
using Blockwire.Storage;

namespace Blockwire.Cli.Serving;

/// <summary>Where a disk keeps what is to outlive the server: persistent reservations, say.</summary>
internal static class UnitState
{
    /// <summary>Behind the path of a disk that is a file.</summary>
    public const string Suffix = ".blockwire-state";

    /// <summary>
    /// A folder in the one that the user named, or beside the file that the disk is. Null, so that nothing is kept, for other disks: beside a device node nothing lasts, and
    /// a pool or a disk elsewhere has no one place.
    /// </summary>
    public static IUnitStateStore? Of(DirectoryInfo? folder, string targetName, uint lun, OpenDisk disk)
    {
        if (folder is not null)
        {
            return new UnitStateFolder(Path.Combine(FolderOf(folder, targetName), $"lun-{lun}"));
        }

        // What a drive remembers does not belong to the disc that is in it.
        bool isRegularFile = disk.Spec is { Path: not null, IsCdDvd: false } && (!OperatingSystem.IsLinux() || disk.Identity is not null);
        return isRegularFile ? new UnitStateFolder(Path.GetFullPath(disk.Spec.Path!) + Suffix) : null;
    }

    /// <summary>Where a target keeps what belongs to none of its disks: in the folder that the user named, or nowhere.</summary>
    public static IUnitStateStore? Of(DirectoryInfo? folder, string targetName) => folder is null ? null : new UnitStateFolder(FolderOf(folder, targetName));

    // No iSCSI name has an underscore (RFC 3722), and some file systems take no colon.
    private static string FolderOf(DirectoryInfo folder, string targetName) => Path.Combine(folder.FullName, targetName.Replace(':', '_'));
}
