using Blockwire.Wire;

namespace Blockwire.Trace.Streams;

/// <summary>
/// Cuts one direction of a connection into PDUs. When it does not know where one begins (a capture that starts in the middle, a gap), it searches; when it does not know
/// whether digests are in use, it tries.
/// </summary>
internal sealed class PduFramer(TracedConnection connection, bool isFirst, MemoryBudget budget) : IByteReceiver
{
    // A stream in which no PDU was found in so much is not iSCSI's.
    private const int MostSearched = 8 << 20;
    private const int MostBeforeRecognized = 256 << 10;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private bool _searching = !connection.SeenFromStart && !connection.IsMixed;
    private bool _everFound;
    private long _searched;
    private int _segmentAt;     // offset in the buffer where the last segment began
    private int _missing;       // bytes of the PDU at the front that the capture lacks

    public void Feed(ReadOnlySpan<byte> bytes, Moment moment)
    {
        if (connection.IsForeign)
        {
            Drop();
            return;
        }

        if (!TryAppend(bytes))
        {
            connection.Sink.OnNote(connection, moment, "a PDU was given up: too much of all connections waits for its end");
            LoseTrack();
            return;
        }

        Advance(moment);
    }

    public void Skip(long count, Moment moment)
    {
        if (connection.IsForeign)
        {
            return;
        }

        if (_everFound || connection.Number != 0)
        {
            connection.Sink.OnNote(connection, moment, $"{count} bytes from {Sender} are missing in the capture");
        }

        // A gap within the data of a PDU whose header is there leaves the next PDU where it is.
        if (!_searching && _end - _start >= Bhs.Length && count < MaxPduBytes && count <= Layout().TotalLength - (_end - _start) && TryAppend(new byte[count]))
        {
            _missing += (int)count;
            Advance(moment);
            return;
        }

        LoseTrack();
    }

    public void End(Moment moment)
    {
        if (!connection.IsForeign)
        {
            Advance(moment, isEnd: true);
            if (_end > _start && !_searching && connection.Number != 0)
            {
                string of = _end - _start >= Bhs.Length ? $" of {Layout().TotalLength}" : "";
                connection.Sink.OnNote(connection, moment, $"what {Sender} sent ends within a PDU: {_end - _start}{of} bytes are there");
            }

            if (connection.Number != 0 && Role is { } fromInitiator)
            {
                connection.Sink.OnEnd(connection, fromInitiator);
            }
        }

        Drop();
    }

    private const int MaxPduBytes = Bhs.Length + Bhs.MaxAhsLength + Bhs.MaxDataSegmentLength + 16;

    private bool? Role => connection.IsMixed ? null : connection.IsInitiator(isFirst);

