using Blockwire.Scsi.Device.Reservations;

namespace Blockwire.Scsi.Device;

/// <content>Reservations: those of RESERVE, and persistent ones (SPC-2 §5.5, SPC-4 §5.13).</content>
public sealed partial class LogicalUnit
{
    // PERSISTENT RESERVE OUT commands have their turn one after the other: each may wait for the store. Without a timeout it holds nothing to dispose.
    private readonly SemaphoreSlim _reservationTurn = new(1, 1);
    private readonly ReservationKeeper _keeper;
    private ReservationState _reservations;
    private bool _reservationsChange;
    private Nexus? _reservedBy;

    /// <summary>What is registered and reserved now.</summary>
    internal ReservationState Reservations
    {
        get
        {
            lock (_gate)
            {
                return _reservations;
            }
        }
    }

    /// <summary>The nexuses of an initiator with a target port that are there now.</summary>
    internal IReadOnlyList<NexusName> KnownNexuses(string initiatorName, ushort targetPort)
    {
        lock (_gate)
        {
            return [.. _nexuses.Keys.Where(it => it.InitiatorName == initiatorName && it.RelativeTargetPort == targetPort).Select(static it => it.Name)];
        }
    }

    /// <summary>
    /// Carries out a PERSISTENT RESERVE OUT command, one at a time. What is to outlive a loss of power is kept before anything comes true; when it cannot be, the command is
    /// refused and all stays as it was.
    /// </summary>
    internal async ValueTask<ReservationStep> ChangeReservationsAsync(ReservationRequest request, CancellationToken cancellationToken)
    {
        await _reservationTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await TakeTurnAsync(request).ConfigureAwait(false);
        }
        finally
        {
            _reservationTurn.Release();
        }
    }

    private async ValueTask<ReservationStep> TakeTurnAsync(ReservationRequest request)
    {
        ReservationState former;
        lock (_gate)
        {
            if (_reservedBy is not null)
            {
                return ReservationStep.Conflict; // by RESERVE, since the command was prepared
            }

            former = _reservations;
            _reservationsChange = true;
        }

        ReservationStep outcome = ReservationStep.Conflict;
        try
        {
            ReservationStep step = ReservationActions.Apply(former, request);
            if (step.State is { } next)
            {
                await _keeper.KeepAsync(next).ConfigureAwait(false);
            }

            outcome = step;
        }
        catch (UnitStateException failure)
        {
            StateFault?.Invoke(this, failure);
            outcome = ReservationStep.Refuse(Blockwire.Scsi.Sense.InsufficientRegistrationResources);
        }
        finally
        {
            Install(outcome.State ?? former, outcome); // whatever failed, others may go on
        }

        return outcome;
    }

    private void Install(ReservationState state, ReservationStep step)
    {
        lock (_gate)
        {
            _reservationsChange = false;
            _reservations = state;
            foreach ((Nexus nexus, NexusState known) in _nexuses)
            {
                NexusName name = nexus.Name;
                NoteReservation(known, name);
                foreach ((NexusName to, Blockwire.Scsi.SenseData attention) in step.Attentions)
                {
                    if (to == name)
                    {
                        known.Attentions.Add(attention);
                    }
                }
            }

            UpdateQuiet();
        }
    }

    /// <summary>PREEMPT AND ABORT: the preempted nexuses prevent the removal of the medium no more (SPC-4 §5.13.11.5).</summary>
    internal void EndPrevention(IReadOnlyList<NexusName> preempted)
    {
        lock (_gate)
        {
            foreach ((Nexus nexus, NexusState state) in _nexuses)
            {
                state.PreventsRemoval &= !preempted.Contains(nexus.Name);
            }
        }
    }

    /// <summary>
    /// RESERVE (SPC-2 §7.22): false when it conflicts. A nexus that has gone cannot hold a reservation. Where nexuses are registered it conflicts for all but those that
    /// share the persistent reservation, for whom it does nothing and ends well (SPC-4 §5.13.3).
    /// </summary>
    internal bool TryReserve(Nexus nexus)
    {
        lock (_gate)
        {
            if (!_nexuses.TryGetValue(nexus, out NexusState? state))
            {
                return false;
            }

            if (IsPersistent)
            {
                return SharesPersistent(state);
            }

            if (_reservedBy is not null && !ReferenceEquals(_reservedBy, nexus))
            {
                return false;
            }

            _reservedBy = nexus;
            _quiet = false;
            return true;
        }
    }

    /// <summary>RELEASE: without effect unless this nexus holds the reservation (SPC-2 §7.17). False when it conflicts, for the same reason as RESERVE.</summary>
    internal bool TryRelease(Nexus nexus)
    {
        lock (_gate)
        {
            if (IsPersistent)
            {
                return _nexuses.TryGetValue(nexus, out NexusState? state) && SharesPersistent(state);
            }

            if (ReferenceEquals(_reservedBy, nexus))
            {
                _reservedBy = null;
                UpdateQuiet();
            }

            return true;
        }
    }

    // SPC-2 §5.5.1: as soon as a nexus is registered the two kinds exclude each other; one may be about to be.
    private bool IsPersistent => !_reservations.Registrations.IsEmpty || _reservationsChange;

    private bool SharesPersistent(NexusState state) => state.HoldsReservation || (state.IsRegistered && _reservations.RegistrantsShare);

    private bool PassesReservations(Nexus nexus, NexusState? state, CommandSpec spec, ReadOnlySpan<byte> cdb) =>
        _reservedBy is not null ? ReservationAccess.AllowsBesideReserve(ReferenceEquals(_reservedBy, nexus), spec.Reservation, cdb)
        : !_reservations.IsReserved
            || ReservationAccess.Allows(_reservations, state is { IsRegistered: true }, state is { HoldsReservation: true }, spec.Reservation, cdb);

    private void NoteReservation(NexusState state, NexusName name)
    {
        state.IsRegistered = _reservations.KeyOf(name) is not null;
        state.HoldsReservation = _reservations.IsHolder(name);
    }
}
