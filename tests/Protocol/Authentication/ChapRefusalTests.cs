using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Tests.Login;
using Blockwire.Testing;
using Blockwire.Wire;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Authentication;

/// <summary>Goal: nobody else gets in, and the status says whose fault it is. Method: each step broken in every way it can be.</summary>
public class ChapRefusalTests
{
    private const string Theirs = "0x00112233445566778899aabbccddeeff";

    [Theory]
    [InlineData("alice", "alice's secret of 96 bit")]
    [InlineData("alice", "the target's own secret")]
    [InlineData("Alice", ChapDialogue.Secret)]
    [InlineData("bob", ChapDialogue.Secret)]
    [InlineData("", ChapDialogue.Secret)]
    [InlineData("disk1", "the target's own secret")]
    [Rule("7143/12.1.3")]
    [Rule("7143/6.3.2#4")]
    public void AWrongHalf_IsNotToldFromTheOther(string user, string secret)
    {
        ChapDialogue dialogue = new(ChapDialogue.Mutual);
        dialogue.Challenge();
        LoginStep step = dialogue.Prove(user, secret, more: $"CHAP_I=1;CHAP_C={Theirs};");
        AssertRefused(step, LoginStatus.AuthenticationFailure);
        Assert.Equal("the CHAP name or response is wrong (RFC 7143/12.1.3)", step.Why);
        Assert.Empty(TextOf(step));
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Theory]
    [InlineData("CHAP_A=five;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_A=5,;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_A=;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_A=-5;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_A=05;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_A=5;CHAP_A=5;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_A=5;CHAP_N=alice;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_A=5;CHAP_I=1;CHAP_C=0x00;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;", LoginStatus.MissingParameter)]
    [InlineData("CHAP_I=1;", LoginStatus.MissingParameter)]
    [InlineData("CHAP_A=4,9;", LoginStatus.AuthenticationFailure)]
    [Rule("7143/9.2")]
    public void FirstStep(string keys, LoginStatus status)
    {
        ChapDialogue dialogue = new();
        LoginDialogue login = new(dialogue.Directory);
        login.Send(Names + "AuthMethod=CHAP;", Security);
        AssertRefused(login.Send(keys, Security), status);
    }

