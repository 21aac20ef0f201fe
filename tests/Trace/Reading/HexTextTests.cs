using System.Text;
using Blockwire.Trace.Reading;
using Blockwire.Wire;

namespace Blockwire.Trace.Tests.Reading;

/// <summary>Bytes out of text, in the forms that tools write.</summary>
public sealed class HexTextTests
{
    private static readonly byte[] Ping = Packets.Session[2].Bytes;

    [Theory]
    [InlineData("00010203 04050607\n08090a0b")]
    [InlineData("00:01:02:03:04:05:06:07:08:09:0A:0B")]
    [InlineData("# a comment\n00 01 02 03 04 05 06 07\n08 09 0a 0b\n")]
    [InlineData("0x00, 0x01, 0x2,0x03, 0x4, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0xb")]
    [InlineData("/* Frame 0x99 */\nstatic const unsigned char pkt1[12] = {\n0x00, 0x01, 0x02, 0x03, /* .... */\n0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b };")]
    [InlineData("0x000102030405060708090a0b")]
    [InlineData("\"\\x00\\x01\\x02\\x03\\x04\\x05\\x06\\x07\" \\\n\"\\x08\\x09\\x0a\\x0b\"")]
    [InlineData("00000000: 0001 0203 0405 0607 0809 0a0b            ............")]
    [InlineData("00000000  00 01 02 03 04 05 06 07  08 09 0a 0b              |............|\n0000000c\n")]
    [InlineData("0000  00 01 02 03 04 05 06 07 08 09 0a 0b               ............")]
    [InlineData("0000   00 01 02 03 04 05 06 07   ab cd ef\n0008   08 09 0a 0b   ....")]
    [InlineData("000000 00 01 02 03 04 05 06 07 08 09 0a 0b\n000014")]
    public void Forms(string text) => Assert.Equal(Enumerable.Range(0, 12).Select(static it => (byte)it), HexText.Parse(text).Single());

    [Fact]
    public void A_star_repeats_the_line_before()
    {
        byte[] bytes = HexText.Parse("00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 01  |................|\n*\n00000030  05 06 |..|\n00000032\n").Single();

        Assert.Equal(50, bytes.Length);
        Assert.Equal((1, 1, 1, 5), (bytes[15], bytes[31], bytes[47], bytes[48]));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("0123456")]
    [InlineData("0x123, 0x4")]
    [InlineData("00000000  00 |.|\n*\nffffffff0  00 |.|")]
    public void What_is_no_such_text_is_refused(string text) => Assert.Throws<TraceException>(() => HexText.Parse(text));

    [Fact]
    public void A_PDU_in_every_form_is_decoded()
    {
        string plain = Convert.ToHexString(Ping);
        string dump = string.Join('\n', Ping.Chunk(16).Select(static (it, at) => $"{at * 16:x8}  {string.Join(' ', it.Select(static b => b.ToString("x2")))}  |................|"));
        foreach (string text in new[] { plain, dump, string.Join(", ", Ping.Select(static it => $"0x{it:x2}")), string.Concat(Ping.Select(static it => $"\\x{it:x2}")) })
        {
            Assert.Equal(Opcode.NopOut, Recorder.Read(Encoding.UTF8.GetBytes(text)).Pdus.Single().Opcode);
        }
    }

    [Fact]
    public void PDUs_of_both_sides_are_told_apart_by_their_opcodes()
    {
        string text = string.Join("\n\n", Packets.Session.Select(static it => Convert.ToHexString(it.Bytes)));

        CaptureReadingTests.AssertSession(Recorder.Read(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Bytes_alone_are_PDUs_too() => CaptureReadingTests.AssertSession(Recorder.Read([.. Packets.Session.SelectMany(static it => it.Bytes)]));

    [Fact]
    public void Packets_as_text_are_packets() =>
        CaptureReadingTests.AssertSession(Recorder.Read(Encoding.UTF8.GetBytes(string.Join('\n', Packets.Ip().Select(Convert.ToHexString)))));

    [Fact]
    public void A_capture_as_text_is_a_capture() => CaptureReadingTests.AssertSession(Recorder.Read(Encoding.UTF8.GetBytes(Convert.ToHexString(Packets.Pcap(Packets.Ip(), 101)))));

    [Fact]
    public void A_PDU_that_breaks_a_rule_is_decoded_all_the_same()
    {
        byte[] ping = [.. Ping];
        ping[2] = 0xFF;

        Assert.Equal(["7143/11"], Talk.Rules(Recorder.Read(Encoding.UTF8.GetBytes(Convert.ToHexString(ping))).Pdus.Single()));
    }
}