    private string Sender => Role switch { true => connection.Initiator, false => connection.Target, null => "the sender" };

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start.._end);

    private FrameLayout Layout() => FrameLayout.Measure(Unread, connection.HeaderDigest ?? false, connection.DataDigest ?? false);

    private void Advance(Moment moment, bool isEnd = false)
    {
        while (!connection.IsForeign && (_searching ? TryFind(moment, isEnd) : TryTake(moment, isEnd)))
        {
            // One PDU, or the beginning of one, each time.
        }
    }

    private bool TryTake(Moment moment, bool isEnd)
    {
        if (_end - _start < Bhs.Length || !IsMine(moment))
        {
            return false;
        }

        BhsView view = new(Unread);
        bool isInitiators = Bhs.IsFromInitiator(view.Opcode);
        bool isStrange = !Bhs.IsDefined(view.Opcode) || (Role is { } role && role != isInitiators);
        if (!TryMeasure(isEnd, out FrameLayout layout) || _end - _start < layout.TotalLength)
        {
            return false;
        }

        byte[] bytes = Unread[..layout.TotalLength].ToArray();
        TracedPdu pdu = new(connection, Role ?? isInitiators, bytes, layout, moment, _missing);
        _missing = 0;
        Consume(layout.TotalLength);
        _everFound = true;
        connection.Recognize();
        connection.Sink.OnPdu(pdu);
        isStrange |= pdu.HeaderDigest == DigestState.Wrong; // then its lengths said nothing (RFC 7143 §7.8)
        if (isStrange && _end - _start >= Bhs.Length && !PduBoundary.IsPlausible(Unread, Role))
        {
            connection.Sink.OnNote(connection, moment, $"what {Sender} sent is not understood here: looking for the next PDU");
            LoseTrack(keepBytes: true);
        }

        return true;
    }

    // Where the PDU at the front ends. What is not known of digests is tried: a CRC that fits is no accident.
    private bool TryMeasure(bool isEnd, out FrameLayout layout)
    {
        ReadOnlySpan<byte> bytes = Unread;
        layout = Layout();
        if (connection.HeaderDigest is null)
        {
            FrameLayout with = FrameLayout.Measure(bytes, headerDigest: true, connection.DataDigest ?? false);
            if (bytes.Length >= with.DataOffset)
            {
                connection.HeaderDigest = with.CheckHeaderDigest(bytes);
                layout = connection.HeaderDigest == true ? with : layout;
            }
            else if (bytes.Length != layout.TotalLength && !isEnd)
            {
                return false;
            }
        }

        if (connection.DataDigest is null && layout.DataLength > 0)
        {
            FrameLayout with = FrameLayout.Measure(bytes, connection.HeaderDigest ?? false, dataDigest: true);
            if (bytes.Length >= with.TotalLength)
            {
                connection.DataDigest = with.CheckDataDigest(bytes);
                layout = connection.DataDigest == true ? with : layout;
            }
            else if (bytes.Length != layout.TotalLength && !isEnd)
            {
                return false;
            }
        }

        return true;
    }

    // Seen from its first byte on, a connection that speaks iSCSI begins with a Login Request (RFC 7143 §6.3.1).
    private bool IsMine(Moment moment)
    {
        if (connection.Number != 0 || connection.IsMixed || connection.IsOnStandardPort || !connection.SeenFromStart)
        {
            return true;
        }

        if (Role == false)
        {
            connection.IsForeign |= _end - _start > MostBeforeRecognized;
            return false;
        }

        BhsView view = new(Unread);
        if (view.Opcode == Opcode.LoginRequest && PduBoundary.IsPlausible(Unread, true))
        {
            return true;
        }

        // A login that is wrong somewhere is still one.
        if ((view.RawOpcode & 0xBF) == (byte)Opcode.LoginRequest && view is { TotalAhsLengthBytes: 0, DataSegmentLength: <= 65536 } && Unread[2] == 0)
        {
            return true;
        }

        connection.IsForeign = true;
        return false;
    }

    private bool TryFind(Moment moment, bool isEnd)
    {
        while (_end - _start >= Bhs.Length)
        {
            ReadOnlySpan<byte> bytes = Unread;
            if (PduBoundary.IsPlausible(bytes, Role) && Confirm(bytes, isEnd) is var found && found != false)
            {
                if (found is null)
                {
                    return false;
                }

                _searching = false;
                _searched = 0;
                connection.FirstIsInitiator ??= Bhs.IsFromInitiator(new BhsView(bytes).Opcode) == isFirst;
                return true;
            }

            Consume(1);
            if (++_searched > MostSearched && !_everFound)
            {
                connection.IsForeign = connection.Number == 0;
                Drop();
                return false;
            }
        }

        return false;
    }

    // Is the candidate followed by another, or by the end of what was sent at once? Null: not enough is there to say.
    private bool? Confirm(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        if (_start == _segmentAt)
        {
            return true; // senders begin segments with PDUs, and 48 bytes without a fault are evidence enough then
        }

        bool isShort = false;
        foreach (bool header in Choices(connection.HeaderDigest))
        {
            foreach (bool data in Choices(connection.DataDigest))
            {
                FrameLayout layout = FrameLayout.Measure(bytes, header, data);
                if (bytes.Length >= layout.DataOffset && header && layout.CheckHeaderDigest(bytes))
                {
                    return true;
                }

                if (bytes.Length == layout.TotalLength || (bytes.Length >= layout.TotalLength + Bhs.Length && PduBoundary.IsPlausible(bytes[layout.TotalLength..], Role)))
                {
                    return true;
                }

                isShort |= bytes.Length < layout.TotalLength + Bhs.Length;
            }
        }

        return isShort && !isEnd ? null : false;
    }

    private static bool[] Choices(bool? known) => known is { } it ? [it] : [true, false];

    private void LoseTrack(bool keepBytes = false)
    {
        _searching = true;
        _missing = 0;
        if (keepBytes)
        {
            Consume(1);
        }
        else
        {
            Drop();
        }
    }

    private void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
            _segmentAt = 0;
            if (_buffer.Length > 1 << 20)
            {
                Drop();
            }
        }
    }

    private bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        int needed = _end - _start + bytes.Length;
        if (_end + bytes.Length > _buffer.Length)
        {
            if (needed > _buffer.Length)
            {
                int size = Math.Max(needed, Math.Min(_buffer.Length * 2, MaxPduBytes * 2));
                if (!budget.TryTake(size - _buffer.Length))
                {
                    return false;
                }

                byte[] larger = new byte[size];
                Unread.CopyTo(larger);
                _buffer = larger;
            }
            else
            {
                Unread.CopyTo(_buffer);
            }

            (_start, _end) = (0, _end - _start);
        }

        _segmentAt = _end;
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
        return true;
    }

    private void Drop()
    {
        budget.GiveBack(_buffer.Length);
        _buffer = [];
        _start = _end = _segmentAt = 0;
    }
}