    [Theory]
    [InlineData("CHAP_N=alice;", LoginStatus.MissingParameter)]
    [InlineData("CHAP_R=0x00;", LoginStatus.MissingParameter)]
    [InlineData("CHAP_I=1;CHAP_C=" + Theirs + ";", LoginStatus.MissingParameter)]
    [InlineData("CHAP_N=alice;CHAP_I=1;CHAP_C=" + Theirs + ";", LoginStatus.MissingParameter)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_I=1;", LoginStatus.MissingParameter)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_C=" + Theirs + ";", LoginStatus.MissingParameter)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_I=256;CHAP_C=" + Theirs + ";", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_I=-1;CHAP_C=" + Theirs + ";", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_I=one;CHAP_C=" + Theirs + ";", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_I=1;CHAP_C=;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_I=1;CHAP_C=0x;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_I=1;CHAP_C=0xxy;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_I=1;CHAP_C=0bA;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0b!!!!;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=hello;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_R=0x00;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_N=alice;CHAP_R=0x00;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;CHAP_A=5;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;AuthMethod=None;", LoginStatus.InitiatorError)]
    [InlineData("CHAP_N=alice;CHAP_R=0;", LoginStatus.AuthenticationFailure)]
    [InlineData("CHAP_N=alice;CHAP_R=0x00;", LoginStatus.AuthenticationFailure)]
    [InlineData("CHAP_N=alice;CHAP_R=0x0011223344556677889900112233445566;", LoginStatus.AuthenticationFailure)]
    [Rule("7143/9.2")]
    public void SecondStep(string keys, LoginStatus status)
    {
        ChapDialogue dialogue = new(ChapDialogue.Mutual);
        dialogue.Challenge();
        LoginStep step = dialogue.Send(keys);
        AssertRefused(step, status);
        Assert.Empty(TextOf(step));
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7143/12.1.3")]
    public void AChallengeAbove1024Bytes(bool base64)
    {
        ChapDialogue dialogue = new(ChapDialogue.Mutual);
        dialogue.Challenge();
        AssertRefused(dialogue.Prove(more: $"CHAP_I=1;CHAP_C={ChapDialogue.Encode(new byte[1025], base64)};"), LoginStatus.InitiatorError);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7143/9.2.1")]
    public void OurOwnChallengeReflected_InWhateverEncoding(bool base64)
    {
        ChapDialogue dialogue = new(ChapDialogue.Mutual);
        dialogue.Challenge();
        LoginStep step = dialogue.Prove(more: $"CHAP_I={dialogue.Identifier ^ 1};CHAP_C={ChapDialogue.Encode(dialogue.Challenged, base64)};");
        AssertRefused(step, LoginStatus.AuthenticationFailure);
        Assert.Empty(TextOf(step));
    }

    /// <summary>The attack of §9.2.1: the target's answer on one connection is to be the proof on another.</summary>
    [Fact]
    [Rule("7143/9.2.1")]
    public void TheTargetsProofOfOneConnection_OpensNoOther()
    {
        ChapDialogue victim = new(ChapDialogue.Mutual, seed: 1), oracle = new(ChapDialogue.Mutual, seed: 77);
        victim.Challenge();
        oracle.Challenge();
        LoginStep answer = oracle.Prove(more: $"CHAP_I={victim.Identifier};CHAP_C={BinaryValue.ToHex(victim.Challenged)};");
        Assert.Equal(LoginNext.FullFeature, answer.Next);
        AssertRefused(victim.Send($"CHAP_N={ChapDialogue.User};CHAP_R={Value(answer, "CHAP_R")};"), LoginStatus.AuthenticationFailure);
    }

    [Fact]
    [Rule("7143/12.1.3")]
    public void AResponseHeardOnce_IsOfNoUseAgain()
    {
        ChapDialogue heard = new(seed: 1);
        heard.Challenge();
        string response = BinaryValue.ToHex(ChapDialogue.Hash(5, heard.Identifier, ChapDialogue.Secret, heard.Challenged));
        Assert.Equal(LoginNext.FullFeature, heard.Send($"CHAP_N=alice;CHAP_R={response};").Next);
        ChapDialogue replay = new(seed: 2);
        replay.Challenge();
        AssertRefused(replay.Send($"CHAP_N=alice;CHAP_R={response};"), LoginStatus.AuthenticationFailure);
    }

    [Fact]
    [Rule("7143/12.1.3")]
    public void AProofOfTheTarget_ThatHasNone()
    {
        ChapDialogue dialogue = new();
        dialogue.Challenge();
        AssertRefused(dialogue.Prove(more: $"CHAP_I=1;CHAP_C={Theirs};"), LoginStatus.AuthenticationFailure);
    }

    [Theory]
    [InlineData("None", null)]
    [InlineData("KRB5,SRP", null)]
    [InlineData("CHAP,None", "CHAP")]
    [InlineData("None,CHAP", "CHAP")]
    [InlineData("KRB5,CHAP,None", "CHAP")]
    [Rule("7143/12.1")]
    public void AuthMethodOffers(string offered, string? selected)
    {
        LoginStep step = new LoginDialogue(new ChapDialogue().Directory).Send(Names + $"AuthMethod={offered};", Security, FullFeature);
        Assert.Equal(selected is null ? LoginStatus.AuthenticationFailure : LoginStatus.Success, step.Response.Status);
        Assert.Equal(selected, Value(step, "AuthMethod"));
        Assert.False(step.Response.Transit);
    }

    [Fact]
    [Rule("7143/6.3")]
    [Rule("7143/6.3#6")]
    public void NoStageIsLeftBeforeTheProof()
    {
        ChapDialogue dialogue = new();
        dialogue.Challenge();
        Assert.False(dialogue.Send("").Response.Transit);
        LoginDialogue login = new(dialogue.Directory);
        login.Send(Names + "AuthMethod=CHAP;CHAP_A=5;", Security, FullFeature);
        AssertRefused(login.Send("", Operational, FullFeature), LoginStatus.InitiatorError);
        AssertRefused(new LoginDialogue(dialogue.Directory).Send(Names, Operational, FullFeature), LoginStatus.AuthenticationFailure);
        Assert.Empty(dialogue.Directory.Admitted);
    }
}
