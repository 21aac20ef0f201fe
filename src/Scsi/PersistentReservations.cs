using System.Buffers.Binary;
using System.Text;

namespace Blockwire.Scsi;

/// <summary>Types of persistent reservations (SPC-4 §6.15.3.4).</summary>
public enum ReservationType : byte
{
    /// <summary>No type: what commands that need none have in its place.</summary>
    None = 0,

    /// <summary>Only the holder may write.</summary>
    WriteExclusive = 1,

    /// <summary>Only the holder may read or write.</summary>
    ExclusiveAccess = 3,

    /// <summary>Only the registered may write.</summary>
    WriteExclusiveRegistrantsOnly = 5,

    /// <summary>Only the registered may read or write.</summary>
    ExclusiveAccessRegistrantsOnly = 6,

    /// <summary>Only the registered may write, and each of them holds the reservation.</summary>
    WriteExclusiveAllRegistrants = 7,

    /// <summary>Only the registered may read or write, and each of them holds the reservation.</summary>
    ExclusiveAccessAllRegistrants = 8,
}

/// <summary>Service actions of PERSISTENT RESERVE OUT (SPC-4 §6.16.2).</summary>
public enum ReservationAction : byte
{
    /// <summary>REGISTER.</summary>
    Register = 0,

    /// <summary>RESERVE.</summary>
    Reserve = 1,

    /// <summary>RELEASE.</summary>
    Release = 2,

    /// <summary>CLEAR.</summary>
    Clear = 3,

    /// <summary>PREEMPT.</summary>
    Preempt = 4,

    /// <summary>PREEMPT AND ABORT.</summary>
    PreemptAndAbort = 5,

    /// <summary>REGISTER AND IGNORE EXISTING KEY.</summary>
    RegisterAndIgnoreExistingKey = 6,

    /// <summary>REGISTER AND MOVE.</summary>
    RegisterAndMove = 7,

    /// <summary>REPLACE LOST RESERVATION.</summary>
    ReplaceLostReservation = 8,
}

/// <summary>READ KEYS parameter data (SPC-4 §6.15.2).</summary>
/// <param name="Generation">PRGENERATION: counts changes.</param>
/// <param name="Keys">The keys that came.</param>
/// <param name="Total">Keys that there are; more than came when the data was cut.</param>
public sealed record ReservationKeys(uint Generation, IReadOnlyList<ulong> Keys, int Total)
{
    internal const int HeaderLength = 8;

    /// <summary>Reads the data; null when it is too short.</summary>
    public static ReservationKeys? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderLength)
        {
            return null;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        ReadOnlySpan<byte> rest = data[HeaderLength..];
        rest = rest[..(int)Math.Min(length, (uint)rest.Length)];
        List<ulong> keys = [];
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            keys.Add(BinaryPrimitives.ReadUInt64BigEndian(rest));
        }

        return new(BinaryPrimitives.ReadUInt32BigEndian(data), keys, (int)(length / sizeof(ulong)));
    }

    /// <summary>The data.</summary>
    public byte[] ToArray()
    {
        byte[] data = new byte[HeaderLength + sizeof(ulong) * Keys.Count];
        WriteHeader(data, Generation);
        for (int i = 0; i < Keys.Count; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(HeaderLength + sizeof(ulong) * i), Keys[i]);
        }

        return data;
    }

    /// <summary>PRGENERATION and ADDITIONAL LENGTH, which says that the rest of the bytes follow.</summary>
    internal static void WriteHeader(Span<byte> data, uint generation)
    {
        BinaryPrimitives.WriteUInt32BigEndian(data, generation);
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], (uint)(data.Length - HeaderLength));
    }
}

/// <summary>READ RESERVATION parameter data (SPC-4 §6.15.3).</summary>
/// <param name="Generation">PRGENERATION.</param>
/// <param name="Key">The holder's key; 0 with the types that have all registrants as holders. Null when nothing is reserved.</param>
/// <param name="Type">Its type; <see cref="ReservationType.None"/> when nothing is reserved.</param>
public readonly record struct CurrentReservation(uint Generation, ulong? Key, ReservationType Type)
{
    private const int WithReservation = 24;

    /// <summary>Reads the data; null when it is too short.</summary>
    public static CurrentReservation? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < ReservationKeys.HeaderLength)
        {
            return null;
        }

        uint generation = BinaryPrimitives.ReadUInt32BigEndian(data);
        return BinaryPrimitives.ReadUInt32BigEndian(data[4..]) == 0 ? new(generation, null, ReservationType.None)
            : data.Length < WithReservation ? null
            : new(generation, BinaryPrimitives.ReadUInt64BigEndian(data[8..]), (ReservationType)(data[21] & 0x0F));
    }

    /// <summary>The data; the scope is the logical unit.</summary>
    public byte[] ToArray()
    {
        byte[] data = new byte[Key is null ? ReservationKeys.HeaderLength : WithReservation];
        ReservationKeys.WriteHeader(data, Generation);
        if (Key is { } key)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(8), key);
            data[21] = (byte)Type;
        }

        return data;
    }
}

