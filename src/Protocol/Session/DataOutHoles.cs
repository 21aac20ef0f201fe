namespace Blockwire.Protocol.Session;

/// <summary>
/// The bytes of a transfer that were passed over: later ones have come, or their sequence has ended. Those of a sequence that is still open may come in it;
/// those of one that has ended are lost and have to be asked for again. Sorted, apart from each other, bounded.
/// </summary>
internal sealed class DataOutHoles
{
    /// <summary>Most pieces that are told apart in one transfer.</summary>
    public const int MostPieces = 2048;

    private const int KeptCapacity = 64;
    private readonly List<Hole> _holes = [];
    private int _lost;

    /// <summary>Nothing is missing.</summary>
    public bool IsEmpty => _holes.Count == 0;

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _holes.Clear();
        _lost = 0;
        if (_holes.Capacity > KeptCapacity)
        {
            _holes.Capacity = KeptCapacity;
        }
    }

    /// <summary>Notes bytes that an open sequence passed over; nothing of them is noted already.</summary>
    /// <param name="begin">First byte.</param>
    /// <param name="end">Behind the last.</param>
    /// <param name="sequenceBegin">Where the sequence begins: a hole never spans two sequences.</param>
    /// <returns>False when there are too many pieces.</returns>
    public bool Add(uint begin, uint end, uint sequenceBegin)
    {
        if (begin >= end)
        {
            return true;
        }

        int at = Find(begin);
        if (at > 0 && _holes[at - 1] is { Lost: false } before && before.End == begin && before.Begin >= sequenceBegin)
        {
            _holes[at - 1] = before with { End = end };
            return true;
        }

        if (_holes.Count >= MostPieces)
        {
            return false;
        }

        _holes.Insert(at, new Hole(begin, end, Rounds: 0, Lost: false));
        return true;
    }

    /// <summary>Is the whole range missing, in one piece that may still come?</summary>
    public bool Contains(uint begin, uint end) => Containing(begin, end) >= 0;

    /// <summary>Notes that bytes have come, which <see cref="Contains"/> found missing.</summary>
    /// <returns>False when there are too many pieces.</returns>
    public bool Fill(uint begin, uint end)
    {
        int at = Containing(begin, end);
        Hole hole = _holes[at];
        if (begin == end)
        {
            return true;
        }

        if (begin == hole.Begin && end == hole.End)
        {
            _holes.RemoveAt(at);
        }
        else if (begin == hole.Begin)
        {
            _holes[at] = hole with { Begin = end };
        }
        else
        {
            _holes[at] = hole with { End = begin };
            if (end < hole.End)
            {
                if (_holes.Count >= MostPieces)
                {
                    return false;
                }

                _holes.Insert(at + 1, hole with { Begin = end });
            }
        }

        return true;
    }

    /// <summary>A sequence has ended: what is missing of it is lost.</summary>
    /// <param name="begin">Where the sequence begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="rounds">How often its bytes had been asked for again.</param>
    /// <returns>Something is.</returns>
    public bool Lose(uint begin, uint end, byte rounds)
    {
        bool any = false;
        for (int i = Find(begin); i < _holes.Count && _holes[i].Begin < end; i++)
        {
            any = true;
            if (!_holes[i].Lost)
            {
                _holes[i] = _holes[i] with { Lost = true, Rounds = rounds };
                _lost++;
            }
        }

        return any;
    }

    /// <summary>Is something lost before this byte?</summary>
    public bool LosesBefore(uint limit) => _lost > 0 && FirstLost() is { } hole && hole.Begin < limit;

    /// <summary>Takes the first bytes that are lost, to be asked for again.</summary>
    /// <param name="limit">Nothing from here on is wanted.</param>
    /// <param name="mostBytes">Most bytes to take.</param>
    /// <param name="range">What was taken, with the rounds that it has behind it.</param>
    public bool TryTakeLost(uint limit, uint mostBytes, out (uint Begin, uint End, byte Rounds) range)
    {
        range = default;
        if (!LosesBefore(limit))
        {
            return false;
        }

        int at = _holes.FindIndex(static hole => hole.Lost);
        Hole hole = _holes[at];
        uint end = hole.Begin + Math.Min(Math.Min(hole.End, limit) - hole.Begin, mostBytes);
        range = (hole.Begin, end, hole.Rounds);
        if (end == hole.End)
        {
            _holes.RemoveAt(at);
            _lost--;
        }
        else
        {
            _holes[at] = hole with { Begin = end };
        }

        return true;
    }

    private Hole? FirstLost()
    {
        int at = _holes.FindIndex(static hole => hole.Lost);
        return at < 0 ? null : _holes[at];
    }

    private int Containing(uint begin, uint end)
    {
        // The last hole that begins at or before the range.
        int at = Find(begin);
        if (at == _holes.Count || _holes[at].Begin > begin)
        {
            at--;
        }

        return at >= 0 && _holes[at] is { Lost: false } hole && hole.Begin <= begin && end <= hole.End ? at : -1;
    }

    // The first hole that begins at or behind the byte.
    private int Find(uint begin)
    {
        int low = 0;
        int high = _holes.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_holes[middle].Begin < begin)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private readonly record struct Hole(uint Begin, uint End, byte Rounds, bool Lost);
}
