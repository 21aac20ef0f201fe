using System.Buffers.Binary;

namespace Blockwire.Trace.Reading;

/// <summary>Finds the IP packet in what a link carries.</summary>
internal static class LinkLayer
{
    private const int MaxTags = 8;
    private const ushort IPv4 = 0x0800;
    private const ushort IPv6 = 0x86DD;

    public static bool IsKnown(int linkType) => linkType
        is LinkTypes.Null or LinkTypes.Ethernet or LinkTypes.RawBsd or LinkTypes.RawOpenBsd or LinkTypes.Raw or LinkTypes.Loop
        or LinkTypes.LinuxCooked or LinkTypes.IPv4 or LinkTypes.IPv6 or LinkTypes.LinuxCooked2;

    /// <summary>The packet from its IP header on; false when it carries something else.</summary>
    public static bool TryFindIp(int linkType, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> ip)
    {
        ip = packet;
        return linkType switch
        {
            LinkTypes.Raw or LinkTypes.RawBsd or LinkTypes.RawOpenBsd or LinkTypes.IPv4 or LinkTypes.IPv6 => true,
            LinkTypes.Null or LinkTypes.Loop => TryTake(packet, 4, out ip), // the address family has a number of each system; the IP version tells it too
            LinkTypes.Ethernet => TryEther(packet, 12, out ip),
            LinkTypes.LinuxCooked => TryEther(packet, 14, out ip),
            LinkTypes.LinuxCooked2 => TryTake(packet, 20, out ip) && IsIp(BinaryPrimitives.ReadUInt16BigEndian(packet)),
            _ => false,
        };
    }

    // A type field, after any number of VLAN tags (IEEE 802.1Q, 802.1ad).
    private static bool TryEther(ReadOnlySpan<byte> packet, int typeAt, out ReadOnlySpan<byte> ip)
    {
        for (int tags = 0; tags <= MaxTags && TryTake(packet, typeAt + 2, out ip); tags++, typeAt += 4)
        {
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(packet[typeAt..]);
            if (type is not (0x8100 or 0x88A8 or 0x9100 or 0x9200))
            {
                return IsIp(type);
            }
        }

        ip = default;
        return false;
    }

    private static bool IsIp(ushort type) => type is IPv4 or IPv6;

    private static bool TryTake(ReadOnlySpan<byte> packet, int head, out ReadOnlySpan<byte> rest)
    {
        rest = packet.Length > head ? packet[head..] : default;
        return packet.Length > head;
    }
}
