using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Blockwire.Wire;

namespace Blockwire.Transport;

/// <summary>
/// Receives bytes of one connection into a rented buffer and shows what has arrived and is not yet used. Payloads that do not lie in the buffer
/// as a whole are received straight into their place, so that a large write is never staged here.
/// </summary>
/// <remarks>
/// While a connection is quiet it holds no buffer: when the last bytes took longer than <see cref="QuietAfter"/> to come, the next wait is a receive of zero bytes,
/// and the buffer is rented only once there is something to read. That of one that falls silent goes with <see cref="RestIfSilent"/>.
/// </remarks>
public sealed class ReceiveWindow : IDisposable
{
    /// <summary>A connection that says nothing for so long gives its buffer back at the next wait.</summary>
    public static readonly TimeSpan QuietAfter = TimeSpan.FromSeconds(1);

    /// <summary>Buffer size while nobody knows who the peer is. Enough for a Login Request with 8192 bytes of text and digests.</summary>
    public const int SmallBufferBytes = 16 << 10;

    /// <summary>Buffer size of a connection in full feature phase.</summary>
    public const int LargeBufferBytes = 64 << 10;

    /// <summary>Buffer size of a connection that has filled the large one again and again: what comes there is taken with fewer calls, and fewer payloads are torn.</summary>
    public const int WideBufferBytes = 512 << 10;

    // So many receives in a row that fill the buffer.
    private const int FullReceivesToWiden = 2;
    // Wide buffers are for few: more than this is not rented for them.
    private const long MostRentedToWiden = 256L << 20;

    // Room for a header with its digest, AHSs and a small PDU before it.
    private const int HeadBytes = 512;

    private readonly StreamSocket _socket;
    private readonly MemoryPool<byte> _pool;
    private readonly IConnectionTap? _tap;
    private readonly TimeProvider _time;
    private int _bufferBytes = SmallBufferBytes;
    private IMemoryOwner<byte>? _owner;
    private Memory<byte> _buffer;
    private int _start;
    private int _end;
    private bool _quiet = true;
    private int _fullReceives;
    private int _receives;
    private int _receivesSeen; // these two are the timer's
    private bool _toldToRest;

