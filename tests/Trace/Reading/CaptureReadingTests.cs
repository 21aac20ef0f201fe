using System.Net;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Trace.Tests.Reading;

/// <summary>Every form of capture gives the same four PDUs.</summary>
public sealed class CaptureReadingTests
{
    private static readonly Opcode[] Expected = [Opcode.LoginRequest, Opcode.LoginResponse, Opcode.NopOut, Opcode.NopIn];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Pcap_of_either_byte_order_and_resolution(bool isBig, bool nanoseconds)
    {
        Recorder recorder = Recorder.Read(Packets.Pcap(Packets.Ip(), 101, isBig, nanoseconds));

        AssertSession(recorder);
        Assert.Equal(1_000_000_000_000_000 + (nanoseconds ? 250 : 250_000), recorder.Pdus[0].Moment.Nanoseconds);
        Assert.Equal(("192.0.2.1:50000", "192.0.2.2:3260"), (recorder.Pdus[0].Connection.Initiator, recorder.Pdus[0].Connection.Target));
    }

    [Theory]
    [InlineData(false, null, 1_000_000_000L)]
    [InlineData(true, null, 1_000_000_000L)]
    [InlineData(false, (byte)9, 1_000_000L)]
    [InlineData(true, (byte)3, 1_000_000_000_000L)]
    [InlineData(false, (byte)0x94, 953_674_316L)] // 2^-20
    public void Pcapng_of_either_byte_order_and_any_resolution(bool isBig, byte? resolution, long nanoseconds)
    {
        Recorder recorder = Recorder.Read(Packets.Pcapng(Packets.Ip(), 101, isBig, resolution));

        AssertSession(recorder);
        Assert.Equal(nanoseconds, recorder.Pdus[0].Moment.Nanoseconds);
    }

    [Fact]
    public void Pcapng_with_simple_packets_has_no_times()
    {
        Recorder recorder = Recorder.Read(Packets.Pcapng(Packets.Ip(), 101, simple: true));

        AssertSession(recorder);
        Assert.Null(recorder.Pdus[0].Moment.Nanoseconds);
    }

    [Fact]
    public void Pcapng_may_have_sections_of_different_byte_orders_and_links()
    {
        List<byte[]> packets = Packets.Ip();
        byte[] file = [.. Packets.Pcapng(packets[..3], 101), .. Packets.Pcapng(packets[3..].Select(static it => Ethernet(it, "0800")), 1, isBig: true)];

        AssertSession(Recorder.Read(file));
    }

    [Theory]
    [InlineData(1, "112233445566 665544332211 0800")]
    [InlineData(1, "112233445566 665544332211 8100 0005 0800")]
    [InlineData(1, "112233445566 665544332211 88a8 0005 8100 0006 0800")]
    [InlineData(0, "02000000")]
    [InlineData(108, "00000002")]
    [InlineData(113, "0000 0001 0006 112233445566 0000 0800")]
    [InlineData(276, "0800 0000 00000001 0001 00 06 1122334455660000")]
    [InlineData(12, "")]
    [InlineData(228, "")]
    public void Links(int linkType, string head) =>
        AssertSession(Recorder.Read(Packets.Pcap(Packets.Ip().Select(it => (byte[])[.. Hex.Bytes(head), .. it]), linkType)));

    [Fact]
    public void Padding_of_short_frames_is_no_payload() =>
        AssertSession(Recorder.Read(Packets.Pcap(Packets.Ip().Select(static it => (byte[])[.. Ethernet(it, "0800"), .. new byte[7]]), 1)));

    [Fact]
    public void IPv4_options_are_passed_over() => AssertSession(Recorder.Read(Packets.Pcap(
        Packets.Ip().Select(static it => (byte[])[0x46, it[1], (byte)((it.Length + 4) >> 8), (byte)(it.Length + 4), .. it[4..20], 1, 1, 1, 0, .. it[20..]]), 101)));

    [Fact]
    public void IPv6_extension_headers_are_passed_over()
    {
        List<byte[]> plain = Packets.Ip(new(IPAddress.Parse("2001:db8::1"), 50000), new(IPAddress.Parse("2001:db8::2"), 3260));
        AssertSession(Recorder.Read(Packets.Pcap(plain, 101)));

        IEnumerable<byte[]> extended = plain.Select(static it =>
        {
            int length = it.Length - 40 + 16;
            return (byte[])[.. it[..4], (byte)(length >> 8), (byte)length, 0, .. it[7..40], 60, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, .. it[40..]];
        });
        Recorder recorder = Recorder.Read(Packets.Pcap(extended, 101));
        AssertSession(recorder);
        Assert.Equal("[2001:db8::1]:50000", recorder.Pdus[0].Connection.Initiator);
    }

    [Fact]
    public void Fragments_are_reported()
    {
        List<byte[]> packets = Packets.Ip();
        packets[4][6] = 0x20;

        Recorder recorder = Recorder.Read(Packets.Pcap(packets, 101));

        Assert.Equal([Opcode.LoginRequest, Opcode.LoginResponse, Opcode.NopIn], recorder.Pdus.Select(static it => it.Opcode));
        Assert.Contains(recorder.Notes, static it => it.Contains("1 IP fragments", StringComparison.Ordinal));
    }

    [Fact]
    public void A_link_that_is_not_known_is_reported()
    {
        Recorder recorder = new();
        Assert.Throws<TraceException>(() => new TraceReader(recorder).Read(new MemoryStream(Packets.Pcap(Packets.Ip(), 147))));
        Assert.Contains(recorder.Notes, static it => it.Contains("link type 147", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1f8b0800", "gzip")]
    [InlineData("28b52ffd", "zstd")]
    [InlineData("", "empty")]
    [InlineData("d4c3b2a1", "header")]
    [InlineData("0001020304", "5 bytes")]
    public void What_cannot_be_read_is_told_with_what_to_try(string hex, string word) =>
        Assert.Contains(word, Assert.Throws<TraceException>(() => Recorder.Read(Hex.Bytes(hex))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_connection_that_speaks_something_else_is_left_out()
    {
        IPEndPoint other = new(Packets.Target.Address, 22);
        List<byte[]> packets =
        [
            Packets.Segment(Packets.Initiator, other, 1, 0, Blockwire.Trace.Capture.TcpFlags.Syn, []),
            Packets.Segment(Packets.Initiator, other, 2, 0, Blockwire.Trace.Capture.TcpFlags.Ack, [.. System.Text.Encoding.ASCII.GetBytes(new string('S', 200))]),
            .. Packets.Ip(),
        ];
        Recorder recorder = new();
        TraceReader reader = new(recorder);
        reader.Read(new MemoryStream(Packets.Pcap(packets, 101)));

        Assert.Equal(4, recorder.Pdus.Count);
        Assert.Equal((1, 1), (reader.ConnectionCount, reader.ForeignConnectionCount));
    }

    internal static void AssertSession(Recorder recorder)
    {
        Assert.Equal(Expected, recorder.Pdus.Select(static it => it.Opcode));
        Assert.Equal(Packets.Session.Select(static it => it.Bytes), recorder.Pdus.Select(static it => it.Bytes.ToArray()));
        Assert.Equal(Packets.Session.Select(static it => it.FromInitiator), recorder.Pdus.Select(static it => it.FromInitiator));
        Assert.Empty(recorder.Pdus.SelectMany(static it => it.Problems));
        Assert.Empty(recorder.Notes);
    }

    private static byte[] Ethernet(byte[] ip, string type) => [.. Hex.Bytes($"112233445566 665544332211 {type}"), .. ip];
}
