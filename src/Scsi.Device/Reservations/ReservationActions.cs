using System.Collections.Immutable;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Reservations;

/// <summary>The service actions of PERSISTENT RESERVE OUT as functions of what is registered and reserved (SPC-4 §5.13 and §6.16).</summary>
internal static class ReservationActions
{
    private const int ScopeAndTypeAt = 2, TypeBit = 3, ServiceActionKeyAt = 8, FlagsAt = 20, SpecifyInitiatorPortsBit = 3;
    private const int MoveTransportIdAt = 24;

    /// <summary>What a command comes to. Changes nothing.</summary>
    public static ReservationStep Apply(ReservationState state, ReservationRequest request)
    {
        bool registers = request.Action is ReservationAction.Register or ReservationAction.RegisterAndIgnoreExistingKey;
        if (!registers && (state.KeyOf(request.By) is not { } own || own != request.Key))
        {
            return ReservationStep.Conflict; // SPC-4 §5.13.1: the rest is for registered nexuses that give their key
        }

        return request.Action switch
        {
            ReservationAction.Register or ReservationAction.RegisterAndIgnoreExistingKey => Register(state, request),
            ReservationAction.Reserve => Reserve(state, request),
            ReservationAction.Release => Release(state, request),
            ReservationAction.Clear => Clear(state, request),
            ReservationAction.Preempt or ReservationAction.PreemptAndAbort => Preemption.Apply(state, request),
            ReservationAction.RegisterAndMove => Move(state, request),
            _ => ReservationStep.Refuse(Sense.InvalidFieldInCdb(1, 4)),
        };
    }

    /// <summary>Why a reservation cannot be made with the scope and type of a CDB; null when it can (SPC-4 §6.15.3.3 and §6.15.3.4).</summary>
    public static SenseData? CheckScopeAndType(ReservationRequest request) =>
        request.Scope != 0 ? Sense.InvalidFieldInCdb(ScopeAndTypeAt)
        : request.Type == ReservationType.None || !Enum.IsDefined(request.Type) ? Sense.InvalidFieldInCdb(ScopeAndTypeAt, TypeBit)
        : null;

    // SPC-4 §5.13.7, the two tables of register behaviour.
    private static ReservationStep Register(ReservationState state, ReservationRequest request)
    {
        ulong? own = state.KeyOf(request.By);
        bool ignoresKey = request.Action == ReservationAction.RegisterAndIgnoreExistingKey;
        if (!ignoresKey && request.Key != (own ?? 0))
        {
            return ReservationStep.Conflict;
        }

        // Only REGISTER has it, and only from a nexus that is not registered (SPC-4 §6.16.3).
        if (request.SpecifiesInitiatorPorts && (ignoresKey || own is not null))
        {
            return ReservationStep.Refuse(Sense.InvalidFieldInParameterList(FlagsAt, SpecifyInitiatorPortsBit));
        }

        if (request.ServiceActionKey == 0)
        {
            return own is null ? new(state) : Unregister(state, request, [request.By, .. request.Others.Where(it => state.KeyOf(it) is not null)]);
        }

        ImmutableArray<Registration> registrations = state.Registrations;
        foreach (NexusName nexus in request.Others.Prepend(request.By))
        {
            // A nexus that a TransportID names and that is registered already keeps its key: only unregistered ones are registered for others.
            bool leavesAlone = request.SpecifiesInitiatorPorts && nexus != request.By && state.KeyOf(nexus) is not null;
            registrations = leavesAlone ? registrations : With(registrations, new(nexus, request.ServiceActionKey));
        }

        return registrations.Length > ReservationState.MostRegistrations
            ? ReservationStep.Refuse(Sense.InsufficientRegistrationResources)
            : new(Next(state) with { Registrations = registrations, PersistsThroughPowerLoss = request.PersistThroughPowerLoss });
    }

