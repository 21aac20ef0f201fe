namespace Blockwire.Transport;

/// <summary>The sockets of one poller, by the number that their events carry. A number is never used again, so an event that comes late finds nothing.</summary>
internal sealed class SocketTable
{
    private const int IndexBits = 24;
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private Entry[] _entries = new Entry[64];
    private int _used;
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a socket and returns its number, which is not negative.</summary>
    public long Add(PolledSocket socket)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out int index))
            {
                index = _used++;
                if (index == _entries.Length)
                {
                    Array.Resize(ref _entries, 2 * index);
                }
            }

            long generation = ++_entries[index].Generation;
            _entries[index].Socket = socket;
            Volatile.Write(ref _count, _count + 1);
            return (generation << IndexBits) | (long)index;
        }
    }

    /// <summary>Removes a socket; does nothing when it has been removed.</summary>
    public void Remove(long number)
    {
        lock (_gate)
        {
            int index = (int)(number & ((1 << IndexBits) - 1));
            if (_entries[index].Socket is not null && _entries[index].Generation == number >> IndexBits)
            {
                _entries[index].Socket = null;
                _free.Push(index);
                Volatile.Write(ref _count, _count - 1);
            }
        }
    }

    /// <summary>The socket with a number; null when it was removed.</summary>
    public PolledSocket? Find(long number)
    {
        lock (_gate)
        {
            Entry entry = _entries[(int)(number & ((1 << IndexBits) - 1))];
            return entry.Generation == number >> IndexBits ? entry.Socket : null;
        }
    }

    private struct Entry
    {
        public long Generation;
        public PolledSocket? Socket;
    }
}
