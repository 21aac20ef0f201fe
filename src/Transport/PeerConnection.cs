using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Blockwire.Wire;

namespace Blockwire.Transport;

/// <summary>One accepted TCP connection: a window on what arrives, a gather sender, and the two ways to end.</summary>
/// <remarks>One receiver and one sender at a time; <see cref="Abort"/> and <see cref="HalfClose"/> may be called by anyone at any time.</remarks>
public sealed class PeerConnection : IDisposable
{
    private readonly StreamSocket _socket;
    private readonly GatherSender _sender;
    private readonly IConnectionTap? _tap;
    private int _closed;

    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">A connected socket, which it owns from now on.</param>
    /// <param name="pool">Where receive buffers come from.</param>
    /// <param name="tap">Hears what goes over the connection; null when nobody listens.</param>
    /// <param name="accepted">The peer connected to us; else we to the peer.</param>
    internal PeerConnection(Socket socket, MemoryPool<byte> pool, ITransportTap? tap = null, bool accepted = true)
    {
        socket.NoDelay = true;
        Local = (IPEndPoint)socket.LocalEndPoint!;
        Remote = (IPEndPoint)socket.RemoteEndPoint!;
        _tap = tap?.Open(Local, Remote, accepted);
        _socket = StreamSocket.Over(socket);
        _sender = new GatherSender(_socket, _tap);
        Window = new ReceiveWindow(_socket, pool, tap: _tap);
    }

    /// <summary>Address that the peer connected to.</summary>
    public IPEndPoint Local { get; }

    /// <summary>Address of the peer.</summary>
    public IPEndPoint Remote { get; }

    /// <summary>What has arrived.</summary>
    public ReceiveWindow Window { get; }

    /// <summary>The system reads the data of a batch where it lies, and nothing in this program does; never with a tap.</summary>
    public bool SendsInPlace => _sender.SendsInPlace;

    /// <summary>Sends a sealed batch.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    /// <exception cref="ObjectDisposedException">The connection was aborted.</exception>
    public ValueTask SendAsync(PduBatch batch) => _sender.SendAsync(batch);

    /// <summary>Lets other connections go first that are served by the same thread.</summary>
    public ValueTask YieldAsync() => _socket.YieldAsync();

    /// <summary>Sends FIN; what the peer still sends can be received.</summary>
    public void HalfClose()
    {
        try
        {
            _tap?.SentEnd(); // before, so that the peer's answer to it is heard after
            _socket.ShutdownSend();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The peer was faster: there is nobody left to tell.
        }
    }

    /// <summary>Ends the connection at once; pending calls fail.</summary>
    public void Abort() => _socket.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        Window.Dispose();
        if (_tap is not null && Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _tap.Closed();
        }
    }
}
