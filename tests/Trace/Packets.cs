using System.Buffers.Binary;
using System.Net;
using Blockwire.Testing;
using Blockwire.Trace.Capture;

namespace Blockwire.Trace.Tests;

/// <summary>Packets and files of other hands: written here byte by byte.</summary>
internal static class Packets
{
    public static readonly IPEndPoint Initiator = new(IPAddress.Parse("192.0.2.1"), 50000);
    public static readonly IPEndPoint Target = new(IPAddress.Parse("192.0.2.2"), 3260);

    /// <summary>A login of 2 PDUs and a ping of 2, as (from the initiator?, bytes).</summary>
    public static (bool FromInitiator, byte[] Bytes)[] Session { get; } =
    [
        (true, new RawPdu(0x43, 0x87).U64(8, 0x8000_0000_0001UL << 16).Itt(1).InitiatorNumbers(100, 0).Text(Talk.Keys).Bytes()),
        (false, new RawPdu(0x23, 0x87).U64(8, (0x8000_0000_0001UL << 16) | 7).Itt(1).TargetNumbers(500, 100, 132).Bytes()),
        (true, new RawPdu(0x40, 0x80).Itt(5).U32(20, Talk.None).InitiatorNumbers(100, 501).Data([1, 2, 3, 4]).Bytes()),
        (false, new RawPdu(0x20, 0x80).Itt(5).U32(20, Talk.None).TargetNumbers(501, 100, 132).Data([1, 2, 3, 4]).Bytes()),
    ];

    /// <summary>The session as IP packets with a handshake.</summary>
    public static List<byte[]> Ip(IPEndPoint? initiator = null, IPEndPoint? target = null)
    {
        initiator ??= Initiator;
        target ??= Target;
        uint[] next = [1000, 9000];
        List<byte[]> packets = [];
        void Add(bool fromInitiator, TcpFlags flags, byte[] payload)
        {
            int from = fromInitiator ? 0 : 1;
            packets.Add(Segment(fromInitiator ? initiator : target, fromInitiator ? target : initiator, next[from], next[1 - from], flags, payload));
            next[from] += (uint)payload.Length + ((flags & TcpFlags.Syn) != TcpFlags.None ? 1u : 0);
        }

        Add(true, TcpFlags.Syn, []);
        Add(false, TcpFlags.Syn | TcpFlags.Ack, []);
        foreach ((bool fromInitiator, byte[] bytes) in Session)
        {
            Add(fromInitiator, TcpFlags.Ack, bytes);
        }

        return packets;
    }

    public static byte[] Segment(IPEndPoint source, IPEndPoint destination, uint sequence, uint acknowledgment, TcpFlags flags, byte[] payload)
    {
        byte[] headers = new byte[TcpHeaders.MaxLength];
        int length = TcpHeaders.Write(headers, source, destination, sequence, acknowledgment, flags, payload);
        return [.. headers[..length], .. payload];
    }

    /// <summary>A pcap file.</summary>
    public static byte[] Pcap(IEnumerable<byte[]> packets, int linkType, bool isBig = false, bool nanoseconds = false)
    {
        List<byte> file = [];
        void U32(uint value) => file.AddRange(Number(value, isBig));
        U32(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
        U32(isBig ? 0x00020004u : 0x00040002u);
        U32(0);
        U32(0);
        U32(65535);
        U32((uint)linkType);
        foreach (byte[] packet in packets)
        {
            U32(1_000_000);
            U32(250);
            U32((uint)packet.Length);
            U32((uint)packet.Length);
            file.AddRange(packet);
        }

        return [.. file];
    }

    /// <summary>A section of a pcapng file.</summary>
    public static byte[] Pcapng(IEnumerable<byte[]> packets, int linkType, bool isBig = false, byte? resolution = null, bool simple = false)
    {
        List<byte> file = [];
        byte[] U32(uint value) => Number(value, isBig);
        void Block(uint type, params IEnumerable<byte> body)
        {
            byte[] bytes = [.. body];
            byte[] padded = [.. bytes, .. new byte[-bytes.Length & 3]];
            file.AddRange([.. U32(type), .. U32((uint)padded.Length + 12), .. padded, .. U32((uint)padded.Length + 12)]);
        }

        Block(0x0A0D0D0A, [.. U32(0x1A2B3C4D), .. U32(isBig ? 0x00010000u : 0x00000001u), .. U32(uint.MaxValue), .. U32(uint.MaxValue)]);
        byte[] link = isBig ? [0, (byte)linkType, 0, 0] : [(byte)linkType, 0, 0, 0];
        byte[] option = resolution is { } it ? [.. isBig ? new byte[] { 0, 9, 0, 1 } : [9, 0, 1, 0], it, 0, 0, 0, .. U32(0)] : [];
        Block(1, [.. link, .. U32(0), .. option]);
        Block(0x0000_0BAD, new byte[8]); // a block that nobody knows
        foreach (byte[] packet in packets)
        {
            uint length = (uint)packet.Length;
            Block(simple ? 3u : 6u, simple ? [.. U32(length), .. packet] : [.. U32(0), .. U32(0), .. U32(1_000_000), .. U32(length), .. U32(length), .. packet]);
        }

        return [.. file];
    }

    private static byte[] Number(uint value, bool isBig)
    {
        byte[] bytes = new byte[4];
        if (isBig)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }

        return bytes;
    }
}
