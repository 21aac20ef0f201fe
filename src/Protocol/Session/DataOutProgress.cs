using System.Buffers;
using System.Runtime.CompilerServices;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>
/// Progress of the data that an initiator sends for one task: the unsolicited sequence, the R2Ts that are out and what did not come (RFC 7143 §4.2.5.2, §7.9, §11.7,
/// §11.8). Pure bookkeeping: it says where a Data-Out belongs or what is wrong with it.
/// </summary>
/// <remarks>
/// Bytes before <see cref="NextR2TOffset"/> have come, or are holes (<see cref="DataOutHoles"/>), or lie ahead in a sequence that is open. No byte lies in two open sequences and
/// none that has come lies ahead in one, also not in one of a recovery R2T: so what has come is never overwritten, and data that overlaps is told from data that is missing.
/// </remarks>
internal sealed class DataOutProgress
{
    private DataOutSequence[] _solicited = []; // grows to the R2Ts that are out at once
    private DataOutSequence _unsolicited;
    private DataOutHoles? _holes;
    private List<SentR2T>? _unanswered;
    private IMemoryOwner<byte>? _owner;
    private uint _firstTag;
    private uint _lastTag;
    private bool _solicitedOnce;
    private int _used;

    /// <summary>Highest MaxOutstandingR2T that this target agrees to.</summary>
    public const int MaxOutstandingR2T = 16;

    /// <summary>How often the same bytes are asked for again before the command fails.</summary>
    public const int MaxRounds = 8;

