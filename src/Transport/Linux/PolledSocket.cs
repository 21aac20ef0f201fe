using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Blockwire.Transport;

/// <summary>A socket of a <see cref="SocketPoller"/>. Whoever waits goes on on the poller's thread.</summary>
/// <remarks>
/// The poller tells of every change once (edge-triggered). A receive that fills less than it was given has emptied the socket: the next one waits to be told
/// instead of asking the kernel in vain. After the peer's end or an error, which may have been told of together with data, and after urgent data, before which a receive stops, the kernel is always asked.
/// </remarks>
internal sealed class PolledSocket : StreamSocket
{
    private readonly Readiness _readable = new();
    private readonly Readiness _writable = new();
    private readonly SocketPoller _poller;
    private readonly long _registration;
    private Readiness? _turn;
    private volatile bool _unusual;
    private volatile bool _roused;
    private bool _emptied; // the receiver's
    private int _disposed;

    public PolledSocket(Socket socket)
        : base(socket)
    {
        _poller = SocketPoller.Take();
        _registration = _poller.Add(this, socket.SafeHandle);
    }

    public override bool Gathers => true;

    private bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    public override ValueTask WaitReadableAsync(CancellationToken cancellationToken) =>
        (!_emptied || _unusual) && TryPeek() ? ValueTask.CompletedTask : WaitUntilReadableAsync(cancellationToken);

    public override ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (_readable.TakeBack() || !_emptied || _unusual)
        {
            int received = TryReceive(into);
            if (received >= 0)
            {
                return new ValueTask<int>(received);
            }
        }

        return ReceiveLaterAsync(into, cancellationToken);
    }

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        int sent = TrySend(bytes);
        return sent > 0 || bytes.IsEmpty ? new ValueTask<int>(sent) : SendLaterAsync(bytes);
    }

    public override unsafe nint TrySend(LinuxSocket.Piece* pieces, int count)
    {
        _writable.TakeBack();
        nint sent = LinuxSocket.TrySend(Socket.SafeHandle, pieces, count);
        _poller.CountMoved(sent);
        return sent;
    }

    public override ValueTask WaitForRoomAsync()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _writable.WaitAsync();
    }

    public override ValueTask YieldAsync()
    {
        _turn ??= new Readiness();
        _poller.Post(_turn);
        return _turn.WaitAsync();
    }

    public override void Rouse()
    {
        _roused = true;
        _poller.Post(_readable);
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _poller.Remove(_registration);
            Socket.Dispose();
            Awaken();
        }
    }

    /// <summary>Bytes that can be received at once.</summary>
    public int CountArrived() => LinuxSocket.CountArrived(Socket.SafeHandle);

    /// <summary>Receives what has arrived, for the receiver. 0: the peer's end of stream; -1: nothing is there.</summary>
    /// <exception cref="SocketException">The connection is gone, or the first byte cannot be put there (<see cref="SocketError.Fault"/>).</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public int ReceiveNow(Span<byte> into)
    {
        int received = LinuxSocket.TryReceive(Socket.SafeHandle, into);
        _emptied = received < 0; // less than was asked for may mean memory that cannot be written to
        _poller.CountMoved(received);
        return received;
    }

    /// <summary>The poller has seen something.</summary>
    public void OnEvents(uint events)
    {
        if ((events & LinuxPoll.Unusual) != 0)
        {
            _unusual = true;
        }

        if ((events & (LinuxPoll.Out | LinuxPoll.Unusual)) != 0)
        {
            _writable.Tell();
        }

        if ((events & (LinuxPoll.In | LinuxPoll.Unusual)) != 0)
        {
            _readable.Tell();
        }
    }

    // Who waits looks again, on the poller's thread: whoever disposes may hold what the waiter needs next.
    private void Awaken()
    {
        _poller.Post(_readable);
        _poller.Post(_writable);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveLaterAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        while (!_roused)
        {
            await WaitToldAsync(cancellationToken).ConfigureAwait(false);
            int received = TryReceive(into);
            if (received >= 0)
            {
                return received;
            }
        }

        _roused = false;
        return Roused;
    }

    // What was told may have been received already, and a wait that ends too early has its caller hold a buffer for nothing.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitUntilReadableAsync(CancellationToken cancellationToken)
    {
        do
        {
            await WaitToldAsync(cancellationToken).ConfigureAwait(false);
        }
        while (!TryPeek());
        _emptied = false; // what was told is not told again
    }

    private ValueTask WaitToldAsync(CancellationToken cancellationToken) => cancellationToken.CanBeCanceled ? WaitOrCancelAsync(cancellationToken) : _readable.WaitAsync();

    private async ValueTask WaitOrCancelAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using (cancellationToken.UnsafeRegister(static socket => ((PolledSocket)socket!).Awaken(), this))
        {
            await _readable.WaitAsync().ConfigureAwait(false);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            _emptied = false; // bytes may have been told of in the same moment, and are not told of again
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SendLaterAsync(ReadOnlyMemory<byte> bytes)
    {
        int sent;
        do
        {
            await WaitForRoomAsync().ConfigureAwait(false);
            sent = TrySend(bytes);
        }
        while (sent == 0);
        return sent;
    }

    private unsafe int TrySend(ReadOnlyMemory<byte> bytes)
    {
        using System.Buffers.MemoryHandle pin = bytes.Pin();
        LinuxSocket.Piece piece = new() { Start = pin.Pointer, Length = (nuint)bytes.Length };
        return (int)TrySend(&piece, 1);
    }

    // -1: nothing there.
    private int TryReceive(Memory<byte> into)
    {
        int received = LinuxSocket.TryReceive(Socket.SafeHandle, into.Span);
        _emptied = received < into.Length;
        _poller.CountMoved(received);
        return received;
    }

    private bool TryPeek()
    {
        Span<byte> one = stackalloc byte[1];
        return LinuxSocket.TryReceive(Socket.SafeHandle, one, peek: true) >= 0;
    }
}
