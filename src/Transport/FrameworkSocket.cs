using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Blockwire.Transport;

/// <summary>The portable way.</summary>
internal sealed class FrameworkSocket(Socket socket) : StreamSocket(socket)
{
    public override bool Gathers => false;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitReadableAsync(CancellationToken cancellationToken) =>
        await Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);

    public override ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken) => Socket.ReceiveAsync(into, SocketFlags.None, cancellationToken);

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes) => Socket.SendAsync(bytes, SocketFlags.None, CancellationToken.None);

    public override unsafe nint TrySend(LinuxSocket.Piece* pieces, int count) => throw new NotSupportedException();

    public override ValueTask WaitForRoomAsync() => throw new NotSupportedException();

    public override void Rouse()
    {
        // A cancelled receive would be the way, and would cost every receive a registration.
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask YieldAsync() => await Task.Yield();

    public override void Dispose() => Socket.Dispose();
}
