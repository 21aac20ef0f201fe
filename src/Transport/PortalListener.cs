using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Blockwire.Transport;

/// <summary>Listens at one portal and hands out what connects.</summary>
public sealed class PortalListener : IDisposable
{
    private const int Backlog = 1024;
    private readonly Socket _socket;
    private readonly MemoryPool<byte> _pool;
    private readonly ITransportTap? _tap;

    private PortalListener(Socket socket, MemoryPool<byte> pool, ITransportTap? tap)
    {
        _socket = socket;
        _pool = pool;
        _tap = tap;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>The address it listens at; port 0 is replaced by the one that was picked.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Binds and listens.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="pool">Where the receive buffers of its connections come from.</param>
    /// <param name="tap">Hears of every connection; null when nobody listens.</param>
    /// <exception cref="SocketException">The address cannot be used.</exception>
    public static PortalListener Listen(IPEndPoint endPoint, MemoryPool<byte> pool, ITransportTap? tap = null)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false; // [::] and 0.0.0.0 are portals of their own
            }

            // No ReuseAddress: the framework binds over connections of a former self that have not timed out anyway, and the option would let a second server
            // bind to the same address and take every other connection.
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return new PortalListener(socket, pool, tap);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the next connection; null when the listener has been disposed. A connection that failed before it was accepted is skipped.</summary>
    /// <exception cref="SocketException">No more connections can be accepted now (for one, no more file handles); trying again later may work.</exception>
    public async ValueTask<PeerConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket? accepted = null;
            try
            {
                accepted = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                return new PeerConnection(accepted, _pool, _tap);
            }
            catch (Exception ended) when (ended is ObjectDisposedException or OperationCanceledException)
            {
                accepted?.Dispose();
                return null;
            }
            catch (SocketException ended) when (ended.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException) when (accepted is not null)
            {
                accepted.Dispose(); // it was gone before its addresses could be asked
            }
            catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                continue;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
