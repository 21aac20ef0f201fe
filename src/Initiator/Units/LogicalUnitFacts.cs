using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>What a logical unit says of itself. Pages that a target does not have are null: none of them is needed to read and write.</summary>
public sealed record LogicalUnitFacts
{
    /// <summary>Standard INQUIRY data.</summary>
    public required StandardInquiryData Inquiry { get; init; }

    /// <summary>
    /// Capacity; null when the unit is no disk or had no medium when it was opened: <see cref="CapacityProblem"/> says why. The last one when it could not be read anew.
    /// </summary>
    public CapacityData16? Capacity { get; init; }

    /// <summary>Why the capacity could not be read; null when it was.</summary>
    public string? CapacityProblem { get; init; }

    /// <summary>Codes of the vital product data pages; empty when the target does not list them.</summary>
    public IReadOnlyList<byte> VitalPages { get; init; } = [];

    /// <summary>Unit serial number (page 80h).</summary>
    public string? Serial { get; init; }

    /// <summary>Designators of unit, port and device (page 83h).</summary>
    public IReadOnlyList<Designator> Designators { get; init; } = [];

    /// <summary>Extended INQUIRY data (page 86h).</summary>
    public ExtendedInquiryPage? Extended { get; init; }

    /// <summary>Block limits (page B0h).</summary>
    public BlockLimitsPage? Limits { get; init; }

    /// <summary>Block device characteristics (page B1h).</summary>
    public BlockDeviceCharacteristicsPage? Characteristics { get; init; }

    /// <summary>Logical block provisioning (page B2h).</summary>
    public LogicalBlockProvisioningPage? Provisioning { get; init; }

    /// <summary>Mode parameters, all pages; null when the target does not tell them.</summary>
    public ModeParameters? Modes { get; init; }

    /// <summary>Is it a CD/DVD drive (device type 05h)?</summary>
    public bool IsCdDvd => Inquiry.DeviceType == StandardInquiryData.CdDvdType;

    /// <summary>Current profile of a CD/DVD drive (MMC-5): what kind of medium is in it, 0 for none. Null for other devices, and when the drive does not tell.</summary>
    public ushort? Profile { get; init; }

    /// <summary>
    /// Is every change of the medium refused? No when the target does not tell. A CD/DVD drive cannot tell in its mode parameters; Blockwire writes to none.
    /// </summary>
    public bool WriteProtected => IsCdDvd || (Modes?.Header.WriteProtected ?? false);

    /// <summary>Are FUA and DPO honoured?</summary>
    public bool ForceUnitAccess => Modes?.Header.ForceUnitAccess ?? false;

    /// <summary>The caching mode page; null when the target does not tell.</summary>
    public CachingPage? Caching => Modes is { } modes ? CachingPage.Parse(modes.Find(PageCodes.Mode.Caching).Span) : null;

    /// <summary>The control mode page; null when the target does not tell.</summary>
    public ControlPage? Control => Modes is { } modes ? ControlPage.Parse(modes.Find(PageCodes.Mode.Control).Span) : null;

    /// <summary>Bytes in a block; 0 without capacity.</summary>
    public uint BlockBytes => Capacity?.BlockBytes ?? 0;

    /// <summary>Blocks on the unit; 0 without capacity.</summary>
    public ulong BlockCount => Capacity is { } capacity ? capacity.LastLba + 1 : 0;
}
