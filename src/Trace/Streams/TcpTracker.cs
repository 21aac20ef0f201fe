using Blockwire.Trace.Capture;
using Blockwire.Trace.Reading;

namespace Blockwire.Trace.Streams;

/// <summary>Sorts segments by their connections.</summary>
/// <param name="open">Makes what takes the bytes of a connection. The client is known when its SYN was seen.</param>
/// <param name="budget">Bounds what waits.</param>
internal sealed class TcpTracker(Func<Endpoint, Endpoint, bool, TracedConnection> open, MemoryBudget budget)
{
    private const int MostConnections = 1 << 15;
    private readonly Dictionary<(Endpoint Low, Endpoint High), Entry> _connections = [];

    public void OnSegment(in TcpSegment segment, ReadOnlySpan<byte> payload, Moment moment)
    {
        var key = Key(segment.Source, segment.Destination);
        bool isSyn = segment.Has(TcpFlags.Syn);
        if (!_connections.TryGetValue(key, out Entry? entry) || (isSyn && !segment.Has(TcpFlags.Ack) && !entry.Of(segment.Source).BeganWith(segment.Sequence)))
        {
            if (segment.Has(TcpFlags.Rst) || (segment.Length == 0 && !isSyn))
            {
                return; // of a connection that shows nothing more
            }

            entry?.Finish(moment);
            entry = Open(segment, isSyn);
            _connections[key] = entry;
        }

        entry.LastPacket = moment.Packet;
        if (isSyn)
        {
            entry.Of(segment.Source).Begin(segment.Sequence);
            return;
        }

        if (segment.Has(TcpFlags.Ack))
        {
            entry.Of(segment.Destination).OnAcknowledgment(segment.Acknowledgment, moment);
        }

        entry.Of(segment.Source).OnSegment(segment, payload, moment);
        if (segment.Has(TcpFlags.Rst))
        {
            entry.Of(segment.Destination).Finish(moment);
        }
    }

    /// <summary>The capture is over.</summary>
    public void Finish(Moment moment)
    {
        foreach (Entry entry in _connections.Values)
        {
            entry.Finish(moment);
        }

        _connections.Clear();
    }

    private Entry Open(in TcpSegment segment, bool isSyn)
    {
        if (_connections.Count >= MostConnections)
        {
            ForgetOldest();
        }

        bool isAnswer = isSyn && segment.Has(TcpFlags.Ack);
        (Endpoint client, Endpoint server) = isAnswer ? (segment.Destination, segment.Source) : (segment.Source, segment.Destination);
        TracedConnection connection = open(client, server, isSyn);
        return new(client, new(budget, connection.FromFirst), new(budget, connection.FromSecond));
    }

    private void ForgetOldest()
    {
        foreach (var (key, entry) in _connections.OrderBy(static it => it.Value.LastPacket).Take(MostConnections / 2).ToArray())
        {
            entry.Finish(new(null, entry.LastPacket));
            _connections.Remove(key);
        }
    }

    private static (Endpoint Low, Endpoint High) Key(Endpoint one, Endpoint other)
    {
        int order = one.Address.CompareTo(other.Address);
        order = order != 0 ? order : one.Port.CompareTo(other.Port);
        return order <= 0 ? (one, other) : (other, one);
    }

    private sealed class Entry(Endpoint first, TcpDirection fromFirst, TcpDirection fromSecond)
    {
        public long LastPacket { get; set; }

        public TcpDirection Of(Endpoint sender) => sender == first ? fromFirst : fromSecond;

        public void Finish(Moment moment)
        {
            fromFirst.Finish(moment);
            fromSecond.Finish(moment);
        }
    }
}
