using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

[Rule("7143/13.1")]
public class Crc32CTests
{
    private static readonly byte[] Noise = new Draw(20260101).Bytes(4 * 3 * Crc32CStreams.LongStream);

    private delegate uint Path(uint register, ReadOnlySpan<byte> bytes);

    public static TheoryData<string, string> Examples => new()
    {
        { string.Concat(Enumerable.Repeat("00", 32)), "aa36918a" },
        { string.Concat(Enumerable.Repeat("ff", 32)), "43aba862" },
        { string.Concat(Enumerable.Range(0, 32).Select(static i => i.ToString("x2"))), "4e79dd46" },
        { string.Concat(Enumerable.Range(0, 32).Select(static i => (31 - i).ToString("x2"))), "5cdb3f11" },
        {
            "01c00000 00000000 00000000 00000000 14000000 00000400 00000014 00000018 28000000 00000000 02000000 00000000",
            "563a96d9"
        },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    [Rule("7143/A.4")]
    public void Examples_of_the_RFC(string data, string digest)
    {
        byte[] bytes = Hex.Bytes(data);
        byte[] wire = new byte[Digest.Length];
        Digest.Write(wire, bytes);
        Assert.Equal(Hex.Dump(Hex.Bytes(digest)), Hex.Dump(wire));
        Assert.True(Digest.Check(wire, bytes));
        Assert.Equal(Crc32C.Compute(bytes), Digest.Read(wire));
        Assert.Equal(Crc32C.Compute(bytes), ReferenceCrc32C.Compute(bytes));
        wire[3] ^= 0x80;
        Assert.False(Digest.Check(wire, bytes));
    }

    [Fact]
    public void Nothing_has_CRC_0() => Assert.Equal(Crc32C.Empty, Crc32C.Compute([]));

    [Fact]
    public void All_paths_agree_for_every_length_and_alignment()
    {
        for (int length = 0; length <= 1100; length++)
        {
            ReadOnlySpan<byte> bytes = Noise.AsSpan(length % 8, length);
            uint expected = ~ReferenceCrc32C.Compute(bytes);
            foreach (Path path in Paths())
            {
                Assert.Equal(expected, path(uint.MaxValue, bytes));
            }
        }

        for (int start = 0; start < 16; start++)
        {
            foreach (int length in (int[])[0, 1, 7, 8, 9, 48, 767, 768, 769, 1100])
            {
                ReadOnlySpan<byte> bytes = Noise.AsSpan(start, length);
                uint expected = ~ReferenceCrc32C.Compute(bytes);
                foreach (Path path in Paths())
                {
                    Assert.Equal(expected, path(uint.MaxValue, bytes));
                }
            }
        }
    }

    [Fact]
    public void All_paths_agree_on_large_blocks()
    {
        int threeLong = 3 * Crc32CStreams.LongStream;
        foreach (int length in (int[])[threeLong - 1, threeLong, threeLong + 1, threeLong + 769, (2 * threeLong) + 3, Noise.Length - 8])
        {
            for (int start = 0; start < 8; start++)
            {
                ReadOnlySpan<byte> bytes = Noise.AsSpan(start, length);
                uint register = (uint)(length * 7919);
                uint expected = Crc32CSerial.Run<SoftwareStep>(register, bytes);
                foreach (Path path in Paths())
                {
                    Assert.Equal(expected, path(register, bytes));
                }
            }
        }

        Assert.Equal(ReferenceCrc32C.Compute(Noise), Crc32C.Compute(Noise));
    }

    [Fact]
    public void Data_in_pieces_has_the_CRC_of_the_whole() => Seeds.Check(static draw =>
    {
        ReadOnlySpan<byte> bytes = Noise.AsSpan(draw.Below(64), draw.Below(Noise.Length - 64));
        uint whole = Crc32C.Compute(bytes);
        uint pieces = Crc32C.Empty;
        while (!bytes.IsEmpty)
        {
            int piece = 1 + draw.Below(bytes.Length);
            pieces = Crc32C.Append(pieces, bytes[..piece]);
            bytes = bytes[piece..];
        }

        return pieces == whole;
    });

    [Fact]
    public void Zeros_that_are_counted_are_zeros_that_are_there()
    {
        foreach (int count in (int[])[0, 1, 2, 3, 4, 7, 8, 255, 256, 257, 4096, 70_001])
        {
            uint before = Crc32C.Compute(Noise.AsSpan(0, 100));
            Assert.Equal(Crc32C.Append(before, new byte[count]), Crc32C.AppendZeros(before, count));
            Assert.Equal(Crc32C.Compute(new byte[count]), Crc32C.AppendZeros(Crc32C.Empty, count));
        }

        uint half = Crc32C.AppendZeros(1, int.MaxValue / 2);
        Assert.Equal(Crc32C.AppendZeros(half, int.MaxValue - (int.MaxValue / 2)), Crc32C.AppendZeros(1, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(static () => Crc32C.AppendZeros(1, -1));
    }

    [Fact]
    public void A_flipped_bit_is_found()
    {
        byte[] bytes = Noise.AsSpan(0, 1000).ToArray();
        uint whole = Crc32C.Compute(bytes);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(whole, Crc32C.Compute(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        byte[] digest = new byte[Digest.Length];
        uint sum = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            sum = Crc32C.AppendZeros(Crc32C.Append(sum, Noise), 3);
            Digest.Write(digest, sum);
        }));
        Assert.True(Digest.Check(digest, sum));
    }

    /// <summary>Every path that this processor can run; the three streams run in software everywhere.</summary>
    private static IEnumerable<Path> Paths()
    {
        yield return Crc32CSerial.Run<SoftwareStep>;
        yield return Crc32CStreams.Run<SoftwareStep>;
        yield return static (register, bytes) => ~Crc32C.Append(~register, bytes);
        if (Sse42.X64.IsSupported)
        {
            yield return Crc32CSerial.Run<SseStep>;
            yield return Crc32CStreams.Run<SseStep>;
        }

        if (Crc32CFolding.IsSupported)
        {
            yield return Crc32CFolding.Run256;
        }

        if (System.Runtime.Intrinsics.X86.Pclmulqdq.V512.IsSupported)
        {
            yield return Crc32CFolding.Run512;
        }

        if (Crc32.Arm64.IsSupported)
        {
            yield return Crc32CSerial.Run<ArmStep>;
            yield return Crc32CStreams.Run<ArmStep>;
        }
    }
}
