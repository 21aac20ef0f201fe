using Blockwire.Scsi;

namespace Blockwire.Scsi.Device;

/// <summary>
/// Unit attentions that one nexus has still to hear of, most important first (SAM-5 §5.14). Bounded: a condition stands in it once, and there are few.
/// </summary>
/// <remarks>Guarded by the lock of its logical unit.</remarks>
internal sealed class UnitAttentionQueue
{
    private const byte ResetAsc = 0x29;

    private readonly List<SenseData> _pending = [];

    /// <summary>Is there none?</summary>
    public bool IsEmpty => _pending.Count == 0;

    /// <summary>Conditions in it.</summary>
    public int Count => _pending.Count;

    /// <summary>The first condition, which stays. Only when the queue is not empty.</summary>
    public SenseData First => _pending[0];

    /// <summary>Adds a condition. A reset replaces the resets and nexus losses of lower precedence, which it implies, and is dropped if implied itself.</summary>
    public void Add(SenseData attention)
    {
        if (_pending.Contains(attention))
        {
            return;
        }

        if (attention.Asc == ResetAsc)
        {
            if (_pending.Exists(held => held.Asc == ResetAsc && held.Ascq <= attention.Ascq))
            {
                return;
            }

            _pending.RemoveAll(static held => held.Asc == ResetAsc);
            _pending.Insert(0, attention);
        }
        else
        {
            _pending.Add(attention);
        }
    }

    /// <summary>Takes a condition out that need not be reported any more; false when it is not there.</summary>
    public bool Remove(SenseData attention) => _pending.Remove(attention);

    /// <summary>Takes the first condition out, to be reported; false when there is none.</summary>
    public bool TryTake(out SenseData attention)
    {
        if (IsEmpty)
        {
            attention = default;
            return false;
        }

        attention = _pending[0];
        _pending.RemoveAt(0);
        return true;
    }
}