    /// <summary>R2Ts given up without an answer that are remembered, in case the initiator asks for one.</summary>
    public const int MaxUnanswered = 128;

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
    public bool Complete => Quiet && NextR2TOffset >= Accepted && _holes?.LosesBefore(Accepted) is not true;

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
        _solicited.AsSpan(0, _used).Clear();
        _used = 0;
        _solicitedOnce = false;
        _holes?.Clear();
        _unanswered = null;
    }

    /// <summary>Opens the unsolicited sequence behind the immediate data (F bit of the command clear).</summary>
    /// <param name="immediateBytes">Bytes of immediate data.</param>
    /// <param name="limitBytes">FirstBurstLength, or less when the initiator has less.</param>
    /// <param name="open">Unsolicited Data-Out PDUs follow.</param>
    /// <param name="now">The time.</param>
    public void BeginUnsolicited(uint immediateBytes, uint limitBytes, bool open, TimeSpan now)
    {
        _unsolicited = new DataOutSequence
        {
            Open = open, Begin = immediateBytes, Next = immediateBytes, End = limitBytes, TargetTransferTag = open ? Bhs.ReservedTag : 0, At = now,
        };
        NextR2TOffset = immediateBytes;
    }

    /// <summary>Makes room for <paramref name="lengthBytes"/> bytes, keeping what is there.</summary>
    public void EnsureBuffer(uint lengthBytes, MemoryPool<byte> pool)
    {
        if (Buffer.Length < lengthBytes)
        {
            MoveBuffer(lengthBytes, pool)?.Dispose();
        }
    }

    /// <summary>Moves the data to other memory.</summary>
    /// <returns>Who owns the memory that it was in.</returns>
    public IMemoryOwner<byte>? MoveBuffer(uint lengthBytes, MemoryPool<byte> pool)
    {
        IMemoryOwner<byte>? before = _owner;
        _owner = pool.Rent((int)lengthBytes);
        Memory<byte> other = _owner.Memory[..(int)lengthBytes];
        Buffer.CopyTo(other);
        Buffer = other;
        return before;
    }

    /// <summary>Puts immediate data in its place.</summary>
    public void TakeImmediate(ReadOnlySpan<byte> data) => data.CopyTo(Buffer.Span);

    /// <summary>Takes over a buffer that holds the whole data.</summary>
    public void Adopt(IMemoryOwner<byte> owner, int lengthBytes)
    {
        _owner = owner;
        Buffer = owner.Memory[..lengthBytes];
    }

    /// <summary>Says which bytes the next R2T should ask for: what was lost comes before what is new, as sequences have to be in order (RFC 7143 §13.19).</summary>
    public bool TryTakeWanted(uint mostBytes, out (uint Begin, uint End, byte Rounds) range)
    {
        if (_holes is not null && _holes.TryTakeLost(Accepted, mostBytes, out range))
        {
            range.Rounds = (byte)Math.Min(range.Rounds + 1, byte.MaxValue);
            return true;
        }

        range = (NextR2TOffset, NextR2TOffset + Math.Min(mostBytes, Accepted - Math.Min(NextR2TOffset, Accepted)), 0);
        return range.Begin < range.End;
    }

    /// <summary>Notes an R2T that goes out for what <see cref="TryTakeWanted"/> gave.</summary>
    public void Solicit(uint targetTransferTag, (uint Begin, uint End, byte Rounds) range, TimeSpan now)
    {
        int free = 0;
        while (free < _used && _solicited[free].Open)
        {
            free++;
        }

        if (free == _solicited.Length)
        {
            Array.Resize(ref _solicited, Math.Clamp(2 * free, 1, MaxOutstandingR2T));
        }

        _used = Math.Max(_used, free + 1);

        _solicited[free] = new DataOutSequence
        {
            Open = true, Begin = range.Begin, Next = range.Begin, End = range.End, Rounds = range.Rounds, TargetTransferTag = targetTransferTag, R2TSN = NextR2TSN, At = now,
        };
        _firstTag = _solicitedOnce ? _firstTag : targetTransferTag;
        _lastTag = targetTransferTag;
        _solicitedOnce = true;
        Outstanding++;
        NextR2TSN++;
        NextR2TOffset = Math.Max(NextR2TOffset, range.End);
    }

    /// <summary>Checks a Data-Out against its sequence. Nothing changes.</summary>
    /// <returns>Null when it fits, else what is wrong.</returns>
    public DataOutFault? Check(in DataOut pdu, ulong lun, int lengthBytes, DataOutRules rules)
    {
        ref DataOutSequence sequence = ref Find(pdu.TargetTransferTag);
        bool next = !Unsafe.IsNullRef(ref sequence)
            && pdu.DataSN.Value == sequence.DataSN
            && pdu.BufferOffset == sequence.Next
            && (uint)lengthBytes <= sequence.End - sequence.Next
            && (pdu.Lun == lun || pdu.TargetTransferTag == Bhs.ReservedTag);
        return next ? null : Judge(ref sequence, pdu, lun, lengthBytes, rules);
    }

    private DataOutFault? Judge(ref DataOutSequence sequence, in DataOut pdu, ulong lun, int lengthBytes, DataOutRules rules)
    {
        if (Unsafe.IsNullRef(ref sequence))
        {
            return WithoutSequence(pdu.TargetTransferTag, rules);
        }

        if (pdu.DataSN.Value != sequence.DataSN)
        {
            // A number that is missing means a PDU that was spoilt on the way (RFC 7143 §7.9).
            if (!rules.Recovers)
            {
                return new("7143/7.9 DataSN out of order", IscsiCondition.ProtocolServiceCrcError);
            }

            if (pdu.DataSN < new Serial32(sequence.DataSN))
            {
                return new("7143/7.9 DataSN that has been here", Condition: null);
            }
        }

        if (pdu.TargetTransferTag != Bhs.ReservedTag && pdu.Lun != lun)
        {
            return new("7143/11.7.4 LUN is not that of the R2T", IscsiCondition.IncorrectAmountOfData);
        }

        ulong end = (ulong)pdu.BufferOffset + (uint)lengthBytes;
        return !FitsOrder(ref sequence, pdu, (uint)Math.Min(end, uint.MaxValue), rules) ? new("7143/11.7.6 buffer offset out of order", IscsiCondition.IncorrectAmountOfData)
            : end > sequence.End ? new("7143/11.8.4 more data than asked for", IscsiCondition.IncorrectAmountOfData)
            : null;
    }

    /// <summary>Is the tag that of a sequence that is open?</summary>
    public bool Knows(uint targetTransferTag) => !Unsafe.IsNullRef(ref Find(targetTransferTag));

    /// <summary>Counts a Data-Out that passed <see cref="Check"/>.</summary>
    /// <param name="pdu">The PDU.</param>
    /// <param name="lengthBytes">Bytes of data in it.</param>
    /// <param name="arrived">False: its data was spoilt and is missing.</param>
    /// <param name="now">The time.</param>
    /// <returns>False when so many pieces are missing that they are not told apart any more.</returns>
    public bool Take(in DataOut pdu, int lengthBytes, bool arrived, TimeSpan now)
    {
        ref DataOutSequence sequence = ref Find(pdu.TargetTransferTag);
        sequence.DataSN = pdu.DataSN.Value + 1; // RFC 7143 §7.3: also when the PDU was rejected
        sequence.At = now;
        uint begin = pdu.BufferOffset;
        uint end = begin + (uint)lengthBytes;
        if (begin == sequence.Next && arrived)
        {
            sequence.Next = end;
            return true;
        }

        return TakeApart(ref sequence, begin, end, arrived);
    }

    private bool TakeApart(ref DataOutSequence sequence, uint begin, uint end, bool arrived)
    {
        if (begin < sequence.Next)
        {
            return !arrived || begin == end || _holes!.Fill(begin, end);
        }

        bool tracked = Holes.Add(sequence.Next, arrived ? begin : end, sequence.Begin);
        sequence.Next = end;
        return tracked;
    }

    /// <summary>
    /// Ends a sequence: at its F bit, when it makes no progress, or when its connection is gone. It is short when bytes did not come that were asked for, or that
    /// unsolicited data has to go on to: the first burst or all of the data (RFC 7143 §4.2.5.2).
    /// </summary>
    public SequenceEnd Close(uint targetTransferTag)
    {
        ref DataOutSequence sequence = ref Find(targetTransferTag);
        sequence.Open = false;
        bool reachedEnd = sequence.Next == sequence.End;
        bool tracked = true;
        if (targetTransferTag == Bhs.ReservedTag)
        {
            NextR2TOffset = sequence.Next; // from here on it is a matter of ordinary R2Ts
        }
        else
        {
            Outstanding--;
            tracked = reachedEnd || Holes.Add(sequence.Next, sequence.End, sequence.Begin);
        }

        bool holes = _holes is { IsEmpty: false } && _holes.Lose(sequence.Begin, sequence.End, sequence.Rounds);
        return reachedEnd && !holes ? SequenceEnd.Whole
            : tracked && sequence.Rounds < MaxRounds ? SequenceEnd.Short
            : SequenceEnd.Exhausted;
    }

    /// <summary>Ends a sequence that makes no progress, see <see cref="Close"/>. An R2T that nothing came for may never have reached the initiator, and is remembered.</summary>
    public SequenceEnd GiveUp(uint targetTransferTag)
    {
        ref DataOutSequence sequence = ref Find(targetTransferTag);
        if (targetTransferTag != Bhs.ReservedTag && sequence.DataSN == 0)
        {
            _unanswered ??= [];
            if (_unanswered.Count == MaxUnanswered)
            {
                _unanswered.RemoveAt(0);
            }

            _unanswered.Add(sequence.R2T);
        }

        return Close(targetTransferTag);
    }

    /// <summary>Ends every sequence, because the connection is gone. What has come is kept; the rest can be asked for again.</summary>
    /// <returns>False when so many pieces are missing that they are not told apart any more.</returns>
    public bool Stop()
    {
        bool tracked = true;
        if (_unsolicited.Open)
        {
            Close(Bhs.ReservedTag);
        }

        for (int i = 0; i < _used; i++)
        {
            if (_solicited[i].Open)
            {
                _solicited[i].Rounds = (byte)Math.Max(0, _solicited[i].Rounds - 1); // it was broken off: this time does not count
                tracked &= Close(_solicited[i].TargetTransferTag) != SequenceEnd.Exhausted;
            }
        }

        _unanswered = null;
        return tracked;
    }

    /// <summary>Finds a sequence that has made no progress since a time.</summary>
    public bool TryFindStalled(TimeSpan since, out uint targetTransferTag)
    {
        if (_unsolicited.Open && _unsolicited.At <= since)
        {
            targetTransferTag = Bhs.ReservedTag;
            return true;
        }

        for (int i = 0; i < _used; i++)
        {
            if (_solicited[i].Open && _solicited[i].At <= since)
            {
                targetTransferTag = _solicited[i].TargetTransferTag;
                return true;
            }
        }

        targetTransferTag = 0;
        return false;
    }

    /// <summary>The R2Ts that are out, in the order they were sent in.</summary>
    public List<SentR2T> Unanswered()
    {
        List<SentR2T> found = [];
        foreach (ref readonly DataOutSequence sequence in _solicited.AsSpan(0, _used))
        {
            if (sequence.Open)
            {
                found.Add(sequence.R2T);
            }
        }

        found.Sort((one, other) => (one.R2TSN - NextR2TSN).CompareTo(other.R2TSN - NextR2TSN)); // all are before it, however the numbers wrap
        return found;
    }

    /// <summary>The same from a number on, and with them those that were given up without an answer.</summary>
    public List<SentR2T> UnansweredFrom(uint begin)
    {
        List<SentR2T> found = Unanswered();
        found.AddRange(_unanswered ?? []);
        uint sent = NextR2TSN - begin;
        found.RemoveAll(r2t => r2t.R2TSN - begin >= sent);
        found.Sort((one, other) => (one.R2TSN - begin).CompareTo(other.R2TSN - begin));
        return found;
    }

    private DataOutHoles Holes => _holes ??= new();

    private DataOutFault WithoutSequence(uint targetTransferTag, DataOutRules rules)
    {
        bool unsolicited = targetTransferTag == Bhs.ReservedTag;

        // Where sequences are given up and asked for again, data of the first try may still be on its way.
        if (rules.Recovers && (unsolicited ? _unsolicited.TargetTransferTag == Bhs.ReservedTag : _solicitedOnce && targetTransferTag - _firstTag <= _lastTag - _firstTag))
        {
            return new("7143/7.1.4.1 data of a sequence that has ended", Condition: null);
        }

        return unsolicited
            ? new("7143/11.7 unsolicited data that was not announced", IscsiCondition.UnexpectedUnsolicitedData)
            : new("7143/11.7.4 target transfer tag is not one of ours", IscsiCondition.IncorrectAmountOfData);
    }

    // RFC 7143 §11.7.6, §11.8. Also where PDUs may come in any order none may overlap another: a sequence brings all that was asked for and no byte more.
    private bool FitsOrder(ref DataOutSequence sequence, in DataOut pdu, uint end, DataOutRules rules)
    {
        uint begin = pdu.BufferOffset;
        if (begin == sequence.Next)
        {
            return true;
        }

        bool mayLeaveHole = !rules.PdusInOrder || pdu.DataSN.Value != sequence.DataSN;
        return begin > sequence.Next ? mayLeaveHole
            : !rules.PdusInOrder && begin >= sequence.Begin && (begin == end || _holes?.Contains(begin, end) is true);
    }

    private ref DataOutSequence Find(uint targetTransferTag)
    {
        if (targetTransferTag == Bhs.ReservedTag)
        {
            return ref _unsolicited.Open ? ref _unsolicited : ref Unsafe.NullRef<DataOutSequence>();
        }

        for (int i = 0; i < _used; i++)
        {
            if (_solicited[i].Open && _solicited[i].TargetTransferTag == targetTransferTag)
            {
                return ref _solicited[i];
            }
        }

        return ref Unsafe.NullRef<DataOutSequence>();
    }
}
