using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Tests.Login;
using Blockwire.Testing;
using Blockwire.Wire;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Authentication;

/// <summary>Goal: who knows the secret gets in, by any hash, encoding and size. Method: whole logins, the initiator's half computed by the platform.</summary>
public class ChapExchangeTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [Rule("7143/12.1.3")]
    public void EveryAlgorithm_OneWayAndMutual(int algorithm)
    {
        Assert.SkipWhen(algorithm == 8 && !System.Security.Cryptography.SHA3_256.IsSupported, "this platform has no SHA3-256 to compare with");
        foreach (bool base64 in new[] { false, true })
        {
            ChapDialogue oneWay = new();
            Assert.Equal($"{algorithm}", Value(oneWay.Challenge($"{algorithm}"), "CHAP_A"));
            LoginStep done = oneWay.Prove(algorithm: algorithm, base64: base64);
            Assert.Equal(LoginNext.FullFeature, done.Next);
            Assert.Equal(ChapDialogue.User, done.Outcome!.AuthenticatedName);
            Assert.Null(Value(done, "CHAP_R"));

            ChapDialogue mutual = new(ChapDialogue.Mutual);
            mutual.Challenge($"{algorithm}");
            byte[] ours = [.. Enumerable.Range(100, 24).Select(static it => (byte)it)];
            LoginStep proved = mutual.Prove(algorithm: algorithm, base64: base64, more: $"CHAP_I=200;CHAP_C={ChapDialogue.Encode(ours, base64)};");
            Assert.Equal(LoginNext.FullFeature, proved.Next);
            Assert.Equal(ChapDialogue.TargetUser, Value(proved, "CHAP_N"));
            Assert.Equal(BinaryValue.ToHex(ChapDialogue.Hash(algorithm, 200, ChapDialogue.TargetSecret, ours)), Value(proved, "CHAP_R"));
        }
    }

    /// <summary>The response to a fixed challenge, computed by another implementation, so that both halves of the other tests cannot err alike.</summary>
    [Fact]
    [Rule("1994/4.1")]
    public void KnownAnswer()
    {
        ChapDialogue dialogue = new(seed: 1);
        dialogue.Challenge("7");
        Assert.Equal(33, dialogue.Identifier);
        Assert.Equal("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", Convert.ToHexStringLower(dialogue.Challenged));
        Assert.Equal(LoginNext.FullFeature, dialogue.Send("CHAP_N=alice;CHAP_R=0x18b39445bf3655124ea938f171763ec23f8afda1d8058e60b3602e51df6875c4;").Next);
    }

    [Theory]
    [InlineData("5", "5")]
    [InlineData("5,6,7,8", "8")]
    [InlineData("8,7,6,5", "8")]
    [InlineData("7,5", "7")]
    [InlineData("5,7", "7")]
    [InlineData("6,5,6", "6")]
    [InlineData("1,200,5,18446744073709551615", "5")]
    [InlineData("0x5,0x07", "7")]
    [Rule("wish/W6")]
    public void AnyListInAnyOrder_TheTargetsPreferenceDecides(string offered, string selected) =>
        Assert.Equal(selected, Value(new ChapDialogue().Challenge(offered), "CHAP_A"));

    [Theory]
    [InlineData("5,6,7,8", "5")]
    [InlineData("8,7", "7")]
    [InlineData("8,6", "6")]
    [Rule("wish/W6")]
    public void ThePreferenceCanBeSet(string offered, string selected)
    {
        ChapPolicy policy = ChapPolicy.Default with { Algorithms = [ChapAlgorithm.Md5, ChapAlgorithm.Sha256, ChapAlgorithm.Sha1] };
        Assert.Equal(selected, Value(new ChapDialogue(ChapDialogue.WithPolicy(policy)).Challenge(offered), "CHAP_A"));
    }

    [Theory]
    [InlineData("5", null)]
    [InlineData("6,5", null)]
    [InlineData("5,7", "7")]
    [InlineData("5,6,8", "8")]
    [Rule("wish/W47")]
    public void Sha256OrBetter(string offered, string? selected)
    {
        LoginStep step = new ChapDialogue(ChapDialogue.WithPolicy(ChapPolicy.Default.AtLeast(ChapAlgorithm.Sha256))).Challenge(offered);
        if (selected is null)
        {
            AssertRefused(step, LoginStatus.AuthenticationFailure);
            Assert.Contains("SHA-256", step.Why, StringComparison.Ordinal);
        }

        Assert.Equal(selected, Value(step, "CHAP_A"));
    }

    [Fact]
    [Rule("wish/W7")]
    public void ChallengesOfEverySize_BothWays()
    {
        for (int bytes = 16; bytes <= 1024; bytes++)
        {
            ChapDialogue dialogue = new(ChapDialogue.Mutual with { Policy = ChapPolicy.Default with { ChallengeBytes = bytes } });
            dialogue.Challenge();
            Assert.Equal(bytes, dialogue.Challenged.Length);
            byte[] theirs = [.. Enumerable.Range(3, bytes).Select(static it => (byte)(it * 5))];
            LoginStep step = dialogue.Prove(more: $"CHAP_I=0;CHAP_C={ChapDialogue.Encode(theirs, base64: bytes % 2 == 0)};");
            Assert.Equal(BinaryValue.ToHex(ChapDialogue.Hash(5, 0, ChapDialogue.TargetSecret, theirs)), Value(step, "CHAP_R"));
        }
    }

    [Fact]
    [Rule("7143/6.3.2")]
    public void MethodAndAlgorithmsInOneRequest()
    {
        LoginDialogue login = new(new ChapDialogue().Directory);
        Assert.NotNull(Value(login.Send(Names + "AuthMethod=CHAP;CHAP_A=5;", Security), "CHAP_C"));
    }

    [Fact]
    [Rule("7143/12.1.3")]
    public void AnInitiatorMayLeaveTheTargetUnproved() =>
        Assert.Equal(LoginNext.FullFeature, Proved(new ChapDialogue(ChapDialogue.Mutual)).Next);

    [Fact]
    [Rule("wish/W46")]
    public void EachInitiatorHasItsOwnSecrets()
    {
        const string Other = "iqn.2024-01.com.example:other";
        ChapOptions options = ChapDialogue.With(
            new ChapAccount(ChapDialogue.Credential("host", "secret of the other")) { InitiatorName = Other },
            new ChapAccount(ChapDialogue.Credential("host", "secret of this one")) { InitiatorName = LoginDialogue.Initiator, Target = ChapDialogue.Credential("disk", "told to this one") },
            new ChapAccount(ChapDialogue.Credential("host", "secret for everyone")),
            new ChapAccount(ChapDialogue.Credential("other", "secret of the other 2")) { InitiatorName = Other });
        Assert.Equal(LoginNext.FullFeature, Proved(new(options), "host", "secret of this one").Next);
        AssertRefused(Proved(new(options), "host", "secret of the other"), LoginStatus.AuthenticationFailure);
        AssertRefused(Proved(new(options), "host", "secret for everyone"), LoginStatus.AuthenticationFailure);
        AssertRefused(Proved(new(options), "other", "secret of the other 2"), LoginStatus.AuthenticationFailure);

        ChapDialogue mutual = new(options);
        mutual.Challenge();
        LoginStep step = mutual.Prove("host", "secret of this one", more: "CHAP_I=1;CHAP_C=0x00112233445566778899aabbccddeeff;");
        Assert.Equal("disk", Value(step, "CHAP_N"));
    }

    private static LoginStep Proved(ChapDialogue dialogue, string user = ChapDialogue.User, string secret = ChapDialogue.Secret)
    {
        dialogue.Challenge();
        return dialogue.Prove(user, secret);
    }
}
