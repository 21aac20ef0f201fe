using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Text;

/// <summary>Goal: SendTargets as Appendix C of RFC 7143 has it. Method: each value in each kind of session, and answers of every length.</summary>
public class SendTargetsTests
{
    private const string Own = "iqn.2024-01.com.example:a";
    private const string Other = "iqn.2024-01.com.example:b";

    private static readonly FakeTargets Two = new(
        new DiscoveredTarget(Own, ["192.0.2.1:3260,1", "[2001:db8::1]:3260,1"]),
        new DiscoveredTarget(Other, ["192.0.2.1:3260,2"]));

    private const string OwnRecord = $"TargetName={Own};TargetAddress=192.0.2.1:3260,1;TargetAddress=[2001:db8::1]:3260,1;";
    private const string OtherRecord = $"TargetName={Other};TargetAddress=192.0.2.1:3260,2;";

    [Theory]
    [InlineData("All", OwnRecord + OtherRecord)]
    [InlineData(Other, OtherRecord)]
    [InlineData("IQN.2024-01.COM.EXAMPLE:B", OtherRecord)]
    [InlineData("iqn.2024-01.com.example:none", "")]
    [InlineData("", "SendTargets=Reject;")]
    [Rule("7143/C")]
    public void DiscoverySession(string value, string answer) => Assert.Equal(answer, Ask(SessionType.Discovery, null, value));

    [Theory]
    [InlineData("", OwnRecord)]
    [InlineData(Own, OwnRecord)]
    [InlineData(Other, "SendTargets=Reject;")]
    [InlineData("All", "SendTargets=Reject;")]
    [Rule("7143/C")]
    public void NormalSession(string value, string answer) => Assert.Equal(answer, Ask(SessionType.Normal, Own, value));

    [Theory]
    [InlineData("all")]
    [InlineData("no such name")]
    [InlineData("Irrelevant")]
    [Rule("7143/C")]
    public void ValueThatIsNoName_IsRejected(string value) =>
        Assert.Equal(RejectReason.ProtocolError, Dialogue(SessionType.Discovery, null).Send($"SendTargets={value};").RejectReason);

    [Theory]
    [InlineData("SendTargets=All;InitiatorAlias=x;")]
    [InlineData("X-com.example.a=1;SendTargets=All;")]
    [InlineData("SendTargets=All;SendTargets=All;")]
    [Rule("7143/C")]
    public void SendTargets_StandsAlone(string text)
    {
        Assert.Equal(RejectReason.ProtocolError, Dialogue(SessionType.Discovery, null).Send(text).RejectReason);
        Assert.Equal(RejectReason.ProtocolError, Dialogue(SessionType.Normal, Own).Send(text).RejectReason);
    }

    [Fact]
    [Rule("7143/4.3")]
    public void DiscoverySession_TakesNoOtherKey() =>
        Assert.Equal(RejectReason.ProtocolError, Dialogue(SessionType.Discovery, null).Send("MaxRecvDataSegmentLength=4096;").RejectReason);

    [Fact]
    [Rule("7143/C")]
    public void NoTargets_IsAnEmptyAnswer()
    {
        TextStep step = new TextDialogue(SessionType.Discovery, null, new FakeTargets()).Send("SendTargets=All;");
        Assert.True(step.Response.Final);
        Assert.True(step.Data.IsEmpty);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(512)]
    [InlineData(8192)]
    [InlineData(262144)]
    [Rule("7143/11.10.4")]
    public void ThousandTargets_OverSegmentsOfAnySize(int limit)
    {
        int count = limit < 512 ? 20 : 1000;
        DiscoveredTarget[] targets = [.. Enumerable.Range(0, count).Select(static i => new DiscoveredTarget($"{Own}.{i}", [$"192.0.2.1:{3260 + i},1", "[2001:db8::1]:3260,1"]))];
        TextDialogue dialogue = new(SessionType.Discovery, null, new FakeTargets(targets)) { PeerLimit = limit };
        string text = dialogue.SendAndDrain("SendTargets=All;", out List<TextStep> steps);
        Assert.Equal(string.Concat(targets.Select(static t => $"TargetName={t.Name};" + string.Concat(t.Addresses.Select(static a => $"TargetAddress={a};")))), text);
        Assert.All(steps.SkipLast(1), static step => Assert.True(step.Response is { Continue: true, Final: false }));
        Assert.True(steps[^1].Response is { Continue: false, Final: true });
        Assert.Equal(steps.Count - 1, steps.Take(steps.Count - 1).Select(static step => step.Response.TargetTransferTag).Distinct().Count());
        if (limit >= 512)
        {
            Assert.All(steps, static step => Assert.StartsWith("TargetName=", TextDialogue.TextOf(step), StringComparison.Ordinal));
        }
    }

    [Fact]
    [Rule("7143/11.11.4")]
    public void AnswerBeyondTheLimit_IsRejectedForResources()
    {
        TextDialogue dialogue = new(SessionType.Discovery, null, Two, new TextLimits { MaxAnswerBytes = 50 });
        Assert.Equal(RejectReason.LongOperationReject, dialogue.Send("SendTargets=All;").RejectReason);
    }

    [Fact]
    [Rule("7143/11.10.4")]
    public void NewRequest_ForgetsAnUnfinishedAnswer()
    {
        TextDialogue dialogue = Dialogue(SessionType.Discovery, null);
        dialogue.PeerLimit = 40;
        Assert.True(dialogue.Send("SendTargets=All;").Response.Continue);
        TextStep again = dialogue.Send($"SendTargets={Other};", tag: Bhs.ReservedTag, itt: 0x66);
        Assert.StartsWith($"TargetName={Other};", TextDialogue.TextOf(again), StringComparison.Ordinal);
    }

    [Fact]
    [Rule("7143/6.2")]
    public void KeysDuringALongAnswer_AreRejected()
    {
        TextDialogue dialogue = Dialogue(SessionType.Discovery, null);
        dialogue.PeerLimit = 40;
        dialogue.Send("SendTargets=All;");
        Assert.Equal(RejectReason.ProtocolError, dialogue.Send("SendTargets=All;").RejectReason);
    }

    private static TextDialogue Dialogue(SessionType type, string? own) => new(type, own, Two);

    private static string Ask(SessionType type, string? own, string value)
    {
        TextStep step = Dialogue(type, own).Send($"SendTargets={value};");
        Assert.Null(step.RejectReason);
        Assert.True(step.Response.Final);
        return TextDialogue.TextOf(step);
    }
}
