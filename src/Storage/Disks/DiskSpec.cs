namespace Blockwire.Storage;

/// <summary>A disk as the user names it: a path, or a URI with options. It says what to open; <see cref="DiskCatalog.OpenAsync"/> opens it.</summary>
/// <remarks>
/// <para>`PATH`, `file:PATH`, `cdrom:PATH`, `memory:SIZE`, `null:SIZE`, `stripe:(DISK,DISK)` or `mirror:(DISK,DISK)`, each followed, if wanted, by `?` and
/// options joined by `&amp;`: `size=SIZE` (file: creates it, sparse, when it is missing), `readonly`, `removable`, `block=512|4096`,
/// `serial=TEXT`, `thin=on|off`, `protection=0|1|2|3` (file and memory), `protection-store=inline|FILE` (file). Names are read in either case.</para>
/// <para>A member of a pool ends at the first comma or closing parenthesis outside of parentheses that it opened itself; white space around it
/// does not belong to it. A member whose path holds a comma, an odd parenthesis or white space at an end is written as `file:` with
/// `%2C`, `%28`, `%29` or `%20`.</para>
/// <para>A URI is percent-decoded. A plain path is taken as it stands up to the first `?`; a path that holds one is written as
/// `file:` with `%3F`. Text before a colon is a scheme when it looks like one and is longer than a drive letter.</para>
/// </remarks>
public sealed class DiskSpec
{
    /// <summary>The value of <see cref="ProtectionStore"/> for protection information in the image itself, behind each block.</summary>
    public const string InlineProtection = "inline";

    /// <summary>What the name of the file with a disk's protection information has behind that of the disk.</summary>
    public const string ProtectionSuffix = ".pi";

    private readonly List<DiskSpec> _members = [];
    private readonly Dictionary<string, string?> _ownOptions = new(StringComparer.Ordinal);

    internal DiskSpec(string text, DiskType type)
    {
        Text = text;
        Type = type;
        if (type.IsCdDvd) (BlockBytes, ReadOnly, Removable) = (CdDvdDisk.BlockBytes, true, true);
    }

    /// <summary>The text as it was given.</summary>
    public string Text { get; }

    /// <summary>The URI scheme in lower case: file, cdrom, memory, null, stripe, mirror, or that of a type of a layer above.</summary>
    public string Scheme => Type.Scheme;

    /// <summary>It is the medium of a CD/DVD drive, or, without a path, the lack of one.</summary>
    public bool IsCdDvd => Type.IsCdDvd;

    /// <summary>A CD/DVD drive without medium.</summary>
    public bool IsEmpty => IsCdDvd && Path is "";

    /// <summary>Path of a disk in the file system, decoded; null for other disks.</summary>
    public string? Path { get; internal set; }

    /// <summary>Bytes of the disk where the text says it; for a file, the size to create it with.</summary>
    public ulong? SizeBytes { get; internal set; }

    /// <summary>Nothing may change the disk.</summary>
    public bool ReadOnly { get; internal set; }

    /// <summary>The SCSI layer shows a removable medium.</summary>
    public bool Removable { get; internal set; }

    /// <summary>Bytes in a logical block: 512 or 4096; 2048 on a CD.</summary>
    public uint BlockBytes { get; internal set; } = 512;

    /// <summary>Unit serial number to show, 1 to 64 printable ASCII characters; null leaves it to the SCSI layer.</summary>
    public string? Serial { get; internal set; }

    /// <summary>True offers unmap whatever the backend can, false never offers it, null as the backend can.</summary>
    public bool? Thin { get; internal set; }

    /// <summary>
    /// The disk keeps protection information beside its blocks, and was formatted with this type, 0 to 3 (SBC-3 §4.21.2), where nothing else is known of it; null for a disk
    /// that keeps none.
    /// </summary>
    public byte? Protection { get; internal set; }

    /// <summary>Where a file disk keeps protection information: a path, <see cref="InlineProtection"/>, or null for a file beside it, with <see cref="ProtectionSuffix"/>.</summary>
    public string? ProtectionStore { get; internal set; }

    /// <summary>The disks that a pool is made of; empty for other disks.</summary>
    public IReadOnlyList<DiskSpec> Members => _members;

    /// <summary>The options that only disks of its type have and that are kept as text, see <see cref="DiskOption.Own"/>.</summary>
    public IReadOnlyDictionary<string, string?> OwnOptions => _ownOptions;

    /// <summary>What it holds is gone when it is closed; a pool's is when that of all members is.</summary>
    internal bool IsVolatile => _members.Count > 0 ? _members.TrueForAll(static member => member.IsVolatile) : Type.IsVolatile;

    /// <summary>The type of disk.</summary>
    public DiskType Type { get; }

    /// <summary>What <see cref="DiskType.ReadName"/> made of the text; null for other disks.</summary>
    public string? OwnName { get; internal set; }

    /// <summary>Reads a disk's name and options; knows the types of this layer, as a <see cref="DiskCatalog"/> without others does.</summary>
    /// <exception cref="DiskSpecException">It names no disk; the message names the part that is wrong and what is allowed.</exception>
    public static DiskSpec Parse(string text) => new DiskCatalog().Parse(text);

    /// <summary>As <see cref="Parse"/>, with the message in place of the exception.</summary>
    public static bool TryParse(string text, out DiskSpec? spec, out string? error)
    {
        try
        {
            (spec, error) = (Parse(text), null);
            return true;
        }
        catch (DiskSpecException e)
        {
            (spec, error) = (null, e.Message);
            return false;
        }
    }

    /// <summary>The canonical short form without options, free of white space: `file:blockwire.img`, `memory:256M`, `stripe:(file:a.img,file:b.img)`.</summary>
    public override string ToString() => Type.Body switch
    {
        DiskBody.Path => $"{Scheme}:{DiskText.Encode(Path!)}",
        DiskBody.Size => $"{Scheme}:{DiskSize.Format(SizeBytes!.Value)}",
        DiskBody.Members => $"{Scheme}:({string.Join(',', _members.Select(static member => member.NameInPool()))})",
        _ => $"{Scheme}:{OwnName}",
    };

    internal void AddMember(DiskSpec member) => _members.Add(member);

    internal void SetOwnOption(string name, string? value) => _ownOptions[name] = value;

    /// <summary>Has the disk and what it is made of opened for reading only.</summary>
    internal void MakeReadOnly()
    {
        ReadOnly = true;
        _members.ForEach(static member => member.MakeReadOnly());
    }

    /// <summary>The name with what would end a member hidden from the parser.</summary>
    private string NameInPool() => Type.Body == DiskBody.Path
        ? ToString().Replace("(", "%28", StringComparison.Ordinal).Replace(")", "%29", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal)
        : ToString();
}
