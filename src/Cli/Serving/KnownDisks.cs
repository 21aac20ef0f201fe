using Blockwire.Storage;

namespace Blockwire.Cli.Serving;

/// <summary>The disks that the program knows: those of Storage, and what layers above it bring.</summary>
internal static class KnownDisks
{
    public static readonly DiskCatalog Catalog = new(IscsiDisk.Type);
}
