namespace Blockwire.Storage;

/// <summary>What stands between a disk URI's scheme and its options.</summary>
public enum DiskBody
{
    /// <summary>A path in the file system.</summary>
    Path,

    /// <summary>The size of the disk.</summary>
    Size,

    /// <summary>Other disks in parentheses, at least two, with commas between them.</summary>
    Members,

    /// <summary>Text that <see cref="DiskType.ReadName"/> reads; it is not percent-decoded before.</summary>
    Own,
}

/// <summary>What an opener hands over.</summary>
/// <param name="Device">The bare device, owned by the receiver.</param>
/// <param name="Identity">
/// What tells this medium from any other and stays the same for as long as its content is its own (a serial number, a file's inode);
/// null when nothing does.
/// </param>
public readonly record struct DiskMedium(IBlockDevice Device, string? Identity = null);

/// <summary>Opens the bare device of a spec; refuses with <see cref="DiskOpenException"/>.</summary>
/// <param name="spec">What to open.</param>
/// <param name="catalog">For disks below this one.</param>
/// <param name="opening">The clock, and who is told of what.</param>
/// <param name="cancellationToken">Gives up; whatever was opened is closed again.</param>
public delegate ValueTask<DiskMedium> DiskOpener(DiskSpec spec, DiskCatalog catalog, DiskOpening opening, CancellationToken cancellationToken);

/// <summary>A type of disk: a row of the table of a <see cref="DiskCatalog"/>.</summary>
/// <param name="Scheme">The URI scheme in lower case.</param>
/// <param name="Body">What follows the scheme.</param>
/// <param name="Open">Opens the bare device; may take its time (a remote disk logs in).</param>
public sealed record DiskType(string Scheme, DiskBody Body, DiskOpener Open)
{
    /// <summary>Options beyond those of every disk.</summary>
    public IReadOnlyList<DiskOption> OwnOptions { get; init; } = [];

    /// <summary>Names of options of every disk that this type has not.</summary>
    public IReadOnlyList<string> WithoutOptions { get; init; } = [];

    /// <summary>
    /// For <see cref="DiskBody.Own"/>: reads the text after the scheme's colon and gives the canonical text in its place, without secrets
    /// and white space. Throws <see cref="FormatException"/> with one line: what is wrong and what is allowed.
    /// </summary>
    public Func<string, string>? ReadName { get; init; }

    /// <summary>
    /// The medium of a CD/DVD drive: blocks of 2048 bytes that nothing changes, shown as removable. For <see cref="DiskBody.Path"/>; without a path the drive is empty.
    /// </summary>
    public bool IsCdDvd { get; init; }

    /// <summary>What it holds is gone when it is closed: it is empty whenever it is opened.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>A network lies between us and the medium: a mirror reads from its other members first.</summary>
    public bool IsRemote { get; init; }

    /// <summary>The options that a disk of this type takes, its own first.</summary>
    internal IEnumerable<DiskOption> Options => OwnOptions.Concat(DiskOption.OfEveryDisk.Where(option => !WithoutOptions.Contains(option.Name)));
}
