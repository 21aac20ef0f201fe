using System.Net;
using System.Net.Sockets;

namespace Blockwire.Testing.Raw;

/// <summary>A TCP connection to a target with PDU framing and nothing else. Every receive has a limit.</summary>
public sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;

    private RawConnection(Socket socket) => _socket = socket;

    public static TimeSpan DefaultLimit { get; } = TimeSpan.FromSeconds(10);

    public bool HeaderDigest { get; set; }

    public bool DataDigest { get; set; }

    public static async Task<RawConnection> OpenAsync(IPEndPoint portal)
    {
        Socket socket = new(portal.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using CancellationTokenSource late = new(DefaultLimit);
            await socket.ConnectAsync(portal, late.Token);
            return new(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task SendAsync(RawFrame pdu) => SendBytesAsync(pdu.ToBytes(HeaderDigest, DataDigest));

    /// <exception cref="SocketException">The peer closed.</exception>
    /// <exception cref="TimeoutException">The peer takes nothing more.</exception>
    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes, TimeSpan? limit = null)
    {
        using CancellationTokenSource late = new(limit ?? DefaultLimit);
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes, late.Token)..];
            }
        }
        catch (OperationCanceledException expired)
        {
            throw new TimeoutException($"the peer took nothing for {(limit ?? DefaultLimit).TotalSeconds:0.0} s", expired);
        }
    }

    /// <summary>The next PDU, or null when the peer closed between two PDUs or reset the connection.</summary>
    /// <exception cref="TimeoutException">Nothing came within the limit.</exception>
    /// <exception cref="InvalidDataException">The peer closed inside a PDU, or a digest is wrong.</exception>
    public async Task<RawFrame?> ReceiveAsync(TimeSpan? limit = null)
    {
        using CancellationTokenSource late = new(limit ?? DefaultLimit);
        try
        {
            byte[] header = new byte[RawFrame.HeaderLength];
            int got = await FillAsync(header, late.Token);
            if (got == 0)
            {
                return null;
            }

            Expect(got == header.Length, "the peer closed inside a header");
            RawFrame pdu = RawFrame.FromHeader(header);
            pdu.Ahs = await ReceiveExactlyAsync(pdu.TotalAhsLength, late.Token);
            if (HeaderDigest)
            {
                CheckDigest("header", [.. header, .. pdu.Ahs], await ReceiveExactlyAsync(4, late.Token));
            }

            byte[] padded = await ReceiveExactlyAsync((pdu.DataSegmentLength + 3) & ~3, late.Token);
            pdu.Data = padded[..pdu.DataSegmentLength];
            if (DataDigest && padded.Length > 0)
            {
                CheckDigest("data", padded, await ReceiveExactlyAsync(4, late.Token));
            }

            return pdu;
        }
        catch (OperationCanceledException expired)
        {
            throw new TimeoutException($"no PDU within {(limit ?? DefaultLimit).TotalSeconds:0.0} s", expired);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Reads and forgets until the peer has closed.</summary>
    /// <returns>Bytes that came before the end.</returns>
    /// <exception cref="TimeoutException">The peer keeps the connection open.</exception>
    public async Task<long> DrainAsync(TimeSpan? limit = null)
    {
        using CancellationTokenSource late = new(limit ?? DefaultLimit);
        byte[] waste = new byte[65536];
        long total = 0;
        try
        {
            while (await _socket.ReceiveAsync(waste, late.Token) is > 0 and int got)
            {
                total += got;
            }
        }
        catch (OperationCanceledException expired)
        {
            throw new TimeoutException($"the peer still holds the connection after {(limit ?? DefaultLimit).TotalSeconds:0.0} s", expired);
        }
        catch (SocketException)
        {
            // A reset is an end as well.
        }

        return total;
    }

    /// <summary>Sends FIN and can still receive.</summary>
    public void CloseSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The peer was faster; there is nothing left to close.
        }
    }

    /// <summary>Ends the connection with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidDataException(otherwise);
        }
    }

    private static void CheckDigest(string what, byte[] covered, byte[] sent) =>
        Expect(ReferenceCrc32C.Compute(covered) == System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(sent), $"wrong {what} digest");

    private async Task<byte[]> ReceiveExactlyAsync(int count, CancellationToken late)
    {
        byte[] bytes = new byte[count];
        Expect(await FillAsync(bytes, late) == count, "the peer closed inside a PDU");
        return bytes;
    }

    private async Task<int> FillAsync(Memory<byte> into, CancellationToken late)
    {
        int have = 0;
        while (have < into.Length)
        {
            int got = await _socket.ReceiveAsync(into[have..], late);
            if (got == 0)
            {
                break;
            }

            have += got;
        }

        return have;
    }
}