/// <summary>REPORT CAPABILITIES parameter data (SPC-4 §6.15.4).</summary>
/// <param name="AllTargetPorts">ATP_C: ALL_TG_PT is honoured.</param>
/// <param name="SpecifyInitiatorPorts">SIP_C: SPEC_I_PT is honoured.</param>
/// <param name="PersistCapable">PTPL_C: registrations can outlive a loss of power.</param>
/// <param name="PersistActive">PTPL_A: they do now.</param>
/// <param name="ReplaceLost">RLR_C: REPLACE LOST RESERVATION.</param>
/// <param name="Types">Types that are supported; null when the target does not say.</param>
public sealed record ReservationCapabilities(
    bool AllTargetPorts, bool SpecifyInitiatorPorts, bool PersistCapable, bool PersistActive, bool ReplaceLost, IReadOnlyList<ReservationType>? Types)
{
    private const int Length = 8;

    /// <summary>CRH: RESERVE and RELEASE of those who share a persistent reservation do nothing and end well.</summary>
    public bool CompatibleWithReserve { get; init; }

    /// <summary>Reads the data; null when it is too short.</summary>
    public static ReservationCapabilities? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < Length)
        {
            return null;
        }

        List<ReservationType>? types = null;
        if ((data[3] & 0x80) != 0)
        {
            types = [];
            foreach (ReservationType type in Enum.GetValues<ReservationType>())
            {
                // PERSISTENT RESERVATION TYPE MASK: bit n of byte 4 stands for type n, bit 0 of byte 5 for type 8.
                bool supported = (byte)type < 8 ? (data[4] >> (byte)type & 1) != 0 : (data[5] & 1) != 0;
                if (type != ReservationType.None && supported)
                {
                    types.Add(type);
                }
            }
        }

        return new((data[2] & 4) != 0, (data[2] & 8) != 0, (data[2] & 1) != 0, (data[3] & 1) != 0, (data[2] & 0x80) != 0, types)
        {
            CompatibleWithReserve = (data[2] & 0x10) != 0,
        };
    }

    /// <summary>The data.</summary>
    public byte[] ToArray()
    {
        byte[] data = new byte[Length];
        data[1] = Length;
        data[2] = (byte)((ReplaceLost ? 0x80 : 0) | (CompatibleWithReserve ? 0x10 : 0) | (SpecifyInitiatorPorts ? 8 : 0) | (AllTargetPorts ? 4 : 0) | (PersistCapable ? 1 : 0));
        data[3] = (byte)((Types is null ? 0 : 0x80) | (PersistActive ? 1 : 0));
        foreach (ReservationType type in Types ?? [])
        {
            data[(byte)type < 8 ? 4 : 5] |= (byte)(1 << ((byte)type & 7));
        }

        return data;
    }
}

