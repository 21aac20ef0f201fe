using Blockwire.Testing;

namespace Blockwire.Trace.Tests.Rules;

/// <summary>StatSN, ExpStatSN, CmdSN, ExpCmdSN and MaxCmdSN.</summary>
public sealed class NumberRuleTests
{
    [Fact]
    [Rule("7143/4.2.2.2")]
    public void StatSN_goes_up_by_one()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);
        talk.StatSN++;

        Assert.Equal(["7143/4.2.2.2"], Talk.Rules(talk.Response(2)));
    }

    [Fact]
    [Rule("7143/11.19.2")]
    public void A_NOP_In_of_the_target_s_own_takes_no_StatSN()
    {
        Talk talk = Talk.LoggedIn();

        Assert.Empty(Talk.Rules(talk.NopIn(Talk.None)));
        Assert.Empty(Talk.Rules(talk.NopIn(Talk.None, 9)));
        talk.StatSN++;
        Assert.Equal(["7143/4.2.2.2"], Talk.Rules(talk.NopIn(Talk.None)));
    }

    [Fact]
    [Rule("7143/4.2.2.2")]
    public void ExpStatSN_acknowledges_what_was_sent()
    {
        Talk talk = Talk.LoggedIn();
        talk.Seen = talk.StatSN + 1;

        Assert.Equal(["7143/4.2.2.2"], Talk.Rules(talk.Command(2)));
    }

    [Fact]
    [Rule("7143/4.2.2.2")]
    public void ExpStatSN_does_not_go_back()
    {
        Talk talk = Talk.LoggedIn();
        talk.Seen = talk.StatSN;
        talk.Command(2);
        talk.Seen--;

        Assert.Equal(["7143/4.2.2.2"], Talk.Rules(talk.Command(3)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [Rule("7143/4.2.2.1")]
    public void CmdSN_goes_up_by_one(int step)
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);
        talk.CmdSN = (uint)(talk.CmdSN + step);

        Assert.Equal(["7143/4.2.2.1"], Talk.Rules(talk.Command(3)));
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void CmdSN_keeps_to_the_window()
    {
        Talk talk = new() { Window = 0 };
        talk.Login(0x87, Talk.Keys);
        talk.LoginAnswer(0x87, "");

        Assert.Empty(Talk.Rules(talk.Command(2)));
        Assert.Equal(["7143/4.2.2.1"], Talk.Rules(talk.Command(3)));
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void An_immediate_command_has_the_current_CmdSN_and_takes_none()
    {
        Talk talk = Talk.LoggedIn();

        Assert.Empty(Talk.Rules(talk.Command(2, immediate: true)));
        Assert.Empty(Talk.Rules(talk.Command(3)));
        Assert.Equal(["7143/4.2.2.1"], Talk.Rules(talk.Command(4, immediate: true, change: static it => it.U32(24, 100))));
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void ExpCmdSN_acknowledges_what_was_sent() =>
        Assert.Equal(["7143/4.2.2.1"], Talk.Rules(Talk.LoggedIn().NopIn(Talk.None, change: static it => it.U32(28, 101))));

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void MaxCmdSN_is_not_below_ExpCmdSN_less_one()
    {
        Assert.Empty(Talk.Rules(Talk.LoggedIn().NopIn(Talk.None, change: static it => it.U32(32, 99))));
        Assert.Equal(["7143/4.2.2.1"], Talk.Rules(Talk.LoggedIn().NopIn(Talk.None, change: static it => it.U32(32, 98))));
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void An_answer_does_not_come_before_the_acknowledgment()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);

        Assert.Equal(["7143/4.2.2.1"], Talk.Rules(talk.Response(2, change: static it => it.U32(28, 100))));
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void Numbers_wrap()
    {
        Talk talk = new() { CmdSN = uint.MaxValue, StatSN = uint.MaxValue, Seen = uint.MaxValue };
        talk.Login(0x87, Talk.Keys);
        talk.LoginAnswer(0x87, "");

        for (uint tag = 2; tag < 6; tag++)
        {
            Assert.Empty(Talk.Rules(talk.Command(tag)));
            Assert.Empty(Talk.Rules(talk.Response(tag)));
            talk.Seen = talk.StatSN;
        }
    }

    [Fact]
    [Rule("7143/4.2.2.2")]
    public void Behind_a_gap_numbers_are_learned_anew()
    {
        Talk talk = Talk.LoggedIn();
        talk.Connection.FromSecond.Skip(480, default);
        (talk.CmdSN, talk.StatSN, talk.Seen) = (900, 900, 900);

        Assert.Empty(Talk.Rules(talk.Command(77)));
        Assert.Empty(Talk.Rules(talk.Response(77)));
    }
}
