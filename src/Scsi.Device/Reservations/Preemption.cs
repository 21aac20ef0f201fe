using System.Collections.Immutable;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Reservations;

/// <summary>PREEMPT and PREEMPT AND ABORT: registrations, and with them a reservation, are taken from others by their key (SPC-4 §5.13.11.4 and §5.13.11.5).</summary>
internal static class Preemption
{
    private const int ServiceActionKeyAt = 8;

    /// <summary>What the command of a registered nexus that gave its key comes to.</summary>
    public static ReservationStep Apply(ReservationState state, ReservationRequest request)
    {
        ulong victim = request.ServiceActionKey;

        // Key 0 stands for all that hold, where every registered nexus does; nobody is registered with it.
        bool takesReservation = state.AllRegistrantsHold ? victim == 0 : state.Holder is { } holder && state.KeyOf(holder) == victim;
        return takesReservation ? TakeReservation(state, request)
            : victim == 0 ? ReservationStep.Refuse(Sense.InvalidFieldInParameterList(ServiceActionKeyAt))
            : RemoveRegistrations(state, request);
    }

    private static ReservationStep TakeReservation(ReservationState state, ReservationRequest request)
    {
        if (ReservationActions.CheckScopeAndType(request) is { } refusal)
        {
            return ReservationStep.Refuse(refusal);
        }

        bool takesAll = request.ServiceActionKey == 0;
        ImmutableArray<Registration> removed = [.. state.Registrations.Where(it => it.Nexus != request.By && (takesAll || it.Key == request.ServiceActionKey))];
        ImmutableArray<Registration> left = state.Registrations.RemoveRange(removed);
        ReservationState next = ReservationActions.Reserved(ReservationActions.Next(state) with { Registrations = left }, request);
        List<(NexusName, SenseData)> attentions = ReservationActions.Tell(removed, request.By, Sense.RegistrationsPreempted);
        if (next.Type != state.Type)
        {
            attentions.AddRange(ReservationActions.Tell(left, request.By, Sense.ReservationsReleased));
        }

        return new(next) { Attentions = attentions, Preempted = [.. removed.Select(static it => it.Nexus)] };
    }

    private static ReservationStep RemoveRegistrations(ReservationState state, ReservationRequest request)
    {
        ImmutableArray<Registration> removed = [.. state.Registrations.Where(it => it.Key == request.ServiceActionKey)];
        if (removed.IsEmpty)
        {
            return ReservationStep.Conflict;
        }

        // The holder is not among them, unless all registrants hold: then the reservation goes with the last of them.
        ImmutableArray<Registration> left = state.Registrations.RemoveRange(removed);
        ReservationState next = ReservationActions.Next(state) with { Registrations = left };
        return new(left.IsEmpty ? next with { Type = ReservationType.None, Holder = null } : next)
        {
            Attentions = ReservationActions.Tell(removed, request.By, Sense.RegistrationsPreempted),
            Preempted = [.. removed.Select(static it => it.Nexus)],
        };
    }
}
