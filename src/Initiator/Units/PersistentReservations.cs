using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>
/// The persistent reservations of a logical unit (SPC-4 §5.13): who is registered, who holds the reservation. Registrations belong to the nexus that the executor
/// carries commands over; with several paths each has to be registered.
/// </summary>
/// <param name="unit">The unit.</param>
public sealed class PersistentReservations(LogicalUnit unit)
{
    private const ushort Room = 8192;
    private const int SmallRoom = 256;

    /// <summary>READ KEYS.</summary>
    public async ValueTask<ReservationKeys> ReadKeysAsync(CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> data = await FetchAsync("READ KEYS", ServiceAction.ReadKeys, Room, cancellationToken).ConfigureAwait(false);
        return ReservationKeys.Parse(data.Span) ?? throw unit.Unreadable("PERSISTENT RESERVE IN, READ KEYS", data.Length);
    }

    /// <summary>READ RESERVATION.</summary>
    public async ValueTask<CurrentReservation> ReadReservationAsync(CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> data = await FetchAsync("READ RESERVATION", ServiceAction.ReadReservation, SmallRoom, cancellationToken).ConfigureAwait(false);
        return CurrentReservation.Parse(data.Span) ?? throw unit.Unreadable("PERSISTENT RESERVE IN, READ RESERVATION", data.Length);
    }

    /// <summary>REPORT CAPABILITIES.</summary>
    public async ValueTask<ReservationCapabilities> ReadCapabilitiesAsync(CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> data = await FetchAsync("REPORT CAPABILITIES", ServiceAction.ReportCapabilities, SmallRoom, cancellationToken).ConfigureAwait(false);
        return ReservationCapabilities.Parse(data.Span) ?? throw unit.Unreadable("PERSISTENT RESERVE IN, REPORT CAPABILITIES", data.Length);
    }

    /// <summary>READ FULL STATUS: the registrations with their initiator ports.</summary>
    public async ValueTask<IReadOnlyList<ReservationRegistrant>> ReadFullStatusAsync(CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> data = await FetchAsync("READ FULL STATUS", ServiceAction.ReadFullStatus, ushort.MaxValue, cancellationToken).ConfigureAwait(false);
        return ReservationRegistrant.ParseAll(data.Span) ?? throw unit.Unreadable("PERSISTENT RESERVE IN, READ FULL STATUS", data.Length);
    }

    /// <summary>REGISTER: this nexus with a key, another key in its place, or, with the new key 0, not any more.</summary>
    /// <param name="key">The key that it has; 0 for none.</param>
    /// <param name="newKey">The key that it shall have; 0 for none.</param>
    /// <param name="persistThroughPowerLoss">APTPL.</param>
    /// <param name="allTargetPorts">ALL_TG_PT: through all ports of the target.</param>
    /// <param name="initiatorPorts">SPEC_I_PT: these initiator ports as well.</param>
    /// <param name="cancellationToken">Aborts it; it may have run then.</param>
    public ValueTask RegisterAsync(
        ulong key,
        ulong newKey,
        bool persistThroughPowerLoss = false,
        bool allTargetPorts = false,
        IReadOnlyList<string>? initiatorPorts = null,
        CancellationToken cancellationToken = default) => SendAsync(
            ReservationAction.Register,
            ReservationType.None,
            new ReservationParameters(key, newKey, persistThroughPowerLoss, allTargetPorts).ToArray([.. initiatorPorts ?? []]),
            cancellationToken);

    /// <summary>REGISTER AND IGNORE EXISTING KEY: the same, whatever key this nexus has.</summary>
    public ValueTask RegisterAndIgnoreExistingKeyAsync(
        ulong newKey, bool persistThroughPowerLoss = false, bool allTargetPorts = false, CancellationToken cancellationToken = default) => SendAsync(
            ReservationAction.RegisterAndIgnoreExistingKey,
            ReservationType.None,
            new ReservationParameters(0, newKey, persistThroughPowerLoss, allTargetPorts).ToArray(),
            cancellationToken);

