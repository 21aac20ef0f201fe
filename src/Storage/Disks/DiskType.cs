namespace Blockwire.Storage;

/// <summary>What stands between a disk URI's scheme and its options.</summary>
internal enum DiskBody
{
    /// <summary>A path in the file system.</summary>
    Path,

    /// <summary>The size of the disk.</summary>
    Size,
}

/// <summary>A row of the table of disk types, <see cref="DiskCatalog.Types"/>.</summary>
/// <param name="Scheme">The URI scheme in lower case.</param>
/// <param name="Body">What follows the scheme.</param>
/// <param name="OwnOptions">Options beyond those of every disk, in lower case.</param>
/// <param name="Open">Opens the bare device; refuses with <see cref="DiskOpenException"/>.</param>
internal sealed record DiskType(string Scheme, DiskBody Body, string[] OwnOptions, Func<DiskSpec, IBlockDevice> Open);
