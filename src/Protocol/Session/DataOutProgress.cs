using System.Buffers;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>
/// Progress of the data that an initiator sends for one task: the unsolicited sequence and the R2Ts that are out (RFC 7143 §4.2.5.2, §11.7, §11.8). Pure
/// bookkeeping: it says where a Data-Out belongs or what is wrong with it.
/// </summary>
internal sealed class DataOutProgress
{
    private readonly Sequence[] _solicited = new Sequence[MaxOutstandingR2T];
    private Sequence _unsolicited;
    private IMemoryOwner<byte>? _owner;

    /// <summary>Highest MaxOutstandingR2T that this target agrees to.</summary>
    public const int MaxOutstandingR2T = 16;

    /// <summary>Where the data lands; empty until the first byte that is wanted.</summary>
    public Memory<byte> Buffer { get; private set; }

    /// <summary>Bytes that the target takes: the smaller of what the CDB wants and what the initiator has.</summary>
    public uint Accepted { get; set; }

    /// <summary>First byte that nobody has asked for yet.</summary>
    public uint NextR2TOffset { get; set; }

    /// <summary>R2TSN of the next R2T.</summary>
    public uint NextR2TSN { get; set; }

    /// <summary>R2Ts whose data is not complete.</summary>
    public int Outstanding { get; private set; }

    /// <summary>The initiator is still sending unsolicited data.</summary>
    public bool UnsolicitedOpen => _unsolicited.Open;

    /// <summary>Neither unsolicited nor solicited data is on its way.</summary>
    public bool Quiet => !_unsolicited.Open && Outstanding == 0;

    /// <summary>Everything that is accepted has come.</summary>
    public bool Complete => Quiet && NextR2TOffset >= Accepted;

    public void Reset()
    {
        _owner?.Dispose();
        _owner = null;
        Buffer = default;
        Accepted = 0;
        NextR2TOffset = 0;
        NextR2TSN = 0;
        Outstanding = 0;
        _unsolicited = default;
        _missing = null;
        Array.Clear(_solicited);
    }

    /// <summary>Opens the unsolicited sequence behind the immediate data (F bit of the command clear).</summary>
    /// <param name="immediateBytes">Bytes of immediate data.</param>
    /// <param name="limitBytes">FirstBurstLength, or less when the initiator has less.</param>
    /// <param name="open">Unsolicited Data-Out PDUs follow.</param>
    public void BeginUnsolicited(uint immediateBytes, uint limitBytes, bool open) =>
        _unsolicited = new Sequence { Open = open, Next = immediateBytes, End = limitBytes, TargetTransferTag = Bhs.ReservedTag };

    /// <summary>Makes room for <paramref name="lengthBytes"/> bytes, keeping what is there.</summary>
    public void EnsureBuffer(uint lengthBytes, MemoryPool<byte> pool)
    {
        if (Buffer.Length >= lengthBytes)
        {
            return;
        }

        IMemoryOwner<byte> owner = pool.Rent((int)lengthBytes);
        Memory<byte> larger = owner.Memory[..(int)lengthBytes];
        Buffer.CopyTo(larger);
        _owner?.Dispose();
        _owner = owner;
        Buffer = larger;
    }

    /// <summary>Puts immediate data in its place.</summary>
    public void TakeImmediate(ReadOnlySpan<byte> data) => data.CopyTo(Buffer.Span);

    /// <summary>Takes over a buffer that holds the whole data.</summary>
    public void Adopt(IMemoryOwner<byte> owner, int lengthBytes)
    {
        _owner = owner;
        Buffer = owner.Memory[..lengthBytes];
    }

    /// <summary>Notes an R2T that goes out.</summary>
    public void Solicit(uint targetTransferTag, uint offset, uint lengthBytes)
    {
        for (int i = 0; i < _solicited.Length; i++)
        {
            if (!_solicited[i].Open)
            {
                _solicited[i] = new Sequence { Open = true, Next = offset, End = offset + lengthBytes, TargetTransferTag = targetTransferTag };
                Outstanding++;
                NextR2TSN++;
                NextR2TOffset = Math.Max(NextR2TOffset, offset + lengthBytes);
                return;
            }
        }

        throw new System.Diagnostics.UnreachableException("more R2Ts than MaxOutstandingR2T");
    }

