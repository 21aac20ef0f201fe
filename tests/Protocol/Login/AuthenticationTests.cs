using System.Collections.Immutable;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>Goal: the authentication seam carries a CHAP-shaped exchange and nothing gets round it. Method: a toy method with CHAP's keys.</summary>
public class AuthenticationTests
{
    private const string Secret = "0x00112233";

    private static FakeDirectory Guarded(params ImmutableArray<string> methods) => new() { Facts = new() { Authentication = new Toy(methods) } };

    [Theory]
    [InlineData("CHAP", "CHAP")]
    [InlineData("KRB5,CHAP,None", "CHAP")]
    [InlineData("None,CHAP", "CHAP")]
    [InlineData("Z-com.example.magic,CHAP", "CHAP")]
    [Rule("7143/6.2.1")]
    [Rule("7143/6.3.2#1")]
    public void FirstAllowedMethod_IsSelected(string offered, string selected) =>
        Assert.Equal(selected, Value(new LoginDialogue(Guarded("CHAP")).Send(Names + $"AuthMethod={offered};", Security, Operational), "AuthMethod"));

    [Theory]
    [InlineData("None,CHAP", "None")]
    [InlineData("CHAP,None", "CHAP")]
    [Rule("7143/6.2.1")]
    public void WhereBothAreAllowed_TheInitiatorsOrderDecides(string offered, string selected) =>
        Assert.Equal(selected, Value(new LoginDialogue(Guarded("CHAP", "None")).Send(Names + $"AuthMethod={offered};", Security), "AuthMethod"));

    [Theory]
    [InlineData("None", "CHAP")]
    [InlineData("KRB5,SRP", "CHAP")]
    [InlineData("CHAP", "None")]
    [InlineData("Reject", "CHAP")]
    [Rule("7143/6.3.2")]
    [Rule("7143/6.3.2#2")]
    [Rule("7143/6.3.2#4")]
    [Rule("7143/7.12#2")]
    public void NothingInCommon_IsAuthenticationFailure(string offered, string allowed)
    {
        LoginDialogue dialogue = new(Guarded(allowed));
        LoginStep step = dialogue.Send(Names + $"AuthMethod={offered};", Security, Operational);
        AssertRefused(step, LoginStatus.AuthenticationFailure);
        Assert.Contains(allowed, step.Why, StringComparison.Ordinal);
    }

    [Fact]
    [Rule("7143/6.3.1")]
    public void SkippingTheSecurityStage_IsAuthenticationFailure()
    {
        LoginDialogue dialogue = new(Guarded("CHAP"));
        AssertRefused(dialogue.Send(Names, Operational, FullFeature), LoginStatus.AuthenticationFailure);
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Fact]
    [Rule("7143/12.1")]
    public void WholeExchange_AdmitsWithTheProvedName()
    {
        LoginDialogue dialogue = new(Guarded("CHAP"));
        LoginStep chosen = dialogue.Send(Names + "AuthMethod=CHAP,None;", Security, Operational);
        Assert.False(chosen.Response.Transit);
        LoginStep challenge = dialogue.Send("CHAP_A=7,5;", Security);
        Assert.Equal("CHAP_A=7;CHAP_I=1;CHAP_C=0xabcd;", TextOf(challenge));
        LoginStep proved = dialogue.Send($"CHAP_N=alice;CHAP_R={Secret};", Security, Operational);
        Assert.True(proved.Response.Transit);
        LoginStep done = dialogue.Send("", Operational, FullFeature);
        Assert.Equal("alice", done.Outcome!.AuthenticatedName);
        Assert.Equal("alice", Assert.Single(dialogue.Directory.Admitted).AuthenticatedName);
    }

    [Fact]
    [Rule("7143/6.3.2")]
    public void ExchangeInTheSameRequestAsTheChoice()
    {
        LoginDialogue dialogue = new(Guarded("CHAP"));
        Assert.Equal("0xabcd", Value(dialogue.Send(Names + "AuthMethod=CHAP;CHAP_A=5;", Security), "CHAP_C"));
    }

    [Fact]
    [Rule("logout/L45b")]
    public void WrongResponse_IsRefused_EvictsNoOne_AndLeaksNothing()
    {
        LoginDialogue dialogue = new(Guarded("CHAP"));
        dialogue.Send(Names + "AuthMethod=CHAP;", Security, Operational);
        dialogue.Send("CHAP_A=5;", Security);
        LoginStep step = dialogue.Send("CHAP_N=alice;CHAP_R=0xdeadbeef;", Security, FullFeature);
        AssertRefused(step, LoginStatus.AuthenticationFailure);
        Assert.DoesNotContain("deadbeef", step.Why, StringComparison.Ordinal);
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Theory]
    [InlineData("CHAP_R=zzz;")]
    [InlineData("CHAP_I=256;CHAP_R=0x00;")]
    [Rule("7143/9.2")]
    public void IllegalValue_IsInitiatorError(string keys)
    {
        LoginDialogue dialogue = new(Guarded("CHAP"));
        dialogue.Send(Names + "AuthMethod=CHAP;", Security, Operational);
        dialogue.Send("CHAP_A=5;", Security);
        AssertRefused(dialogue.Send(keys, Security, FullFeature), LoginStatus.InitiatorError);
    }

