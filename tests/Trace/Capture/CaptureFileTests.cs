using System.Net;
using Blockwire.Testing;
using Blockwire.Trace.Capture;
using Blockwire.Trace.Reading;
using Blockwire.Trace.Streams;

namespace Blockwire.Trace.Tests.Capture;

/// <summary>What goes into a capture comes out of it. Method: write into memory, read with the reader, put the TCP streams together.</summary>
public sealed class CaptureFileTests
{
    private static readonly IPEndPoint Local = new(IPAddress.Loopback, 3260);
    private static readonly IPEndPoint Remote = new(IPAddress.Parse("192.0.2.7"), 50000);
    private static readonly IPEndPoint Local6 = new(IPAddress.IPv6Loopback, 3260);
    private static readonly IPEndPoint Remote6 = new(IPAddress.Parse("2001:db8::7"), 50000);

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Both_directions_come_out_as_they_went_in(bool isV6, bool accepted)
    {
        Random random = new(7);
        byte[] sent = Bytes(random, 300_000);
        byte[] received = Bytes(random, 200_000);
        byte[] file = Capture(capture =>
        {
            CaptureConnection connection = isV6 ? capture.Open(Local6, Remote6, accepted) : capture.Open(Local, Remote, accepted);
            for (int s = 0, r = 0; s < sent.Length || r < received.Length;)
            {
                int step = Math.Min(random.Next(1, 100_000), sent.Length - s);
                connection.Sent(sent.AsSpan(s, step));
                s += step;
                step = Math.Min(random.Next(1, 100_000), received.Length - r);
                connection.Received(received.AsSpan(r, step));
                r += step;
            }

            connection.SentEnd();
            connection.ReceivedEnd();
            connection.Closed();
        });

        Streams streams = Streams.Of(file);
        (Collector fromUs, Collector fromPeer) = accepted ? (streams.FromServer, streams.FromClient) : (streams.FromClient, streams.FromServer);
        Assert.Equal(sent, fromUs.Bytes);
        Assert.Equal(received, fromPeer.Bytes);
        Assert.Equal((0L, 0L), (fromUs.Missing, fromPeer.Missing));
        Assert.True(fromUs.Ended && fromPeer.Ended);
        Assert.Equal(0, streams.WrongChecksums);
    }

    [Fact]
    public void Acknowledgments_follow_what_was_seen()
    {
        byte[] file = Capture(static capture =>
        {
            CaptureConnection connection = capture.Open(Local, Remote, accepted: true);
            connection.Received(new byte[100]);
            connection.Sent(new byte[10]);
        });

        TcpSegment[] segments = [.. Segments(file)];
        Assert.Equal([TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Psh, TcpFlags.Ack | TcpFlags.Psh], segments.Select(static it => it.Flags));
        Assert.Equal(segments[3].Sequence + 100, segments[4].Acknowledgment);
    }

    [Fact]
    public void What_does_not_fit_is_counted_and_told_where_it_is_missing()
    {
        using BlockedStream stream = new();
        ulong lost;
        using (CaptureFile capture = new(stream, "test", queueBytes: 2048))
        {
            CaptureConnection connection = capture.Open(Local, Remote, accepted: true);
            stream.BlockNextWrite();
            connection.Sent(new byte[100]);
            stream.WaitUntilBlocked();
            for (int i = 0; i < 50; i++)
            {
                connection.Sent(new byte[500]);
            }

            lost = capture.LostSegments;
            stream.Release();
            while (capture.LostSegments == lost)
            {
                // Until the queue has room again, segments are lost; the first that fits tells of them.
                ulong before = capture.LostSegments;
                connection.Sent(new byte[8]);
                if (capture.LostSegments == before)
                {
                    break;
                }

                lost = capture.LostSegments;
            }
        }

        CapturedPacket[] packets = [.. PcapngReader.Read(new ByteSource(new MemoryStream(stream.ToArray())), static _ => { })];
        Assert.True(lost >= 45);
        Assert.Equal(lost, packets.Aggregate(0UL, static (sum, it) => sum + it.DropCount));
        Assert.True(Streams.Of(stream.ToArray()).FromServer.Missing > 0);
    }

    [Fact]
    public void A_file_that_cannot_be_written_ends_the_capture_and_nothing_else()
    {
        using FailingStream stream = new(2000);
        Exception? told = null;
        using (CaptureFile capture = new(stream, "test", onFailure: failure => told = failure))
        {
            CaptureConnection connection = capture.Open(Local, Remote, accepted: true);
            Assert.True(SpinWait.SpinUntil(() => stream.Length > 200, TimeSpan.FromSeconds(30)), "the handshake was written");
            for (int i = 0; i < 100; i++)
            {
                connection.Sent(new byte[1000]);
            }
        }

        Assert.IsType<IOException>(told);
        int notes = 0;
        Assert.NotEmpty(PcapngReader.Read(new ByteSource(new MemoryStream(stream.ToArray())), _ => notes++).ToArray());
        Assert.Equal(0, notes); // whole blocks only
    }

