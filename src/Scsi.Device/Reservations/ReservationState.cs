using System.Collections.Immutable;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Reservations;

/// <summary>The registrations and the persistent reservation of a logical unit (SPC-4 §5.13). Never changes: a command puts another in its place.</summary>
internal sealed record ReservationState
{
    /// <summary>Most registrations that a logical unit takes.</summary>
    public const int MostRegistrations = 1024;

    /// <summary>Nothing is registered or reserved.</summary>
    public static ReservationState Empty { get; } = new();

    /// <summary>PRGENERATION: counts changes since power on (SPC-4 §6.15.2). Not kept over a loss of power.</summary>
    public uint Generation { get; init; }

    /// <summary>PTPL_A: the last APTPL was 1, so registrations and reservation outlive a loss of power (SPC-4 §5.13.5).</summary>
    public bool PersistsThroughPowerLoss { get; init; }

    /// <summary>The registered nexuses, in the order in which they came.</summary>
    public ImmutableArray<Registration> Registrations { get; init; } = [];

    /// <summary>Type of the reservation; <see cref="ReservationType.None"/> when there is none. Its scope is always the logical unit.</summary>
    public ReservationType Type { get; init; }

    /// <summary>Who holds the reservation; null when nobody does, or when every registered nexus does.</summary>
    public NexusName? Holder { get; init; }

    /// <summary>Is there a reservation?</summary>
    public bool IsReserved => Type != ReservationType.None;

    /// <summary>Is every registered nexus a holder (SPC-4 §5.13.10)?</summary>
    public bool AllRegistrantsHold => Type is ReservationType.WriteExclusiveAllRegistrants or ReservationType.ExclusiveAccessAllRegistrants;

    /// <summary>May every registered nexus do what the holder may, the reservation being of a registrants only or all registrants type?</summary>
    public bool RegistrantsShare => AllRegistrantsHold
        || Type is ReservationType.WriteExclusiveRegistrantsOnly or ReservationType.ExclusiveAccessRegistrantsOnly;

    /// <summary>The key of a nexus; null when it is not registered.</summary>
    public ulong? KeyOf(NexusName nexus)
    {
        foreach (Registration registration in Registrations)
        {
            if (registration.Nexus == nexus)
            {
                return registration.Key;
            }
        }

        return null;
    }

    /// <summary>Does a nexus hold the reservation?</summary>
    public bool IsHolder(NexusName nexus) => AllRegistrantsHold ? KeyOf(nexus) is not null : Holder == nexus;
}
