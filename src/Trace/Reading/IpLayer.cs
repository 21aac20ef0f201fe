using System.Buffers.Binary;

namespace Blockwire.Trace.Reading;

/// <summary>What an IP packet turned out to be.</summary>
internal enum IpContent
{
    /// <summary>Not IP, broken, or not TCP.</summary>
    Other,

    /// <summary>A whole TCP segment.</summary>
    Tcp,

    /// <summary>A fragment of a TCP segment: IP fragments are not put together.</summary>
    Fragment,
}

/// <summary>An address and a port, as a key.</summary>
internal readonly record struct Endpoint(UInt128 Address, ushort Port, bool IsV6)
{
    /// <summary>As people write it; IPv6 in brackets.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Address);
        System.Net.IPAddress address = new(IsV6 ? bytes : bytes[12..]);
        return new System.Net.IPEndPoint(address, Port).ToString();
    }
}

/// <summary>Takes IPv4 and IPv6 headers off.</summary>
internal static class IpLayer
{
    private const byte Tcp = 6;
    private const int MaxExtensions = 32;

    /// <summary>The TCP segment in an IP packet.</summary>
    /// <param name="ip">From the IP header on.</param>
    /// <param name="source">The sender, without port.</param>
    /// <param name="destination">The receiver, without port.</param>
    /// <param name="segment">From the TCP header on, as far as it was captured.</param>
    /// <param name="length">Length of the segment, captured or not.</param>
    public static IpContent Read(
        ReadOnlySpan<byte> ip, out Endpoint source, out Endpoint destination, out ReadOnlySpan<byte> segment, out int length)
    {
        source = destination = default;
        segment = default;
        length = 0;
        return ip.IsEmpty ? IpContent.Other : (ip[0] >> 4) switch
        {
            4 => ReadV4(ip, out source, out destination, out segment, out length),
            6 => ReadV6(ip, out source, out destination, out segment, out length),
            _ => IpContent.Other,
        };
    }

    private static IpContent ReadV4(
        ReadOnlySpan<byte> ip, out Endpoint source, out Endpoint destination, out ReadOnlySpan<byte> segment, out int length)
    {
        source = destination = default;
        segment = default;
        length = 0;
        int header = (ip[0] & 0x0F) * 4;
        if (header < 20 || ip.Length < header || ip[9] != Tcp)
        {
            return IpContent.Other;
        }

        source = new(BinaryPrimitives.ReadUInt32BigEndian(ip[12..]), 0, false);
        destination = new(BinaryPrimitives.ReadUInt32BigEndian(ip[16..]), 0, false);
        // More fragments, or an offset (RFC 791 §3.1).
        if ((BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3FFF) != 0)
        {
            return IpContent.Fragment;
        }

        // A length of 0 is what a sender shows that leaves cutting into segments to its network card.
        int total = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        return Cut(ip[header..], total == 0 ? ip.Length - header : total - header, out segment, out length);
    }

    private static IpContent ReadV6(
        ReadOnlySpan<byte> ip, out Endpoint source, out Endpoint destination, out ReadOnlySpan<byte> segment, out int length)
    {
        source = destination = default;
        segment = default;
        length = 0;
        if (ip.Length < 40)
        {
            return IpContent.Other;
        }

        source = new(BinaryPrimitives.ReadUInt128BigEndian(ip[8..]), 0, true);
        destination = new(BinaryPrimitives.ReadUInt128BigEndian(ip[24..]), 0, true);
        int payload = BinaryPrimitives.ReadUInt16BigEndian(ip[4..]);
        int total = payload == 0 ? ip.Length - 40 : payload;
        byte next = ip[6];
        int at = 40;
        for (int extensions = 0; extensions < MaxExtensions; extensions++)
        {
            if (next == Tcp)
            {
                return Cut(ip[at..], total - (at - 40), out segment, out length);
            }

            if (ip.Length < at + 8)
            {
                return IpContent.Other;
            }

            int step;
            switch (next)
            {
                case 0 or 43 or 60 or 135 or 139 or 140: // hop-by-hop, routing, destination, mobility, HIP, shim6 (RFC 8200 §4, RFC 7045)
                    step = (ip[at + 1] + 1) * 8;
                    break;
                case 51: // authentication (RFC 4302 §2.2)
                    step = (ip[at + 1] + 2) * 4;
                    break;
                case 44 when (BinaryPrimitives.ReadUInt16BigEndian(ip[(at + 2)..]) & 0xFFF9) != 0:
                    return ip[at] == Tcp ? IpContent.Fragment : IpContent.Other;
                case 44: // a fragment that is the whole (RFC 6946)
                    step = 8;
                    break;
                default:
                    return IpContent.Other;
            }

            next = ip[at];
            at += step;
            if (at > ip.Length)
            {
                return IpContent.Other;
            }
        }

        return IpContent.Other;
    }

    // Behind the packet there may be Ethernet's padding; or less than all was captured.
    private static IpContent Cut(ReadOnlySpan<byte> rest, int wanted, out ReadOnlySpan<byte> segment, out int length)
    {
        length = wanted;
        segment = wanted < 0 ? default : rest[..Math.Min(rest.Length, wanted)];
        return segment.Length < 20 ? IpContent.Other : IpContent.Tcp;
    }
}
