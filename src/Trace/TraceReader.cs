using System.Text;
using Blockwire.Trace.Reading;
using Blockwire.Trace.Rules;
using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace;

/// <summary>Takes what a <see cref="TraceReader"/> finds.</summary>
public interface ITraceOutput
{
    /// <summary>A PDU, with the rules that it breaks.</summary>
    void OnPdu(TracedPdu pdu);

    /// <summary>Something about the capture itself: bytes that it lacks, an end in the middle, packets that are not understood.</summary>
    /// <param name="connection">The connection it is about; null when it is about the whole.</param>
    /// <param name="moment">When.</param>
    /// <param name="text">One line.</param>
    void OnNote(TracedConnection? connection, Moment moment, string text);
}

/// <summary>
/// Reads captures (pcap, pcapng) and bare PDUs (binary, or hexadecimal text), and hands out every PDU in the order in which it was complete. Works as it reads: what it holds
/// at a time is bounded, however long or hostile the input.
/// </summary>
/// <param name="output">Told everything.</param>
public sealed class TraceReader(ITraceOutput output) : IPduSink
{
    private const long MostMemory = 192 << 20;
    private const int Piece = 64 << 10;

    private readonly MemoryBudget _budget = new(MostMemory);
    private readonly ConversationRules _rules = new();
    private readonly HashSet<int> _unknownLinks = [];
    private long _fragments;
    private int _connections;
    private int _opened;

    /// <summary>PDUs found.</summary>
    public long PduCount { get; private set; }

    /// <summary>Rules broken, each counted as often as a PDU breaks it.</summary>
    public long ProblemCount { get; private set; }

    /// <summary>iSCSI connections found.</summary>
    public int ConnectionCount => _connections;

    /// <summary>TCP connections in which no PDU was found.</summary>
    public int ForeignConnectionCount => _opened - _connections;

    /// <summary>Reads all of a stream. What it is shows by its first bytes.</summary>
    /// <exception cref="TraceException">It cannot be read, from the beginning or from some place on; PDUs before that were handed out.</exception>
    public void Read(Stream stream)
    {
        ByteSource source = new(stream);
        ReadOnlySpan<byte> first = source.Peek(4096);
        if (first.IsEmpty)
        {
            throw new TraceException("it is empty");
        }

        if (OtherFormat(first) is { } other)
        {
            throw new TraceException(other);
        }

        if (PcapReader.Recognizes(first) || PcapngReader.Recognizes(first))
        {
            ReadCapture(source);
        }
        else if (IsText(first))
        {
            ReadText(source);
        }
        else
        {
            ReadPdus(source);
        }
    }

    /// <inheritdoc/>
    void IPduSink.OnPdu(TracedPdu pdu)
    {
        pdu.Number = ++PduCount;
        _rules.OnPdu(pdu);
        ProblemCount += pdu.Problems.Count;
        output.OnPdu(pdu);
    }

    /// <inheritdoc/>
    void IPduSink.OnNote(TracedConnection? connection, Moment moment, string text)
    {
        if (connection is not null)
        {
            _rules.OnGap(connection);
        }

        output.OnNote(connection, moment, text);
    }

    /// <inheritdoc/>
    void IPduSink.OnEnd(TracedConnection connection, bool fromInitiator) => _rules.OnEnd(connection);

    /// <inheritdoc/>
    int IPduSink.NextConnectionNumber() => ++_connections;

    private static string? OtherFormat(ReadOnlySpan<byte> first) =>
        first.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "it is compressed by gzip: try zcat FILE | blockwire decode"
        : first.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "it is compressed by zstd: try zstdcat FILE | blockwire decode"
        : first.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z']) ? "it is compressed by xz: try xzcat FILE | blockwire decode"
        : first.StartsWith("BZh"u8) ? "it is compressed by bzip2: try bzcat FILE | blockwire decode"
        : first.StartsWith("snoop\0"u8) || first.StartsWith("RTSS"u8) || first.StartsWith((ReadOnlySpan<byte>)[(byte)'G', (byte)'M', (byte)'B', (byte)'U'])
            ? "it is a capture of another format: try editcap -F pcapng FILE NEW.pcapng (it comes with Wireshark)"
        : null;

    private static bool IsText(ReadOnlySpan<byte> first) => first.IndexOfAnyInRange((byte)0, (byte)8) < 0 && first.IndexOfAnyInRange((byte)14, (byte)31) < 0;

    private void ReadCapture(ByteSource source)
    {
        TcpTracker tracker = NewTracker();
        long last = 0;
        void Note(string text) => output.OnNote(null, new(null, last), text);
        try
        {
            foreach (CapturedPacket packet in PcapngReader.Recognizes(source.Peek(4)) ? PcapngReader.Read(source, Note) : PcapReader.Read(source, Note))
            {
                last = packet.Number;
                if (packet.DropCount > 0)
                {
                    Note($"packets that the capture lacks before packet {packet.Number}: {packet.DropCount}");
                    _rules.OnLoss();
                }

                OnPacket(packet, tracker);
            }
        }
        finally
        {
            Finish(tracker, last); // what was whole before a broken place is shown
        }

        if (PduCount == 0)
        {
            throw new TraceException(last == 0 ? "the capture holds no packets" : $"no iSCSI PDU in the {last} packets of the capture");
        }
    }

