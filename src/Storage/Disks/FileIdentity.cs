using System.Globalization;

namespace Blockwire.Storage;

/// <summary>What tells one file from another with the same name.</summary>
internal static class FileIdentity
{
    /// <summary>
    /// The inode of a regular file: it stays when the file is renamed and is another for a copy. Null where the system does not tell, and for a
    /// block device, whose inode is that of its name.
    /// </summary>
    public static string? Of(string path) =>
        LinuxFileCalls.IsSupported && LinuxFileKind.Of(path) is { IsFile: true, Inode: var inode } ? string.Create(CultureInfo.InvariantCulture, $"inode {inode}") : null;
}