    [Fact]
    [Rule("7143/6.3")]
    [Rule("7143/6.3#6")]
    public void TransitBeforeTheProof_IsNotGranted_HoweverOftenAsked()
    {
        LoginDialogue dialogue = new(Guarded("CHAP"));
        dialogue.Send(Names + "AuthMethod=CHAP;", Security, FullFeature);
        for (int i = 0; i < 5; i++)
        {
            Assert.False(dialogue.Send("", Security, FullFeature).Response.Transit);
        }

        AssertRefused(dialogue.Send("", Operational, FullFeature), LoginStatus.InitiatorError);
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Fact]
    [Rule("7143/6.3.2")]
    public void InitiatorThatProposesNothing_GetsAProposal()
    {
        LoginDialogue dialogue = new(Guarded("CHAP"));
        LoginStep step = dialogue.Send(Names, Security, Operational);
        Assert.Equal("CHAP", Value(step, "AuthMethod"));
        Assert.False(step.Response.Transit);
        LoginStep challenge = dialogue.Send("AuthMethod=CHAP;CHAP_A=5;", Security, Operational);
        Assert.Null(Value(challenge, "AuthMethod"));
        Assert.Equal("0xabcd", Value(challenge, "CHAP_C"));

        LoginDialogue stubborn = new(Guarded("CHAP"));
        stubborn.Send(Names, Security, Operational);
        AssertRefused(stubborn.Send("", Security, Operational), LoginStatus.AuthenticationFailure);
    }

    [Theory]
    [InlineData("", "CHAP_A=5;")]
    [InlineData("AuthMethod=None;", "CHAP_A=5;")]
    [Rule("7143/12.1")]
    public void KeysOfAMethodNotChosen(string chosen, string keys) =>
        AssertRefused(new LoginDialogue(Guarded("CHAP", "None")).Send(Names + chosen + keys, Security, Operational), LoginStatus.InitiatorError);

    [Fact]
    [Rule("7143/12.1")]
    public void DiscoveryThatNamesATarget_ProvesWhatDiscoveryAsksFor()
    {
        FakeDirectory directory = new() { Discovery = new() { Authentication = new Toy(["CHAP"]) } };
        AssertRefused(
            new LoginDialogue(directory).Send(DiscoveryNames + $"TargetName={FakeDirectory.Target};AuthMethod=None;", Security, Operational),
            LoginStatus.AuthenticationFailure);
        Assert.Equal(LoginNext.FullFeature, new LoginDialogue(directory).Send(Names, Operational, FullFeature).Next);
    }

    [Fact]
    [Rule("7143/12.1")]
    public void KeysAfterTheEndOfTheExchange()
    {
        LoginDialogue dialogue = new(Guarded("CHAP"));
        dialogue.Send(Names + "AuthMethod=CHAP;CHAP_A=5;", Security);
        dialogue.Send($"CHAP_N=alice;CHAP_R={Secret};", Security);
        AssertRefused(dialogue.Send("CHAP_I=1;", Security, Operational), LoginStatus.InitiatorError);
    }

    [Fact]
    [Rule("7143/6.2")]
    public void UnknownKeysOfTheSecurityStage_AreNotUnderstood()
    {
        LoginDialogue dialogue = new();
        Assert.Equal("NotUnderstood", Value(dialogue.Send(Names + "X-com.example.token=1;", Security, Operational), "X-com.example.token"));
        AssertRefused(new LoginDialogue().Send(Names + "X-com.example.token=Irrelevant;", Security), LoginStatus.InitiatorError);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(1023)]
    [InlineData(1024)]
    [Rule("7143/12.1.3")]
    public void LongBinaryValues_InBothEncodings(int bytes)
    {
        byte[] value = [.. Enumerable.Range(0, bytes).Select(static i => (byte)(i * 7))];
        foreach (string encoded in (string[])[BinaryValue.ToHex(value), "0b" + Convert.ToBase64String(value)])
        {
            LoginDialogue dialogue = new(Guarded("CHAP"));
            dialogue.Send(Names + "AuthMethod=CHAP;CHAP_A=5;", Security);
            LoginStep step = dialogue.SendBytes(Bytes($"CHAP_C={encoded};"), Security);
            Assert.Equal(LoginNext.Continue, step.Next);
            Assert.True(BinaryValue.TryParse(encoded, out byte[] decoded));
            Assert.Equal(value, decoded);
        }
    }

    /// <summary>Has CHAP's shape and no cryptography: the right response is a constant.</summary>
    private sealed class Toy(ImmutableArray<string> methods) : IAuthentication, IAuthenticator
    {
        public ImmutableArray<string> Methods => methods;

        public IAuthenticator Start(string method) => this;

        public AuthenticationStep OnKeys(IReadOnlyList<TextPair> keys)
        {
            TextPair? algorithms = Find(keys, "CHAP_A"), name = Find(keys, "CHAP_N"), response = Find(keys, "CHAP_R");
            return algorithms is { } a
                ? AuthenticationStep.Continue(new("CHAP_A", a.Value.Split(',')[0]), new("CHAP_I", "1"), new("CHAP_C", "0xabcd"))
                : name is { } n && response is { Value: Secret } ? AuthenticationStep.Accept(n.Value)
                : response is null ? AuthenticationStep.Continue()
                : AuthenticationStep.Refuse("CHAP response is wrong");
        }

        private static TextPair? Find(IReadOnlyList<TextPair> keys, string name) =>
            keys.Any(key => key.Key == name) ? keys.First(key => key.Key == name) : null;
    }
}
