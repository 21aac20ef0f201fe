namespace Blockwire.Simulation.Tests;

/// <summary>One direction of a connection: bytes arrive in order, late, in pieces of any size, or not at all.</summary>
internal sealed class Pipe(Timeline timeline, SimRandom random, LinkQuality quality)
{
    private const int Capacity = 32 << 10;

    private readonly Queue<Segment> _underWay = new();
    private TimeSpan _lastArrival;
    private TimeSpan _stalledUntil;
    private bool _busy;
    private bool _gone;

    /// <summary>What becomes of bytes that arrive. An empty piece is the end of the stream.</summary>
    public Action<ReadOnlyMemory<byte>>? Arrived { get; set; }

    /// <summary>Bytes have left the pipe: there is room again.</summary>
    public Action? Drained { get; set; }

    /// <summary>Sees each PDU before it goes out; true: it is lost.</summary>
    public Func<Frame, bool>? Swallow { get; set; }

    public int InFlight { get; private set; }

    public bool HasRoom => InFlight < Capacity;

    /// <summary>The next frames whose digest can show it are spoilt on the way.</summary>
    public int SpoilPayloads { get; set; }

    public int SpoilHeaders { get; set; }

    public void Write(Frame frame)
    {
        if (_gone || Swallow?.Invoke(frame) == true)
        {
            return;
        }

        if (SpoilHeaders > 0 && frame.HasHeaderDigest)
        {
            SpoilHeaders--;
            frame.Bytes[random.Next(frame.HeaderLength)] ^= (byte)(1 << random.Next(8));
        }
        else if (SpoilPayloads > 0 && frame.HasDataDigest && frame.DataLength > 0)
        {
            SpoilPayloads--;
            frame.Bytes[frame.DataOffset + random.Next(frame.DataLength)] ^= (byte)(1 << random.Next(8));
        }

        for (int at = 0; at < frame.Bytes.Length;)
        {
            int length = quality.SplitPercent > 0 && random.Chance(quality.SplitPercent) ? random.Between(1, frame.Bytes.Length - at) : frame.Bytes.Length - at;
            Enqueue(frame.Bytes.AsMemory(at, length));
            at += length;
        }
    }

    public void Finish() => Enqueue(default);

    public void StallUntil(TimeSpan until) => _stalledUntil = until > _stalledUntil ? until : _stalledUntil;

    /// <summary>Everything under way is lost, but for a part that had arrived already.</summary>
    public void Cut()
    {
        bool whole = true;
        while (whole && !_gone && _underWay.Count > 0 && random.Chance(50))
        {
            ReadOnlyMemory<byte> bytes = _underWay.Dequeue().Bytes;
            whole = !bytes.IsEmpty && random.Chance(50);
            if (!bytes.IsEmpty)
            {
                Arrived?.Invoke(whole ? bytes : bytes[..random.Between(1, bytes.Length)]);
            }
        }

        _gone = true;
        _underWay.Clear();
        InFlight = 0;
    }

    private void Enqueue(ReadOnlyMemory<byte> bytes)
    {
        if (_gone)
        {
            return;
        }

        InFlight += bytes.Length;
        TimeSpan at = timeline.Now + random.Between(quality.LeastDelay, quality.MostDelay);
        _lastArrival = at > _lastArrival ? at : _lastArrival;
        _underWay.Enqueue(new Segment(_lastArrival, bytes));
        if (!_busy)
        {
            _busy = true;
            timeline.At(_lastArrival, Deliver);
        }
    }

    private void Deliver()
    {
        if (_gone)
        {
            return;
        }

        if (timeline.Now < _stalledUntil)
        {
            timeline.At(_stalledUntil, Deliver);
            return;
        }

        Segment segment = _underWay.Dequeue();
        InFlight -= segment.Bytes.Length;
        Arrived?.Invoke(segment.Bytes);
        Drained?.Invoke();
        _busy = _underWay.Count > 0;
        if (_busy)
        {
            timeline.At(_underWay.Peek().At, Deliver);
        }
    }

    private readonly record struct Segment(TimeSpan At, ReadOnlyMemory<byte> Bytes);
}