    private TcpTracker NewTracker() => new(
        (client, server, seenFromStart) =>
        {
            _opened++;
            return new(client, server, seenFromStart, mixed: false, _budget, this);
        },
        _budget);

    private void Finish(TcpTracker tracker, long last)
    {
        tracker.Finish(new(null, last));
        if (_fragments > 0)
        {
            output.OnNote(null, new(null, last), $"{_fragments} IP fragments were left out: what they carried shows as missing bytes");
        }
    }

    private void OnPacket(in CapturedPacket packet, TcpTracker tracker)
    {
        Moment moment = new(packet.Nanoseconds, packet.Number);
        if (!LinkLayer.IsKnown(packet.LinkType))
        {
            if (_unknownLinks.Add(packet.LinkType))
            {
                output.OnNote(null, moment, $"packets of link type {packet.LinkType} are left out: Ethernet, raw IP, loopback and Linux cooked are understood");
            }

            return;
        }

        if (!LinkLayer.TryFindIp(packet.LinkType, packet.Bytes.Span, out ReadOnlySpan<byte> ip))
        {
            return;
        }

        IpContent content = IpLayer.Read(ip, out Endpoint source, out Endpoint destination, out ReadOnlySpan<byte> bytes, out int length);
        _fragments += content == IpContent.Fragment ? 1 : 0;
        if (content == IpContent.Tcp && TcpSegment.TryRead(source, destination, bytes, length, out TcpSegment segment, out ReadOnlySpan<byte> payload))
        {
            tracker.OnSegment(segment, payload, moment);
        }
    }

    private void ReadText(ByteSource source)
    {
        MemoryStream text = new();
        byte[] piece = new byte[Piece];
        for (int read = source.Read(piece); read > 0; read = source.Read(piece))
        {
            if (text.Length + read > HexText.MaxChars)
            {
                throw new TraceException($"it is text of more than {HexText.MaxChars >> 20} MiB: turn it into bytes first, with xxd -r or text2pcap");
            }

            text.Write(piece, 0, read);
        }

        List<byte[]> blocks = HexText.Parse(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length));
        if (blocks.Count == 0)
        {
            throw new TraceException("there is no byte in it; give a pcap or pcapng capture, or PDUs as xxd, hexdump -C or plain digits");
        }

        if (blocks.Count == 1 && (PcapReader.Recognizes(blocks[0]) || PcapngReader.Recognizes(blocks[0])))
        {
            ReadCapture(new ByteSource(new MemoryStream(blocks[0])));
        }
        else if (blocks.All(PacketGuess.IsPacket))
        {
            ReadPackets(blocks);
        }
        else
        {
            using MemoryStream all = new([.. blocks.SelectMany(static it => it)]);
            ReadPdus(new ByteSource(all));
        }
    }

    private void ReadPackets(List<byte[]> packets)
    {
        TcpTracker tracker = NewTracker();
        for (int i = 0; i < packets.Count; i++)
        {
            OnPacket(new(i + 1, null, PacketGuess.LinkTypeOf(packets[i])!.Value, packets[i]), tracker);
        }

        Finish(tracker, packets.Count);
        if (PduCount == 0)
        {
            throw new TraceException("these are packets, but there is no iSCSI PDU in them");
        }
    }

    // Nothing but PDUs, of one side or of both, told apart by their opcodes.
    private void ReadPdus(ByteSource source)
    {
        int skip = FirstPdu(source.Peek(Piece));
        if (skip > 0)
        {
            output.OnNote(null, default, $"{skip} bytes before the first PDU are left out");
            source.Skip(skip);
        }

        TracedConnection connection = new(default, default, seenFromStart: false, mixed: true, _budget, this);
        ReadOnlySpan<byte> first = source.Peek(Bhs.Length);
        if (new BhsView(first) is { Opcode: Opcode.LoginRequest })
        {
            (connection.HeaderDigest, connection.DataDigest) = (false, false);
        }

        _opened++;
        byte[] piece = new byte[Piece];
        for (int read = source.Read(piece); read > 0; read = source.Read(piece))
        {
            connection.FromFirst.Feed(piece.AsSpan(0, read), default);
        }

        connection.FromFirst.End(default);
        if (PduCount == 0)
        {
            throw new TraceException("there is no whole PDU in it: a header has 48 bytes, and DataSegmentLength says how many follow");
        }
    }

    // Where PDUs begin: at the first byte if there can be one, with a fault or two; else where there is one without a fault.
    private static int FirstPdu(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Bhs.Length)
        {
            throw new TraceException($"there are only {bytes.Length} bytes: a PDU has 48 at least");
        }

        BhsView view = new(bytes);
        int end = FrameLayout.Measure(bytes, false, false).TotalLength;
        bool isTolerable = Bhs.IsDefined(view.Opcode)
            && (end == bytes.Length || (end + Bhs.Length <= bytes.Length && PduBoundary.IsPlausible(bytes[end..], null)));
        for (int at = 0; at <= bytes.Length - Bhs.Length; at++)
        {
            if (PduBoundary.IsPlausible(bytes[at..], null))
            {
                return isTolerable && at >= Bhs.Length ? 0 : at;
            }
        }

        return isTolerable ? 0 : throw new TraceException("no iSCSI PDU in it; give a pcap or pcapng capture, or PDUs as bytes, xxd, hexdump -C or plain digits");
    }
}