    /// <summary>Checks a Data-Out against its sequence. Nothing changes.</summary>
    /// <returns>Null when it is in order, else what is wrong.</returns>
    public DataOutFault? Check(in DataOut pdu, ulong lun, int lengthBytes)
    {
        ref Sequence sequence = ref Find(pdu.TargetTransferTag);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref sequence) || !sequence.Open)
        {
            return pdu.TargetTransferTag == Bhs.ReservedTag
                ? new("7143/11.7 unsolicited data that was not announced", IscsiCondition.UnexpectedUnsolicitedData)
                : new("7143/11.7.4 target transfer tag is not one of ours", IscsiCondition.IncorrectAmountOfData);
        }

        // A number that is missing means a PDU that was spoilt on the way (RFC 7143 §7.9).
        return pdu.DataSN.Value != sequence.DataSN ? new("7143/7.9 DataSN out of order", IscsiCondition.ProtocolServiceCrcError)
            : pdu.TargetTransferTag != Bhs.ReservedTag && pdu.Lun != lun ? new("7143/11.7.4 LUN is not that of the R2T", IscsiCondition.IncorrectAmountOfData)
            : pdu.BufferOffset != sequence.Next ? new("7143/11.7.6 buffer offset out of order", IscsiCondition.IncorrectAmountOfData)
            : sequence.End - sequence.Next < (uint)lengthBytes ? new("7143/11.8.4 more data than asked for", IscsiCondition.IncorrectAmountOfData)
            : null;
    }

    /// <summary>Is the tag that of a sequence that is open?</summary>
    public bool Knows(uint targetTransferTag)
    {
        ref Sequence sequence = ref Find(targetTransferTag);
        return !System.Runtime.CompilerServices.Unsafe.IsNullRef(ref sequence) && sequence.Open;
    }

    /// <summary>Counts a Data-Out that passed <see cref="Check"/>.</summary>
    public void Advance(in DataOut pdu, int lengthBytes)
    {
        ref Sequence sequence = ref Find(pdu.TargetTransferTag);
        sequence.DataSN++;
        sequence.Next += (uint)lengthBytes;
    }

    /// <summary>
    /// Ends a sequence at its F bit. False when bytes did not come that were asked for, or that unsolicited data has to go on to: the first burst or all of
    /// the data (RFC 7143 §4.2.5.2).
    /// </summary>
    public bool Close(uint targetTransferTag)
    {
        ref Sequence sequence = ref Find(targetTransferTag);
        sequence.Open = false;
        if (targetTransferTag == Bhs.ReservedTag)
        {
            NextR2TOffset = sequence.Next;
        }
        else
        {
            Outstanding--;
        }

        return sequence.Next == sequence.End;
    }

    private List<(uint Offset, uint Length)>? _missing;

    /// <summary>Nothing that was asked for will come any more.</summary>
    public void Stop()
    {
        foreach (ref Sequence sequence in _solicited.AsSpan())
        {
            if (sequence.Open && sequence.Next < sequence.End)
            {
                (_missing ??= []).Add((sequence.Next, sequence.End - sequence.Next));
            }

            sequence = default;
        }

        Outstanding = 0;
        if (_unsolicited.Open)
        {
            NextR2TOffset = _unsolicited.Next;
            _unsolicited.Open = false;
        }
    }

    /// <summary>What <see cref="Stop"/> left unanswered.</summary>
    public List<(uint Offset, uint Length)> TakeMissing()
    {
        List<(uint Offset, uint Length)> missing = _missing ?? [];
        _missing = null;
        return missing;
    }

    private ref Sequence Find(uint targetTransferTag)
    {
        if (targetTransferTag == Bhs.ReservedTag)
        {
            return ref _unsolicited;
        }

        for (int i = 0; i < _solicited.Length; i++)
        {
            if (_solicited[i].Open && _solicited[i].TargetTransferTag == targetTransferTag)
            {
                return ref _solicited[i];
            }
        }

        return ref System.Runtime.CompilerServices.Unsafe.NullRef<Sequence>();
    }

    private struct Sequence
    {
        public bool Open;
        public uint TargetTransferTag;
        public uint Next;
        public uint End;
        public uint DataSN;
    }
}
