using Blockwire.Scsi.Device.Multimedia;

namespace Blockwire.Scsi.Device;

/// <summary>What a logical unit knows of one nexus. Guarded by the lock of the logical unit.</summary>
internal sealed class NexusState
{
    /// <summary>Conditions that the nexus has still to hear of.</summary>
    public UnitAttentionQueue Attentions { get; } = new();

    /// <summary>The nexus is registered (SPC-4 §5.13.7). Follows from the reservations of the unit; here so that no command compares names.</summary>
    public bool IsRegistered { get; set; }

    /// <summary>The nexus holds the persistent reservation. Follows from the reservations of the unit.</summary>
    public bool HoldsReservation { get; set; }

    /// <summary>An auto contingent allegiance is in effect for the nexus (SAM-5 §5.9).</summary>
    public bool IsFaulted { get; set; }

    /// <summary>The command with the ACA attribute that deals with it; one at a time.</summary>
    public ScsiCommand? AllegianceCommand { get; set; }

    /// <summary>A command of the nexus has ended with ACA ACTIVE since the last allegiance was established.</summary>
    public bool KnowsOfAllegiance { get; set; }

    /// <summary>The nexus prevents the removal of the medium (SBC-3 §5.10).</summary>
    public bool PreventsRemoval { get; set; }

    /// <summary>The nexus prevents it persistently (MMC-5): it hears of wishes to eject and says itself when.</summary>
    public bool PreventsRemovalPersistently { get; set; }

    /// <summary>What the nexus has still to learn from GET EVENT STATUS NOTIFICATION.</summary>
    public DriveEvents Events { get; } = new();
}
