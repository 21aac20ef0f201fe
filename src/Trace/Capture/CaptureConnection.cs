using System.Net;

namespace Blockwire.Trace.Capture;

/// <summary>
/// One TCP connection in a capture: turns what a program sent and received into the segments that a listener on the wire could have seen. Handshake,
/// acknowledgments and sequence numbers are made up; the bytes, their order and their times are not.
/// </summary>
/// <remarks>Safe to use from several threads.</remarks>
public sealed class CaptureConnection
{
    // Any value would do; these show at a glance which side is which.
    private const uint FirstLocalSequence = 0x1000_0000;
    private const uint FirstRemoteSequence = 0x2000_0000;

    private readonly CaptureFile _file;
    private readonly Side _local;
    private readonly Side _remote;

    internal CaptureConnection(CaptureFile file, IPEndPoint local, IPEndPoint remote)
    {
        (local, remote) = SameFamily(local, remote);
        _file = file;
        _local = new(local, FirstLocalSequence);
        _remote = new(remote, FirstRemoteSequence);
    }

    /// <summary>Bytes from us to the peer. They are copied.</summary>
    public void Sent(ReadOnlySpan<byte> bytes) => Data(_local, _remote, bytes);

    /// <summary>Bytes from the peer to us. They are copied.</summary>
    public void Received(ReadOnlySpan<byte> bytes) => Data(_remote, _local, bytes);

    /// <summary>We sent FIN.</summary>
    public void SentEnd() => End(_local, _remote);

    /// <summary>The peer sent FIN.</summary>
    public void ReceivedEnd() => End(_remote, _local);

    /// <summary>The connection is over. Without a FIN of both sides a reset is noted.</summary>
    public void Closed()
    {
        lock (_file.Gate)
        {
            if (_local.Ended && _remote.Ended)
            {
                _file.Add(Segment(_local, _remote, TcpFlags.Ack), default);
            }
            else
            {
                _file.Add(Segment(_local, _remote, TcpFlags.Rst | TcpFlags.Ack), default);
            }
        }
    }

    /// <summary>SYN, SYN-ACK, ACK. Called once, first.</summary>
    /// <param name="accepted">The peer connected to us.</param>
    internal void Handshake(bool accepted)
    {
        (Side client, Side server) = accepted ? (_remote, _local) : (_local, _remote);
        lock (_file.Gate)
        {
            _file.Add(Segment(client, server, TcpFlags.Syn), default);
            client.Next++;
            _file.Add(Segment(server, client, TcpFlags.Syn | TcpFlags.Ack), default);
            server.Next++;
            _file.Add(Segment(client, server, TcpFlags.Ack), default);
        }
    }

    private void Data(Side from, Side to, ReadOnlySpan<byte> bytes)
    {
        lock (_file.Gate)
        {
            while (!bytes.IsEmpty)
            {
                ReadOnlySpan<byte> payload = bytes[..Math.Min(bytes.Length, TcpHeaders.MaxPayload)];
                _file.Add(Segment(from, to, TcpFlags.Ack | (payload.Length == bytes.Length ? TcpFlags.Psh : TcpFlags.None)), payload);
                from.Next = unchecked(from.Next + (uint)payload.Length);
                bytes = bytes[payload.Length..];
            }
        }
    }

    private void End(Side from, Side to)
    {
        lock (_file.Gate)
        {
            if (!from.Ended)
            {
                _file.Add(Segment(from, to, TcpFlags.Fin | TcpFlags.Ack), default);
                from.Next++;
                from.Ended = true;
            }
        }
    }

    private static CaptureSegment Segment(Side from, Side to, TcpFlags flags) => new(from.EndPoint, to.EndPoint, from.Next, to.Next, flags);

    // A socket of both families tells an IPv4 peer as ::ffff:a.b.c.d; a packet has one family.
    private static (IPEndPoint Local, IPEndPoint Remote) SameFamily(IPEndPoint local, IPEndPoint remote)
    {
        IPEndPoint plainLocal = Plain(local);
        IPEndPoint plainRemote = Plain(remote);
        return plainLocal.AddressFamily == plainRemote.AddressFamily
            ? (plainLocal, plainRemote)
            : (new(local.Address.MapToIPv6(), local.Port), new(remote.Address.MapToIPv6(), remote.Port));
    }

    private static IPEndPoint Plain(IPEndPoint point) =>
        point.Address.IsIPv4MappedToIPv6 ? new(point.Address.MapToIPv4(), point.Port) : point;

    private sealed class Side(IPEndPoint endPoint, uint next)
    {
        public IPEndPoint EndPoint { get; } = endPoint;

        public uint Next { get; set; } = next;

        public bool Ended { get; set; }
    }
}

/// <summary>A segment that waits to be written, without its payload.</summary>
internal readonly record struct CaptureSegment(IPEndPoint Source, IPEndPoint Destination, uint Sequence, uint Acknowledgment, TcpFlags Flags);
