namespace Blockwire.Storage;

/// <summary>
/// Who works on which blocks: changes share, a copy has them alone. Those who must wait are let in in the order they came, as far as they
/// overlap. No thread and no waiting in here: the owner calls it under its lock and wakes those whom <see cref="Leave"/> lets in.
/// </summary>
internal sealed class RangeLocks
{
    private readonly List<Entry> _active = [];
    private readonly List<Entry> _waiting = [];
    private long _last;

    private readonly record struct Entry(long Ticket, ulong First, ulong End, bool IsAlone, object? Waiter)
    {
        public bool Conflicts(ulong first, ulong end, bool isAlone) => (IsAlone || isAlone) && First < end && first < End;
    }

    /// <summary>Whether nobody works and nobody waits.</summary>
    public bool IsIdle => _active.Count == 0 && _waiting.Count == 0;

    /// <summary>Asks for blocks. True: they are held now. False: <paramref name="waits"/> is among those that a later call of <see cref="Leave"/> lets in.</summary>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">How many.</param>
    /// <param name="isAlone">Nobody else may work on them.</param>
    /// <param name="waiter">Makes the waiter, when there must be one.</param>
    /// <param name="ticket">What to leave with.</param>
    /// <param name="waits">The waiter.</param>
    public bool Enter(ulong lba, ulong blockCount, bool isAlone, Func<object> waiter, out long ticket, out object? waits)
    {
        ticket = ++_last;
        waits = null;
        if (!IsHeldOrAwaited(lba, lba + blockCount, isAlone, _waiting.Count))
        {
            _active.Add(new Entry(ticket, lba, lba + blockCount, isAlone, null));
            return true;
        }
        waits = waiter();
        _waiting.Add(new Entry(ticket, lba, lba + blockCount, isAlone, waits));
        return false;
    }

    /// <summary>Gives blocks back.</summary>
    /// <param name="ticket">As <see cref="Enter"/> gave it.</param>
    /// <param name="letIn">Gets the waiters that hold their blocks from now on; null when no one waits.</param>
    public void Leave(long ticket, ref List<object>? letIn)
    {
        for (int i = 0; i < _active.Count; i++)
        {
            if (_active[i].Ticket != ticket) continue;
            _active[i] = _active[^1];
            _active.RemoveAt(_active.Count - 1);
            break;
        }
        for (int i = 0; i < _waiting.Count;)
        {
            Entry entry = _waiting[i];
            if (IsHeldOrAwaited(entry.First, entry.End, entry.IsAlone, i))
            {
                i++;
                continue;
            }
            _waiting.RemoveAt(i);
            _active.Add(entry);
            (letIn ??= []).Add(entry.Waiter!);
        }
    }

    private bool IsHeldOrAwaited(ulong first, ulong end, bool isAlone, int waitersAhead)
    {
        foreach (Entry entry in _active)
        {
            if (entry.Conflicts(first, end, isAlone)) return true;
        }
        for (int i = 0; i < waitersAhead; i++)
        {
            if (_waiting[i].Conflicts(first, end, isAlone)) return true;
        }
        return false;
    }
}
