using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>
/// Numbered responses of one connection that the initiator has not acknowledged, kept so that a Status SNACK can have them again (RFC 7143 §11.16) and a task can be
/// found again whose status was lost with its connection. At recovery level 0 there is none.
/// </summary>
internal sealed class StatusLog
{
    /// <summary>Most responses that are kept, and most bytes of their data segments; beyond it the oldest go.</summary>
    public const int MaxResponses = 512, MaxDataBytes = 64 << 10;

    private const int FirstCapacity = 16;

    private byte[] _headers = new byte[FirstCapacity * Bhs.Length];
    private Entry[] _entries = new Entry[FirstCapacity];
    private int _start;
    private long _dataBytes;

    /// <summary>Responses kept.</summary>
    public int Count { get; private set; }

    /// <summary>StatSN of the oldest one.</summary>
    public Serial32 First { get; private set; }

    /// <summary>More is kept than should be.</summary>
    public bool IsOverfull => Count > MaxResponses || (_dataBytes > MaxDataBytes && Count > 1);

    /// <summary>Keeps a response, which has the StatSN after the newest one.</summary>
    public void Add(Serial32 statSN, ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        if (Count == _entries.Length)
        {
            Grow();
        }

        if (Count == 0)
        {
            First = statSN;
        }

        int slot = Slot(Count++);
        header[..Bhs.Length].CopyTo(_headers.AsSpan(slot * Bhs.Length));
        _entries[slot] = new Entry { Data = data.IsEmpty ? null : data.ToArray() };
        _dataBytes += data.Length;
    }

    /// <summary>The newest response answers this task.</summary>
    public void Attach(TargetTask task) => _entries[Slot(Count - 1)].Task = task;

    /// <summary>Is this response kept?</summary>
    public bool Holds(Serial32 statSN) => statSN - First < (uint)Count;

    /// <summary>The header of a response that is kept; may be changed.</summary>
    public Span<byte> Header(Serial32 statSN) => _headers.AsSpan(Slot(statSN) * Bhs.Length, Bhs.Length);

    /// <summary>Its data segment.</summary>
    public byte[]? Data(Serial32 statSN) => _entries[Slot(statSN)].Data;

    /// <summary>The response stays, but nobody is left whom it answers.</summary>
    public void Detach(TargetTask task)
    {
        for (int i = 0; i < Count; i++)
        {
            ref Entry entry = ref _entries[Slot(i)];
            if (entry.Task == task)
            {
                entry.Task = null;
                return;
            }
        }
    }

    /// <summary>Drops the oldest response and gives the task that it answers, if there is one.</summary>
    public TargetTask? RemoveFirst()
    {
        ref Entry entry = ref _entries[_start];
        TargetTask? task = entry.Task;
        _dataBytes -= entry.Data?.Length ?? 0;
        entry = default;
        _start = (_start + 1) % _entries.Length;
        Count--;
        First += 1;
        return task;
    }

    private int Slot(int index) => (_start + index) % _entries.Length;

    private int Slot(Serial32 statSN) => Slot((int)(statSN - First));

    private void Grow()
    {
        byte[] headers = new byte[_headers.Length * 2];
        Entry[] entries = new Entry[_entries.Length * 2];
        for (int i = 0; i < Count; i++)
        {
            int slot = Slot(i);
            _headers.AsSpan(slot * Bhs.Length, Bhs.Length).CopyTo(headers.AsSpan(i * Bhs.Length));
            entries[i] = _entries[slot];
        }

        (_headers, _entries, _start) = (headers, entries, 0);
    }

    private struct Entry
    {
        public byte[]? Data;
        public TargetTask? Task;
    }
}
