using Blockwire.Testing;

namespace Blockwire.Trace.Tests.Rules;

/// <summary>Commands, data both ways, R2Ts and responses.</summary>
public sealed class DataRuleTests
{
    private const byte Read = 0xC1;
    private const byte Write = 0xA1;
    private const byte WriteAndMore = 0x21;

    [Fact]
    [Rule("7143/11.7.5")]
    public void A_read_that_is_right_breaks_nothing()
    {
        Talk talk = Talk.LoggedIn();
        Assert.Empty(Talk.Rules(talk.Command(2, 1024, Read)));
        Assert.Empty(Talk.Rules(talk.DataIn(2, 0, 0, 512)));
        Assert.Empty(Talk.Rules(talk.DataIn(2, 1, 512, 512, 0x81)));

        talk.Command(3, 1024, Read);
        talk.DataIn(3, 0, 0, 512, 0x80);
        Assert.Empty(Talk.Rules(talk.Response(3, expDataSN: 1, change: static it => it.U8(1, 0x82).U32(44, 512))));
    }

    [Fact]
    [Rule("7143/11.7.5")]
    public void DataSN_counts_from_0()
    {
        Talk talk = Reading();

        Assert.Equal(["7143/11.7.5"], Talk.Rules(talk.DataIn(2, 1, 0, 512)));
    }

    [Fact]
    [Rule("7143/11.7.6")]
    public void Data_In_does_not_go_back()
    {
        Talk talk = Reading();
        talk.DataIn(2, 0, 512, 512);

        Assert.Equal(["7143/11.7.6"], Talk.Rules(talk.DataIn(2, 1, 0, 512)));
    }

    [Fact]
    [Rule("7143/11.7.6")]
    public void Data_In_keeps_to_what_the_command_expects() => Assert.Equal(["7143/11.7.6"], Talk.Rules(Reading().DataIn(2, 0, 2048, 2049)));

    [Fact]
    [Rule("7143/11.7.1")]
    public void A_sequence_keeps_to_MaxBurstLength()
    {
        Talk talk = Talk.LoggedIn("MaxBurstLength=512\0", "MaxBurstLength=512\0");
        talk.Command(2, 4096, Read);

        Assert.Empty(Talk.Rules(talk.DataIn(2, 0, 0, 512, 0x80)));
        Assert.Empty(Talk.Rules(talk.DataIn(2, 1, 512, 512)));
        Assert.Equal(["7143/11.7.1"], Talk.Rules(talk.DataIn(2, 2, 1024, 512)));
    }

    [Fact]
    [Rule("7143/11.7.3")]
    public void Status_comes_in_the_last_PDU_of_a_sequence_and_is_good()
    {
        Assert.Contains("7143/11.7.3", Talk.Rules(Reading().DataIn(2, 0, 0, 4096, 0x01)));
        Assert.Contains("7143/11.7.3", Talk.Rules(Reading().DataIn(2, 0, 0, 4096, 0x81, static it => it.U8(3, 2))));
        Assert.Contains("7143/11.7.3", Talk.Rules(Reading().DataIn(2, 0, 0, 4096, 0x80, static it => it.U8(3, 2))));
    }

    [Fact]
    [Rule("7143/11.7.2")]
    public void No_acknowledgment_is_asked_for_at_recovery_level_0() =>
        Assert.Equal(["7143/11.7.2"], Talk.Rules(Reading().DataIn(2, 0, 0, 512, 0x40, static it => it.U32(20, 3))));

    [Fact]
    [Rule("7143/11.4.5.1")]
    public void Residuals_are_true()
    {
        Assert.Equal(["7143/11.4.5.1"], Talk.Rules(Reading().DataIn(2, 0, 0, 512, 0x81)));
        Assert.Equal(["7143/11.4.5.1"], Talk.Rules(Reading().DataIn(2, 0, 0, 512, 0x83, static it => it.U32(44, 1))));
        Assert.Empty(Talk.Rules(Reading().DataIn(2, 0, 0, 512, 0x83, static it => it.U32(44, 3584))));
    }

