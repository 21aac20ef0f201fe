namespace Blockwire.Scsi.Device;

/// <summary>What a logical unit shows of itself beyond what its disk is.</summary>
public sealed record LogicalUnitOptions
{
    /// <summary>
    /// Text that names this logical unit and no other, the same after every restart: the target's name and the LUN, say. Serial number
    /// and designators are derived from it by hashing.
    /// </summary>
    public required string Identity { get; init; }

    /// <summary>Unit serial number, printable ASCII, at most 252 characters; null derives one from <see cref="Identity"/>.</summary>
    public string? Serial { get; init; }

    /// <summary>What kind of device it is.</summary>
    public LogicalUnitType Type { get; init; }

    /// <summary>The medium can be ejected and loaded by START STOP UNIT; that of a CD/DVD drive always can.</summary>
    public bool Removable { get; init; }

    /// <summary>
    /// There is no medium at first: the disk that the unit is made over only stands for its kind, and nothing reads it. <see cref="ScsiTargetDevice.TryChangeMedium"/> brings one.
    /// </summary>
    public bool Empty { get; init; }

    /// <summary>Offer logical block provisioning (UNMAP); counts only when the disk can unmap.</summary>
    public bool Thin { get; init; }

    /// <summary>
    /// Type of protection that the disk is formatted with, where nothing else was kept of it (SBC-3 §4.21.2); FORMAT UNIT changes it. Counts only when the disk keeps
    /// protection information.
    /// </summary>
    public ProtectionType Protection { get; init; }

    /// <summary>Where the unit keeps what is to outlive a loss of power; null keeps nothing, and then commands that ask for it are refused.</summary>
    public IUnitStateStore? State { get; init; }

    /// <summary>The clock of timestamps and power conditions.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
