using System.Buffers.Binary;
using Blockwire.Scsi.Device.Reservations;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>PERSISTENT RESERVE IN: what is registered and reserved (SPC-4 §6.15).</summary>
internal static class PersistentReserveIn
{
    private static readonly ReservationType[] Types = [.. Enum.GetValues<ReservationType>().Where(static type => type != ReservationType.None)];

    public static SenseData? Plan(ScsiCommand command) =>
        ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]), ushort.MaxValue);

    public static ValueTask Keys(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReservationState state = command.Unit!.Reservations;
        ulong[] keys = [.. state.Registrations.Select(static it => it.Key)];
        return ParameterData.Answer(command, new ReservationKeys(state.Generation, keys, keys.Length).ToArray());
    }

    public static ValueTask Reservation(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReservationState state = command.Unit!.Reservations;

        // Where all registrants hold it, the key is 0 (SPC-4 §6.15.3.2).
        ulong? key = !state.IsReserved ? null : state.Holder is { } holder ? state.KeyOf(holder) : 0;
        return ParameterData.Answer(command, new CurrentReservation(state.Generation, key, state.Type).ToArray());
    }

    public static ValueTask Capabilities(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        ReservationCapabilities capabilities = new(true, true, unit.State is not null, unit.Reservations.PersistsThroughPowerLoss, ReplaceLost: false, Types)
        {
            CompatibleWithReserve = true,
        };
        return ParameterData.Answer(command, capabilities.ToArray());
    }

    public static ValueTask FullStatus(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReservationState state = command.Unit!.Reservations;
        IEnumerable<ReservationRegistrant> all = state.Registrations.Select(it => new ReservationRegistrant(
            it.Key, state.IsHolder(it.Nexus), AllTargetPorts: false, state.Type, it.Nexus.TargetPort, it.Nexus.InitiatorPort));
        return ParameterData.Answer(command, ReservationRegistrant.ToArray(state.Generation, all));
    }
}
