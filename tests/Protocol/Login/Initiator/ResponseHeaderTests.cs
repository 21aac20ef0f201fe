using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>What the header of a Login Response may be, and the refusals.</summary>
public class ResponseHeaderTests
{
    public static TheoryData<string, Func<LoginResponse, LoginResponse>> WrongFinals => new()
    {
        { "11.13.3", static it => it with { Tsih = 0 } },
        { "11.13", static it => it with { Isid = it.Isid + 1 } },
        { "6.3", static it => it with { InitiatorTaskTag = 1 } },
        { "11.13.2", static it => it with { VersionActive = 1 } },
        { "6.3", static it => it with { CurrentStage = LoginStage.SecurityNegotiation } },
        { "6.3", static it => it with { NextStage = LoginStage.LoginOperationalNegotiation } },
        { "11.13.7", static it => it with { Continue = true } },
    };

    [Theory]
    [MemberData(nameof(WrongFinals))]
    [Rule("7143/11.13")]
    public void A_field_that_is_not_as_it_must_be_ends_the_login(string section, Func<LoginResponse, LoginResponse> change) =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue().Answer(InitiatorDialogue.Tag + InitiatorDialogue.Answers, transit: true, change: change), LoginFailureKind.TargetBrokeRule, $"7143/{section}");

    [Fact]
    [Rule("7143/11.13.1")]
    public void The_versions_stay()
    {
        InitiatorDialogue dialogue = new();
        dialogue.Answer(InitiatorDialogue.Tag);

        InitiatorDialogue.AssertFailed(dialogue.Answer("", change: static it => it with { VersionMax = 1 }), LoginFailureKind.TargetBrokeRule, "11.13.1");
    }

    [Fact]
    [Rule("7143/11.13.4")]
    public void StatSN_counts_on()
    {
        InitiatorDialogue dialogue = new();
        dialogue.Answer(InitiatorDialogue.Tag);
        LoginRequest request = dialogue.Step.Request;
        LoginResponse response = new(false, false, request.CurrentStage, default, 0, 0, request.Isid, 0, request.InitiatorTaskTag, LoginStatus.Success);

        InitiatorDialogue.AssertFailed(dialogue.Respond(response, default, skipStatSN: 1), LoginFailureKind.TargetBrokeRule, "11.13.4");
    }

    [Fact]
    [Rule("7143/11.13.6")]
    public void No_stage_is_left_unasked()
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { InitiatorAlias = "a", Credentials = new() { Own = new("u", ChapSecret.FromText("sixteen bytes or more")) } });

        InitiatorDialogue.AssertFailed(
            dialogue.Answer("AuthMethod=None;" + InitiatorDialogue.Tag, transit: true), LoginFailureKind.TargetBrokeRule, "11.13.6");
    }

    [Fact]
    [Rule("7143/11.13.3")]
    public void Who_joins_stays_with_its_session() =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue(FirstRequestTests.Joining()).Answer(InitiatorDialogue.Tag + "HeaderDigest=None;DataDigest=None;", transit: true, change: static it => it with { Tsih = 6 }),
            LoginFailureKind.TargetBrokeRule, "TSIH 6");

    [Fact]
    [Rule("7143/11.13.3")]
    public void A_TSIH_that_comes_early_is_noted_once()
    {
        InitiatorDialogue dialogue = new();
        dialogue.Answer(InitiatorDialogue.Tag, change: static it => it with { Tsih = 9 });
        dialogue.Answer("", change: static it => it with { Tsih = 9 });

        Assert.Contains("11.13.3", Assert.Single(dialogue.Complete(InitiatorDialogue.Answers).Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LoginStatus.InitiatorError, false)]
    [InlineData(LoginStatus.AuthenticationFailure, false)]
    [InlineData(LoginStatus.NotFound, false)]
    [InlineData(LoginStatus.TargetRemoved, false)]
    [InlineData(LoginStatus.TargetError, true)]
    [InlineData(LoginStatus.ServiceUnavailable, true)]
    [InlineData(LoginStatus.OutOfResources, true)]
    [InlineData((LoginStatus)0x03ff, true)]
    [InlineData((LoginStatus)0x0777, false)]
    [Rule("7143/11.13.5")]
    public void A_refusal_says_whether_to_try_again(LoginStatus status, bool again)
    {
        InitiatorLoginStep step = new InitiatorDialogue().Refuse(status);

        InitiatorDialogue.AssertFailed(step, LoginFailureKind.Refused, $"0x{(ushort)status:x4}");
        Assert.Equal((status, again), (step.Failure!.Status!.Value, step.Failure.IsWorthRetrying));
    }

    [Theory]
    [InlineData(LoginStatus.TargetMovedTemporarily, "TargetAddress=192.0.2.7:3261;TargetAddress=[2001:db8::7],4;", "192.0.2.7:3261 [2001:db8::7]:3260")]
    [InlineData(LoginStatus.TargetMovedPermanently, "TargetAddress=disk.example;", "disk.example:3260")]
    [Rule("7143/11.13.5")]
    public void A_target_that_has_moved_says_where(LoginStatus status, string text, string addresses)
    {
        InitiatorLoginStep step = new InitiatorDialogue().Refuse(status, text);

        InitiatorDialogue.AssertFailed(step, LoginFailureKind.Redirected);
        Assert.Equal(addresses, string.Join(' ', step.Failure!.Addresses));
        Assert.Equal(status == LoginStatus.TargetMovedPermanently, step.Failure.IsPermanentRedirect);
        Assert.False(step.Failure.IsWorthRetrying);
    }

    [Theory]
    [InlineData("")]
    [InlineData("TargetAddress=;")]
    [InlineData("nonsense")]
    [Rule("7143/11.13.5")]
    public void A_target_that_has_moved_nowhere_breaks_a_rule(string text) =>
        InitiatorDialogue.AssertFailed(new InitiatorDialogue().Refuse(LoginStatus.TargetMovedTemporarily, text), LoginFailureKind.TargetBrokeRule, "0x0101");

    [Fact]
    [Rule("7143/6.3")]
    public void Anything_but_a_Login_Response_ends_the_login()
    {
        InitiatorDialogue.AssertFailed(new InitiatorDialogue().Login.OnOtherPdu(Opcode.NopIn), LoginFailureKind.TargetBrokeRule, "0x20");
        InitiatorDialogue.AssertFailed(new InitiatorDialogue().Login.OnMalformed(PduCheck.Format("7143/11.12.3 the CSG is not the reserved one")), LoginFailureKind.TargetBrokeRule, "11.12.3");
    }

    [Fact]
    [Rule("7143/6.2")]
    public void A_login_that_does_not_end_is_ended()
    {
        InitiatorDialogue dialogue = new();
        int exchanges = 0;
        while (dialogue.Step.Next == InitiatorLoginNext.Send)
        {
            dialogue.Answer(exchanges++ == 0 ? InitiatorDialogue.Tag : "");
        }

        InitiatorDialogue.AssertFailed(dialogue.Step, LoginFailureKind.TargetBrokeRule, "64 requests");
        Assert.InRange(exchanges, 6, 64);
    }

    [Fact]
    public void Nothing_comes_after_the_end()
    {
        InitiatorDialogue dialogue = new();
        dialogue.Refuse(LoginStatus.NotFound);

        InitiatorDialogue.AssertFailed(dialogue.Refuse(LoginStatus.NotFound), LoginFailureKind.TargetBrokeRule, "answers no request");
    }

    [Fact]
    [Rule("7143/6.3")]
    public void No_response_has_more_text_than_a_login_may() =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue().Answer($"X-a={new string('a', 8190)};"), LoginFailureKind.TargetBrokeRule, "8192");
}