    // SPC-4 §5.13.11.3.
    private static ReservationStep Unregister(ReservationState state, ReservationRequest request, IReadOnlyList<NexusName> leaving)
    {
        ImmutableArray<Registration> left = state.Registrations.RemoveAll(it => leaving.Contains(it.Nexus));
        bool releases = state.AllRegistrantsHold ? left.IsEmpty : state.Holder is { } holder && leaving.Contains(holder);
        ReservationState next = Next(state) with { Registrations = left, PersistsThroughPowerLoss = request.PersistThroughPowerLoss };
        return releases
            ? new(next with { Type = ReservationType.None, Holder = null }) { Attentions = state.RegistrantsShare ? Tell(left, request.By, Sense.ReservationsReleased) : [] }
            : new(next);
    }

    // SPC-4 §5.13.9.
    private static ReservationStep Reserve(ReservationState state, ReservationRequest request)
    {
        if (CheckScopeAndType(request) is { } refusal)
        {
            return ReservationStep.Refuse(refusal);
        }

        if (state.IsReserved)
        {
            return state.IsHolder(request.By) && state.Type == request.Type ? new(state) : ReservationStep.Conflict;
        }

        return new(Reserved(state, request));
    }

    // SPC-4 §5.13.11.2.
    private static ReservationStep Release(ReservationState state, ReservationRequest request)
    {
        if (!state.IsReserved || !state.IsHolder(request.By))
        {
            return new(state);
        }

        if (request.Scope != 0 || request.Type != state.Type)
        {
            return ReservationStep.Refuse(Sense.InvalidReleaseOfReservation);
        }

        return new(state with { Type = ReservationType.None, Holder = null })
        {
            Attentions = state.RegistrantsShare ? Tell(state.Registrations, request.By, Sense.ReservationsReleased) : [],
        };
    }

    // SPC-4 §5.13.11.6.
    private static ReservationStep Clear(ReservationState state, ReservationRequest request) =>
        new(Next(state) with { Registrations = [], Type = ReservationType.None, Holder = null })
        {
            Attentions = Tell(state.Registrations, request.By, Sense.ReservationsPreempted),
        };

    // SPC-4 §5.13.8.
    private static ReservationStep Move(ReservationState state, ReservationRequest request)
    {
        if (state.AllRegistrantsHold || !state.IsHolder(request.By))
        {
            return ReservationStep.Conflict;
        }

        if (request.ServiceActionKey == 0)
        {
            return ReservationStep.Refuse(Sense.InvalidFieldInParameterList(ServiceActionKeyAt));
        }

        if (request.Destination == request.By)
        {
            return ReservationStep.Refuse(Sense.InvalidFieldInParameterList(MoveTransportIdAt));
        }

        ImmutableArray<Registration> registrations = With(state.Registrations, new(request.Destination, request.ServiceActionKey));
        registrations = request.Unregister ? registrations.RemoveAll(it => it.Nexus == request.By) : registrations;
        return registrations.Length > ReservationState.MostRegistrations
            ? ReservationStep.Refuse(Sense.InsufficientRegistrationResources)
            : new(Next(state) with { Registrations = registrations, Holder = request.Destination, PersistsThroughPowerLoss = request.PersistThroughPowerLoss });
    }

    /// <summary>The state with a reservation for the nexus that asks, of the type that it asks for.</summary>
    public static ReservationState Reserved(ReservationState state, ReservationRequest request)
    {
        ReservationState reserved = state with { Type = request.Type, Holder = null };
        return reserved.AllRegistrantsHold ? reserved : reserved with { Holder = request.By };
    }

    /// <summary>One change later (SPC-4 §6.15.2): RESERVE and RELEASE are none.</summary>
    public static ReservationState Next(ReservationState state) => state with { Generation = unchecked(state.Generation + 1) };

    /// <summary>A unit attention for every registered nexus but one.</summary>
    public static List<(NexusName Nexus, SenseData Attention)> Tell(IEnumerable<Registration> registrations, NexusName but, SenseData attention) =>
        [.. registrations.Where(it => it.Nexus != but).Select(it => (it.Nexus, attention))];

    private static ImmutableArray<Registration> With(ImmutableArray<Registration> registrations, Registration added)
    {
        for (int i = 0; i < registrations.Length; i++)
        {
            if (registrations[i].Nexus == added.Nexus)
            {
                return registrations.SetItem(i, added);
            }
        }

        return registrations.Add(added);
    }
}
