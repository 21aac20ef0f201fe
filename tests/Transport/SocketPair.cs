using System.Net;
using System.Net.Sockets;

namespace Blockwire.Transport.Tests;

/// <summary>Two connected sockets on the loopback.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket near, Socket far)
    {
        Near = near;
        Far = far;
    }

    public Socket Near { get; }

    public Socket Far { get; }

    public static async Task<SocketPair> ConnectAsync(int bufferBytes = 0)
    {
        using Socket listener = New(bufferBytes);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket near = New(bufferBytes);
        Task<Socket> accepting = listener.AcceptAsync();
        await near.ConnectAsync(listener.LocalEndPoint!);
        Socket far = await accepting;
        far.NoDelay = true;
        return new(near, far);
    }

    public void Dispose()
    {
        Near.Dispose();
        Far.Dispose();
    }

    private static Socket New(int bufferBytes)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (bufferBytes > 0)
        {
            socket.SendBufferSize = bufferBytes;
            socket.ReceiveBufferSize = bufferBytes;
        }

        return socket;
    }
}
