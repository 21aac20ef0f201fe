using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Reservations;

/// <summary>Which commands run while another nexus has reserved the logical unit (SPC-4 §5.13.1, SBC-3 §4.17, SPC-2 §5.5.1).</summary>
internal static class ReservationAccess
{
    /// <summary>May a command run beside a persistent reservation?</summary>
    /// <param name="state">What is registered and reserved; something is.</param>
    /// <param name="registered">The nexus that sends it is registered.</param>
    /// <param name="holds">It holds the reservation.</param>
    /// <param name="rule">The rule of the command's row.</param>
    /// <param name="cdb">Its CDB.</param>
    public static bool Allows(ReservationState state, bool registered, bool holds, ReservationRule rule, ReadOnlySpan<byte> cdb) =>
        holds || (registered && state.RegistrantsShare) || rule switch
        {
            ReservationRule.Allowed or ReservationRule.AllowedBesidePersistent or ReservationRule.OnlyPersistent => true,
            ReservationRule.AllowedToRead => IsWriteExclusive(state.Type),
            _ => Permits(rule, cdb),
        };

    /// <summary>May a command run beside a reservation that RESERVE made?</summary>
    /// <param name="holds">The nexus that sends it made the reservation.</param>
    /// <param name="rule">The rule of the command's row.</param>
    /// <param name="cdb">Its CDB.</param>
    public static bool AllowsBesideReserve(bool holds, ReservationRule rule, ReadOnlySpan<byte> cdb) =>
        rule != ReservationRule.OnlyPersistent && (holds || rule == ReservationRule.Allowed || Permits(rule, cdb));

    private static bool Permits(ReservationRule rule, ReadOnlySpan<byte> cdb) => rule switch
    {
        ReservationRule.AllowedToPermitRemoval => cdb.Length > 4 && (cdb[4] & 3) == 0,
        ReservationRule.AllowedToStart => cdb.Length > 4 && (cdb[4] & 0xF3) == 1,
        _ => false,
    };

    private static bool IsWriteExclusive(ReservationType type) => type is ReservationType.WriteExclusive
        or ReservationType.WriteExclusiveRegistrantsOnly or ReservationType.WriteExclusiveAllRegistrants;
}
