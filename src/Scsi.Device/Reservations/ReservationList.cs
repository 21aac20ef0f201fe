using System.Buffers.Binary;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Reservations;

/// <summary>Reads the CDB and the parameter list of PERSISTENT RESERVE OUT (SPC-4 §6.16.2 to §6.16.4).</summary>
internal static class ReservationList
{
    /// <summary>Longest parameter list that is taken, in bytes: some 250 TransportIDs of the longest names.</summary>
    public const int MostBytes = 64 << 10;

    private const int ScopeAndTypeAt = 2, LengthAt = 5;
    private const int ServiceActionKeyAt = 8, MoveFlagsAt = 17, MovePortAt = 18, FlagsAt = 20, MoveIdLengthAt = 20;
    private const byte SpecifyInitiatorPorts = 8, AllTargetPorts = 4, PersistThroughPowerLoss = 1, Unregister = 2;

    /// <summary>PARAMETER LIST LENGTH of a CDB, in bytes.</summary>
    public static uint LengthIn(ReadOnlySpan<byte> cdb) => BinaryPrimitives.ReadUInt32BigEndian(cdb[LengthAt..]);

    /// <summary>Reads a command whose data has arrived; gives why it is refused, or null.</summary>
    public static SenseData? Read(ScsiTargetDevice device, ScsiCommand command, out ReservationRequest request)
    {
        ReadOnlySpan<byte> cdb = command.Cdb, list = command.DataOut.Span;
        ReservationAction action = (ReservationAction)(cdb[1] & CommandTable.ServiceActionMask);
        request = new(action, command.Nexus.Name)
        {
            Scope = cdb[ScopeAndTypeAt] >> 4,
            Type = (ReservationType)(cdb[ScopeAndTypeAt] & 0x0F),
        };
        if (list.Length < ReservationParameters.Length || (uint)list.Length != LengthIn(cdb))
        {
            return Sense.ParameterListLengthError;
        }

        request = request with
        {
            Key = BinaryPrimitives.ReadUInt64BigEndian(list),
            ServiceActionKey = BinaryPrimitives.ReadUInt64BigEndian(list[ServiceActionKeyAt..]),
        };
        return action == ReservationAction.RegisterAndMove
            ? ReadMove(device, command, list, ref request)
            : ReadBasic(device, command, list, ref request);
    }

    private static SenseData? ReadBasic(ScsiTargetDevice device, ScsiCommand command, ReadOnlySpan<byte> list, ref ReservationRequest request)
    {
        byte flags = list[FlagsAt];
        bool registers = request.Action is ReservationAction.Register or ReservationAction.RegisterAndIgnoreExistingKey;
        bool specifies = (flags & SpecifyInitiatorPorts) != 0;
        if (specifies && request.Action != ReservationAction.Register)
        {
            return Sense.InvalidFieldInParameterList(FlagsAt, 3);
        }

        if (!specifies && list.Length != ReservationParameters.Length)
        {
            return Sense.ParameterListLengthError;
        }

        if (!registers)
        {
            return null; // ALL_TG_PT and APTPL are ignored (SPC-4 §6.16.3)
        }

        bool persists = (flags & PersistThroughPowerLoss) != 0;
        if (persists && command.Unit!.State is null)
        {
            return Sense.InvalidFieldInParameterList(FlagsAt, 0);
        }

        // SPC-4 §6.16.3: ALL_TG_PT is as if the same had been asked through each target port.
        IReadOnlyList<ushort> ports = (flags & AllTargetPorts) != 0 ? [.. device.Ports.Select(static port => port.RelativeId)] : [command.Nexus.RelativeTargetPort];
        List<NexusName> others = [.. ports.Select(port => command.Nexus.Name with { TargetPort = port })];
        if (specifies && ReadInitiatorPorts(command, list, ports, others) is { } refusal)
        {
            return refusal;
        }

        others.Remove(command.Nexus.Name);
        request = request with { PersistThroughPowerLoss = persists, SpecifiesInitiatorPorts = specifies, Others = others };
        return null;
    }

    private static SenseData? ReadInitiatorPorts(ScsiCommand command, ReadOnlySpan<byte> list, IReadOnlyList<ushort> ports, List<NexusName> into)
    {
        const int idsAt = ReservationParameters.Length + sizeof(uint);
        if (list.Length < idsAt || BinaryPrimitives.ReadUInt32BigEndian(list[ReservationParameters.Length..]) != list.Length - idsAt)
        {
            return Sense.ParameterListLengthError;
        }

        for (int at = idsAt; at < list.Length;)
        {
            int length = TransportId.LengthOf(list[at..]);
            if (length == 0 || length > list.Length - at)
            {
                return Sense.ParameterListLengthError;
            }

            ReadOnlySpan<byte> id = list.Slice(at, length);
            foreach (ushort port in ports)
            {
                IReadOnlyList<NexusName> named = Nexuses(command.Unit!, id, port);
                if (named.Count == 0)
                {
                    return Sense.InvalidFieldInParameterList(at);
                }

                into.AddRange(named.Except(into));
            }

            at += length;
        }

        return null;
    }

    private static SenseData? ReadMove(ScsiTargetDevice device, ScsiCommand command, ReadOnlySpan<byte> list, ref ReservationRequest request)
    {
        byte flags = list[MoveFlagsAt];
        ReadOnlySpan<byte> id = list[ReservationParameters.Length..];
        if (id.IsEmpty || BinaryPrimitives.ReadUInt32BigEndian(list[MoveIdLengthAt..]) != id.Length || TransportId.LengthOf(id) != id.Length)
        {
            return Sense.ParameterListLengthError;
        }

        bool persists = (flags & PersistThroughPowerLoss) != 0;
        if (persists && command.Unit!.State is null)
        {
            return Sense.InvalidFieldInParameterList(MoveFlagsAt, 0);
        }

        ushort port = BinaryPrimitives.ReadUInt16BigEndian(list[MovePortAt..]);
        if (!device.Ports.Any(it => it.RelativeId == port))
        {
            return Sense.InvalidFieldInParameterList(MovePortAt);
        }

        IReadOnlyList<NexusName> named = Nexuses(command.Unit!, id, port);
        if (named.Count != 1)
        {
            return Sense.InvalidFieldInParameterList(ReservationParameters.Length);
        }

        request = request with { PersistThroughPowerLoss = persists, Unregister = (flags & Unregister) != 0, Destination = named[0] };
        return null;
    }

    // A TransportID without ISID names an initiator: it stands for its ports that the unit knows, for a registration belongs to a port (SPC-4 §5.13.7, §7.6.4.6).
    private static IReadOnlyList<NexusName> Nexuses(LogicalUnit unit, ReadOnlySpan<byte> id, ushort port) =>
        !TransportId.TryReadPort(id, out string initiator, out ulong? isid) ? []
        : isid is { } known ? [NexusName.Of(initiator, known, port)]
        : unit.KnownNexuses(initiator, port);
}
