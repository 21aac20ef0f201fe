using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>CHAP as an initiator does it (RFC 7143 §12.1.3, §9.2.1).</summary>
public class InitiatorChapTests
{
    private const string Challenge = "CHAP_A=5;CHAP_I=9;CHAP_C=0x000102030405060708090a0b0c0d0e0f;";

    private static readonly ChapCredential User = new("alice", ChapSecret.FromText("a secret of sixteen"));
    private static readonly ChapCredential Storage = new("storage", ChapSecret.FromText("another secret of it"));
    private static readonly byte[] Sent = Convert.FromHexString("000102030405060708090a0b0c0d0e0f");

    [Fact]
    [Rule("7143/12.1.3")]
    public void The_steps_are_those_of_the_RFC()
    {
        InitiatorDialogue dialogue = Begin(mutual: false);
        Assert.Equal("CHAP_A=8,7,6,5;", dialogue.Text);
        Assert.False(dialogue.Step.Request.Transit);

        dialogue.Answer(Challenge);

        Assert.Equal($"CHAP_N=alice;CHAP_R={Response(User, 9, Sent)};", dialogue.Text);
        Assert.Equal((true, LoginStage.LoginOperationalNegotiation), (dialogue.Step.Request.Transit, dialogue.Step.Request.NextStage));
        dialogue.Answer("", transit: true);
        Assert.StartsWith("HeaderDigest=", dialogue.Text, StringComparison.Ordinal);
        InitiatorLoginOutcome outcome = dialogue.Complete(InitiatorDialogue.Answers);
        Assert.Equal(("CHAP", ChapAlgorithm.Md5, false), (outcome.AuthenticationMethod, outcome.ChapAlgorithm!.Value, outcome.IsTargetAuthenticated));
    }

    [Fact]
    [Rule("7143/12.1.3")]
    public void A_target_that_proves_itself_is_let_in()
    {
        InitiatorDialogue dialogue = Begin(mutual: true);
        dialogue.Answer(Challenge);

        // The random bytes of the tests count from 1.
        byte[] ours = [.. Enumerable.Range(1, 32).Select(static each => (byte)each)];
        Assert.EndsWith($"CHAP_I=1;CHAP_C={BinaryValue.ToHex(ours)};", dialogue.Text, StringComparison.Ordinal);
        dialogue.Answer($"CHAP_N=storage;CHAP_R={Response(Storage, 1, ours)};", transit: true);

        Assert.True(dialogue.Complete(InitiatorDialogue.Answers).IsTargetAuthenticated);
    }

    [Fact]
    [Rule("7143/12.1.3")]
    public void The_proof_may_come_before_the_stage_is_left()
    {
        InitiatorDialogue dialogue = Begin(mutual: true);
        dialogue.Answer(Challenge);

        dialogue.Answer($"CHAP_N=storage;CHAP_R={Response(Storage, 1, Ours)};");

        Assert.Equal(("", true), (dialogue.Text, dialogue.Step.Request.Transit));
        dialogue.Answer("", transit: true);
        Assert.True(dialogue.Complete(InitiatorDialogue.Answers).IsTargetAuthenticated);
    }

    public static TheoryData<string, LoginFailureKind> WrongProofs => new()
    {
        { $"CHAP_N=storage;CHAP_R={Response(User, 1, Ours)};", LoginFailureKind.NotAuthenticated },
        { $"CHAP_N=storage;CHAP_R={Response(Storage, 2, Ours)};", LoginFailureKind.NotAuthenticated },
        { $"CHAP_N=other;CHAP_R={Response(Storage, 1, Ours)};", LoginFailureKind.NotAuthenticated },
        { "CHAP_N=storage;CHAP_R=0x00;", LoginFailureKind.NotAuthenticated },
        { "CHAP_N=storage;CHAP_R=0xzz;", LoginFailureKind.TargetBrokeRule },
        { "CHAP_N=storage;CHAP_R=0b!!!!;", LoginFailureKind.TargetBrokeRule },
        { "CHAP_N=storage;", LoginFailureKind.TargetBrokeRule },
        { $"CHAP_R={Response(Storage, 1, Ours)};", LoginFailureKind.TargetBrokeRule },
        { "", LoginFailureKind.NotAuthenticated },
    };

