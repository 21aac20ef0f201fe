namespace Blockwire.Scsi.Device;

/// <summary>
/// What a command may do while another nexus holds a reservation, made by RESERVE (SPC-2 §5.5.1) or persistent (SPC-4 §5.13.1, SBC-3 §4.17). Where a persistent one is of a
/// registrants only or all registrants type, registered nexuses may do everything.
/// </summary>
internal enum ReservationRule
{
    /// <summary>RESERVATION CONFLICT.</summary>
    Conflict,

    /// <summary>Runs.</summary>
    Allowed,

    /// <summary>Runs beside a persistent reservation of a write exclusive type; else conflicts.</summary>
    AllowedToRead,

    /// <summary>Runs beside a persistent reservation; conflicts with RESERVE.</summary>
    AllowedBesidePersistent,

    /// <summary>Runs beside a persistent reservation; while RESERVE holds it conflicts for every nexus, also the one that reserved (SPC-2 §5.5.1).</summary>
    OnlyPersistent,

    /// <summary>Runs when it only allows removal (PREVENT = 0); else conflicts.</summary>
    AllowedToPermitRemoval,

    /// <summary>Runs when it only starts the unit (START = 1, LOEJ = 0, no power condition); else conflicts.</summary>
    AllowedToStart,
}
