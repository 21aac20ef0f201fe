using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>What an initiator says first, word for word.</summary>
public class FirstRequestTests
{
    private const string Operational =
        "HeaderDigest=None,CRC32C;DataDigest=None,CRC32C;MaxConnections=1;InitialR2T=No;ImmediateData=Yes;MaxRecvDataSegmentLength=262144;" +
        "MaxBurstLength=1048576;FirstBurstLength=262144;DefaultTime2Wait=0;DefaultTime2Retain=20;MaxOutstandingR2T=16;DataPDUInOrder=Yes;" +
        "DataSequenceInOrder=Yes;ErrorRecoveryLevel=2;TaskReporting=ResponseFence,RFC3720;iSCSIProtocolLevel=2;";

    private static readonly ChapCredential User = new("alice", ChapSecret.FromText("a secret of sixteen"));
    private static readonly ChapCredential Storage = new("storage", ChapSecret.FromText("another secret of it"));

    [Fact]
    [Rule("7143/6.3.1")]
    public void Without_credentials_the_security_stage_is_skipped()
    {
        InitiatorDialogue dialogue = new();

        Assert.Equal(InitiatorDialogue.Names + Operational, dialogue.Text);
        AssertStage(dialogue, LoginStage.LoginOperationalNegotiation, LoginStage.FullFeaturePhase);
    }

    [Fact]
    [Rule("7143/11.12")]
    public void The_header_carries_the_plan()
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Cid = 9, ExpStatSN = new Serial32(44) });

        Span<byte> bhs = stackalloc byte[Bhs.Length];
        dialogue.Step.Request.Emit(bhs);
        dialogue.Step.Numbers.Write(bhs);

        Assert.Equal(
            "438700000000000080123456789a000000000077000900000000" + "01f40000002c" + new string('0', 32), Convert.ToHexStringLower(bhs));
    }

    [Theory]
    [InlineData(false, "CHAP,None")]
    [InlineData(true, "CHAP")]
    [Rule("7143/12.1")]
    public void With_credentials_the_login_begins_with_AuthMethod(bool required, string methods)
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Credentials = new() { Own = User, IsRequired = required } });

        Assert.Equal($"{InitiatorDialogue.Names}AuthMethod={methods};", dialogue.Text);
        AssertStage(dialogue, LoginStage.SecurityNegotiation, null);
    }

    [Fact]
    [Rule("7143/12.1")]
    public void Who_wants_the_target_to_prove_itself_does_not_offer_None() =>
        Assert.EndsWith("AuthMethod=CHAP;", new InitiatorDialogue(InitiatorDialogue.Plan() with { Credentials = new() { Own = User, Target = Storage } }).Text, StringComparison.Ordinal);

    [Fact]
    [Rule("7143/13")]
    public void A_discovery_session_leaves_out_what_is_irrelevant_there()
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { SessionType = SessionType.Discovery, TargetName = null });

        Assert.Equal(
            $"InitiatorName={LoginDialogue.Initiator};SessionType=Discovery;HeaderDigest=None,CRC32C;DataDigest=None,CRC32C;MaxRecvDataSegmentLength=262144;" +
            "DefaultTime2Wait=0;DefaultTime2Retain=20;ErrorRecoveryLevel=0;",
            dialogue.Text);
    }

    [Fact]
    [Rule("7143/13")]
    public void Who_joins_a_session_leaves_out_what_only_the_leading_connection_may_say()
    {
        InitiatorDialogue dialogue = new(Joining());

        Assert.Equal(
            $"InitiatorName={LoginDialogue.Initiator};TargetName={FakeDirectory.Target};HeaderDigest=None,CRC32C;DataDigest=None,CRC32C;MaxRecvDataSegmentLength=262144;",
            dialogue.Text);
        Assert.Equal((5, 2), (dialogue.Step.Request.Tsih, dialogue.Step.Request.Cid));
    }

    [Fact]
    [Rule("7143/13.7")]
    public void An_alias_goes_with_the_first_request() =>
        Assert.Contains(";InitiatorAlias=the desk;", new InitiatorDialogue(InitiatorDialogue.Plan() with { InitiatorAlias = "the desk" }).Text, StringComparison.Ordinal);

    [Fact]
    [Rule("7143/13.14")]
    public void FirstBurstLength_is_not_proposed_where_nothing_is_unsolicited() =>
        Assert.DoesNotContain(
            "FirstBurstLength",
            new InitiatorDialogue(InitiatorDialogue.Plan() with { Offers = new() { InitialR2T = true, ImmediateData = false } }).Text, StringComparison.Ordinal);

    [Fact]
    [Rule("7144/7.1.1")]
    public void What_an_old_target_may_not_know_is_not_said_without_need()
    {
        InitiatorOffers plain = new() { ProtocolLevel = 1, TaskReporting = [TaskReporting.Rfc3720] };

        string text = new InitiatorDialogue(InitiatorDialogue.Plan() with { Offers = plain }).Text;

        Assert.DoesNotContain("iSCSIProtocolLevel", text, StringComparison.Ordinal);
        Assert.DoesNotContain("TaskReporting", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DigestPolicy.None, "None")]
    [InlineData(DigestPolicy.Accept, "None,CRC32C")]
    [InlineData(DigestPolicy.Prefer, "CRC32C,None")]
    [InlineData(DigestPolicy.Require, "CRC32C")]
    [Rule("7143/13.1")]
    public void The_policy_decides_what_digests_are_proposed(DigestPolicy policy, string list) =>
        Assert.Contains($";DataDigest={list};", new InitiatorDialogue(InitiatorDialogue.Plan() with { Offers = new() { DataDigest = policy } }).Text, StringComparison.Ordinal);

    [Fact]
    public void A_plan_that_does_not_fit_together_is_refused()
    {
        LoginPlan plan = InitiatorDialogue.Plan();

        Assert.All(
            (LoginPlan[])[
                plan with { TargetName = null }, plan with { Isid = 1UL << 48 }, plan with { InitiatorTaskTag = Bhs.ReservedTag }, plan with { Tsih = 3 },
                plan with { Existing = SessionParameters.Default }, plan with { InitiatorName = default },
                Joining() with { SessionType = SessionType.Discovery }, plan with { Offers = new() { MaxBurstLength = 512, FirstBurstLength = 513 } },
                plan with { Offers = new() { TaskReporting = [] } },
            ],
            static bad => Assert.ThrowsAny<ArgumentException>(() => bad.Validated()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InitiatorOffers { MaxConnections = 0 }.Validated());
    }

    [Fact]
    public void A_login_starts_once() => Assert.Throws<InvalidOperationException>(() => new InitiatorDialogue().Login.Start());

    internal static LoginPlan Joining() =>
        InitiatorDialogue.Plan() with { Tsih = 5, Cid = 2, Existing = new SessionParameters { MaxConnections = 4, MaxBurstLength = 70000 } };

    private static void AssertStage(InitiatorDialogue dialogue, LoginStage current, LoginStage? next)
    {
        LoginRequest request = dialogue.Step.Request;
        Assert.Equal((current, next is not null), (request.CurrentStage, request.Transit));
        Assert.Equal(next ?? default, request.NextStage);
    }
}
