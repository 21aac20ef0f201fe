using Blockwire.Testing;
using Blockwire.Trace.Capture;
using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Tests.Streams;

/// <summary>PDUs out of streams that begin anywhere, with digests that nobody announced, and with gaps.</summary>
public sealed class FramingTests
{
    [Fact]
    public void Any_split_of_the_segments_gives_the_same_PDUs()
    {
        byte[] stream = [.. Pings(20, false, false).SelectMany(static it => it)];
        for (int size = 1; size < 200; size += 7)
        {
            Recorder recorder = new();
            TracedConnection connection = new(new(1, 1, false), new(2, 3260, false), seenFromStart: true, mixed: false, new(1 << 20), recorder);
            foreach (byte[] piece in stream.Chunk(size))
            {
                connection.FromFirst.Feed(piece, default);
            }

            Assert.Equal(20, recorder.Pdus.Count);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Without_the_login_digests_show_by_trying(bool header, bool data)
    {
        Recorder recorder = new();
        TracedConnection connection = new(new(1, 1, false), new(2, 3, false), seenFromStart: false, mixed: false, new(1 << 20), recorder);
        foreach (byte[] ping in Pings(5, header, data))
        {
            connection.FromFirst.Feed(ping, default);
        }

        Assert.Equal(5, recorder.Pdus.Count);
        Assert.All(recorder.Pdus, it => Assert.Equal((header ? DigestState.Right : DigestState.Absent, data ? DigestState.Right : DigestState.Absent), (it.HeaderDigest, it.DataDigest)));
        Assert.Empty(recorder.Pdus.SelectMany(static it => it.Problems));
    }

    [Fact]
    public void A_stream_that_begins_within_a_PDU_is_searched()
    {
        byte[] stream = [.. Pings(10, false, false).SelectMany(static it => it)];
        for (int skip = 1; skip < 104; skip += 3)
        {
            Recorder recorder = new();
            TracedConnection connection = new(new(1, 1, false), new(2, 3, false), seenFromStart: false, mixed: false, new(1 << 20), recorder);
            connection.FromFirst.Feed(stream.AsSpan(skip), default);
            connection.FromFirst.End(default);

            Assert.Equal(9, recorder.Pdus.Count);
            Assert.Empty(recorder.Pdus.SelectMany(static it => it.Problems));
        }
    }

    [Fact]
    public void A_gap_within_data_leaves_the_next_PDU_where_it_is()
    {
        Talk talk = Talk.LoggedIn();
        byte[] ping = Pings(1, false, false)[0];
        talk.Connection.FromFirst.Feed(ping.AsSpan(0, 60), default);
        talk.Connection.FromFirst.Skip(20, default);
        talk.Connection.FromFirst.Feed(ping.AsSpan(80), default);

        Assert.Equal(20, talk.Recorder.Pdus[^1].MissingBytes);
        Assert.Contains(talk.Recorder.Notes, static it => it.Contains("20 bytes", StringComparison.Ordinal));
        Assert.Empty(Talk.Rules(talk.NopOut(77)));
    }

    [Fact]
    public void Behind_a_gap_of_whole_PDUs_the_next_is_found()
    {
        Talk talk = Talk.LoggedIn();
        talk.Connection.FromFirst.Skip(1000, default);
        talk.Connection.FromFirst.Feed(Pings(1, false, false)[0].AsSpan(30), default);

        Assert.Empty(Talk.Rules(talk.NopOut(77)));
    }

    [Fact]
    public void An_end_within_a_PDU_is_told()
    {
        Talk talk = Talk.LoggedIn();
        talk.Connection.FromFirst.Feed(Pings(1, false, false)[0].AsSpan(0, 50), default);
        talk.Connection.FromFirst.End(default);

        Assert.Contains("50 of 104 bytes", talk.Recorder.Notes.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_that_comes_back_on_the_same_ports_is_another()
    {
        List<byte[]> packets = Packets.Ip();
        List<byte[]> again = [.. packets.Select(static it => it)];
        again[0] = Packets.Segment(Packets.Initiator, Packets.Target, 1000 + 5000, 0, TcpFlags.Syn, []);
        again[1] = Packets.Segment(Packets.Target, Packets.Initiator, 9000 + 5000, 6001, TcpFlags.Syn | TcpFlags.Ack, []);
        again[2] = Packets.Segment(Packets.Initiator, Packets.Target, 6001, 14001, TcpFlags.Ack, Packets.Session[0].Bytes);

        Recorder recorder = Recorder.Read(Packets.Pcap([.. packets, .. again[..3]], 101));

        Assert.Equal([1, 1, 1, 1, 2], recorder.Pdus.Select(static it => it.Connection.Number));
    }

    [Fact]
    public void Lengths_that_claim_much_hold_only_what_came()
    {
        Recorder recorder = new();
        TracedConnection connection = new(new(1, 1, false), new(2, 3260, false), seenFromStart: true, mixed: false, new(4 << 20), recorder);
        byte[] head = new RawPdu(0x40, 0x80).Itt(5).U32(20, Talk.None).WithLengths(0, 0xFFFFFF).Bhs();
        connection.FromFirst.Feed(head, default);
        for (int i = 0; i < 200; i++)
        {
            connection.FromFirst.Feed(new byte[64 << 10], default);
        }

        Assert.Empty(recorder.Pdus);
        Assert.Contains(recorder.Notes, static it => it.Contains("too much", StringComparison.Ordinal));
    }

    private static byte[][] Pings(int count, bool header, bool data) =>
    [
        .. Enumerable.Range(0, count).Select(it =>
            new RawPdu(0x40, 0x80).Itt((uint)it + 5).U32(20, Talk.None).InitiatorNumbers(100, 500).Data([.. Enumerable.Range(1, 56).Select(static b => (byte)(b * 37))]).Bytes(header, data)),
    ];
}