    [Theory]
    [MemberData(nameof(WrongProofs))]
    [Rule("7143/9.2.1")]
    public void A_target_that_does_not_prove_itself_is_refused(string proof, LoginFailureKind kind)
    {
        InitiatorDialogue dialogue = Begin(mutual: true);
        dialogue.Answer(Challenge);

        InitiatorDialogue.AssertFailed(dialogue.Answer(proof, transit: true), kind, "RFC 7143/");
    }

    [Theory]
    [InlineData("CHAP_I=9;CHAP_C=0x01;")]
    [InlineData("CHAP_A=5;CHAP_C=0x01;")]
    [InlineData("CHAP_A=5;CHAP_I=9;")]
    [InlineData("CHAP_A=5;CHAP_I=256;CHAP_C=0x01;")]
    [InlineData("CHAP_A=5;CHAP_I=-1;CHAP_C=0x01;")]
    [InlineData("CHAP_A=5;CHAP_I=9;CHAP_C=0x;")]
    [InlineData("CHAP_A=5;CHAP_I=9;CHAP_C=0xgg;")]
    [InlineData("CHAP_A=5;CHAP_I=9;CHAP_C=0bA;")]
    [InlineData("CHAP_A=4;CHAP_I=9;CHAP_C=0x01;")]
    [InlineData("CHAP_A=5,6;CHAP_I=9;CHAP_C=0x01;")]
    [InlineData("CHAP_A=5;CHAP_I=9;CHAP_C=0x01;CHAP_N=me;")]
    [Rule("7143/12.1.3")]
    public void A_challenge_out_of_form_ends_the_login(string text) =>
        InitiatorDialogue.AssertFailed(Begin(mutual: false).Answer(text), LoginFailureKind.TargetBrokeRule, "12.1.3");

    [Fact]
    [Rule("7143/12.1.3")]
    public void A_challenge_may_have_1024_bytes_and_no_more()
    {
        Assert.Equal(InitiatorLoginNext.Send, Begin(mutual: false).Answer($"CHAP_A=5;CHAP_I=9;CHAP_C=0x{new string('a', 2048)};").Next);
        InitiatorDialogue.AssertFailed(Begin(mutual: false).Answer($"CHAP_A=5;CHAP_I=9;CHAP_C=0x{new string('a', 2050)};"), LoginFailureKind.TargetBrokeRule);
    }

    [Fact]
    [Rule("7143/6.1")]
    public void A_challenge_may_come_in_base64()
    {
        InitiatorDialogue dialogue = Begin(mutual: false);

        dialogue.Answer($"CHAP_A=5;CHAP_I=9;CHAP_C=0b{Convert.ToBase64String(Sent)};");

        Assert.Contains(Response(User, 9, Sent), dialogue.Text, StringComparison.Ordinal);
    }

    [Fact]
    [Rule("7143/9.2.1")]
    public void Our_challenge_is_never_that_of_the_target()
    {
        InitiatorDialogue dialogue = Begin(mutual: true);

        dialogue.Answer($"CHAP_A=5;CHAP_I=9;CHAP_C={BinaryValue.ToHex(Ours)};");

        Assert.DoesNotContain($"CHAP_C={BinaryValue.ToHex(Ours)}", dialogue.Text, StringComparison.Ordinal);
    }

    [Fact]
    [Rule("7143/9.2.1")]
    public void One_secret_does_not_serve_both_directions() =>
        Assert.Contains(
            "9.2.1",
            Assert.Throws<ChapOptionsException>(() => BeginWith(new() { Own = User, Target = new("storage", ChapSecret.FromText("a secret of sixteen")) })).Message,
            StringComparison.Ordinal);

