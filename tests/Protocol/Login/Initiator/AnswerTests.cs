using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>What an initiator makes of the keys that a target sends.</summary>
public class AnswerTests
{
    [Fact]
    [Rule("7143/13")]
    public void The_answers_become_the_parameters()
    {
        InitiatorLoginOutcome outcome = new InitiatorDialogue().Complete(InitiatorDialogue.Tag + "TargetAlias=disk;" + InitiatorDialogue.Answers);

        Assert.Equal(
            new SessionParameters
            {
                InitialR2T = true, ImmediateData = true, MaxBurstLength = 262144, FirstBurstLength = 65536, DefaultTime2Wait = 2, DefaultTime2Retain = 20,
            },
            outcome.SessionParameters);
        Assert.Equal((262144, 65536), (outcome.ConnectionParameters.MaxRecvDataSegmentLength, outcome.ConnectionParameters.PeerMaxRecvDataSegmentLength));
        Assert.Equal(("disk", (ushort?)1, (ushort)7), (outcome.TargetAlias, outcome.PortalGroupTag, outcome.Tsih));
        Assert.Equal(new TargetNumbers(new Serial32(InitiatorDialogue.FirstStatSN + 1), new Serial32(500), new Serial32(531)), new(outcome.NextStatSN, outcome.ExpCmdSN, outcome.MaxCmdSN));
        Assert.Null(outcome.AuthenticationMethod);
        Assert.Empty(outcome.Notes);
    }

    [Fact]
    public void Every_key_is_told_with_offer_answer_and_result()
    {
        InitiatorLoginOutcome outcome = new InitiatorDialogue().Complete(InitiatorDialogue.Tag + Answers("TaskReporting", "NotUnderstood"));

        Assert.Equal(16, outcome.Keys.Length);
        Assert.Equal(new NegotiatedKey("HeaderDigest", "None,CRC32C", "None", "None"), outcome.Keys[0]);
        Assert.Contains(new NegotiatedKey("MaxRecvDataSegmentLength", "262144", "65536", "65536"), outcome.Keys);
        Assert.Contains(new NegotiatedKey("TaskReporting", "ResponseFence,RFC3720", "NotUnderstood", "RFC3720"), outcome.Keys);
    }

    [Theory]
    [InlineData("MaxConnections", "2")]
    [InlineData("MaxBurstLength", "1048577")]
    [InlineData("MaxBurstLength", "511")]
    [InlineData("MaxBurstLength", "many")]
    [InlineData("DefaultTime2Retain", "21")]
    [InlineData("MaxOutstandingR2T", "0")]
    [InlineData("ErrorRecoveryLevel", "3")]
    [InlineData("InitialR2T", "yes")]
    [InlineData("ImmediateData", "1")]
    [InlineData("DataPDUInOrder", "No")]
    [InlineData("HeaderDigest", "CRC32")]
    [InlineData("HeaderDigest", "CRC32C,None")]
    [InlineData("TaskReporting", "FastAbort")]
    [InlineData("iSCSIProtocolLevel", "3")]
    [Rule("7143/6.2.2")]
    public void An_answer_that_the_result_function_cannot_give_ends_the_login(string key, string value)
    {
        InitiatorDialogue dialogue = new();

        InitiatorLoginStep step = dialogue.Answer(InitiatorDialogue.Tag + Answers(key, value), transit: true);

        InitiatorDialogue.AssertFailed(step, LoginFailureKind.TargetBrokeRule, key, "RFC 7143/");
    }

