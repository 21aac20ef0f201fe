namespace Blockwire.Scsi;

/// <summary>Sense keys (SPC-4 §4.5.6): the first thing that sense data says.</summary>
public enum SenseKey : byte
{
    /// <summary>Nothing to report.</summary>
    NoSense = 0x0,

    /// <summary>Done, with some recovery.</summary>
    RecoveredError = 0x1,

    /// <summary>The logical unit cannot be reached for media access.</summary>
    NotReady = 0x2,

    /// <summary>The medium lost the data.</summary>
    MediumError = 0x3,

    /// <summary>The device failed.</summary>
    HardwareError = 0x4,

    /// <summary>The CDB or the parameter list is wrong.</summary>
    IllegalRequest = 0x5,

    /// <summary>Something happened that the initiator port has to know first.</summary>
    UnitAttention = 0x6,

    /// <summary>The medium is protected.</summary>
    DataProtect = 0x7,

    /// <summary>A blank or non-blank medium was met unexpectedly.</summary>
    BlankCheck = 0x8,

    /// <summary>Vendor specific.</summary>
    VendorSpecific = 0x9,

    /// <summary>A copy command stopped.</summary>
    CopyAborted = 0xA,

    /// <summary>The device server ended the command; a retry may succeed.</summary>
    AbortedCommand = 0xB,

    /// <summary>Data remains in the buffer at the end of the medium.</summary>
    VolumeOverflow = 0xD,

    /// <summary>Source data and medium differ.</summary>
    Miscompare = 0xE,

    /// <summary>A command completed with information.</summary>
    Completed = 0xF,
}
