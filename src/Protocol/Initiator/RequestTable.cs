using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>
/// Requests by Initiator Task Tag. A tag is a place in the table and a count of its uses, so that a late PDU for a request that has ended does not find the next one
/// in its place (RFC 7143 §4.2.5.3).
/// </summary>
internal sealed class RequestTable
{
    private const int PlaceBits = 14;
    private const int Most = 1 << PlaceBits;

    private readonly Stack<int> _free = new();
    private Entry[] _entries = new Entry[64];
    private int _used;

    public int Count { get; private set; }

    public bool IsFull => Count == Most;

    /// <summary>Places that may be in use, for walking them with <see cref="At"/>.</summary>
    public int Places => _used;

    public InitiatorRequest? At(int place) => _entries[place].Request;

    public void Add(InitiatorRequest request)
    {
        if (!_free.TryPop(out int place))
        {
            if (_used == _entries.Length)
            {
                Array.Resize(ref _entries, _entries.Length * 2);
            }

            place = _used++;
        }

        ref Entry entry = ref _entries[place];
        entry.Request = request;
        request.InitiatorTaskTag = (entry.Uses << PlaceBits) | (uint)place;
        if (request.InitiatorTaskTag == Bhs.ReservedTag)
        {
            entry.Uses = 0;
            request.InitiatorTaskTag = (uint)place;
        }

        entry.Tag = request.InitiatorTaskTag;
        Count++;
    }

    public InitiatorRequest? Find(uint tag)
    {
        int place = (int)(tag & (Most - 1));
        return place < _used && _entries[place].Tag == tag ? _entries[place].Request : null;
    }

    public void Remove(InitiatorRequest request)
    {
        int place = (int)(request.InitiatorTaskTag & (Most - 1));
        ref Entry entry = ref _entries[place];
        entry.Request = null;
        entry.Uses++;
        _free.Push(place);
        Count--;
        request.InitiatorTaskTag = Bhs.ReservedTag; // a late answer to what was said of it must not meet it when it begins anew
    }

    /// <summary>Was it the tag of a request that has ended?</summary>
    public bool WasUsed(uint tag)
    {
        int place = (int)(tag & (Most - 1));
        return place < _used && tag >> PlaceBits < _entries[place].Uses;
    }

    private struct Entry
    {
        public InitiatorRequest? Request;
        public uint Uses;
        public uint Tag;
    }
}