    [Theory]
    [InlineData(0, "1", true)]
    [InlineData(5, "4", false)]
    [InlineData(5, "5", true)]
    [InlineData(5, "0x10", true)]
    [InlineData(0, "0", true)]
    [Rule("7143/13.15")]
    public void DefaultTime2Wait_may_only_grow(int offered, string answered, bool isFine)
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Offers = new() { DefaultTime2Wait = offered } });

        InitiatorLoginStep step = dialogue.Answer(InitiatorDialogue.Tag + Answers("DefaultTime2Wait", answered), transit: true);

        Assert.Equal(isFine, step.Outcome is not null);
    }

    [Theory]
    [InlineData("MaxConnections", "Reject")]
    [InlineData("FirstBurstLength", "Irrelevant")]
    [InlineData("HeaderDigest", "Reject")]
    [InlineData("iSCSIProtocolLevel", "NotUnderstood")]
    [Rule("7143/6.2")]
    public void What_is_rejected_keeps_its_default(string key, string value)
    {
        InitiatorLoginOutcome outcome = new InitiatorDialogue().Complete(InitiatorDialogue.Tag + Answers(key, value));

        Assert.Equal(
            (SessionParameters.Default.MaxConnections, SessionParameters.Default.FirstBurstLength, DigestKind.None, 1),
            (outcome.SessionParameters.MaxConnections, outcome.SessionParameters.FirstBurstLength, outcome.ConnectionParameters.HeaderDigest, outcome.SessionParameters.ProtocolLevel));
    }

    [Fact]
    [Rule("7143/6.2")]
    public void No_target_may_fail_to_know_a_key_of_the_RFC() =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue().Answer(InitiatorDialogue.Tag + Answers("MaxConnections", "NotUnderstood"), transit: true),
            LoginFailureKind.TargetBrokeRule, "MaxConnections=NotUnderstood");

    [Theory]
    [InlineData("TargetPortalGroupTag=1;", "7143/6.3")]
    [InlineData("MaxBurstLength=262144;", "7143/6.3")]
    [InlineData("X-com.example=NotUnderstood;", "7143/6.2")]
    [InlineData("IFMarker=Reject;", "7143/6.2")]
    [InlineData("InitiatorName=iqn.2026-11.a:b;", "7143/6.3")]
    [InlineData("TargetName=iqn.2026-11.a:b;", "7143/6.3")]
    [InlineData("SendTargets=All;", "7143/6.3")]
    [InlineData("CHAP_N=me;", "7143/6.3")]
    [InlineData("AuthMethod=None;", "7143/6.3")]
    [InlineData("TargetAlias=a;TargetAlias=b;", "7143/6.3")]
    [InlineData("TargetAddress=;", "7143/13.8")]
    [InlineData("nonsense;", "7143/6.1")]
    [Rule("7143/6.3")]
    public void A_key_out_of_place_ends_the_login(string text, string rule) =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue().Answer(InitiatorDialogue.Tag + InitiatorDialogue.Answers + text), LoginFailureKind.TargetBrokeRule, rule);

    [Fact]
    [Rule("7143/13.12")]
    public void An_illegal_declaration_ends_the_login() =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue().Answer(InitiatorDialogue.Tag + Answers("MaxRecvDataSegmentLength", "100")), LoginFailureKind.TargetBrokeRule, "13.12");

    [Fact]
    [Rule("7143/6.2.2")]
    public void An_answer_that_does_not_come_ends_the_login() =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue().Answer(InitiatorDialogue.Tag + Without("MaxOutstandingR2T"), transit: true),
            LoginFailureKind.TargetBrokeRule, "does not answer MaxOutstandingR2T=16");

    [Fact]
    [Rule("7143/6.2.2")]
    public void An_answer_that_cannot_be_another_need_not_come()
    {
        // We offer Yes, and the function is OR.
        InitiatorLoginOutcome outcome = new InitiatorDialogue().Complete(InitiatorDialogue.Tag + Without("DataPDUInOrder"));

        Assert.True(outcome.SessionParameters.DataPDUInOrder);
        Assert.Contains(new NegotiatedKey("DataPDUInOrder", "Yes", null, "Yes"), outcome.Keys);
        Assert.Empty(outcome.Notes);
    }

    [Fact]
    [Rule("7143/13.23")]
    public void A_target_of_RFC_3720_may_pass_over_what_it_cannot_know() =>
        Assert.Contains(
            "TaskReporting", Assert.Single(new InitiatorDialogue().Complete(InitiatorDialogue.Tag + Without("TaskReporting")).Notes), StringComparison.Ordinal);

    [Fact]
    public void Missing_answers_are_overlooked_on_request()
    {
        InitiatorLoginOutcome outcome = new InitiatorDialogue(InitiatorDialogue.Plan() with { Quirks = LoginQuirks.UnansweredKeys })
            .Complete(InitiatorDialogue.Tag + Without("MaxOutstandingR2T"));

        Assert.Equal(1, outcome.SessionParameters.MaxOutstandingR2T);
        Assert.Contains("MaxOutstandingR2T", Assert.Single(outcome.Notes), StringComparison.Ordinal);
    }

    [Fact]
    [Rule("7143/13.14")]
    public void A_first_burst_beyond_the_burst_ends_the_login() =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue().Answer(InitiatorDialogue.Tag + Answers("MaxBurstLength", "512"), transit: true), LoginFailureKind.TargetBrokeRule, "13.14");

    [Fact]
    [Rule("7143/13.19")]
    public void Several_R2Ts_in_order_with_recovery_are_noted()
    {
        string answers = InitiatorDialogue.Answers.Replace("MaxOutstandingR2T=1;", "MaxOutstandingR2T=8;").Replace("ErrorRecoveryLevel=0;", "ErrorRecoveryLevel=1;");

        Assert.Contains("13.19", Assert.Single(new InitiatorDialogue().Complete(InitiatorDialogue.Tag + answers).Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("None")]
    [InlineData("Reject")]
    [Rule("7143/13.1")]
    public void A_digest_that_is_required_and_not_granted_ends_the_login(string answer)
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Offers = new() { HeaderDigest = DigestPolicy.Require } });

        InitiatorLoginStep step = dialogue.Answer(InitiatorDialogue.Tag + Answers("HeaderDigest", answer), transit: true);

        // None was not offered, so a target that takes it breaks a rule.
        InitiatorDialogue.AssertFailed(step, answer == "None" ? LoginFailureKind.TargetBrokeRule : LoginFailureKind.PolicyNotMet, "HeaderDigest");
    }

    [Theory]
    [InlineData("X-com.example=3", "X-com.example=NotUnderstood;")]
    [InlineData("IFMarker=No", "IFMarker=Reject;")]
    [InlineData("TaskReporting=FastAbort", "TaskReporting=Reject;")]
    [InlineData("TaskReporting=RFC3720", "TaskReporting=RFC3720;")]
    [InlineData("iSCSIProtocolLevel=2", "iSCSIProtocolLevel=1;")]
    [InlineData("iSCSIProtocolLevel=99", "iSCSIProtocolLevel=Reject;")]
    [InlineData("X#NodeArchitecture=lots", "")]
    [Rule("7143/6.2")]
    public void What_the_target_proposes_is_answered(string proposal, string answer)
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Offers = new() { ProtocolLevel = 1, TaskReporting = [TaskReporting.Rfc3720] } });

        dialogue.Answer(InitiatorDialogue.Tag + Without("TaskReporting", "iSCSIProtocolLevel") + proposal + ";");

        Assert.Equal(answer, dialogue.Text);
        Assert.True(dialogue.Step.Request.Transit);
        Assert.NotNull(dialogue.Complete(""));
    }

    [Theory]
    [InlineData("MaxConnections=8", "MaxConnections=Reject;")]
    [Rule("7143/13")]
    public void A_session_keeps_its_parameters_when_a_connection_joins(string proposal, string answer)
    {
        LoginPlan plan = FirstRequestTests.Joining();
        InitiatorDialogue dialogue = new(plan);

        dialogue.Answer(InitiatorDialogue.Tag + "HeaderDigest=None;DataDigest=None;" + proposal + ";");
        string sent = dialogue.Text;

        Assert.Equal(answer, sent);
        Assert.Equal(plan.Existing, dialogue.Complete("").SessionParameters);
    }

    [Fact]
    [Rule("7143/11.13.6")]
    public void A_target_that_leaves_with_a_proposal_breaks_a_rule() =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue().Answer(InitiatorDialogue.Tag + InitiatorDialogue.Answers + "X-com.example=3;", transit: true),
            LoginFailureKind.TargetBrokeRule, "11.13.6");

    [Fact]
    [Rule("7143/6.3.3")]
    public void A_target_that_stays_is_asked_to_leave_again()
    {
        InitiatorDialogue dialogue = new();

        dialogue.Answer(InitiatorDialogue.Tag);

        Assert.Equal("", dialogue.Text);
        Assert.True(dialogue.Step.Request.Transit);
        Assert.NotNull(dialogue.Complete(InitiatorDialogue.Answers));
    }

    [Fact]
    [Rule("7143/13.9")]
    public void A_target_that_does_not_tell_its_portal_group_is_noted()
    {
        InitiatorLoginOutcome outcome = new InitiatorDialogue().Complete(InitiatorDialogue.Answers);

        Assert.Null(outcome.PortalGroupTag);
        Assert.Contains("13.9", Assert.Single(outcome.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TargetPortalGroupTag=2;", true)]
    [InlineData("TargetPortalGroupTag=0x2;", true)]
    [InlineData("TargetPortalGroupTag=1;", false)]
    [InlineData("", false)]
    [Rule("7143/13.9")]
    public void A_certain_portal_group_can_be_insisted_on(string tag, bool isFine)
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { ExpectedPortalGroupTag = 2 });

        InitiatorLoginStep step = dialogue.Answer(tag + InitiatorDialogue.Answers, transit: true);

        Assert.Equal(isFine ? null : LoginFailureKind.WrongPortalGroup, step.Failure?.Kind);
    }

    [Fact]
    [Rule("7143/6.3.1")]
    public void Discovery_without_a_target_needs_no_portal_group() =>
        Assert.Empty(new InitiatorDialogue(InitiatorDialogue.Plan() with { SessionType = SessionType.Discovery, TargetName = null })
            .Complete("HeaderDigest=None;DataDigest=None;DefaultTime2Wait=2;DefaultTime2Retain=0;ErrorRecoveryLevel=0;MaxRecvDataSegmentLength=8192;").Notes);

    private static string Answers(string key, string value) => Without(key) + $"{key}={value};";

    private static string Without(params string[] keys) => string.Concat(
        InitiatorDialogue.Answers.Split(';', StringSplitOptions.RemoveEmptyEntries).Where(pair => !keys.Contains(pair.Split('=')[0])).Select(static pair => pair + ";"));
}
