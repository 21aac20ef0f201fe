namespace Blockwire.Scsi.Device.Reservations;

/// <summary>Keeps the registrations of a unit over a loss of power, when APTPL asked for it. One caller at a time.</summary>
/// <param name="store">Where; null keeps nothing.</param>
internal sealed class ReservationKeeper(IUnitStateStore? store)
{
    // What the store has; null when that is not certain.
    private ReservationState? _kept = ReservationState.Empty;

    /// <summary>What was kept when power was lost.</summary>
    /// <exception cref="UnitStateException">It is there and cannot be read: without it the unit could let in whom a reservation keeps out.</exception>
    public ReservationState Load()
    {
        byte[]? document = store?.Read(ReservationDocument.Name);
        _kept = document is null ? ReservationState.Empty : ReservationDocument.Read(document);
        return _kept;
    }

    /// <summary>Has the store what a loss of power is to leave of a state. When it cannot, nothing of the state may come true.</summary>
    /// <exception cref="UnitStateException">It could not be kept.</exception>
    public ValueTask KeepAsync(ReservationState state)
    {
        // Without APTPL nothing outlives the loss of power, and what was kept before must not either (SPC-4 §5.13.5).
        ReservationState wanted = state.PersistsThroughPowerLoss ? state : ReservationState.Empty;
        return store is null || (_kept is { } kept && Same(kept, wanted)) ? default : ReplaceAsync(store, wanted);
    }

    private async ValueTask ReplaceAsync(IUnitStateStore into, ReservationState wanted)
    {
        _kept = null;
        await into.ReplaceAsync(ReservationDocument.Name, ReservationDocument.Write(wanted)).ConfigureAwait(false);
        _kept = wanted;
    }

    private static bool Same(ReservationState kept, ReservationState wanted) =>
        kept.Type == wanted.Type && kept.Holder == wanted.Holder && kept.Registrations.AsSpan().SequenceEqual(wanted.Registrations.AsSpan());
}
