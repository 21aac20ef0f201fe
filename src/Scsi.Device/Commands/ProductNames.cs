namespace Blockwire.Scsi.Device.Commands;

/// <summary>How the product names itself in INQUIRY data.</summary>
internal static class ProductNames
{
    /// <summary>T10 vendor identification, at most 8 characters.</summary>
    public const string Vendor = "BLOCKWIR";

    /// <summary>Product identification, at most 16 characters.</summary>
    public const string Product = "Blockwire disk";

    /// <summary>Product identification of a CD/DVD drive.</summary>
    public const string CdDvdProduct = "Blockwire CD/DVD";

    /// <summary>Product revision level, at most 4 characters.</summary>
    public const string Revision = "0001";
}
