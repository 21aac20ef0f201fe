using Blockwire.Trace.Capture;
using Blockwire.Trace.Reading;
using Blockwire.Trace.Streams;
using Blockwire.Trace.Tests.Capture;

namespace Blockwire.Trace.Tests.Streams;

/// <summary>Segments in any order, twice, overlapping, missing.</summary>
public sealed class TcpTests
{
    private readonly CaptureFileTests.Collector _collector = new();
    private readonly TcpDirection _direction;

    public TcpTests()
    {
        _direction = new(new(1 << 20), _collector);
        _direction.Begin(uint.MaxValue - 20); // so that numbers wrap
    }

    [Fact]
    public void Any_order_with_repeats_and_overlaps_gives_the_stream()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            byte[] stream = [.. Enumerable.Range(0, 500).Select(static it => (byte)it)];
            CaptureFileTests.Collector collector = new();
            TcpDirection direction = new(new(1 << 20), collector);
            direction.Begin(uint.MaxValue - 100);
            List<(int At, int Length)> pieces = [];
            for (int at = 0; at < stream.Length;)
            {
                int length = Math.Min(random.Next(1, 60), stream.Length - at);
                pieces.Add((Math.Max(0, at - random.Next(10)), 0));
                pieces[^1] = (pieces[^1].At, at + length - pieces[^1].At);
                at += length;
            }

            (int At, int Length)[] all = [.. pieces, .. pieces.Take(3)];
            random.Shuffle(all);
            foreach ((int at, int length) in all)
            {
                direction.OnSegment(new(default, default, unchecked(uint.MaxValue - 99 + (uint)at), 0, TcpFlags.Ack, length), stream.AsSpan(at, length), default);
            }

            Assert.Equal(stream, collector.Bytes);
            Assert.Equal(0, collector.Missing);
        }
    }

    [Fact]
    public void A_hole_is_given_up_at_the_end()
    {
        Send(0, 10);
        Send(20, 10);
        _direction.Finish(default);

        Assert.Equal((20, 10L, true), (_collector.Bytes.Length, _collector.Missing, _collector.Ended));
    }

    [Fact]
    public void A_hole_that_was_acknowledged_is_given_up_soon()
    {
        Send(0, 10);
        Send(20, 10);
        Send(30, 10);
        _direction.OnAcknowledgment(Number(40), default);

        Assert.Equal((30, 10L), (_collector.Bytes.Length, _collector.Missing));
    }

    [Fact]
    public void Payload_that_was_not_captured_is_missing()
    {
        _direction.OnSegment(new(default, default, Number(0), 0, TcpFlags.Ack, 100), new byte[40], default);
        Send(100, 5);

        Assert.Equal((45, 60L), (_collector.Bytes.Length, _collector.Missing));
    }

    [Fact]
    public void What_waits_is_bounded()
    {
        Send(0, 10);
        for (int at = 1000; at < 4_000_000; at += 1000)
        {
            Send(at, 999);
        }

        Assert.True(_collector.Missing > 0);
        Assert.True(_collector.Bytes.Length > 2_000_000);
    }

    [Fact]
    public void A_FIN_ends_the_stream_once_all_before_it_is_there()
    {
        _direction.OnSegment(new(default, default, Number(10), 0, TcpFlags.Ack | TcpFlags.Fin, 0), default, default);
        Assert.False(_collector.Ended);
        Send(0, 10);
        Assert.True(_collector.Ended);
    }

    private static uint Number(int at) => unchecked(uint.MaxValue - 19 + (uint)at);

    private void Send(int at, int length) => _direction.OnSegment(new(default, default, Number(at), 0, TcpFlags.Ack, length), new byte[length], default);
}