    /// <summary>A window on a socket.</summary>
    /// <param name="socket">A connected socket; stays the caller's.</param>
    /// <param name="pool">Where the buffer comes from.</param>
    /// <param name="time">Tells how long a wait took; the system's clock when null.</param>
    /// <param name="tap">Hears what is received; null when nobody listens.</param>
    internal ReceiveWindow(StreamSocket socket, MemoryPool<byte> pool, TimeProvider? time = null, IConnectionTap? tap = null)
    {
        _socket = socket;
        _pool = pool;
        _tap = tap;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>
    /// The next PDU is likely to have a payload that goes straight into its place: little more than its header is received, so that the rest need not be copied there.
    /// </summary>
    public bool ExpectsLargePayload { get; set; }

    /// <summary>Of the next PDU the basic header is received and no more, so that what follows stays with the system: it can then be fetched with <see cref="TryFetch"/>.</summary>
    public bool HeadersOnly { get; set; }

    /// <summary>Data can stay with the system until it is fetched; false where the framework receives, and with a tap, which is told in order.</summary>
    public bool CanLeaveData => _tap is null && _socket is PolledSocket;

    /// <summary>What has arrived and is not used yet.</summary>
    public ReadOnlyMemory<byte> Unread => _buffer[_start.._end];

    /// <summary>Bytes that fit into the buffer: a PDU that is longer has to be received into a place of its own.</summary>
    public int Capacity => _bufferBytes;

    /// <summary>Goes on with the large buffer; unread bytes are kept.</summary>
    public void Enlarge()
    {
        Grow(LargeBufferBytes);
    }

    private void Grow(int bytes)
    {
        _bufferBytes = bytes;
        if (_owner is null)
        {
            return;
        }

        IMemoryOwner<byte> large = _pool.Rent(_bufferBytes);
        ReadOnlyMemory<byte> unread = Unread;
        unread.CopyTo(large.Memory);
        _owner.Dispose();
        _owner = large;
        _buffer = large.Memory[.._bufferBytes];
        _start = 0;
        _end = unread.Length;
    }

    /// <summary>Marks bytes as used.</summary>
    public void Advance(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>
    /// Receives once, behind what is unread; makes room first by moving the unread bytes to the front. False at the peer's end of stream. Every span of
    /// <see cref="Unread"/> taken before is void afterwards.
    /// </summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        int most;
        int received;
        do
        {
            long waitedFrom = _time.GetTimestamp();
            if (_start == _end && _quiet)
            {
                GiveBack();
                _bufferBytes = Math.Min(_bufferBytes, LargeBufferBytes);
                _fullReceives = 0;
                await _socket.WaitReadableAsync(cancellationToken).ConfigureAwait(false);
            }

            most = MakeRoom();
            received = await _socket.ReceiveAsync(_buffer.Slice(_end, most), cancellationToken).ConfigureAwait(false);
            _quiet = received == StreamSocket.Roused || _time.GetElapsedTime(waitedFrom) >= QuietAfter;
        }
        while (received == StreamSocket.Roused);
        if (_tap is not null)
        {
            Tell(_tap, _buffer.Span.Slice(_end, received));
        }

        _end += received;
        Volatile.Write(ref _receives, _receives + 1);
        _fullReceives = received == most && MayWiden ? _fullReceives + 1 : 0;
        return received > 0;
    }

    /// <summary>
    /// Gives the buffer back when nothing was received since the last call and nothing in it is unread, without waiting for the next bytes. For a timer: one caller at a
    /// time, on any thread. Where the framework receives, the buffer stays until the next bytes have come.
    /// </summary>
    public void RestIfSilent()
    {
        int receives = Volatile.Read(ref _receives);
        if (receives != _receivesSeen)
        {
            _receivesSeen = receives;
            _toldToRest = false;
        }
        else if (!_toldToRest && Volatile.Read(ref _owner) is not null)
        {
            _toldToRest = true;
            _socket.Rouse();
        }
    }

    // Gives how many bytes may be received.
    private int MakeRoom()
    {
        if (_fullReceives >= FullReceivesToWiden && MayWiden)
        {
            Grow(WideBufferBytes);
        }

        if (_owner is null)
        {
            _owner = _pool.Rent(_bufferBytes);
            _buffer = _owner.Memory[.._bufferBytes];
        }

        if (_start > 0)
        {
            _buffer[_start.._end].CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (HeadersOnly && _end < Bhs.Length)
        {
            return Bhs.Length - _end;
        }

        return ExpectsLargePayload ? Math.Min(HeadBytes, _bufferBytes - _end) : _bufferBytes - _end;
    }

    /// <summary>Fills <paramref name="landing"/>: from the unread bytes first, then from the socket. False when the peer closes inside.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReceiveExactlyAsync(Memory<byte> landing, CancellationToken cancellationToken)
    {
        int have = Math.Min(_end - _start, landing.Length);
        _buffer.Slice(_start, have).CopyTo(landing);
        Advance(have);
        while (have < landing.Length)
        {
            int received = await _socket.ReceiveAsync(landing[have..], cancellationToken).ConfigureAwait(false);
            if (received == StreamSocket.Roused)
            {
                continue;
            }

            if (_tap is not null)
            {
                Tell(_tap, landing.Span.Slice(have, received));
            }

            if (received == 0)
            {
                return false;
            }

            have += received;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => GiveBack();

    private static void Tell(IConnectionTap tap, ReadOnlySpan<byte> received)
    {
        if (received.IsEmpty)
        {
            tap.ReceivedEnd();
        }
        else
        {
            tap.Received(received);
        }
    }

    /// <summary>
    /// Is nothing unread here, and so much with the system that <see cref="TryFetch"/> need not wait for it? For the one who receives, like all that follows.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The connection was aborted.</exception>
    public bool HasArrived(int bytes) => _start == _end && CanLeaveData && ((PolledSocket)_socket).CountArrived() >= bytes;

    /// <summary>Fetches data that <see cref="HasArrived"/>, straight to where it belongs.</summary>
    /// <param name="into">Only the system writes there: it may be memory that a program must not touch itself.</param>
    /// <param name="fetched">Bytes that are there now. Fewer than asked for: the memory behind them cannot be written to, and the rest is still with the system.</param>
    /// <returns>False when the connection is gone, by its peer or by us.</returns>
    public bool TryFetch(Span<byte> into, out int fetched)
    {
        fetched = 0;
        PolledSocket socket = (PolledSocket)_socket;
        try
        {
            while (fetched < into.Length)
            {
                int received = socket.ReceiveNow(into[fetched..]);
                if (received <= 0)
                {
                    return false;
                }

                fetched += received;
            }
        }
        catch (SocketException fault) when (fault.SocketErrorCode == SocketError.Fault)
        {
            return true;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }

        Volatile.Write(ref _receives, _receives + 1);
        return true;
    }

    private bool MayWiden => _bufferBytes == LargeBufferBytes && !ExpectsLargePayload && !HeadersOnly && _pool is BlockPool { RentedBytes: < MostRentedToWiden };

    private void GiveBack()
    {
        _start = _end = 0;
        _buffer = default;
        _owner?.Dispose();
        _owner = null;
    }
}