    [Fact]
    [Rule("7143/11.4.8")]
    public void A_response_counts_the_data_PDUs()
    {
        Talk talk = Reading();
        talk.DataIn(2, 0, 0, 4096, 0x80);

        Assert.Equal(["7143/11.4.8"], Talk.Rules(talk.Response(2, expDataSN: 0)));
    }

    [Fact]
    [Rule("7143/11.7.1")]
    public void A_good_response_comes_after_the_last_sequence_has_ended()
    {
        Talk talk = Reading();
        talk.DataIn(2, 0, 0, 4096);

        Assert.Equal(["7143/11.7.1"], Talk.Rules(talk.Response(2, expDataSN: 1)));
    }

    [Fact]
    [Rule("7143/7.7")]
    public void A_CHECK_CONDITION_comes_with_sense_data()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);

        Assert.Equal(["7143/7.7"], Talk.Rules(talk.Response(2, 2)));
    }

    [Fact]
    [Rule("7143/4.2.5.3")]
    public void Answers_belong_to_a_task()
    {
        Talk talk = Reading();
        talk.DataIn(2, 0, 0, 4096, 0x81);

        Assert.Equal(["7143/4.2.5.3"], Talk.Rules(talk.Response(2)));
        Assert.Equal(["7143/4.2.5.3"], Talk.Rules(talk.DataIn(9, 0, 0, 512)));
    }

    [Fact]
    [Rule("7143/11.2.1.8")]
    public void A_tag_is_not_used_twice_at_once()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);

        Assert.Equal(["7143/11.2.1.8"], Talk.Rules(talk.Command(2)));
        talk.Response(2);
        Assert.Empty(Talk.Rules(talk.Command(2)));
    }

    [Fact]
    [Rule("7143/13.11")]
    public void Immediate_data_was_agreed_on() =>
        Assert.Equal(["7143/13.11"], Talk.Rules(Talk.LoggedIn("ImmediateData=No\0", "ImmediateData=No\0").Command(2, 512, Write, new byte[512])));

    [Fact]
    [Rule("7143/13.14")]
    public void Unsolicited_data_keeps_to_FirstBurstLength()
    {
        Talk talk = Talk.LoggedIn("FirstBurstLength=1024\0InitialR2T=No\0", "FirstBurstLength=1024\0InitialR2T=No\0");

        Assert.Empty(Talk.Rules(talk.Command(2, 4096, WriteAndMore, new byte[512])));
        Assert.Empty(Talk.Rules(talk.DataOut(2, Talk.None, 0, 512, 512, final: false)));
        Assert.Equal(["7143/13.14"], Talk.Rules(talk.DataOut(2, Talk.None, 1, 1024, 512, final: true)));
        Assert.Contains("7143/13.14", Talk.Rules(talk.Command(3, 4096, Write, new byte[1028])));
    }

    [Fact]
    [Rule("7143/13.10")]
    public void Unsolicited_data_needs_InitialR2T_No()
    {
        Talk talk = Talk.LoggedIn();

        Assert.Equal(["7143/13.10"], Talk.Rules(talk.Command(2, 4096, WriteAndMore)));
    }

    [Fact]
    [Rule("7143/11.7.1")]
    public void Unsolicited_data_ends_with_F()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2, 4096, Write);

        Assert.Equal(["7143/11.7.1"], Talk.Rules(talk.DataOut(2, Talk.None, 0, 0, 512, final: true)));
    }

    [Fact]
    [Rule("7143/11.3.6")]
    public void Immediate_data_is_for_writes() => Assert.Equal(["7143/11.3.6"], Talk.Rules(Talk.LoggedIn().Command(2, 512, Read, new byte[4])));

    [Fact]
    [Rule("7143/11.3.4")]
    public void Immediate_data_keeps_to_the_expected_length() => Assert.Equal(["7143/11.3.4"], Talk.Rules(Talk.LoggedIn().Command(2, 4, Write, new byte[8])));

    [Fact]
    [Rule("7143/11.8")]
    public void A_write_by_R2T_that_is_right_breaks_nothing()
    {
        Talk talk = Talk.LoggedIn();
        Assert.Empty(Talk.Rules(talk.Command(2, 2048, Write)));
        Assert.Empty(Talk.Rules(talk.R2T(2, 7, 0, 0, 1024)));
        Assert.Empty(Talk.Rules(talk.DataOut(2, 7, 0, 0, 512, final: false)));
        Assert.Empty(Talk.Rules(talk.DataOut(2, 7, 1, 512, 512, final: true)));
        Assert.Empty(Talk.Rules(talk.R2T(2, 8, 1, 1024, 1024)));
        Assert.Empty(Talk.Rules(talk.DataOut(2, 8, 0, 1024, 1024, final: true)));
        Assert.Empty(Talk.Rules(talk.Response(2)));
    }

    [Theory]
    [InlineData(7u, 1u, 0u, 1024u, "7143/11.8.2")]
    [InlineData(7u, 0u, 0u, 0u, "7143/11.8.4")]
    [InlineData(Talk.None, 0u, 0u, 1024u, "7143/11.8.5")]
    [InlineData(7u, 0u, 0u, 4097u, "7143/11.8.4")]
    [InlineData(7u, 0u, 512u, 512u, "7143/11.8")]
    [Rule("7143/11.8")]
    public void R2Ts_are_right(uint tag, uint number, uint offset, uint length, string rule)
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2, 4096, Write);

        Assert.Equal([rule], Talk.Rules(talk.R2T(2, tag, number, offset, length)));
    }

    [Fact]
    [Rule("7143/11.8.4")]
    public void An_R2T_keeps_to_MaxBurstLength()
    {
        Talk talk = Talk.LoggedIn("MaxBurstLength=512\0", "MaxBurstLength=512\0");
        talk.Command(2, 4096, Write);

        Assert.Equal(["7143/11.8.4"], Talk.Rules(talk.R2T(2, 7, 0, 0, 1024)));
    }

    [Fact]
    [Rule("7143/13.17")]
    public void No_more_R2Ts_are_out_than_agreed()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2, 4096, Write);
        talk.R2T(2, 7, 0, 0, 1024);

        Assert.Equal(["7143/13.17"], Talk.Rules(talk.R2T(2, 8, 1, 1024, 1024)));
    }

    [Theory]
    [InlineData(8u, 0u, 0u, 1024, true, "7143/11.7.4")]
    [InlineData(7u, 1u, 0u, 1024, true, "7143/11.7.5")]
    [InlineData(7u, 0u, 0u, 512, true, "7143/11.8")]
    [InlineData(7u, 0u, 0u, 1024, false, "7143/11.7.1")]
    [InlineData(7u, 0u, 512u, 512, false, "7143/11.7.6")]
    [InlineData(7u, 0u, 0u, 1028, true, "7143/11.8")]
    [Rule("7143/11.8")]
    public void Solicited_data_is_what_the_R2T_asked_for(uint tag, uint number, uint offset, int length, bool final, string rule)
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2, 4096, Write);
        talk.R2T(2, 7, 0, 0, 1024);

        Assert.Equal([rule], Talk.Rules(talk.DataOut(2, tag, number, offset, length, final)));
    }

    [Fact]
    [Rule("7143/11.3.1")]
    public void Data_and_R2Ts_go_the_way_of_the_command()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2, 4096, Write);
        talk.Command(3, 4096, Read);

        Assert.Contains("7143/11.3.1", Talk.Rules(talk.DataIn(2, 0, 0, 512)));
        Assert.Contains("7143/11.3.1", Talk.Rules(talk.R2T(3, 7, 0, 0, 512)));
    }

    [Fact]
    [Rule("7143/11.2.2.4")]
    public void A_bidirectional_command_has_the_length_of_its_read() =>
        Assert.Equal(["7143/11.2.2.4"], Talk.Rules(Talk.LoggedIn().Command(2, 512, 0xE1)));

    private static Talk Reading()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2, 4096, Read);
        return talk;
    }
}
