namespace Blockwire.Scsi.Device;

/// <summary>What kind of device a logical unit is: its PERIPHERAL DEVICE TYPE (SPC-4 §6.6.2).</summary>
public enum LogicalUnitType : byte
{
    /// <summary>A direct access block device (SBC-3).</summary>
    Disk = 0x00,

    /// <summary>A CD/DVD drive that only reads (MMC-5): blocks of 2048 bytes, a removable medium.</summary>
    CdDvd = 0x05,
}
