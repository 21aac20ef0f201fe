using Blockwire.Protocol.Login;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>Text in several PDUs, both ways (RFC 7143 §6.1, §6.2: the C bit).</summary>
public class SplitTests
{
    private const string Text = InitiatorDialogue.Tag + "TargetAlias=the disk;" + InitiatorDialogue.Answers;

    [Fact]
    [Rule("7143/6.1")]
    public void The_answer_may_be_cut_anywhere()
    {
        InitiatorLoginOutcome whole = new InitiatorDialogue().Complete(Text);
        for (int cut = 0; cut <= Text.Length; cut++)
        {
            InitiatorDialogue dialogue = new();

            dialogue.Answer(Text[..cut], more: true);

            Assert.Equal("", dialogue.Text);
            Assert.False(dialogue.Step.Request.Continue);
            InitiatorLoginOutcome outcome = dialogue.Complete(Text[cut..]);
            Assert.Equal((whole.SessionParameters, whole.ConnectionParameters, whole.TargetAlias), (outcome.SessionParameters, outcome.ConnectionParameters, outcome.TargetAlias));
        }
    }

    [Fact]
    [Rule("7143/6.1")]
    public void An_answer_of_single_bytes_is_too_many_exchanges_but_a_dozen_pieces_are_none()
    {
        InitiatorDialogue dialogue = new();
        int size = Text.Length / 12;
        for (int at = 0; at < 12 * size; at += size)
        {
            dialogue.Answer(Text.Substring(at, size), more: true);
        }

        Assert.NotNull(dialogue.Complete(Text[(12 * size)..]));
    }

    [Fact]
    [Rule("7143/6.2")]
    public void Text_of_ours_that_is_too_long_goes_out_in_pieces()
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Credentials = null });
        string proposals = string.Concat(Enumerable.Range(0, 30).Select(static number => $"X-{number}{new string('a', 55)}=1;"));
        for (int round = 0; round < 5; round++)
        {
            dialogue.Answer(proposals.Replace("X-", $"X-{round}"), more: true);
        }

        dialogue.Answer(InitiatorDialogue.Tag);
        List<string> pieces = [dialogue.Text];
        while (dialogue.Step.Request.Continue)
        {
            Assert.False(dialogue.Step.Request.Transit);
            dialogue.Answer("");
            pieces.Add(dialogue.Text);
        }

        Assert.True(pieces.Count > 1);
        Assert.Equal(150, string.Concat(pieces).Split(";").Count(static pair => pair.EndsWith("=NotUnderstood", StringComparison.Ordinal)));
        Assert.True(dialogue.Step.Request.Transit);
    }

    [Theory]
    [InlineData("TargetAlias=a;", false)]
    [InlineData("", true)]
    [Rule("7143/6.2")]
    public void A_target_must_not_talk_while_our_text_is_under_way(string text, bool more)
    {
        InitiatorDialogue dialogue = new();
        for (int round = 0; round < 10; round++)
        {
            dialogue.Answer(string.Concat(Enumerable.Range(0, 20).Select(number => $"X-{round}-{number}{new string('a', 50)}=1;")), more: true);
        }

        dialogue.Answer(InitiatorDialogue.Tag);
        Assert.True(dialogue.Step.Request.Continue);

        InitiatorDialogue.AssertFailed(dialogue.Answer(text, more: more), LoginFailureKind.TargetBrokeRule, "7143/6.2");
    }

    [Fact]
    [Rule("7143/6.1")]
    public void Text_without_end_is_ended()
    {
        InitiatorDialogue dialogue = new();
        int bytes = 0;
        while (dialogue.Step.Next == InitiatorLoginNext.Send)
        {
            dialogue.Answer(new string('a', 8192), more: true);
            bytes += 8192;
        }

        InitiatorDialogue.AssertFailed(dialogue.Step, LoginFailureKind.TargetBrokeRule, "65536");
        Assert.Equal(9 * 8192, bytes);
    }
}
