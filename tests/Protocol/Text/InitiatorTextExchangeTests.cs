using System.Text;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Text;

/// <summary>Text exchanges as an initiator leads them (RFC 7143 §6.4, §11.10, §11.11).</summary>
public class InitiatorTextExchangeTests
{
    private const uint Itt = 0x99;
    private const ulong Lun = 0x0003_0000_0000_0000;

    [Theory]
    [InlineData("All")]
    [InlineData("")]
    [InlineData("iqn.2026-11.a:b")]
    [Rule("7143/C")]
    public void SendTargets_is_one_request_with_one_key(string value)
    {
        InitiatorTextStep step = InitiatorTextExchange.SendTargets(value, Itt).Start(8192);

        Assert.Equal(new TextRequest(false, true, false, 0, Itt, Bhs.ReservedTag), step.Request);
        Assert.Equal($"SendTargets={value};", TextOf(step));
    }

    [Fact]
    [Rule("7143/11.11.4")]
    public void A_long_answer_is_asked_for_with_its_tag_and_LUN()
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.SendTargets("All", Itt);
        exchange.Start(8192);

        InitiatorTextStep step = Answer(exchange, "TargetName=iqn.20", more: true, tag: 7);

        Assert.Equal(new TextRequest(false, true, false, Lun, Itt, 7), step.Request);
        Assert.True(step.Data.IsEmpty);
        InitiatorTextStep last = Answer(exchange, "26-11.a:b;TargetAddress=192.0.2.1:3260,1;", final: true);
        Assert.Equal([new TextPair("TargetName", "iqn.2026-11.a:b"), new TextPair("TargetAddress", "192.0.2.1:3260,1")], last.Outcome!.Pairs);
    }

    [Fact]
    [Rule("7143/6.1")]
    public void An_answer_may_be_cut_anywhere()
    {
        const string Text = "TargetName=iqn.2026-11.a:b;TargetAddress=192.0.2.1:3260,1;TargetName=iqn.2026-11.a:c;";
        for (int cut = 0; cut <= Text.Length; cut++)
        {
            InitiatorTextExchange exchange = InitiatorTextExchange.SendTargets("All", Itt);
            exchange.Start(8192);
            Answer(exchange, Text[..cut], more: true);

            Assert.Equal(3, Answer(exchange, Text[cut..], final: true).Outcome!.Pairs.Length);
        }
    }

    [Fact]
    [Rule("7143/13.12")]
    public void A_new_MaxRecvDataSegmentLength_holds_when_the_exchange_is_done()
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.Declare(65536, Itt, immediate: true);

        InitiatorTextStep step = exchange.Start(8192);

        Assert.Equal(("MaxRecvDataSegmentLength=65536;", true), (TextOf(step), step.Request.Immediate));
        InitiatorTextOutcome outcome = Answer(exchange, "MaxRecvDataSegmentLength=4096;", final: true).Outcome!;
        Assert.Equal((65536, 4096), (outcome.MaxRecvDataSegmentLength!.Value, outcome.PeerMaxRecvDataSegmentLength!.Value));
    }

    [Fact]
    [Rule("7143/11.9.1")]
    public void The_target_proposes_when_asked_for_nothing()
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.Empty(Itt);
        InitiatorTextStep step = exchange.Start(8192);
        Assert.True(step.Data.IsEmpty && step.Request.Final);

        step = Answer(exchange, "X-com.example=1;MaxConnections=4;MaxRecvDataSegmentLength=1024;");

        Assert.Equal("X-com.example=NotUnderstood;MaxConnections=Reject;", TextOf(step));
        Assert.True(step.Request.Final);
        InitiatorTextOutcome outcome = Answer(exchange, "", final: true).Outcome!;
        Assert.Equal((null, 1024), (outcome.MaxRecvDataSegmentLength, outcome.PeerMaxRecvDataSegmentLength!.Value));
    }

    [Theory]
    [InlineData("X-com.example=1;")]
    [InlineData("MaxRecvDataSegmentLength=1;")]
    [InlineData("MaxRecvDataSegmentLength=1024;MaxRecvDataSegmentLength=2048;")]
    [InlineData("InitiatorAlias=me;")]
    [InlineData("MaxBurstLength=Reject;")]
    [InlineData("nonsense;")]
    [Rule("7143/6.4")]
    public void What_may_not_end_an_exchange_ends_it_in_failure(string text)
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.Empty(Itt);
        exchange.Start(8192);

        AssertFailed(Answer(exchange, text, final: true));
    }

    [Fact]
    [Rule("7143/11.11.1")]
    public void A_header_that_is_not_as_it_must_be_ends_it_in_failure()
    {
        TextResponse right = new(false, false, 0, Itt, 5);
        Assert.All(
            (TextResponse[])[right with { InitiatorTaskTag = 1 }, right with { Final = true, Continue = true }, right with { TargetTransferTag = Bhs.ReservedTag }],
            static wrong =>
            {
                InitiatorTextExchange exchange = InitiatorTextExchange.Empty(Itt);
                exchange.Start(8192);
                AssertFailed(exchange.OnResponse(wrong, default));
            });
    }

    [Fact]
    [Rule("7143/6.2")]
    public void A_long_request_goes_out_in_pieces_that_get_empty_answers()
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.SendTargets("iqn.2026-11.local.blockwire:disk", Itt);
        InitiatorTextStep step = exchange.Start(16);
        StringBuilder text = new(TextOf(step));
        Assert.Equal((false, true), (step.Request.Final, step.Request.Continue));
        while (step.Request.Continue)
        {
            step = Answer(exchange, "", tag: 3);
            text.Append(TextOf(step));
        }

        Assert.Equal("SendTargets=iqn.2026-11.local.blockwire:disk;", text.ToString());
        Assert.Equal((true, 3u), (step.Request.Final, step.Request.TargetTransferTag));
        Assert.NotNull(Answer(exchange, "", final: true).Outcome);
    }

    [Theory]
    [InlineData("TargetAlias=a;", false)]
    [InlineData("", true)]
    [Rule("7143/11.11.1")]
    public void Nothing_but_an_empty_answer_fits_between_the_pieces(string text, bool final)
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.SendTargets("iqn.2026-11.local.blockwire:disk", Itt);
        exchange.Start(16);

        AssertFailed(Answer(exchange, text, final));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Rule("7143/6.2")]
    public void An_exchange_without_end_is_ended(int bytes)
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.SendTargets("All", Itt);
        InitiatorTextStep step = exchange.Start(8192);
        int rounds = 0;
        while (step.Next == InitiatorTextNext.Send)
        {
            step = Answer(exchange, new string('a', bytes), more: true);
            rounds++;
        }

        AssertFailed(step);
        Assert.InRange(rounds, 6, 300);
    }

    [Fact]
    [Rule("7143/6.1")]
    public void Text_without_end_is_ended()
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.SendTargets("All", Itt);
        InitiatorTextStep step = exchange.Start(8192);
        string piece = new('a', 65536);
        int bytes = 0;
        while (step.Next == InitiatorTextNext.Send)
        {
            step = Answer(exchange, piece, more: true);
            bytes += piece.Length;
        }

        AssertFailed(step);
        Assert.Equal(TextLimits.Default.MaxAnswerBytes + piece.Length, bytes);
    }

    [Fact]
    [Rule("7143/6.4")]
    public void A_Reject_ends_it_and_it_can_be_started_anew()
    {
        InitiatorTextExchange exchange = InitiatorTextExchange.SendTargets("All", Itt);
        exchange.Start(8192);
        Answer(exchange, "TargetName=iqn.2026-11.a:b;Tar", more: true);

        InitiatorTextStep step = exchange.OnReject(RejectReason.LongOperationReject);

        AssertFailed(step);
        Assert.Equal(RejectReason.LongOperationReject, step.RejectReason);
        AssertFailed(Answer(exchange, "", final: true));
        exchange.Start(8192);
        Assert.Single(Answer(exchange, "TargetName=iqn.2026-11.a:c;", final: true).Outcome!.Pairs);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(8192)]
    [InlineData(262144)]
    [Rule("7143/C")]
    public void Our_target_tells_our_initiator_all_its_targets(int segment)
    {
        DiscoveredTarget[] targets = [.. Enumerable.Range(0, 2000).Select(static at => new DiscoveredTarget($"iqn.2026-11.local.test:{at}", ["192.0.2.1:3260,1", "[2001:db8::1]:3260,2"]))];
        TargetTextExchange answering = new(new TextSessionFacts(SessionType.Discovery, null), new FakeTargets(targets), TextLimits.Default);
        InitiatorTextExchange asking = InitiatorTextExchange.SendTargets("All", Itt);
        InitiatorTextStep step = asking.Start(8192);
        while (step.Next == InitiatorTextNext.Send)
        {
            TextStep answer = answering.OnRequest(step.Request, step.Data.Span, segment);
            step = asking.OnResponse(answer.Response, answer.Data.Span);
        }

        Assert.Null(step.Why);
        Assert.Equal(6000, step.Outcome!.Pairs.Length);
    }

    [Theory]
    [InlineData(511)]
    [InlineData(1 << 24)]
    [Rule("7143/13.12")]
    public void No_length_beyond_the_range_is_declared(int bytes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => InitiatorTextExchange.Declare(bytes, Itt));

    private static InitiatorTextStep Answer(InitiatorTextExchange exchange, string text, bool final = false, bool more = false, uint tag = 1) =>
        exchange.OnResponse(
            new TextResponse(final, more, final ? 0 : Lun, Itt, final ? Bhs.ReservedTag : tag), Encoding.UTF8.GetBytes(text.Replace(';', '\0')));

    private static string TextOf(InitiatorTextStep step) => Encoding.UTF8.GetString(step.Data.Span).Replace('\0', ';');

    private static void AssertFailed(InitiatorTextStep step)
    {
        Assert.Equal(InitiatorTextNext.Failed, step.Next);
        Assert.Contains("RFC 7143/", step.Why, StringComparison.Ordinal);
        Assert.Null(step.Outcome);
    }
}
