using System.Net.Sockets;

namespace Blockwire.Transport.Tests;

/// <summary>Both ways over a socket, for tests that hold for both.</summary>
internal static class StreamSockets
{
    public static TheoryData<bool> Ways => SocketPoller.IsSupported ? [true, false] : [false];

    public static StreamSocket Over(Socket socket, bool polled) => polled ? new PolledSocket(socket) : new FrameworkSocket(socket);
}
