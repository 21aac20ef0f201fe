using Blockwire.Protocol.Authentication;
using Blockwire.Testing;

namespace Blockwire.Protocol.Tests.Authentication;

/// <summary>Goal: settings that RFC 7143 §9.2.1 forbids are refused, weak ones told, and no message holds a secret.</summary>
public class ChapReviewTests
{
    private const string Long = "a secret of enough bytes";

    [Fact]
    [Rule("7143/9.2.1")]
    public void OneSecretForBothDirections_IsRefused_AcrossTargetsToo()
    {
        ChapOptions mutual = Of("alice", "a secret for two ways") with { Target = ChapDialogue.Credential("disk", "a secret for two ways") };
        AssertRefused([new("target a", mutual)], "both directions");
        AssertRefused(
            [new("target a", Of("alice", Long)), new("discovery", Of("bob", "another long secret") with { Target = ChapDialogue.Credential("disk", Long) })],
            "both directions");
        ChapOptions perAccount = ChapDialogue.With(new ChapAccount(ChapDialogue.Credential("alice", Long)) { Target = ChapDialogue.Credential("disk", Long) });
        AssertRefused([new("target a", perAccount)], "both directions");
    }

    [Theory]
    [InlineData("11 bytes...", 1)]
    [InlineData("12 bytes....", 0)]
    [Rule("7143/9.2.1")]
    public void ShortSecrets_AreTold_InEitherDirection(string secret, int warnings)
    {
        Assert.Equal(warnings, Warnings([new("target a", Of("alice", secret))]).Count);
        Assert.Equal(warnings, Warnings([new("target a", Of("alice", Long) with { Target = ChapDialogue.Credential("disk", secret) })]).Count);
    }

    [Fact]
    [Rule("7143/9.2.1")]
    public void OneSecretOfTwoUsers_IsTold_OneUserAtTwoTargetsIsFine()
    {
        Assert.Single(Warnings([new("target a", Of("alice", Long)), new("target b", Of("bob", Long))]));
        Assert.Empty(Warnings([new("target a", Of("alice", Long)), new("target b", Of("alice", Long))]));
    }

    [Fact]
    public void WhatMakesNoSense_IsRefused()
    {
        AssertRefused([new("target a", ChapDialogue.With())], "anybody who may log in");
        AssertRefused([new("target a", Of("", Long))], "name");
        AssertRefused([new("target a", Of("a\nb", Long))], "name");
        AssertRefused([new("target a", Of(new string('x', 256), Long))], "name");
        AssertRefused([new("target a", ChapDialogue.With(new(ChapDialogue.Credential("a", Long)), new(ChapDialogue.Credential("a", "another long secret"))))], "twice");
        AssertRefused([new("target a", Of("a", Long) with { Policy = ChapPolicy.Default with { ChallengeBytes = 15 } })], "16 to 1024");
        AssertRefused([new("target a", Of("a", Long) with { Policy = ChapPolicy.Default with { ChallengeBytes = 1025 } })], "16 to 1024");
        AssertRefused([new("target a", Of("a", Long) with { Policy = ChapPolicy.Default with { Algorithms = [] } })], "algorithm");
        Assert.Throws<ChapOptionsException>(static () => ChapSecret.FromText(""));
        Assert.Throws<ChapOptionsException>(static () => ChapSecret.FromText(new string('x', 256)));
    }

    [Fact]
    public void NothingThatPrintsItself_PrintsASecret()
    {
        ChapOptions options = Of("alice", Long) with { Target = ChapDialogue.Credential("disk", "the other secret here") };
        foreach (object it in new object[] { options, options.Accounts[0], options.Target!, options.Target!.Secret, new ChapScope("x", options) })
        {
            Assert.DoesNotContain("secret of", it.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("other secret", it.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    [Rule("7143/9.2.1")]
    public void AGeneratedSecret_Has128RandomBits_AsText()
    {
        string secret = ChapSecret.Generate(ChapDialogue.Fill(0xF0));
        Assert.Equal("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", secret);
        Assert.False(ChapSecret.FromText(secret).IsShort);
    }

    private static ChapOptions Of(string user, string secret) => ChapDialogue.With(new ChapAccount(ChapDialogue.Credential(user, secret)));

    private static IReadOnlyList<string> Warnings(ChapScope[] scopes)
    {
        IReadOnlyList<string> warnings = ChapReview.Examine(scopes);
        Assert.All(warnings, static it => Assert.DoesNotContain("bytes...", it, StringComparison.Ordinal));
        return warnings;
    }

    private static void AssertRefused(ChapScope[] scopes, params string[] oneOf)
    {
        ChapOptionsException refusal = Assert.Throws<ChapOptionsException>(() => ChapReview.Examine(scopes));
        Assert.Contains(oneOf, word => refusal.Message.Contains(word, StringComparison.Ordinal));
        Assert.DoesNotContain(Long, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("two ways", refusal.Message, StringComparison.Ordinal);
    }
}
