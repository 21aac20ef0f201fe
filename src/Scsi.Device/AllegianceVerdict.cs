namespace Blockwire.Scsi.Device;

/// <summary>What an auto contingent allegiance, or that there is none, says to a new command (SAM-5 §5.9.3, §5.9.4).</summary>
internal enum AllegianceVerdict
{
    /// <summary>It enters the task set.</summary>
    Enter,

    /// <summary>ACA ACTIVE.</summary>
    AcaActive,

    /// <summary>BUSY.</summary>
    Busy,

    /// <summary>CHECK CONDITION: it has the ACA attribute, and its nexus has no allegiance.</summary>
    InvalidAttribute,
}
