using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Blockwire.Wire;

namespace Blockwire.Transport;

/// <summary>One accepted TCP connection: a window on what arrives, a gather sender, and the two ways to end.</summary>
/// <remarks>One receiver and one sender at a time; <see cref="Abort"/> and <see cref="HalfClose"/> may be called by anyone at any time.</remarks>
public sealed class PeerConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly GatherSender _sender;

    internal PeerConnection(Socket socket, MemoryPool<byte> pool)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _sender = new GatherSender(socket);
        Window = new ReceiveWindow(socket, pool);
        Local = (IPEndPoint)socket.LocalEndPoint!;
        Remote = (IPEndPoint)socket.RemoteEndPoint!;
    }

    /// <summary>Address that the peer connected to.</summary>
    public IPEndPoint Local { get; }

    /// <summary>Address of the peer.</summary>
    public IPEndPoint Remote { get; }

    /// <summary>What has arrived.</summary>
    public ReceiveWindow Window { get; }

    /// <summary>Sends a sealed batch.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    /// <exception cref="ObjectDisposedException">The connection was aborted.</exception>
    public ValueTask SendAsync(PduBatch batch) => _sender.SendAsync(batch, CancellationToken.None);

    /// <summary>Sends FIN; what the peer still sends can be received.</summary>
    public void HalfClose()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
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
    }
}
