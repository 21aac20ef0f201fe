using Blockwire.Trace.Capture;
using Blockwire.Trace.Reading;

namespace Blockwire.Trace.Streams;

/// <summary>Takes the bytes of one direction of a TCP connection, in order.</summary>
internal interface IByteReceiver
{
    /// <summary>The next bytes.</summary>
    void Feed(ReadOnlySpan<byte> bytes, Moment moment);

    /// <summary>Bytes that the capture lacks.</summary>
    void Skip(long count, Moment moment);

    /// <summary>No more will come.</summary>
    void End(Moment moment);
}

/// <summary>
/// Puts one direction of a TCP connection in order: segments out of order wait, what comes again is left out, and a hole is given up when the receiver has acknowledged it
/// or too much waits behind it.
/// </summary>
internal sealed class TcpDirection(MemoryBudget budget, IByteReceiver receiver)
{
    private const int MostWaitingSegments = 4096;
    private const long MostWaitingBytes = 8 << 20;
    // Captures may show segments of the two directions, and of one, a little out of order: a hole is believed when so many came behind it.
    private const int SegmentsBehindHole = 2;
    private const int SegmentsBehindAcknowledgedHole = 4;
    private const int EntryBytes = 100;

    // A segment that claims to lie further away is none of this connection.
    private const long Farthest = 1L << 30;

    private readonly SortedList<long, byte[]> _waiting = [];
    private bool _isKnown;
    private uint _first;
    private long _next;
    private long _acknowledged;
    private long _waitingBytes;
    private int _sinceHole;
    private long? _endsAt;
    private bool _ended;

    /// <summary>A SYN: the stream begins behind it.</summary>
    public void Begin(uint sequence)
    {
        _isKnown = true;
        _first = unchecked(sequence + 1);
    }

    /// <summary>Is this SYN that of this connection, seen again?</summary>
    public bool BeganWith(uint sequence) => _isKnown && _first == unchecked(sequence + 1);

    public void OnSegment(in TcpSegment segment, ReadOnlySpan<byte> payload, Moment moment)
    {
        if (_ended)
        {
            return;
        }

        if (!_isKnown)
        {
            _isKnown = true;
            _first = segment.Sequence;
        }

        long at = Position(segment.Sequence);
        if (Math.Abs(at - _next) < Farthest)
        {
            Take(at, segment.Length, payload, moment);
            if (segment.Has(TcpFlags.Fin))
            {
                _endsAt = at + segment.Length;
            }
        }

        if (segment.Has(TcpFlags.Rst))
        {
            GiveUpHoles(moment);
            End(moment);
        }
        else if (_endsAt <= _next)
        {
            End(moment);
        }
    }

    /// <summary>The receiver of this direction has acknowledged all before a sequence number.</summary>
    public void OnAcknowledgment(uint sequence, Moment moment)
    {
        if (_isKnown && !_ended && Position(sequence) is var at && at > _acknowledged && at - _next < Farthest)
        {
            _acknowledged = at;
            if (_waiting.Count >= SegmentsBehindHole && at > _next)
            {
                GiveUpHole(moment);
            }
        }
    }

    /// <summary>The capture is over.</summary>
    public void Finish(Moment moment)
    {
        GiveUpHoles(moment);
        End(moment);
    }

    // 32 bits of sequence number to a position that does not wrap: the one that is nearest to what comes next.
    private long Position(uint sequence) => _next + unchecked((int)(sequence - (_first + (uint)_next)));

    private void Take(long at, int length, ReadOnlySpan<byte> payload, Moment moment)
    {
        if (at <= _next)
        {
            Deliver(at, length, payload, moment);
            Drain(moment);
            return;
        }

        if (payload.IsEmpty || (_waiting.TryGetValue(at, out byte[]? had) && had.Length >= payload.Length))
        {
            return;
        }

        if (!budget.TryTake(payload.Length + EntryBytes))
        {
            GiveUpHoles(moment);
            Take(at, length, payload, moment);
            return;
        }

        Forget(at);
        _waiting.Add(at, payload.ToArray());
        _waitingBytes += payload.Length;
        _sinceHole++;
        bool isAcknowledged = _acknowledged > _next && _sinceHole >= SegmentsBehindAcknowledgedHole;
        if (isAcknowledged || _waiting.Count > MostWaitingSegments || _waitingBytes > MostWaitingBytes)
        {
            GiveUpHole(moment);
        }
    }

    // A segment that begins at or before what comes next. What was captured of it may be less than what was sent.
    private void Deliver(long at, int length, ReadOnlySpan<byte> payload, Moment moment)
    {
        long had = _next - at;
        if (had < payload.Length)
        {
            ReadOnlySpan<byte> fresh = payload[(int)had..];
            _next += fresh.Length;
            receiver.Feed(fresh, moment);
        }

        long missing = at + length - _next;
        if (missing > 0)
        {
            _next += missing;
            receiver.Skip(missing, moment);
        }
    }

    private void Drain(Moment moment)
    {
        while (_waiting.Count > 0 && _waiting.Keys[0] <= _next)
        {
            (long at, byte[] bytes) = (_waiting.Keys[0], _waiting.Values[0]);
            Forget(at);
            Deliver(at, bytes.Length, bytes, moment);
        }

        _sinceHole = _waiting.Count;
    }

    private void Forget(long at)
    {
        if (_waiting.Remove(at, out byte[]? bytes))
        {
            _waitingBytes -= bytes.Length;
            budget.GiveBack(bytes.Length + EntryBytes);
        }
    }

    private void GiveUpHole(Moment moment)
    {
        long missing = _waiting.Keys[0] - _next;
        _next += missing;
        receiver.Skip(missing, moment);
        Drain(moment);
    }

    private void GiveUpHoles(Moment moment)
    {
        while (_waiting.Count > 0)
        {
            GiveUpHole(moment);
        }
    }

    private void End(Moment moment)
    {
        if (!_ended)
        {
            _ended = true;
            receiver.End(moment);
        }
    }
}
