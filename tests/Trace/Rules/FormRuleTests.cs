using Blockwire.Testing;
using Blockwire.Trace.Streams;

namespace Blockwire.Trace.Tests.Rules;

/// <summary>What a PDU alone shows.</summary>
public sealed class FormRuleTests
{
    [Theory]
    [InlineData(9)]
    [InlineData(33)]
    [InlineData(47)]
    [Rule("7143/11")]
    public void Reserved_bits_are_0(int at) =>
        Assert.Equal(["7143/11"], Talk.Rules(Talk.LoggedIn().Request(0x06, 0x80, 9, it => it.U32(20, 0).U8(at, 1))));

    [Fact]
    [Rule("7143/11.2.1.1")]
    public void A_target_sends_no_I_bit() => Assert.Equal(["7143/11"], Talk.Rules(Talk.LoggedIn().FromTarget(new RawPdu(0x60, 0x80).Itt(Talk.None).U32(20, Talk.None).TargetNumbers(501, 100, 132))));

    [Fact]
    [Rule("7143/11.14")]
    public void A_fixed_bit_is_1() => Assert.Equal(["7143/11.14"], Talk.Rules(Talk.LoggedIn().Request(0x06, 0x00, 9, static it => it.U32(20, 0))));

    [Fact]
    [Rule("7143/11.14.3")]
    public void A_field_that_means_nothing_here_is_0() =>
        Assert.Equal(["7143/11.14.3"], Talk.Rules(Talk.LoggedIn().Request(0x06, 0x80, 9, static it => it.U32(20, 0).U16(20, 3))));

    [Fact]
    [Rule("7143/11.2.1.2")]
    public void An_opcode_is_defined_and_of_its_sender()
    {
        Assert.Equal(["7143/11.2.1.2"], Talk.Rules(Talk.LoggedIn().FromInitiator(new RawPdu(0x07, 0x80))));
        Assert.Contains("7143/11.2.1.2", Talk.Rules(Talk.LoggedIn().FromInitiator(new RawPdu(0x21, 0x80).Itt(3))));
    }

    [Fact]
    [Rule("7143/7.8")]
    public void Digests_are_right()
    {
        Talk talk = Talk.LoggedIn("HeaderDigest=CRC32C\0DataDigest=CRC32C\0", "HeaderDigest=CRC32C\0DataDigest=CRC32C\0");
        byte[] right = new RawPdu(0x40, 0x80).Itt(5).U32(20, Talk.None).InitiatorNumbers(100, 500).Data([1, 2, 3, 4, 5]).Bytes(true, true);
        byte[] spoiltData = [.. right];
        spoiltData[^6] ^= 1;
        byte[] spoiltHeader = [.. right];
        spoiltHeader[18] ^= 1;

        foreach (byte[] bytes in new[] { right, spoiltData, spoiltHeader })
        {
            talk.Connection.FromFirst.Feed(bytes, default);
        }

        TracedPdu[] pdus = [.. talk.Recorder.Pdus.TakeLast(3)];
        Assert.Equal((DigestState.Right, DigestState.Right), (pdus[0].HeaderDigest, pdus[0].DataDigest));
        Assert.Empty(pdus[0].Problems);
        Assert.Contains("7143/7.8", Talk.Rules(pdus[1]));
        Assert.Equal(["7143/7.8"], Talk.Rules(pdus[2]));
    }

    [Fact]
    [Rule("7143/11.1")]
    public void Padding_is_0()
    {
        Talk talk = Talk.LoggedIn();
        byte[] bytes = new RawPdu(0x40, 0x80).Itt(5).U32(20, Talk.None).InitiatorNumbers(100, 500).Data([1, 2, 3]).Bytes();
        bytes[^1] = 1;

        talk.Connection.FromFirst.Feed(bytes, default);

        Assert.Equal(["7143/11.1"], Talk.Rules(talk.Recorder.Pdus[^1]));
    }

    [Fact]
    [Rule("7143/13.12")]
    public void Data_keeps_to_what_the_receiver_declared()
    {
        Assert.Equal(["7143/13.12"], Talk.Rules(Talk.LoggedIn().NopOut(5, data: new byte[8193])));
        Assert.Empty(Talk.Rules(Talk.LoggedIn(targetKeys: "MaxRecvDataSegmentLength=16384\0").NopOut(5, data: new byte[8193])));
    }

    [Fact]
    [Rule("7143/11.17.4")]
    public void A_Reject_has_the_header_of_what_it_rejects() =>
        Assert.Equal(["7143/11.17.4"], Talk.Rules(Talk.LoggedIn().Answer(0x3F, 0x80, Talk.None, static it => it.U8(2, 4).Data(new byte[20]))));

    [Fact]
    [Rule("7143/11.4.7.1")]
    public void Sense_data_is_as_long_as_SenseLength_says()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);

        Assert.Equal(["7143/11.4.7.1"], Talk.Rules(talk.Response(2, 2, change: static it => it.Data([0, 18, 0x70, 0]))));
    }
}
