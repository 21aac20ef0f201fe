using System.Text;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Testing;
using Blockwire.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Text;

/// <summary>Goal: negotiation in the full feature phase by RFC 7143 §6.4. Method: sequences of Text Requests.</summary>
public class TextExchangeTests
{
    private const string Own = "iqn.2024-01.com.example:a";

    private static TextDialogue Normal(TextLimits? limits = null) =>
        new(SessionType.Normal, Own, new FakeTargets(new DiscoveredTarget(Own, ["192.0.2.1:3260,1"])), limits);

    [Fact]
    [Rule("7143/6.4")]
    public void Declarations_TakeEffectWhenTheSequenceEnds()
    {
        TextDialogue dialogue = Normal();
        TextStep first = dialogue.Send("MaxRecvDataSegmentLength=65536;", final: false);
        Assert.Null(first.PeerMaxRecvDataSegmentLength);
        TextStep last = dialogue.Send("InitiatorAlias=new;");
        Assert.Equal((65536, "new"), (last.PeerMaxRecvDataSegmentLength, last.InitiatorAlias));
        Assert.True(last.Data.IsEmpty);
    }

    [Fact]
    [Rule("7143/6.4")]
    [Rule("7143/7.12#4")]
    [Rule("7143/7.12#5")]
    public void ResetSequence_LeavesNothingBehind()
    {
        TextDialogue dialogue = Normal();
        dialogue.Send("MaxRecvDataSegmentLength=65536;", final: false);
        Assert.Null(dialogue.Send("", tag: Bhs.ReservedTag).PeerMaxRecvDataSegmentLength);
        dialogue.Send("MaxRecvDataSegmentLength=65536;", final: false);
        dialogue.Exchange.Reset();
        Assert.Equal(RejectReason.InvalidPduField, dialogue.Send("").RejectReason);
    }

    [Fact]
    [Rule("7143/6.4")]
    public void KeysFixedAtLogin_AreAnsweredReject()
    {
        foreach (KeyRow row in KeyTable.Rows.Where(static row => row.FromInitiator != KeyStages.None && !row.FromInitiator.HasFlag(KeyStages.FullFeature)))
        {
            Assert.Equal($"{row.Name}=Reject;", TextDialogue.TextOf(Normal().Send($"{row.Name}={row.Default ?? "1"};")));
        }
    }

    [Theory]
    [InlineData("X-com.example.a=1;", "X-com.example.a=NotUnderstood;")]
    [InlineData("Unheard=;", "Unheard=NotUnderstood;")]
    [InlineData("Unheard=1;InitialR2T=No;", "Unheard=NotUnderstood;InitialR2T=Reject;")]
    [InlineData("", "")]
    [Rule("7143/6.2")]
    public void OtherKeys(string text, string answer) => Assert.Equal(answer, TextDialogue.TextOf(Normal().Send(text)));

    [Theory]
    [InlineData("MaxRecvDataSegmentLength=511;")]
    [InlineData("MaxRecvDataSegmentLength=8192;MaxRecvDataSegmentLength=8192;")]
    [InlineData("X-a=1;X-a=2;")]
    [InlineData("TargetAlias=mine;")]
    [InlineData("TargetPortalGroupTag=1;")]
    [InlineData("X-a=Reject;")]
    [InlineData("nokey")]
    [InlineData("NoNul=1")]
    [Rule("7143/6.4")]
    public void ProtocolErrors_AreRejected_AndResetTheNegotiation(string text)
    {
        TextDialogue dialogue = Normal();
        TextStep step = dialogue.Send(text);
        Assert.Equal(RejectReason.ProtocolError, step.RejectReason);
        Assert.True(dialogue.Send("").Response.Final);
    }

    [Fact]
    [Rule("7143/6.4")]
    public void SameKeyTwiceInASequence_IsRejected_ButNotInTwo()
    {
        TextDialogue dialogue = Normal();
        dialogue.Send("InitiatorAlias=a;", final: false);
        Assert.Equal(RejectReason.ProtocolError, dialogue.Send("InitiatorAlias=b;").RejectReason);
        Assert.Null(dialogue.Send("InitiatorAlias=c;").RejectReason);
        Assert.Null(dialogue.Send("InitiatorAlias=d;").RejectReason);
    }

