using Blockwire.Testing;

namespace Blockwire.Trace.Tests.Rules;

/// <summary>NOPs, text, task management, SNACKs, logouts, several connections.</summary>
public sealed class OtherRuleTests
{
    [Fact]
    [Rule("7143/11.19")]
    public void Ping_data_comes_back()
    {
        Talk talk = Talk.LoggedIn();
        talk.NopOut(5, data: [1, 2, 3, 4]);
        Assert.Empty(Talk.Rules(talk.NopIn(5, data: [1, 2, 3, 4])));

        talk.NopOut(6, data: [1, 2, 3, 4]);
        Assert.Equal(["7143/11.19"], Talk.Rules(talk.NopIn(6, data: [1, 2, 3])));
    }

    [Fact]
    [Rule("7143/7.7")]
    public void A_NOP_In_does_not_ask_and_answer_at_once()
    {
        Talk talk = Talk.LoggedIn();
        talk.NopOut(5);

        Assert.Equal(["7143/7.7"], Talk.Rules(talk.NopIn(5, 3)));
    }

    [Fact]
    [Rule("7143/11.18.2")]
    public void A_NOP_Out_answers_a_NOP_In()
    {
        Talk talk = Talk.LoggedIn();
        talk.NopIn(Talk.None, 3);

        Assert.Empty(Talk.Rules(talk.NopOut(Talk.None, 3)));
        Assert.Equal(["7143/11.18.2"], Talk.Rules(talk.NopOut(Talk.None, 3)));
    }

    [Fact]
    [Rule("7143/11.18.1")]
    public void A_NOP_Out_without_a_tag_is_immediate() =>
        Assert.Contains("7143/11.18.1", Talk.Rules(Talk.LoggedIn().NopOut(Talk.None, change: static it => it.U8(0, 0))));

    [Fact]
    [Rule("7143/11.10")]
    public void One_text_exchange_at_a_time()
    {
        Talk talk = Talk.LoggedIn();
        Assert.Empty(Talk.Rules(talk.Request(0x04, 0x80, 5, static it => it.Text("SendTargets=\0"))));

        Assert.Equal(["7143/11.10"], Talk.Rules(talk.Request(0x04, 0x80, 6, static it => it.Text("SendTargets=\0"))));
    }

    [Fact]
    [Rule("7143/11.10.4")]
    public void Text_goes_on_with_the_tag_it_was_given()
    {
        Talk talk = Talk.LoggedIn();
        talk.Request(0x04, 0x80, 5, static it => it.Text("SendTargets=\0"));
        Assert.Empty(Talk.Rules(talk.Answer(0x24, 0x00, 5, static it => it.U32(20, 77).Text("TargetName=iqn.2026-11.local:a\0"))));

        Assert.Equal(["7143/11.10.4"], Talk.Rules(talk.Request(0x04, 0x80, 5, static it => it.U32(20, 78))));
    }

    [Fact]
    [Rule("7143/11.11.1")]
    public void A_target_ends_a_text_exchange_only_when_asked()
    {
        Talk talk = Talk.LoggedIn();
        talk.Request(0x04, 0x00, 5);

        Assert.Equal(["7143/11.11.1"], Talk.Rules(talk.Answer(0x24, 0x80, 5, static it => it.U32(20, Talk.None))));
    }

    [Fact]
    [Rule("7143/13.12")]
    public void A_text_exchange_changes_the_receive_limit()
    {
        Talk talk = Talk.LoggedIn();
        talk.Request(0x04, 0x80, 5, static it => it.Text("MaxRecvDataSegmentLength=65536\0"));
        talk.Answer(0x24, 0x80, 5, static it => it.U32(20, Talk.None).Text("MaxRecvDataSegmentLength=65536\0"));
        talk.Seen = talk.StatSN;

        Assert.Empty(Talk.Rules(talk.NopOut(6, data: new byte[60000])));
    }

    [Fact]
    [Rule("7143/13.13")]
    public void Session_wide_keys_are_not_changed_in_the_full_feature_phase() =>
        Assert.Equal(["7143/13.13"], Talk.Rules(Talk.LoggedIn().Request(0x04, 0x80, 5, static it => it.Text("MaxBurstLength=512\0"))));

