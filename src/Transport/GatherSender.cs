using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Blockwire.Wire;

namespace Blockwire.Transport;

/// <summary>
/// Sends a batch of PDUs as gather writes: headers, data, padding and digests leave in one system call where the socket takes them. One sender at a time a
/// connection; the batch must be sealed and must not change while it is sent.
/// </summary>
/// <param name="socket">Stays the caller's.</param>
/// <param name="tap">Hears what is sent; null when nobody listens.</param>
internal sealed class GatherSender(StreamSocket socket, IConnectionTap? tap = null)
{
    // Pieces per system call. More would only lengthen the stack frame: a call moves at most a socket buffer's worth anyway.
    private const int PiecesPerCall = 256;
    // What is copied and sent at once.
    private const int CopiedBytes = 64 << 10;

    // Filled and emptied within one synchronous call, so that idle connections hold none.
    [ThreadStatic]
    private static MemoryHandle[]? _pins;

    /// <summary>The system reads the data where it lies; else it is copied first, by this program.</summary>
    public bool SendsInPlace => tap is null && socket.Gathers;

    /// <summary>Sends the whole batch. Completes at once when the socket takes it at once.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public ValueTask SendAsync(PduBatch batch)
    {
        if (!SendsInPlace)
        {
            return SendCopiedAsync(batch);
        }

        Position at = default;
        return SendWhatFits(batch, ref at) ? ValueTask.CompletedTask : SendRestAsync(batch, at);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendRestAsync(PduBatch batch, Position at)
    {
        do
        {
            await socket.WaitForRoomAsync().ConfigureAwait(false);
        }
        while (!SendWhatFits(batch, ref at));
    }

    // Where nothing gathers, a copy is cheaper than a call for each piece. With a tap it is needed: data segments may be memory that others write to meanwhile,
    // and what is sent and what is heard must not differ.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendCopiedAsync(PduBatch batch)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(CopiedBytes);
        try
        {
            Position at = default;
            while (at.Piece < batch.PieceCount)
            {
                int length = 0;
                while (at.Piece < batch.PieceCount && length < CopiedBytes)
                {
                    ReadOnlySpan<byte> rest = batch.Piece(at.Piece).Span[at.Offset..];
                    int count = Math.Min(rest.Length, CopiedBytes - length);
                    rest[..count].CopyTo(copy.AsSpan(length));
                    length += count;
                    at.Advance(batch, count);
                }

                tap?.Sent(copy.AsSpan(0, length));
                for (int sent = 0; sent < length;)
                {
                    sent += await socket.SendAsync(copy.AsMemory(sent, length - sent)).ConfigureAwait(false);
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
                }

                if (count == 0)
                {
                    at.Piece = batch.PieceCount;
                    return true;
                }

                nint sent = socket.TrySend(pieces, count);
                if (sent == 0)
                {
                    return false;
                }

                // A call that took less has met a full socket, or memory that it could not read, of which only the next one tells.
                at.Advance(batch, sent);
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