    [Fact]
    [Rule("7143/11.10.2")]
    public void TextCutAtEveryByte()
    {
        byte[] whole = "MaxRecvDataSegmentLength=4096\0X-com.example.a=1\0"u8.ToArray();
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            TextDialogue dialogue = Normal();
            TextStep first = dialogue.SendBytes(whole.AsSpan(0, cut), final: false, more: true);
            Assert.NotEqual(Bhs.ReservedTag, first.Response.TargetTransferTag);
            TextStep last = dialogue.SendBytes(whole.AsSpan(cut));
            Assert.Equal("X-com.example.a=NotUnderstood;", TextDialogue.TextOf(last));
            Assert.Equal(4096, last.PeerMaxRecvDataSegmentLength);
        }
    }

    [Fact]
    [Rule("7143/11.10.2")]
    public void FinalWithContinue_IsRejected() =>
        Assert.Equal(RejectReason.ProtocolError, Normal().Send("InitiatorAlias=a;", final: true, more: true).RejectReason);

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(0xFFFFFFFEu)]
    [Rule("7143/11.11.4")]
    public void TagOfNoSequence_IsRejected(uint tag) => Assert.Equal(RejectReason.InvalidPduField, Normal().Send("", tag: tag).RejectReason);

    [Fact]
    [Rule("7143/11.11.4")]
    public void StaleTag_IsRejected()
    {
        TextDialogue dialogue = Normal();
        uint stale = dialogue.Send("", final: false).Response.TargetTransferTag;
        dialogue.Send("", final: false);
        Assert.Equal(RejectReason.InvalidPduField, dialogue.Send("", tag: stale).RejectReason);
    }

    [Theory]
    [InlineData(0x56u, false)]
    [InlineData(TextDialogue.Itt, true)]
    [Rule("7143/11.10.3")]
    public void TaskTagAndImmediateBit_StayTheSame(uint itt, bool immediate)
    {
        TextDialogue dialogue = Normal();
        dialogue.Send("", final: false);
        Assert.Equal(RejectReason.ProtocolError, dialogue.Send("", itt: itt, immediate: immediate).RejectReason);
    }

    [Fact]
    [Rule("7143/6.1")]
    public void TextAndRequests_AreBounded()
    {
        TextDialogue dialogue = Normal(new TextLimits { MaxRequestBytes = 100 });
        Assert.Null(dialogue.Send(new string('A', 100), final: false, more: true).RejectReason);
        Assert.Equal(RejectReason.LongOperationReject, dialogue.Send("A", final: false, more: true).RejectReason);

        TextDialogue chatty = Normal(new TextLimits { MaxRequests = 3 });
        for (int i = 0; i < 3; i++)
        {
            Assert.Null(chatty.Send("", final: false).RejectReason);
        }

        Assert.Equal(RejectReason.LongOperationReject, chatty.Send("", final: false).RejectReason);
    }

    [Fact]
    [Rule("7143/6.2")]
    public void ByteSoup_IsAnsweredLegally() => Prop.ForAll<(byte[] Data, bool Final, bool More, bool Fresh)[]>(static steps =>
    {
        TextDialogue dialogue = Normal();
        dialogue.PeerLimit = 16;
        foreach ((byte[] data, bool final, bool more, bool fresh) in steps)
        {
            dialogue.SendBytes(data ?? [], final, more, fresh ? Bhs.ReservedTag : null);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    [Rule("7143/6.2")]
    public void KeySoup_IsAnsweredLegally() => Prop.ForAll(
        Gen.ListOf(
            from name in Gen.Elements(KeyTable.Rows.Select(static row => row.Name).Append("X-a").ToArray())
            from value in Gen.Elements("", "All", "1", "Yes", "8192", "None", "Reject", Own)
            select $"{name}={value};").ToArbitrary(),
        static pairs =>
        {
            TextDialogue dialogue = Normal();
            dialogue.SendAndDrain(string.Concat(pairs), out List<TextStep> steps);
            Assert.NotEmpty(steps);
        }).QuickCheckThrowOnFailure();
}
