using System.Text;
using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

[Rule("7143/6.1")]
public class TextTests
{
    [Fact]
    public void Pairs_are_read_in_order()
    {
        List<string> pairs = Read("InitiatorName=iqn.2026-01.test:a\0Empty=\0A=b=c\0X#NodeArchitecture=1\0X-com.x=\u00e4 \t\0"u8, out PduCheck check);
        Assert.True(check.IsOk);
        Assert.Equal(["InitiatorName=iqn.2026-01.test:a", "Empty=", "A=b=c", "X#NodeArchitecture=1", "X-com.x=\u00e4 \t"], pairs);
    }

    [Theory]
    [InlineData("", 0, true)]
    [InlineData("A=\0", 1, true)]
    [InlineData("A=b", 0, false)] // no NUL
    [InlineData("A=b\0C=d", 1, false)]
    [InlineData("\0", 0, false)] // no pair
    [InlineData("A=b\0\0", 1, false)]
    [InlineData("Ab\0", 0, false)] // no "="
    [InlineData("=b\0", 0, false)] // no key
    [InlineData("a=b\0", 0, false)] // no capital letter
    [InlineData("1=b\0", 0, false)]
    [InlineData("A b=c\0", 0, false)]
    [InlineData("A#b=c\0", 0, false)] // "#" behind a first X only
    [InlineData("XX#b=c\0", 0, false)]
    [InlineData("X##b=c\0", 0, false)]
    [InlineData("A\u00e4=c\0", 0, false)]
    [InlineData("A.-+@_9z=c\0", 1, true)]
    public void Malformed_text_is_told(string text, int pairs, bool isOk)
    {
        Assert.Equal(pairs, Read(Encoding.UTF8.GetBytes(text), out PduCheck check).Count);
        Assert.Equal(isOk ? PduFault.None : PduFault.ProtocolError, check.Fault);
    }

    [Fact]
    public void A_key_has_63_bytes_at_most_and_a_value_as_many_as_it_likes()
    {
        Assert.Single(Read(Encoding.ASCII.GetBytes(new string('K', 63) + "=" + new string('v', 5000) + "\0"), out PduCheck fits));
        Assert.True(fits.IsOk);
        Assert.Empty(Read(Encoding.ASCII.GetBytes(new string('K', 64) + "=v\0"), out PduCheck tooLong));
        Assert.False(tooLong.IsOk);
    }

    [Fact]
    public void Any_bytes_are_walked_without_exception_and_pairs_read_are_pairs_there() => Seeds.Check(static draw =>
    {
        ReadOnlySpan<byte> alphabet = "AX#=\0ab\xff"u8;
        byte[] junk = new byte[draw.Below(40)];
        for (int i = 0; i < junk.Length; i++)
        {
            junk[i] = alphabet[draw.Below(alphabet.Length)];
        }

        List<byte> walked = [];
        TextKeyReader reader = new(junk);
        while (reader.MoveNext())
        {
            walked.AddRange([.. reader.Key, (byte)'=', .. reader.Value, 0]);
        }

        return junk.AsSpan().StartsWith(walked.ToArray()) && reader.Check.IsOk == (walked.Count == junk.Length)
            && reader.Key.IsEmpty == (!reader.Check.IsOk || junk.Length == 0);
    });

    [Fact]
    public void What_is_written_is_read_back() => Seeds.Check(static draw =>
    {
        List<string> expected = [];
        TextKeyWriter writer = new();
        for (int i = draw.Below(30); i > 0; i--)
        {
            string key = "K" + new string(draw.One('a', '-', '9'), draw.Below(63));
            string value = new(draw.One('v', '=', '\u00e4'), draw.Below(600));
            expected.Add($"{key}={value}");
            if (!writer.TryAppend(key, value))
            {
                return false;
            }
        }

        return Read(writer.Written, out PduCheck check).SequenceEqual(expected) && check.IsOk
            && writer.LengthBytes == writer.Written.Length && writer.WrittenMemory.Span.SequenceEqual(writer.Written);
    });

    [Fact]
    public void The_writer_keeps_its_limit_and_what_it_has()
    {
        TextKeyWriter writer = new(10);
        Assert.True(writer.TryAppend("Ab"u8, "cdef"u8)); // 8 bytes
        Assert.False(writer.TryAppend("A"u8, "b"u8));
        Assert.False(writer.TryAppend("A", "b"));
        Assert.Equal("Ab=cdef\0", Encoding.ASCII.GetString(writer.Written));
        writer.Clear();
        Assert.True(writer.TryAppend("Key", "12345"));
        Assert.Equal(10, writer.LengthBytes);
        Assert.False(writer.TryAppend("A"u8, "12345678901"u8));
    }

