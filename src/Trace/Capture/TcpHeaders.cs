using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Blockwire.Trace.Capture;

/// <summary>TCP control bits (RFC 9293 §3.1).</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 0x01,

    /// <summary>Synchronize sequence numbers.</summary>
    Syn = 0x02,

    /// <summary>Reset the connection.</summary>
    Rst = 0x04,

    /// <summary>Push.</summary>
    Psh = 0x08,

    /// <summary>The acknowledgment field counts.</summary>
    Ack = 0x10,
}

/// <summary>Writes the IPv4 or IPv6 header and the TCP header of a segment that was never on a wire.</summary>
internal static class TcpHeaders
{
    /// <summary>Most payload in a segment: what fits into an IPv4 packet with the longest of our TCP headers.</summary>
    public const int MaxPayload = 65535 - 20 - TcpHeaderBytes - SynOptionBytes;

    /// <summary>Room that <see cref="Write"/> may need.</summary>
    public const int MaxLength = 40 + TcpHeaderBytes + SynOptionBytes;

    private const int TcpHeaderBytes = 20;
    private const int SynOptionBytes = 8;
    private const byte TcpProtocol = 6;
    private const byte HopLimit = 64;

    /// <summary>Largest window with the largest scale (RFC 7323): a gibibyte, so that no reader takes the window for full.</summary>
    private const ushort Window = 0xFFFF;

    private const byte WindowScale = 14;

    /// <summary>Writes both headers and returns their length.</summary>
    public static int Write(
        Span<byte> into, IPEndPoint source, IPEndPoint destination, uint sequence, uint acknowledgment, TcpFlags flags, ReadOnlySpan<byte> payload)
    {
        int options = (flags & TcpFlags.Syn) != TcpFlags.None ? SynOptionBytes : 0;
        int tcpLength = TcpHeaderBytes + options + payload.Length;
        bool isV4 = source.AddressFamily == AddressFamily.InterNetwork;
        int ipLength = isV4 ? WriteV4(into, source.Address, destination.Address, tcpLength) : WriteV6(into, source.Address, destination.Address, tcpLength);
        Span<byte> tcp = into.Slice(ipLength, TcpHeaderBytes + options);
        tcp.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)destination.Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], (flags & TcpFlags.Ack) != TcpFlags.None ? acknowledgment : 0);
        tcp[12] = (byte)(tcp.Length / 4 << 4);
        tcp[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], Window);
        if (options != 0)
        {
            // Maximum segment size; no operation; window scale.
            tcp[20] = 2;
            tcp[21] = 4;
            BinaryPrimitives.WriteUInt16BigEndian(tcp[22..], MaxPayload);
            tcp[24] = 1;
            tcp[25] = 3;
            tcp[26] = 3;
            tcp[27] = WindowScale;
        }

        // The pseudo-header is addresses, protocol and length (RFC 9293 §3.1, RFC 8200 §8.1); the order of its parts does not matter to a sum.
        ReadOnlySpan<byte> addresses = isV4 ? into.Slice(12, 8) : into.Slice(8, 32);
        ulong sum = InternetChecksum.Add(TcpProtocol + (ulong)tcpLength, addresses);
        sum = InternetChecksum.Add(InternetChecksum.Add(sum, tcp), payload);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], InternetChecksum.Finish(sum));
        return ipLength + tcp.Length;
    }

    private static int WriteV4(Span<byte> into, IPAddress source, IPAddress destination, int tcpLength)
    {
        Span<byte> ip = into[..20];
        ip.Clear();
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(20 + tcpLength));
        ip[6] = 0x40; // do not fragment
        ip[8] = HopLimit;
        ip[9] = TcpProtocol;
        source.TryWriteBytes(ip[12..], out _);
        destination.TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Finish(InternetChecksum.Add(0, ip)));
        return 20;
    }

    private static int WriteV6(Span<byte> into, IPAddress source, IPAddress destination, int tcpLength)
    {
        Span<byte> ip = into[..40];
        ip.Clear();
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)tcpLength);
        ip[6] = TcpProtocol;
        ip[7] = HopLimit;
        source.TryWriteBytes(ip[8..], out _);
        destination.TryWriteBytes(ip[24..], out _);
        return 40;
    }
}
