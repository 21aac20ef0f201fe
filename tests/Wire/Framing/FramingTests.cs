using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

[Rule("7143/11.2")]
public class FramingTests
{
    private static readonly FrameLimits Limits = new(8192, FrameLimits.AhsOfLongestCommand);

    public static TheoryData<bool, bool, int, int> Shapes
    {
        get
        {
            TheoryData<bool, bool, int, int> shapes = [];
            foreach (bool headerDigest in (bool[])[false, true])
            {
                foreach (bool dataDigest in (bool[])[false, true])
                {
                    foreach (int ahs in (int[])[0, 4, 256])
                    {
                        foreach (int data in (int[])[0, 1, 2, 3, 4, 5, 511, 512])
                        {
                            shapes.Add(headerDigest, dataDigest, ahs, data);
                        }
                    }
                }
            }

            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_part_is_found(bool headerDigest, bool dataDigest, int ahsLength, int dataLength)
    {
        byte[] ahs = new Draw(ahsLength).Bytes(ahsLength);
        byte[] data = new Draw(dataLength).Bytes(dataLength);
        byte[] frame = new RawPdu(0x01, 0x80).Itt(7).Ahs(ahs).Data(data).Bytes(headerDigest, dataDigest);

        FrameLayout layout = FrameLayout.Measure(frame, headerDigest, dataDigest);
        Assert.Equal(frame.Length, layout.TotalLength);
        Assert.Equal(headerDigest, layout.HasHeaderDigest);
        Assert.Equal(dataDigest && dataLength != 0, layout.HasDataDigest);
        Assert.Equal(ahs, layout.Ahs(frame).ToArray());
        Assert.Equal(data, layout.Data(frame).ToArray());
        Assert.Equal(0, layout.PaddedDataLength % 4);
        Assert.Equal(layout.PaddedDataLength, layout.PaddedData(frame).Length);
        Assert.Equal(48 + ahsLength, layout.Header(frame).Length);
        Assert.True(layout.CheckHeaderDigest(frame));
        Assert.True(layout.CheckDataDigest(frame));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_digest_covers_every_byte_of_its_part(bool headerDigest, bool dataDigest, int ahsLength, int dataLength)
    {
        byte[] frame = new RawPdu(0x01, 0x80).Ahs(new byte[ahsLength]).Data(new byte[dataLength]).Bytes(headerDigest, dataDigest);
        FrameLayout layout = FrameLayout.Measure(frame, headerDigest, dataDigest);
        for (int at = 0; at < frame.Length; at++)
        {
            frame[at] ^= 0x10;
            Assert.Equal(!headerDigest || at >= layout.DataOffset, layout.CheckHeaderDigest(frame));
            Assert.Equal(!layout.HasDataDigest || at < layout.DataOffset, layout.CheckDataDigest(frame));
            frame[at] ^= 0x10;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_frame_cut_anywhere_asks_for_more(bool headerDigest, bool dataDigest, int ahsLength, int dataLength)
    {
        byte[] frame = new RawPdu(0x01, 0x80).Ahs(new byte[ahsLength]).Data(new byte[dataLength]).Bytes(headerDigest, dataDigest);
        for (int have = 0; have < frame.Length; have++)
        {
            FrameProgress progress = FrameScanner.Scan(frame.AsSpan(0, have), headerDigest, dataDigest, Limits);
            Assert.Equal(FrameState.NeedMore, progress.State);
            Assert.Equal((have < Bhs.Length ? Bhs.Length : frame.Length) - have, progress.MissingBytes);
            Assert.True(progress.Check.IsOk);
        }

        byte[] andMore = [.. frame, .. frame];
        foreach (int have in (int[])[frame.Length, frame.Length + 1, andMore.Length])
        {
            FrameProgress progress = FrameScanner.Scan(andMore.AsSpan(0, have), headerDigest, dataDigest, Limits);
            Assert.Equal(FrameState.Complete, progress.State);
            Assert.Equal(0, progress.MissingBytes);
            Assert.Equal(frame.Length, progress.Layout.TotalLength);
        }
    }

    [Fact]
    public void A_stream_in_random_pieces_gives_back_its_PDUs() => Seeds.Check(static draw =>
    {
        bool headerDigest = draw.Bool(), dataDigest = draw.Bool();
        List<byte[]> sent = [];
        for (int i = 0; i < 10; i++)
        {
            RawPdu pdu = new RawPdu((byte)draw.Below(64), draw.U8()).Itt(draw.U32()).Ahs(new byte[4 * draw.Below(65)])
                .Data(draw.Bytes(draw.Below(300)));
            sent.Add(pdu.Bytes(headerDigest, dataDigest));
        }

        byte[] stream = [.. sent.SelectMany(static frame => frame)];
        List<byte[]> got = [];
        int start = 0;
        int have = 0;
        while (start < stream.Length)
        {
            FrameProgress progress = FrameScanner.Scan(stream.AsSpan(start, have - start), headerDigest, dataDigest, Limits);
            if (progress.State == FrameState.Complete)
            {
                got.Add(stream.AsSpan(start, progress.Layout.TotalLength).ToArray());
                start += progress.Layout.TotalLength;
            }
            else if (progress.State == FrameState.NeedMore && have < stream.Length)
            {
                have = Math.Min(stream.Length, have + 1 + draw.Below(progress.MissingBytes + 100));
            }
            else
            {
                return false;
            }
        }

        return sent.Count == got.Count && sent.Zip(got).All(static pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    });

    [Theory]
    [InlineData(0, 8192, true)]
    [InlineData(0, 8193, false)]
    [InlineData(0, 0xFFFFFF, false)]
    [InlineData(64, 0, true)]
    [InlineData(65, 0, false)]
    [InlineData(255, 0xFFFFFF, false)]
    public void Lengths_beyond_the_limits_are_refused_with_the_BHS_alone(byte ahsWords, int dataLength, bool allowed)
    {
        byte[] bhs = new RawPdu(0x01, 0x80).WithLengths(ahsWords, dataLength).Bhs();
        FrameProgress progress = FrameScanner.Scan(bhs, headerDigest: false, dataDigest: true, Limits);
        Assert.Equal(allowed ? FrameState.NeedMore : FrameState.Refused, progress.State);
        Assert.Equal(allowed ? PduFault.None : PduFault.Format, progress.Check.Fault);
        Assert.Equal(progress.Check, Limits.Check(bhs));
    }

    [Theory]
    [InlineData(0, 8193, true)]
    [InlineData(65, 0, true)]
    [InlineData(255, 0xFFFFFF, false)]
    [Rule("7143/7.8")]
    public void With_a_header_digest_that_is_wrong_they_are_not_the_fault_of_the_peer(byte ahsWords, int dataLength, bool right)
    {
        byte[] header = [.. new RawPdu(0x01, 0x80).WithLengths(ahsWords, dataLength).Bhs(), .. new byte[ahsWords * 4]];
        byte[] digest = new byte[Digest.Length];
        Digest.Write(digest, right ? Crc32C.Compute(header) : ~Crc32C.Compute(header));
        byte[] stream = [.. header, .. digest];
        Assert.Equal(FrameState.NeedMore, FrameScanner.Scan(stream.AsSpan(0, stream.Length - 1), headerDigest: true, dataDigest: true, Limits).State);
        Assert.Equal(right ? FrameState.Refused : FrameState.HeaderSpoilt, FrameScanner.Scan(stream, headerDigest: true, dataDigest: true, Limits).State);
    }

    [Fact]
    public void The_longest_lengths_do_not_overflow()
    {
        byte[] bhs = new RawPdu(0x01, 0x80).WithLengths(0xFF, 0xFFFFFF).Bhs();
        FrameLayout layout = FrameLayout.Measure(bhs, headerDigest: true, dataDigest: true);
        Assert.Equal(new(1020, 0xFFFFFF, 1068, 1072, 0x1000000, 1072 + 0x1000000, 1076 + 0x1000000), layout);
    }

    [Fact]
    public void Any_header_is_measured_without_exception_and_nothing_is_allocated()
    {
        byte[] junk = new Draw(1).Bytes(Bhs.Length);
        int i = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            i++;
            junk[4 + (i % 4)] = (byte)(i * 37);
            FrameScanner.Scan(junk, (i & 1) != 0, (i & 2) != 0, Limits);
        }));
    }
}