    [Theory]
    [InlineData("", "v")]
    [InlineData("lower", "v")]
    [InlineData("A=b", "v")]
    [InlineData("A\0", "v")]
    [InlineData("A", "v\0w")]
    public void The_writer_refuses_what_could_not_be_read_back(string key, string value) =>
        Assert.Throws<ArgumentException>(() => new TextKeyWriter().TryAppend(key, value));

    [Fact]
    [Rule("7143/11.10.5")]
    public void A_text_may_be_cut_anywhere()
    {
        byte[] text = "HeaderDigest=CRC32C,None\0MaxBurstLength=262144\0X-long=\xff\xfe\0"u8.ToArray();
        List<string> whole = Read(text, out _);
        TextAssembler assembler = new();
        for (int first = 0; first <= text.Length; first++)
        {
            for (int second = first; second <= text.Length; second++)
            {
                Assert.True(assembler.Add(text.AsSpan(0, first), continues: true).IsOk);
                Assert.False(assembler.IsComplete);
                Assert.True(assembler.Add(text.AsSpan(first, second - first), continues: true).IsOk);
                Assert.True(assembler.Add(text.AsSpan(second), continues: false).IsOk);
                Assert.True(assembler.IsComplete);
                Assert.Equal(whole, Read(assembler.Text, out PduCheck check));
                Assert.True(check.IsOk);
            }
        }
    }

    [Fact]
    public void Byte_by_byte_and_empty_pieces_too()
    {
        byte[] text = "A=b\0Cd=\0"u8.ToArray();
        TextAssembler assembler = new();
        Assert.True(assembler.IsEmpty);
        foreach (byte value in text)
        {
            Assert.True(assembler.Add([value], continues: true).IsOk);
            Assert.True(assembler.Add([], continues: true).IsOk);
        }

        Assert.True(assembler.Add([], continues: false).IsOk);
        Assert.Equal(["A=b", "Cd="], Read(assembler.Text, out _));
        assembler.Reset();
        Assert.True(assembler.IsEmpty);
        Assert.True(assembler.Text.IsEmpty);
    }

    [Fact]
    public void A_text_beyond_the_limit_is_refused_before_memory_is_taken()
    {
        TextAssembler assembler = new(1000);
        Assert.True(assembler.Add(new byte[999], continues: true).IsOk);
        byte[] huge = new byte[16 * 1024 * 1024];
        PduCheck refused = PduCheck.Ok;
        Assert.Equal(0, Allocations.Of(() => refused = assembler.Add(huge, continues: false)));
        Assert.Equal(PduFault.ProtocolError, refused.Fault);
        Assert.False(assembler.IsComplete);
        Assert.Equal(999, assembler.Text.Length);
        Assert.True(assembler.Add([0], continues: false).IsOk);
        Assert.Equal(1000, assembler.Text.Length);
    }

    [Fact]
    public void The_default_limit_is_64_KiB()
    {
        TextAssembler assembler = new();
        Assert.True(assembler.Add(new byte[65536], continues: true).IsOk);
        Assert.False(assembler.Add([0], continues: false).IsOk);
    }

    [Fact]
    public void Memory_grows_with_what_came_and_is_used_again()
    {
        TextAssembler assembler = new();
        byte[] piece = new byte[1000];
        assembler.Add(new byte[2000], continues: false);
        Assert.Equal(0, Allocations.Of(() =>
        {
            assembler.Add(piece, continues: true);
            assembler.Add(piece, continues: false);
        }));
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        byte[] text = "HeaderDigest=CRC32C,None\0MaxBurstLength=262144\0"u8.ToArray();
        Assert.Equal(2, Count(text));
        Assert.Equal(0, Allocations.Of(() => Count(text)));
    }

    private static int Count(ReadOnlySpan<byte> text)
    {
        int count = 0;
        TextKeyReader reader = new(text);
        while (reader.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static List<string> Read(ReadOnlySpan<byte> text, out PduCheck check)
    {
        List<string> pairs = [];
        TextKeyReader reader = new(text);
        while (reader.MoveNext())
        {
            pairs.Add(Encoding.UTF8.GetString(reader.Key) + "=" + Encoding.UTF8.GetString(reader.Value));
        }

        check = reader.Check;
        return pairs;
    }
}
