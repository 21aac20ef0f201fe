namespace Blockwire.Storage;

/// <summary>How a disk operation ended. Turned into SCSI sense at exactly one place (the device server).</summary>
public enum IoStatus
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>The range leaves the device.</summary>
    OutOfRange,

    /// <summary>The device is read-only.</summary>
    WriteProtected,

    /// <summary>The medium failed to give the data back.</summary>
    ReadError,

    /// <summary>The medium failed to take the data.</summary>
    WriteError,

    /// <summary>No space is left below a thin device.</summary>
    NoSpace,

    /// <summary>The device does not offer the operation.</summary>
    NotSupported,

    /// <summary>The device has gone, or has no medium.</summary>
    NotReady,

    /// <summary>The guard of a block is not that of its data.</summary>
    GuardError,

    /// <summary>The application tag of a block is another than was expected.</summary>
    ApplicationTagError,

    /// <summary>The reference tag of a block is another than was expected.</summary>
    ReferenceTagError,
}

/// <summary>Whether blocks have storage behind them (SBC-3 §5.4.2 provisioning status).</summary>
public enum ProvisioningState
{
    /// <summary>Storage stands behind the blocks, or the device cannot tell.</summary>
    Mapped,

    /// <summary>No storage; reads give zeros.</summary>
    Deallocated,
}

/// <summary>An answer of <see cref="IBlockDevice.QueryExtentAsync"/>.</summary>
/// <param name="Status">How the query ended; the rest counts only when <see cref="IoStatus.Ok"/>.</param>
/// <param name="State">The state that the run shares.</param>
/// <param name="BlockCount">Length of the run in blocks, at least 1.</param>
public readonly record struct ExtentStatus(IoStatus Status, ProvisioningState State, ulong BlockCount);
