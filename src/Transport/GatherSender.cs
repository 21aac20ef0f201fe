using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Blockwire.Wire;

namespace Blockwire.Transport;

/// <summary>
/// Sends a batch of PDUs as gather writes: headers, data, padding and digests leave in one system call where the socket takes them. One sender at a time a
/// connection; the batch must be sealed and must not change while it is sent.
/// </summary>
public sealed class GatherSender
{
    // Pieces per system call. More would only lengthen the stack frame: a call moves at most a socket buffer's worth anyway.
    private const int PiecesPerCall = 256;
    // What is sent at once while it is tapped.
    private const int TappedBytes = 64 << 10;

    private readonly Socket _socket;
    private readonly bool _gathers;
    private readonly IConnectionTap? _tap;

    // Filled and emptied within one synchronous call, so that idle connections hold none.
    [ThreadStatic]
    private static MemoryHandle[]? _pins;

    /// <summary>A sender for a connected socket.</summary>
    /// <param name="socket">Stays the caller's.</param>
    /// <param name="tap">Hears what is sent; null when nobody listens.</param>
    public GatherSender(Socket socket, IConnectionTap? tap = null)
        : this(socket, OperatingSystem.IsLinux() && Environment.Is64BitProcess, tap)
    {
    }

    /// <summary>Chooses the way: gather writes, which need 64-bit Linux, or piece by piece through the framework.</summary>
    internal GatherSender(Socket socket, bool gathers, IConnectionTap? tap = null)
    {
        _socket = socket;
        _gathers = gathers;
        _tap = tap;
    }

    /// <summary>Sends the whole batch. Completes at once when the socket takes it at once.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public ValueTask SendAsync(PduBatch batch, CancellationToken cancellationToken)
    {
        if (_tap is not null)
        {
            return SendTappedAsync(batch, _tap, cancellationToken);
        }

        Position at = default;
        if (_gathers && SendWhatFits(batch, ref at))
        {
            return ValueTask.CompletedTask;
        }

        return SendRestAsync(batch, at, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendRestAsync(PduBatch batch, Position at, CancellationToken cancellationToken)
    {
        while (at.Piece < batch.PieceCount)
        {
            // Waits for room by sending the next piece alone; then gathers again.
            ReadOnlyMemory<byte> rest = batch.Piece(at.Piece)[at.Offset..];
            if (!rest.IsEmpty)
            {
                int sent = await _socket.SendAsync(rest, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                at.Advance(batch, sent);
            }
            else
            {
                at.Advance(batch, 0);
            }

            if (_gathers && SendWhatFits(batch, ref at))
            {
                return;
            }
        }
    }

    // Data segments may be pages that a disk lends and others write to meanwhile: what is sent and what is heard are one copy, so that they cannot differ.
    private async ValueTask SendTappedAsync(PduBatch batch, IConnectionTap tap, CancellationToken cancellationToken)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(TappedBytes);
        try
        {
            Position at = default;
            while (at.Piece < batch.PieceCount)
            {
                int length = 0;
                while (at.Piece < batch.PieceCount && length < TappedBytes)
                {
                    ReadOnlySpan<byte> rest = batch.Piece(at.Piece).Span[at.Offset..];
                    int count = Math.Min(rest.Length, TappedBytes - length);
                    rest[..count].CopyTo(copy.AsSpan(length));
                    length += count;
                    at.Advance(batch, count);
                }

                tap.Sent(copy.AsSpan(0, length));
                for (int sent = 0; sent < length;)
                {
                    sent += await _socket.SendAsync(copy.AsMemory(sent, length - sent), SocketFlags.None, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    // True when everything is sent; false when the socket is full.
    private unsafe bool SendWhatFits(PduBatch batch, ref Position at)
    {
        MemoryHandle[] pins = _pins ??= new MemoryHandle[PiecesPerCall];
        LinuxSocket.Piece* pieces = stackalloc LinuxSocket.Piece[PiecesPerCall];
        while (at.Piece < batch.PieceCount)
        {
            int count = 0;
            int pinned = 0;
            nint wanted = 0;
            try
            {
                int offset = at.Offset;
                for (int i = at.Piece; i < batch.PieceCount && count < PiecesPerCall; i++, offset = 0)
                {
                    ReadOnlyMemory<byte> memory = batch.Piece(i);
                    if (memory.Length == offset)
                    {
                        continue;
                    }

                    pins[pinned] = memory.Pin();
                    pieces[count++] = new LinuxSocket.Piece
                    {
                        Start = (byte*)pins[pinned].Pointer + offset,
                        Length = (nuint)(memory.Length - offset),
                    };
                    pinned++;
                    wanted += memory.Length - offset;
                }

                if (count == 0)
                {
                    at.Piece = batch.PieceCount;
                    return true;
                }

                nint sent = LinuxSocket.TrySend(_socket.SafeHandle, pieces, count);
                at.Advance(batch, sent);
                if (sent < wanted)
                {
                    return false;
                }
            }
            finally
            {
                for (int i = 0; i < pinned; i++)
                {
                    pins[i].Dispose();
                }
            }
        }

        return true;
    }

    /// <summary>How far a batch is sent.</summary>
    private struct Position
    {
        public int Piece;
        public int Offset;

        public void Advance(PduBatch batch, nint bytes)
        {
            while (Piece < batch.PieceCount)
            {
                int left = batch.Piece(Piece).Length - Offset;
                if (bytes < left)
                {
                    Offset += (int)bytes;
                    return;
                }

                bytes -= left;
                Piece++;
                Offset = 0;
            }
        }
    }
}