    [Fact]
    public void A_capture_that_is_cut_short_anywhere_can_be_read()
    {
        byte[] file = Capture(static capture => capture.Open(Local, Remote, accepted: true).Sent(new byte[64]));
        for (int length = 0; length <= file.Length; length++)
        {
            int count = PcapngReader.Read(new ByteSource(new MemoryStream(file, 0, length)), static _ => { }).Count();
            Assert.InRange(count, 0, 4);
        }
    }

    [Fact]
    public void A_capture_is_replaced_and_another_file_is_not()
    {
        string path = Path.Combine(Path.GetTempPath(), $"blockwire-{Guid.NewGuid():N}.pcapng");
        try
        {
            using (FileStream first = CaptureFile.CreateStream(path))
            {
                first.Write(Capture(static _ => { }));
            }

            using (FileStream second = CaptureFile.CreateStream(path))
            {
                Assert.Equal(0, second.Length);
            }

            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(path));
            File.WriteAllText(path, "a disk image");
            Assert.Throws<IOException>(() => CaptureFile.CreateStream(path));
            Assert.Equal("a disk image", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_checksum_is_that_of_RFC_1071() =>
        Assert.Equal((ushort)0x220D, InternetChecksum.Finish(InternetChecksum.Add(0, Hex.Bytes("0001 f203 f4f5 f6f7"))));

    internal static byte[] Capture(Action<CaptureFile> fill)
    {
        MemoryStream stream = new();
        using (CaptureFile capture = new(stream, "test"))
        {
            fill(capture);
        }

        return stream.ToArray();
    }

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<TcpSegment> Segments(byte[] file)
    {
        foreach (CapturedPacket packet in PcapngReader.Read(new ByteSource(new MemoryStream(file)), static _ => { }))
        {
            Assert.Equal(IpContent.Tcp, IpLayer.Read(packet.Bytes.Span, out Endpoint source, out Endpoint destination, out ReadOnlySpan<byte> bytes, out int length));
            Assert.True(TcpSegment.TryRead(source, destination, bytes, length, out TcpSegment segment, out _));
            yield return segment;
        }
    }

    internal sealed class Collector : IByteReceiver
    {
        private readonly List<byte> _bytes = [];

        public byte[] Bytes => [.. _bytes];

        public long Missing { get; private set; }

        public bool Ended { get; private set; }

        public void Feed(ReadOnlySpan<byte> bytes, Moment moment) => _bytes.AddRange(bytes);

        public void Skip(long count, Moment moment) => Missing += count;

        public void End(Moment moment) => Ended = true;
    }

    /// <summary>The two directions of the one connection of a capture.</summary>
    private sealed class Streams
    {
        public Collector FromClient { get; } = new();

        public Collector FromServer { get; } = new();

        public int WrongChecksums { get; private set; }

        public static Streams Of(byte[] file)
        {
            Streams streams = new();
            MemoryBudget budget = new(64 << 20);
            TcpDirection fromClient = new(budget, streams.FromClient);
            TcpDirection fromServer = new(budget, streams.FromServer);
            Endpoint? client = null;
            foreach (CapturedPacket packet in PcapngReader.Read(new ByteSource(new MemoryStream(file)), static _ => { }))
            {
                ReadOnlySpan<byte> ip = packet.Bytes.Span;
                IpLayer.Read(ip, out Endpoint source, out Endpoint destination, out ReadOnlySpan<byte> bytes, out int length);
                bool isV4 = ip[0] >> 4 == 4;
                ulong sum = InternetChecksum.Add(6 + (ulong)length, isV4 ? ip.Slice(12, 8) : ip.Slice(8, 32));
                streams.WrongChecksums += InternetChecksum.Finish(InternetChecksum.Add(sum, bytes)) != 0 || (isV4 && InternetChecksum.Finish(InternetChecksum.Add(0, ip[..20])) != 0) ? 1 : 0;
                TcpSegment.TryRead(source, destination, bytes, length, out TcpSegment segment, out ReadOnlySpan<byte> payload);
                client ??= segment.Source;
                TcpDirection direction = segment.Source == client ? fromClient : fromServer;
                if (segment.Has(TcpFlags.Syn))
                {
                    direction.Begin(segment.Sequence);
                }
                else
                {
                    direction.OnSegment(segment, payload, default);
                }
            }

            fromClient.Finish(default);
            fromServer.Finish(default);
            return streams;
        }
    }

    private sealed class BlockedStream : MemoryStream
    {
        private readonly ManualResetEventSlim _blocked = new();
        private readonly ManualResetEventSlim _free = new(true);
        private bool _block;

        public void BlockNextWrite()
        {
            _free.Reset();
            Volatile.Write(ref _block, true);
        }

        public void WaitUntilBlocked() => Assert.True(_blocked.Wait(TimeSpan.FromSeconds(30)));

        public void Release() => _free.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Volatile.Read(ref _block))
            {
                _block = false;
                _blocked.Set();
                _free.Wait();
            }

            base.Write(buffer);
        }
    }

    private sealed class FailingStream(int most) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Position + buffer.Length > most)
            {
                base.Write(buffer[..(int)Math.Max(0, most - Position)]);
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
