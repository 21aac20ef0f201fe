using Blockwire.Testing;

namespace Blockwire.Trace.Tests.Rules;

/// <summary>What a login may not do. Method: a right login with one thing changed.</summary>
public sealed class LoginRuleTests
{
    [Fact]
    [Rule("7143/6.3")]
    public void A_login_in_two_stages_breaks_nothing()
    {
        Talk talk = new();

        Assert.Empty(Talk.Rules(talk.Login(0x81, $"{Talk.Keys}AuthMethod=CHAP,None\0")));
        Assert.Empty(Talk.Rules(talk.LoginAnswer(0x81, "TargetPortalGroupTag=1\0AuthMethod=None\0")));
        talk.Seen = talk.StatSN;
        Assert.Empty(Talk.Rules(talk.Login(0x87, "HeaderDigest=CRC32C,None\0MaxBurstLength=1048576\0InitialR2T=Yes\0")));
        Assert.Empty(Talk.Rules(talk.LoginAnswer(0x87, "HeaderDigest=CRC32C\0MaxBurstLength=262144\0MaxRecvDataSegmentLength=8192\0")));
        Assert.True(talk.Connection.HeaderDigest);
    }

    [Fact]
    [Rule("7143/6.3")]
    public void Nothing_else_comes_before_its_end()
    {
        Talk talk = new();
        talk.Login(0x87, Talk.Keys);

        Assert.Contains("7143/6.3", Talk.Rules(talk.Command(2)));
    }

    [Fact]
    [Rule("7143/6.3")]
    public void Two_requests_do_not_wait_at_once()
    {
        Talk talk = new();
        talk.Login(0x01, Talk.Keys);

        Assert.Contains("7143/6.3", Talk.Rules(talk.Login(0x87, "")));
    }

    [Theory]
    [InlineData(0x83, "7143/11.12.3")] // from security to full feature leaves nothing wrong in the NSG, but the CSG is behind
    [InlineData(0x80, "7143/11.12.3")] // NSG 0 does not lead on
    [Rule("7143/11.12.3")]
    public void Stages_go_forward(byte flags, string rule)
    {
        Talk talk = new();
        talk.Login(0x81, Talk.Keys);
        talk.LoginAnswer(0x81, "");
        talk.Seen = talk.StatSN;

        Assert.Contains(rule, Talk.Rules(talk.Login(flags, "")));
    }

    [Fact]
    [Rule("7143/6.3")]
    public void A_target_transits_only_when_asked()
    {
        Talk talk = new();
        talk.Login(0x04, Talk.Keys);

        Assert.Contains("7143/6.3", Talk.Rules(talk.LoginAnswer(0x87, "")));
    }

    [Fact]
    [Rule("7143/11.12.3")]
    public void The_answer_is_in_the_stage_of_the_request()
    {
        Talk talk = new();
        talk.Login(0x04, Talk.Keys);

        Assert.Contains("7143/11.12.3", Talk.Rules(talk.LoginAnswer(0x00, "")));
    }

    [Fact]
    [Rule("7143/11.13.3")]
    public void The_final_response_gives_a_TSIH()
    {
        Talk talk = new();
        talk.Login(0x87, Talk.Keys);

        Assert.Equal(["7143/11.13.3"], Talk.Rules(talk.LoginAnswer(0x87, "", tsih: 0)));
    }

    [Fact]
    [Rule("7143/11.12.8")]
    public void CmdSN_stays_through_the_login()
    {
        Talk talk = new();
        talk.Login(0x04, Talk.Keys);
        talk.LoginAnswer(0x04, "");
        talk.Seen = talk.StatSN;

        Assert.Equal(["7143/11.12.8"], Talk.Rules(talk.Login(0x87, "", static it => it.U32(24, 5))));
    }

    [Theory]
    [InlineData("TargetName=iqn.2026-11.local:t\0", "7143/13.5")]
    [InlineData("InitiatorName=iqn.2026-11.local:i\0", "7143/13.4")]
    [Rule("7143/6.3.1")]
    public void The_first_request_has_both_names(string keys, string rule) => Assert.Equal([rule], Talk.Rules(new Talk().Login(0x87, keys)));

    [Theory]
    [InlineData("MaxBurstLength=100\0", "7143/13.13")]
    [InlineData("MaxBurstLength=1000000000\0", "7143/13.13")]
    [InlineData("InitialR2T=Maybe\0", "7143/13.10")]
    [InlineData("InitialR2T=Reject\0", "7143/6.2")]
    [InlineData("TargetAlias=x\0", "7143/13.6")]
    [InlineData("SendTargets=All\0", "7143/13.3")]
    [InlineData("Colour=red\0", "7143/6.1")]
    [InlineData("MaxBurstLength=512\0MaxBurstLength=1024\0", "7143/6.3")]
    [InlineData("MaxBurstLength512\0", "7143/6.1")]
    [InlineData("MaxBurstLength=512", "7143/6.1")]
    [Rule("7143/6.2")]
    public void Keys_are_legal(string keys, string rule) => Assert.Equal([rule], Talk.Rules(new Talk().Login(0x87, Talk.Keys + keys)));

    [Theory]
    [InlineData("MaxBurstLength=512\0", "MaxBurstLength=1024\0", "7143/13.13")]
    [InlineData("DefaultTime2Wait=5\0", "DefaultTime2Wait=2\0", "7143/13.15")]
    [InlineData("ImmediateData=No\0", "ImmediateData=Yes\0", "7143/13.11")]
    [InlineData("InitialR2T=Yes\0", "InitialR2T=No\0", "7143/13.10")]
    [InlineData("HeaderDigest=None\0", "HeaderDigest=CRC32C\0", "7143/6.2.1")]
    [InlineData("MaxBurstLength=512\0", "", "7143/6.2")]
    [Rule("7143/6.2")]
    public void Answers_follow_from_offers(string offer, string answer, string rule)
    {
        Talk talk = new();
        talk.Login(0x87, Talk.Keys + offer);

        Assert.Equal([rule], Talk.Rules(talk.LoginAnswer(0x87, answer)));
    }

    [Fact]
    [Rule("7143/11.13.5")]
    public void A_refused_login_is_over()
    {
        Talk talk = new();
        talk.Login(0x87, Talk.Keys);
        talk.LoginAnswer(0x00, "", static it => it.U16(36, 0x0203));

        Assert.Contains("7143/11.13.5", Talk.Rules(talk.Login(0x87, Talk.Keys)));
    }

    [Fact]
    [Rule("7143/11.13.5")]
    public void A_redirection_says_where() => Assert.Equal(["7143/11.13.5"], Talk.Rules(Redirected()));

    private static Blockwire.Trace.Streams.TracedPdu Redirected()
    {
        Talk talk = new();
        talk.Login(0x87, Talk.Keys);
        return talk.LoginAnswer(0x00, "", static it => it.U16(36, 0x0101));
    }

    [Fact]
    [Rule("7143/6.3")]
    public void A_login_has_no_place_in_the_full_feature_phase() => Assert.Contains("7143/6.3", Talk.Rules(Talk.LoggedIn().Login(0x87, Talk.Keys)));
}