    /// <summary>RESERVE.</summary>
    public ValueTask ReserveAsync(ulong key, ReservationType type, CancellationToken cancellationToken = default) =>
        SendAsync(ReservationAction.Reserve, type, new ReservationParameters(key).ToArray(), cancellationToken);

    /// <summary>RELEASE.</summary>
    public ValueTask ReleaseAsync(ulong key, ReservationType type, CancellationToken cancellationToken = default) =>
        SendAsync(ReservationAction.Release, type, new ReservationParameters(key).ToArray(), cancellationToken);

    /// <summary>CLEAR: the reservation and all registrations go.</summary>
    public ValueTask ClearAsync(ulong key, CancellationToken cancellationToken = default) =>
        SendAsync(ReservationAction.Clear, ReservationType.None, new ReservationParameters(key).ToArray(), cancellationToken);

    /// <summary>PREEMPT, or PREEMPT AND ABORT: the registrations with another key go, and the reservation with them comes here.</summary>
    /// <param name="key">The key of this nexus.</param>
    /// <param name="preempted">The other key.</param>
    /// <param name="type">Type of the reservation that comes here.</param>
    /// <param name="abort">Their tasks are ended as well.</param>
    /// <param name="cancellationToken">Aborts it; it may have run then.</param>
    public ValueTask PreemptAsync(ulong key, ulong preempted, ReservationType type, bool abort = false, CancellationToken cancellationToken = default) => SendAsync(
        abort ? ReservationAction.PreemptAndAbort : ReservationAction.Preempt,
        type,
        new ReservationParameters(key, preempted).ToArray(),
        cancellationToken);

    /// <summary>REGISTER AND MOVE: another initiator port is registered with a key and gets the reservation.</summary>
    public ValueTask RegisterAndMoveAsync(
        ulong key,
        ulong newKey,
        string initiatorPort,
        ushort relativeTargetPort,
        bool unregister = false,
        bool persistThroughPowerLoss = false,
        CancellationToken cancellationToken = default) => SendAsync(
            ReservationAction.RegisterAndMove,
            ReservationType.None,
            new ReservationParameters(key, newKey, persistThroughPowerLoss).ToMoveArray(initiatorPort, relativeTargetPort, unregister),
            cancellationToken);

    /// <summary>REPLACE LOST RESERVATION: a new reservation in the place of all that the target has lost.</summary>
    public ValueTask ReplaceLostAsync(ulong newKey, ReservationType type, CancellationToken cancellationToken = default) =>
        SendAsync(ReservationAction.ReplaceLostReservation, type, new ReservationParameters(0, newKey).ToArray(), cancellationToken);

    private ValueTask<ReadOnlyMemory<byte>> FetchAsync(string action, byte serviceAction, int room, CancellationToken cancellationToken) =>
        unit.Runner.FetchAsync($"PERSISTENT RESERVE IN, {action}", PrimaryCdbs.PersistentReserveIn(serviceAction, (ushort)room), room, cancellationToken);

    private async ValueTask SendAsync(ReservationAction action, ReservationType type, byte[] list, CancellationToken cancellationToken)
    {
        // To register twice, or to preempt twice, is not the same as once: a key that is known already is refused.
        ScsiRequest request = unit.Runner.Request(PrimaryCdbs.PersistentReserveOut(action, type, (uint)list.Length), Repeat.OnlyIfNotRun) with { DataOut = list };
        await unit.Runner.RunAsync($"PERSISTENT RESERVE OUT, {Name(action)}", request, cancellationToken).ConfigureAwait(false);
    }

    private static string Name(ReservationAction action) => action switch
    {
        ReservationAction.Register => "REGISTER",
        ReservationAction.Reserve => "RESERVE",
        ReservationAction.Release => "RELEASE",
        ReservationAction.Clear => "CLEAR",
        ReservationAction.Preempt => "PREEMPT",
        ReservationAction.PreemptAndAbort => "PREEMPT AND ABORT",
        ReservationAction.RegisterAndIgnoreExistingKey => "REGISTER AND IGNORE EXISTING KEY",
        ReservationAction.RegisterAndMove => "REGISTER AND MOVE",
        _ => "REPLACE LOST RESERVATION",
    };
}
