namespace Blockwire.Storage;

/// <summary>A disk as the user names it: a path, or a URI with options. It says what to open; <see cref="DiskCatalog.Open"/> opens it.</summary>
/// <remarks>
/// <para>`PATH`, `file:PATH`, `memory:SIZE` or `null:SIZE`, each followed, if wanted, by `?` and options joined by `&amp;`:
/// `size=SIZE` (file: creates it, sparse, when it is missing), `readonly`, `removable`, `block=512|4096`, `serial=TEXT`, `thin=on|off`.
/// Names are read in either case.</para>
/// <para>A URI is percent-decoded. A plain path is taken as it stands up to the first `?`; a path that holds one is written as
/// `file:` with `%3F`. Text before a colon is a scheme when it looks like one and is longer than a drive letter.</para>
/// </remarks>
public sealed class DiskSpec
{
    internal DiskSpec(string text, DiskType type)
    {
        Text = text;
        Type = type;
    }

    /// <summary>The text as it was given.</summary>
    public string Text { get; }

    /// <summary>The URI scheme in lower case: file, memory or null.</summary>
    public string Scheme => Type.Scheme;

    /// <summary>Path of a disk in the file system, decoded; null for other disks.</summary>
    public string? Path { get; internal set; }

    /// <summary>Bytes of the disk where the text says it; for a file, the size to create it with.</summary>
    public ulong? SizeBytes { get; internal set; }

    /// <summary>Nothing may change the disk.</summary>
    public bool ReadOnly { get; internal set; }

    /// <summary>The SCSI layer shows a removable medium.</summary>
    public bool Removable { get; internal set; }

    /// <summary>Bytes in a logical block: 512 or 4096.</summary>
    public uint BlockBytes { get; internal set; } = 512;

    /// <summary>Unit serial number to show, 1 to 64 printable ASCII characters; null leaves it to the SCSI layer.</summary>
    public string? Serial { get; internal set; }

    /// <summary>True offers unmap whatever the backend can, false never offers it, null as the backend can.</summary>
    public bool? Thin { get; internal set; }

    internal DiskType Type { get; }

    /// <summary>Reads a disk's name and options.</summary>
    /// <exception cref="DiskSpecException">It names no disk; the message names the part that is wrong and what is allowed.</exception>
    public static DiskSpec Parse(string text) => DiskSpecParser.Parse(text);

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

    /// <summary>The canonical short form without options, free of white space: `file:blockwire.img`, `memory:256M`.</summary>
    public override string ToString() =>
        Type.Body == DiskBody.Path ? $"{Scheme}:{DiskText.Encode(Path!)}" : $"{Scheme}:{DiskSize.Format(SizeBytes!.Value)}";
}