/// <summary>A registration in READ FULL STATUS parameter data (SPC-4 §6.15.5).</summary>
/// <param name="Key">Its key.</param>
/// <param name="IsHolder">R_HOLDER: it holds the reservation.</param>
/// <param name="AllTargetPorts">ALL_TG_PT: it holds through every target port.</param>
/// <param name="Type">Type of the reservation, when it is the holder.</param>
/// <param name="RelativeTargetPort">The target port; counts only without <paramref name="AllTargetPorts"/>.</param>
/// <param name="InitiatorPort">The initiator port's name; null when it is not one of iSCSI.</param>
public sealed record ReservationRegistrant(
    ulong Key, bool IsHolder, bool AllTargetPorts, ReservationType Type, ushort RelativeTargetPort, string? InitiatorPort)
{
    private const int Header = 24;

    /// <summary>Reads the data: the registrations that came whole; null when it is too short.</summary>
    public static IReadOnlyList<ReservationRegistrant>? ParseAll(ReadOnlySpan<byte> data)
    {
        if (data.Length < ReservationKeys.HeaderLength)
        {
            return null;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        ReadOnlySpan<byte> rest = data[ReservationKeys.HeaderLength..];
        rest = rest[..(int)Math.Min(length, (uint)rest.Length)];
        List<ReservationRegistrant> all = [];
        while (rest.Length >= Header)
        {
            uint more = BinaryPrimitives.ReadUInt32BigEndian(rest[20..]);
            if (more > rest.Length - Header)
            {
                break;
            }

            bool holds = (rest[12] & 1) != 0;
            all.Add(new(
                BinaryPrimitives.ReadUInt64BigEndian(rest),
                holds,
                (rest[12] & 2) != 0,
                holds ? (ReservationType)(rest[13] & 0x0F) : ReservationType.None,
                BinaryPrimitives.ReadUInt16BigEndian(rest[18..]),
                TransportId.Read(rest.Slice(Header, (int)more))));
            rest = rest[(Header + (int)more)..];
        }

        return all;
    }

    /// <summary>The data for some registrations, each with the name of its initiator port.</summary>
    public static byte[] ToArray(uint generation, IEnumerable<ReservationRegistrant> all)
    {
        List<byte> data = [.. new byte[ReservationKeys.HeaderLength]];
        Span<byte> header = stackalloc byte[Header];
        foreach (ReservationRegistrant one in all)
        {
            byte[] id = TransportId.Write(one.InitiatorPort ?? "");
            header.Clear();
            BinaryPrimitives.WriteUInt64BigEndian(header, one.Key);
            header[12] = (byte)((one.AllTargetPorts ? 2 : 0) | (one.IsHolder ? 1 : 0));
            header[13] = (byte)(one.IsHolder ? one.Type : ReservationType.None);
            BinaryPrimitives.WriteUInt16BigEndian(header[18..], one.RelativeTargetPort);
            BinaryPrimitives.WriteUInt32BigEndian(header[20..], (uint)id.Length);
            data.AddRange(header);
            data.AddRange(id);
        }

        byte[] whole = [.. data];
        ReservationKeys.WriteHeader(whole, generation);
        return whole;
    }
}

/// <summary>PERSISTENT RESERVE OUT parameter lists (SPC-4 §6.16.3 and §6.16.4).</summary>
/// <param name="Key">RESERVATION KEY: the key that this nexus is registered with; 0 when it is not.</param>
/// <param name="ServiceActionKey">SERVICE ACTION RESERVATION KEY: the new key, or the one to preempt.</param>
/// <param name="PersistThroughPowerLoss">APTPL.</param>
/// <param name="AllTargetPorts">ALL_TG_PT.</param>
public readonly record struct ReservationParameters(
    ulong Key, ulong ServiceActionKey = 0, bool PersistThroughPowerLoss = false, bool AllTargetPorts = false)
{
    /// <summary>Length in bytes of the basic list.</summary>
    public const int Length = 24;

    /// <summary>The basic list, for every action but REGISTER AND MOVE.</summary>
    /// <param name="initiatorPorts">Initiator ports to register as well (SPEC_I_PT), of REGISTER alone.</param>
    public byte[] ToArray(params ReadOnlySpan<string> initiatorPorts)
    {
        byte[] list = new byte[Length];
        WriteKeys(list);
        list[20] = (byte)((initiatorPorts.IsEmpty ? 0 : 8) | (AllTargetPorts ? 4 : 0) | (PersistThroughPowerLoss ? 1 : 0));
        if (initiatorPorts.IsEmpty)
        {
            return list;
        }

        List<byte> whole = [.. list, 0, 0, 0, 0];
        foreach (string port in initiatorPorts)
        {
            whole.AddRange(TransportId.Write(port));
        }

        list = [.. whole];
        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(Length), (uint)(list.Length - Length - 4));
        return list;
    }

    /// <summary>The list of REGISTER AND MOVE: the reservation goes to another initiator port, seen through a target port.</summary>
    /// <param name="initiatorPort">Who gets it.</param>
    /// <param name="relativeTargetPort">Through which target port.</param>
    /// <param name="unregister">UNREG: this nexus is not registered any more.</param>
    public byte[] ToMoveArray(string initiatorPort, ushort relativeTargetPort, bool unregister)
    {
        byte[] id = TransportId.Write(initiatorPort);
        byte[] list = new byte[Length + id.Length];
        WriteKeys(list);
        list[17] = (byte)((unregister ? 2 : 0) | (PersistThroughPowerLoss ? 1 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(18), relativeTargetPort);
        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(20), (uint)id.Length);
        id.CopyTo(list, Length);
        return list;
    }

    private void WriteKeys(Span<byte> list)
    {
        BinaryPrimitives.WriteUInt64BigEndian(list, Key);
        BinaryPrimitives.WriteUInt64BigEndian(list[8..], ServiceActionKey);
    }
}
