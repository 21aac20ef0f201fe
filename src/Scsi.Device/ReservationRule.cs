namespace Blockwire.Scsi.Device;

/// <summary>What a command may do while another nexus holds a reservation (SPC-2 §5.5.1, SPC-4 §5.13, SBC-3 §4.13).</summary>
internal enum ReservationRule
{
    /// <summary>RESERVATION CONFLICT.</summary>
    Conflict,

    /// <summary>Runs.</summary>
    Allowed,

    /// <summary>Runs when it only allows removal (PREVENT = 0); else conflicts.</summary>
    AllowedToPermitRemoval,

    /// <summary>Runs when it only starts the unit (START = 1, LOEJ = 0, no power condition); else conflicts.</summary>
    AllowedToStart,
}
