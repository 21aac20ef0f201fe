using System.Net.Sockets;

namespace Blockwire.Transport;

/// <summary>The bytes of one connected socket, in one of two ways: through the framework everywhere, through our own poller on Linux.</summary>
/// <remarks>One receiver and one sender at a time. <see cref="Dispose"/> may be called by anyone at any time; who waits then fails.</remarks>
internal abstract class StreamSocket(Socket socket) : IDisposable
{
    /// <summary>What a receive ends with that was roused.</summary>
    public const int Roused = -1;

    /// <summary>The socket itself.</summary>
    protected Socket Socket => socket;

    /// <summary>Several pieces leave in one system call, <see cref="TrySend"/>.</summary>
    public abstract bool Gathers { get; }

    /// <summary>Takes a connected socket over, in the best way that the platform has.</summary>
    public static StreamSocket Over(Socket socket)
    {
        try
        {
            return SocketPoller.IsSupported ? new PolledSocket(socket) : new FrameworkSocket(socket);
        }
        catch (IOException)
        {
            return new FrameworkSocket(socket); // the kernel's limit of watches is reached; the framework may still have room
        }
    }

    /// <summary>Waits until there is something to receive, be it the end.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract ValueTask WaitReadableAsync(CancellationToken cancellationToken);

    /// <summary>Receives what is there, at least one byte. 0: the peer's end of stream; <see cref="Roused"/>: nothing came, and somebody called <see cref="Rouse"/>.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken);

    /// <summary>Sends some of it, at least one byte.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Sends as much as the socket takes now, in bytes; 0 when it takes nothing. Only where it <see cref="Gathers"/>.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public abstract unsafe nint TrySend(LinuxSocket.Piece* pieces, int count);

    /// <summary>Waits until the socket, which took less than it was offered, takes more. Only where it <see cref="Gathers"/>.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public abstract ValueTask WaitForRoomAsync();

    /// <summary>
    /// Ends a receive that waits, or the next that would, so that its caller can let go of the buffer. A hint, for anyone at any time: where the framework
    /// receives it does nothing.
    /// </summary>
    public abstract void Rouse();

    /// <summary>Lets other connections of the same thread go first.</summary>
    public abstract ValueTask YieldAsync();

    /// <summary>Sends FIN.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public void ShutdownSend() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes the socket.</summary>
    public abstract void Dispose();
}