    [Fact]
    [Rule("7143/12.1")]
    public void A_target_that_wants_no_proof_gets_none()
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Credentials = new() { Own = User } });

        dialogue.Answer(InitiatorDialogue.Tag + "AuthMethod=None;");

        Assert.Equal(("", true), (dialogue.Text, dialogue.Step.Request.Transit));
        dialogue.Answer("", transit: true);
        Assert.Equal("None", dialogue.Complete(InitiatorDialogue.Answers).AuthenticationMethod);
    }

    [Theory]
    [InlineData("AuthMethod=None;", LoginFailureKind.TargetBrokeRule)]
    [InlineData("AuthMethod=KRB5;", LoginFailureKind.TargetBrokeRule)]
    [InlineData("AuthMethod=Reject;", LoginFailureKind.NotAuthenticated)]
    [InlineData("", LoginFailureKind.TargetBrokeRule)]
    [InlineData("AuthMethod=CHAP;CHAP_A=5;CHAP_I=1;CHAP_C=0x01;", LoginFailureKind.TargetBrokeRule)]
    [InlineData("AuthMethod=CHAP;MaxConnections=1;", LoginFailureKind.TargetBrokeRule)]
    [InlineData("AuthMethod=CHAP;MaxRecvDataSegmentLength=8192;", LoginFailureKind.TargetBrokeRule)]
    [Rule("7143/12.1")]
    public void No_other_method_is_used(string text, LoginFailureKind kind) =>
        InitiatorDialogue.AssertFailed(
            new InitiatorDialogue(InitiatorDialogue.Plan() with { Credentials = new() { Own = User, IsRequired = true } }).Answer(InitiatorDialogue.Tag + text), kind);

    [Fact]
    [Rule("7143/6.3.2")]
    public void A_key_that_nobody_knows_is_answered_in_the_security_stage_too()
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Credentials = new() { Own = User } });

        dialogue.Answer(InitiatorDialogue.Tag + "AuthMethod=CHAP;X-com.example=1;");

        Assert.Equal("CHAP_A=8,7,6,5;X-com.example=NotUnderstood;", Sorted(dialogue.Text));
    }

    [Fact]
    public void Seven_can_be_left_out_for_tgt()
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Credentials = new() { Own = User }, Quirks = LoginQuirks.NoChapSha256 });

        dialogue.Answer(InitiatorDialogue.Tag + "AuthMethod=CHAP;");

        Assert.Equal("CHAP_A=8,6,5;", dialogue.Text);
    }

    [Theory]
    [InlineData(7, LoginStatus.AuthenticationFailure, LoginQuirks.NoChapSha256)]
    [InlineData(7, LoginStatus.InitiatorError, LoginQuirks.NoChapSha256)]
    [InlineData(7, LoginStatus.OutOfResources, LoginQuirks.None)]
    [InlineData(8, LoginStatus.AuthenticationFailure, LoginQuirks.None)]
    public void A_refusal_after_seven_may_be_that_of_tgt(int algorithm, LoginStatus status, LoginQuirks help)
    {
        InitiatorDialogue dialogue = Begin(mutual: false);
        dialogue.Answer($"CHAP_A={algorithm};CHAP_I=9;CHAP_C=0x01;");

        InitiatorDialogue.AssertFailed(dialogue.Refuse(status), LoginFailureKind.Refused, help == LoginQuirks.None ? "" : "quirks=tgt");
        Assert.Equal(help, dialogue.Step.Failure!.MayHelp);
    }

    [Fact]
    [Rule("7143/9.2.1")]
    public void A_short_secret_is_noted_and_not_told()
    {
        InitiatorDialogue dialogue = BeginWith(new() { Own = new("bob", ChapSecret.FromText("elevenbytes")), IsRequired = true });
        dialogue.Answer(Challenge);
        dialogue.Answer("", transit: true);

        string note = Assert.Single(dialogue.Complete(InitiatorDialogue.Answers).Notes);

        Assert.Contains("'bob'", note, StringComparison.Ordinal);
        Assert.DoesNotContain("elevenbytes", note, StringComparison.Ordinal);
    }

    private static byte[] Ours => [.. Enumerable.Range(1, 32).Select(static each => (byte)each)];

    private static InitiatorDialogue Begin(bool mutual) => BeginWith(new() { Own = User, Target = mutual ? Storage : null, IsRequired = true });

    private static InitiatorDialogue BeginWith(ChapInitiatorOptions options)
    {
        InitiatorDialogue dialogue = new(InitiatorDialogue.Plan() with { Credentials = options });
        dialogue.Answer(InitiatorDialogue.Tag + "AuthMethod=CHAP;");
        return dialogue;
    }

    private static string Response(ChapCredential who, byte identifier, byte[] challenge) =>
        BinaryValue.ToHex(who.Secret.Respond(ChapAlgorithm.Md5, identifier, challenge));

    private static string Sorted(string text) => string.Join(';', text.Split(';', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)) + ";";
}