    [Fact]
    [Rule("7143/11.5.5")]
    public void ABORT_TASK_names_the_CmdSN_of_its_task()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);

        Assert.Equal(["7143/11.5.5"], Talk.Rules(talk.Request(0x02, 0x81, 5, static it => it.U32(20, 2).U32(32, 99))));
    }

    [Fact]
    [Rule("7143/7.2.2")]
    public void Tasks_are_reassigned_at_recovery_level_2()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);

        Assert.Equal(["7143/7.2.2"], Talk.Rules(talk.Request(0x02, 0x88, 5, static it => it.U32(20, 2))));
    }

    [Fact]
    [Rule("7143/11.5.4")]
    public void A_function_without_a_task_has_no_referenced_tag() =>
        Assert.Equal(["7143/11.5.4"], Talk.Rules(Talk.LoggedIn().Request(0x02, 0x85, 5, static it => it.U32(20, 2))));

    [Fact]
    [Rule("7143/11.16")]
    public void There_is_no_SNACK_at_recovery_level_0() =>
        Assert.Equal(["7143/11.16"], Talk.Rules(Talk.LoggedIn().FromInitiator(new RawPdu(0x10, 0x81).Itt(Talk.None).U32(20, Talk.None).U32(28, 500))));

    [Fact]
    [Rule("7143/11.16")]
    public void What_a_SNACK_asks_for_may_come_again()
    {
        Talk talk = Talk.LoggedIn("ErrorRecoveryLevel=1\0", "ErrorRecoveryLevel=1\0");
        talk.Command(2, 1024, 0xC1);
        talk.DataIn(2, 0, 0, 512);
        talk.DataIn(2, 1, 512, 512, 0x80);

        Assert.Empty(Talk.Rules(talk.FromInitiator(new RawPdu(0x10, 0x80).Itt(2).U32(20, Talk.None).U32(28, 500).U32(44, 1))));
        Assert.Empty(Talk.Rules(talk.DataIn(2, 0, 0, 512)));
        Assert.Empty(Talk.Rules(talk.Response(2, expDataSN: 2)));
    }

    [Fact]
    [Rule("7143/11.14")]
    public void Nothing_new_comes_behind_a_logout()
    {
        Talk talk = Talk.LoggedIn();
        Assert.Empty(Talk.Rules(talk.Request(0x06, 0x80, 5, static it => it.U32(20, 0))));
        Assert.Contains("7143/11.14", Talk.Rules(talk.Command(6)));

        Assert.Empty(Talk.Rules(talk.Answer(0x26, 0x80, 5)));
        Assert.Contains("7143/11.14", Talk.Rules(talk.NopIn(Talk.None)));
    }

    [Fact]
    [Rule("7143/11.14")]
    public void A_logout_that_fails_leaves_the_connection()
    {
        Talk talk = Talk.LoggedIn();
        talk.Request(0x06, 0x81, 5, static it => it.U32(20, 0));
        talk.Answer(0x26, 0x80, 5, static it => it.U8(2, 3));

        Assert.Empty(Talk.Rules(talk.Command(6)));
    }

    [Fact]
    [Rule("7143/7.1.4.3")]
    public void A_connection_is_removed_for_recovery_at_level_2() =>
        Assert.Equal(["7143/7.1.4.3"], Talk.Rules(Talk.LoggedIn().Request(0x06, 0x82, 5, static it => it.U32(20, 0))));

    [Fact]
    [Rule("7143/11.15")]
    public void A_logout_response_answers_a_request() => Assert.Equal(["7143/11.15"], Talk.Rules(Talk.LoggedIn().Answer(0x26, 0x80, 5)));

    [Fact]
    [Rule("7143/11.9.1")]
    public void Parameters_of_an_event_that_has_none_are_0() =>
        Assert.Equal(["7143/11.9.1"], Talk.Rules(Talk.LoggedIn().Answer(0x32, 0x80, Talk.None, static it => it.U8(36, 1).U16(38, 5))));

    [Fact]
    [Rule("7143/4.2.5.1")]
    public void A_task_stays_on_its_connection_and_connections_share_tags_and_numbers()
    {
        Recorder recorder = new();
        Talk first = new(recorder);
        first.Login(0x87, $"{Talk.Keys}MaxConnections=2\0");
        first.LoginAnswer(0x87, "MaxConnections=2\0");
        Talk second = new(recorder, port: 40001);
        Assert.Empty(Talk.Rules(second.Login(0x87, "InitiatorName=iqn.2026-11.local:i\0TargetName=iqn.2026-11.local:t\0", tsih: 7, cid: 1)));
        Assert.Empty(Talk.Rules(second.LoginAnswer(0x87, "", tsih: 7)));

        Assert.Empty(Talk.Rules(first.Command(2)));
        second.CmdSN = first.CmdSN;
        Assert.Empty(Talk.Rules(second.Command(3)));
        Assert.Contains("7143/11.2.1.8", Talk.Rules(second.Command(2)));
    }

    [Fact]
    [Rule("7143/4.3")]
    public void A_discovery_session_carries_no_commands()
    {
        Talk talk = new();
        talk.Login(0x87, "InitiatorName=iqn.2026-11.local:i\0SessionType=Discovery\0");
        talk.LoginAnswer(0x87, "");

        Assert.Contains("7143/4.3", Talk.Rules(talk.Command(2)));
    }

    [Fact]
    [Rule("7143/11.17.1")]
    public void Codes_are_assigned()
    {
        Assert.Equal(["7143/11.17.1"], Talk.Rules(Talk.LoggedIn().Answer(0x3F, 0x80, Talk.None, static it => it.U8(2, 0x77).Data(new byte[48]))));
        Assert.Equal(["7143/11.3.1"], Talk.Rules(Talk.LoggedIn().Command(2, flags: 0x85)));
    }
}
