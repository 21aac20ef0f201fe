using System.Buffers;

namespace Blockwire.Wire;

/// <summary>
/// PDUs of one connection, emitted in order and waiting for one gather write: a header slot each, and a reference to the data segment.
/// Padding, lengths and digests are added by <see cref="Seal"/>, so that no sender of a PDU has to think of them (RFC 7143 §11.2.3, §11.2.4).
/// </summary>
/// <remarks>
/// Not thread-safe: it is filled under the lock of the session and drained by the one sender of the connection. A data segment whose owner is given belongs to
/// the batch until <see cref="Recycle"/>; memory without an owner must stay valid until then.
/// </remarks>
public sealed class PduBatch
{
    /// <summary>Most pieces of memory that one PDU consists of: header and its digest, data, padding and data digest.</summary>
    public const int MaxPiecesPerPdu = 3;

    private const int SlotBytes = 64;
    private const int TrailerAt = Bhs.Length + DigestBytes;
    private const int DigestBytes = 4;
    private const int FirstCapacity = 4;
    private const int LargestKeptCapacity = 1024;

    private byte[] _slots = [];
    private Entry[] _entries = [];
    private int _sealed;

    /// <summary>PDUs in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all data segments in the batch.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Sum of the charges given to <see cref="Add"/>: what the sender returns to the session's data budget once the batch is sent.</summary>
    public long Charge { get; private set; }

    /// <summary>Appends a PDU and gives the 48 bytes for its header. The caller emits into them at once; lengths are not its concern.</summary>
    /// <param name="data">The data segment, without padding.</param>
    /// <param name="owner">Disposed after sending; null when the memory is somebody else's.</param>
    /// <param name="charge">Bytes of the session's data budget that are free again once this PDU is sent.</param>
    public Span<byte> Add(ReadOnlyMemory<byte> data = default, IMemoryOwner<byte>? owner = null, long charge = 0)
    {
        if (Count == _entries.Length)
        {
            Grow();
        }

        _entries[Count] = new Entry { Data = data, Owner = owner };
        DataBytes += data.Length;
        Charge += charge;
        return _slots.AsSpan(Count++ * SlotBytes, Bhs.Length);
    }

    /// <summary>The same for a PDU with AHSs: a long CDB, or a bidirectional command (RFC 7143 §11.2.2).</summary>
    /// <param name="ahs">All AHSs with their padding, in memory that stays as it is until <see cref="Recycle"/>.</param>
    /// <param name="data">The data segment, without padding.</param>
    /// <param name="owner">Disposed after sending; null when the memory is somebody else's.</param>
    public Span<byte> AddWithAhs(ReadOnlyMemory<byte> ahs, ReadOnlyMemory<byte> data, IMemoryOwner<byte>? owner)
    {
        Span<byte> bhs = Add(data, owner);
        _entries[Count - 1].Ahs = ahs;
        return bhs;
    }

    /// <summary>Completes all PDUs added since the last call: lengths, padding, digests. To be called before the batch is sent.</summary>
    public void Seal(bool headerDigest, bool dataDigest)
    {
        for (; _sealed < Count; _sealed++)
        {
            ref Entry entry = ref _entries[_sealed];
            Span<byte> slot = _slots.AsSpan(_sealed * SlotBytes, SlotBytes);
            Bhs.SetLengths(slot, entry.Ahs.Length, entry.Data.Length);
            if (entry.Ahs.IsEmpty)
            {
                entry.HeadBytes = SealHead(slot, Bhs.Length, headerDigest);
            }
            else
            {
                // Rare: the slots have no room for AHSs.
                entry.Head = new byte[Bhs.Length + entry.Ahs.Length + DigestBytes];
                slot[..Bhs.Length].CopyTo(entry.Head);
                entry.Ahs.Span.CopyTo(entry.Head.AsSpan(Bhs.Length));
                entry.HeadBytes = SealHead(entry.Head, Bhs.Length + entry.Ahs.Length, headerDigest);
            }

            int padding = -entry.Data.Length & 3;
            slot.Slice(TrailerAt, padding).Clear();
            entry.TrailerBytes = padding;
            if (dataDigest && !entry.Data.IsEmpty)
            {
                uint crc = Crc32C.Append(Crc32C.Compute(entry.Data.Span), slot.Slice(TrailerAt, padding));
                Digest.Write(slot[(TrailerAt + padding)..], crc);
                entry.TrailerBytes += DigestBytes;
            }
        }
    }

    /// <summary>Number of pieces of memory in the sealed batch, for walking it with <see cref="Piece"/>.</summary>
    public int PieceCount => Count * MaxPiecesPerPdu;

    /// <summary>Piece <paramref name="index"/> of the sealed batch; may be empty.</summary>
    public ReadOnlyMemory<byte> Piece(int index)
    {
        int pdu = index / MaxPiecesPerPdu;
        ref readonly Entry entry = ref _entries[pdu];
        return (index % MaxPiecesPerPdu) switch
        {
            0 => entry.Head is { } head ? head.AsMemory(0, entry.HeadBytes) : _slots.AsMemory(pdu * SlotBytes, entry.HeadBytes),
            1 => entry.Data,
            _ => _slots.AsMemory((pdu * SlotBytes) + TrailerAt, entry.TrailerBytes),
        };
    }

    /// <summary>Header of PDU <paramref name="index"/>, for tests and traces.</summary>
    public ReadOnlySpan<byte> Header(int index) => _slots.AsSpan(index * SlotBytes, Bhs.Length);

    /// <summary>Data segment of PDU <paramref name="index"/>, for tests and traces.</summary>
    public ReadOnlyMemory<byte> Data(int index) => _entries[index].Data;

    /// <summary>Gives every owned data segment back and empties the batch for reuse.</summary>
    public void Recycle()
    {
        for (int i = 0; i < Count; i++)
        {
            _entries[i].Owner?.Dispose();
        }

        if (_entries.Length > LargestKeptCapacity)
        {
            Empty();
        }
        else
        {
            Array.Clear(_entries, 0, Count);
        }

        Count = 0;
        _sealed = 0;
        DataBytes = 0;
        Charge = 0;
    }

    /// <summary>Gives up room that a quiet connection does not need. Nothing happens while PDUs are in the batch.</summary>
    public void Rest()
    {
        if (Count == 0 && _entries.Length > FirstCapacity)
        {
            Empty();
        }
    }

    private void Empty()
    {
        _slots = [];
        _entries = [];
    }

    private static int SealHead(Span<byte> head, int length, bool digest)
    {
        if (!digest)
        {
            return length;
        }

        Digest.Write(head[length..], Crc32C.Compute(head[..length]));
        return length + DigestBytes;
    }

    private void Grow()
    {
        int capacity = Math.Max(FirstCapacity, _entries.Length * 2);
        byte[] slots = GC.AllocateUninitializedArray<byte>(capacity * SlotBytes, pinned: true);
        _slots.CopyTo(slots, 0);
        _slots = slots;
        Array.Resize(ref _entries, capacity);
    }

    private struct Entry
    {
        public ReadOnlyMemory<byte> Data;
        public IMemoryOwner<byte>? Owner;
        public ReadOnlyMemory<byte> Ahs;
        public byte[]? Head;
        public int HeadBytes;
        public int TrailerBytes;
    }
}
