using System.Text;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>Goal: every refusal has its status of RFC 7143 §11.13.5 and lets no one in. Method: one broken login each.</summary>
public class RefusalTests
{
    private const string JustInitiator = "InitiatorName=" + LoginDialogue.Initiator + ";";

    [Theory]
    [InlineData("", LoginStatus.MissingParameter)]
    [InlineData("SessionType=Discovery;", LoginStatus.MissingParameter)]
    [InlineData("TargetName=" + FakeDirectory.Target + ";", LoginStatus.MissingParameter)]
    [InlineData(JustInitiator, LoginStatus.MissingParameter)]
    [InlineData(JustInitiator + "SessionType=Normal;", LoginStatus.MissingParameter)]
    [InlineData(JustInitiator + "SessionType=Bogus;", LoginStatus.SessionTypeNotSupported)]
    [InlineData(JustInitiator + "TargetName=iqn.2024-01.com.example:nowhere;", LoginStatus.NotFound)]
    [InlineData("InitiatorName=not a name;TargetName=" + FakeDirectory.Target + ";", LoginStatus.InitiatorError)]
    [InlineData("InitiatorName=;TargetName=" + FakeDirectory.Target + ";", LoginStatus.InitiatorError)]
    [InlineData(JustInitiator + "TargetName=foo;", LoginStatus.InitiatorError)]
    [InlineData(Names + "InitiatorName=" + LoginDialogue.Initiator + ";", LoginStatus.InitiatorError)]
    [InlineData(Names + "InitialR2T=Yes;InitialR2T=Yes;", LoginStatus.InitiatorError)]
    [InlineData(Names + "X-com.example.a=1;X-com.example.a=1;", LoginStatus.InitiatorError)]
    [InlineData(Names + "TargetAlias=mine;", LoginStatus.InitiatorError)]
    [InlineData(Names + "TargetAddress=10.0.0.1;", LoginStatus.InitiatorError)]
    [InlineData(Names + "TargetPortalGroupTag=1;", LoginStatus.InitiatorError)]
    [InlineData(Names + "SendTargets=All;", LoginStatus.InitiatorError)]
    [InlineData(Names + "AuthMethod=None;", LoginStatus.InitiatorError)]
    [InlineData(Names + "CHAP_A=5;", LoginStatus.InitiatorError)]
    [InlineData(Names + "MaxRecvDataSegmentLength=511;", LoginStatus.InitiatorError)]
    [InlineData(Names + "MaxRecvDataSegmentLength=16777216;", LoginStatus.InitiatorError)]
    [InlineData(Names + "MaxRecvDataSegmentLength=many;", LoginStatus.InitiatorError)]
    [InlineData(Names + "InitialR2T=Reject;", LoginStatus.InitiatorError)]
    [InlineData(Names + "HeaderDigest=Irrelevant;", LoginStatus.InitiatorError)]
    [InlineData(Names + "X-com.example.a=NotUnderstood;", LoginStatus.InitiatorError)]
    [InlineData(Names + "NoEqualSign;", LoginStatus.InitiatorError)]
    [InlineData(Names + "=value;", LoginStatus.InitiatorError)]
    [InlineData(Names + "lowercase=1;", LoginStatus.InitiatorError)]
    [InlineData(Names + "NoEnd=1", LoginStatus.InitiatorError)]
    [Rule("7143/6.3")]
    public void FirstRequest_InTheOperationalStage(string text, LoginStatus status)
    {
        LoginDialogue dialogue = new();
        AssertRefused(dialogue.Send(text, Operational, FullFeature), status);
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Theory]
    [InlineData("HeaderDigest=None;")]
    [InlineData("MaxRecvDataSegmentLength=8192;")]
    [InlineData("InitialR2T=No;")]
    [InlineData("X#NodeArchitecture=A/1;")]
    [InlineData("IFMarker=No;")]
    [Rule("7143/12")]
    public void OperationalKey_InTheSecurityStage(string key) =>
        AssertRefused(new LoginDialogue().Send(Names + key, Security, Operational), LoginStatus.InitiatorError);

    [Theory]
    [InlineData("InitiatorName=" + LoginDialogue.Initiator + "2;", Operational)]
    [InlineData("TargetName=" + FakeDirectory.Target + "2;", Operational)]
    [InlineData("SessionType=Discovery;", Operational)]
    [InlineData("InitiatorName=" + LoginDialogue.Initiator + ";InitiatorName=" + LoginDialogue.Initiator + ";", Operational)]
    [InlineData("InitiatorName=" + LoginDialogue.Initiator + ";", Security)]
    [InlineData("TargetName=" + FakeDirectory.Target + ";", Security)]
    [InlineData("SessionType=Normal;", Security)]
    [Rule("7143/13.5")]
    public void Names_OnlyInTheFirstRequest(string later, LoginStage stage)
    {
        LoginDialogue dialogue = new();
        dialogue.Send(DiscoveryNames.Replace("SessionType=Discovery;", "", StringComparison.Ordinal) + "TargetName=" + FakeDirectory.Target + ";",
            Security, stage == Operational ? Operational : null);
        AssertRefused(dialogue.Send(later, stage, FullFeature), LoginStatus.InitiatorError);
    }

    [Fact]
    [Rule("7143/6.3")]
    [Rule("7143/6.3#10")]
    [Rule("7143/6.3#11")]
    public void SameKeyInBothStages_IsRedeclared()
    {
        LoginDialogue dialogue = new();
        dialogue.Send(Names + "InitiatorAlias=a;", Security, Operational);
        AssertRefused(dialogue.Send("InitiatorAlias=a;", Operational, FullFeature), LoginStatus.InitiatorError);
    }

    [Theory]
    [InlineData(LoginStatus.AuthorizationFailure)]
    [InlineData(LoginStatus.TargetRemoved)]
    [InlineData(LoginStatus.ServiceUnavailable)]
    [InlineData(LoginStatus.TargetError)]
    [Rule("7143/11.13.5")]
    public void StatusOfTheTarget_IsPassedOn(LoginStatus status)
    {
        LoginDialogue dialogue = new(new FakeDirectory { Facts = new() { Status = status } });
        AssertRefused(dialogue.Send(Names, Security, Operational), status);
    }

    [Theory]
    [InlineData(LoginStatus.TargetMovedTemporarily)]
    [InlineData(LoginStatus.TargetMovedPermanently)]
    [Rule("7143/11.13.5")]
    public void Redirect_SaysWhereTo_WithoutTag(LoginStatus status)
    {
        LoginDialogue dialogue = new(new FakeDirectory
        {
            Facts = new() { Status = status, RedirectAddresses = ["192.0.2.7:3260", "[2001:db8::1]:3260"] },
        });
        LoginStep step = dialogue.Send(Names, Operational, FullFeature);
        AssertRefused(step, status);
        Assert.Equal("TargetAddress=192.0.2.7:3260;TargetAddress=[2001:db8::1]:3260;", TextOf(step));
    }

    [Fact]
    [Rule("7143/11.13.5")]
    public void NoDiscoveryHere() =>
        AssertRefused(new LoginDialogue(new FakeDirectory { Discovery = null }).Send(DiscoveryNames, Operational, FullFeature), LoginStatus.SessionTypeNotSupported);

    [Theory]
    [InlineData(LoginStatus.OutOfResources)]
    [InlineData(LoginStatus.TooManyConnections)]
    [InlineData(LoginStatus.SessionDoesNotExist)]
    [Rule("7143/11.13.5")]
    public void AdmissionRefused(LoginStatus status)
    {
        LoginDialogue dialogue = new(new FakeDirectory { Answer = LoginAdmission.Refuse(status, "no room") });
        LoginStep step = dialogue.Send(Names, Operational, FullFeature);
        AssertRefused(step, status);
        Assert.Equal("no room", step.Why);
    }

    [Fact]
    [Rule("7143/6.1")]
    public void ValueThatIsNotUtf8() =>
        AssertRefused(
            new LoginDialogue().SendBytes([.. Bytes(Names), .. "X-a="u8, 0xC3, 0x28, 0], Operational, FullFeature), LoginStatus.InitiatorError);

    [Fact]
    [Rule("7143/6.1")]
    public void PaddingCountedIntoTheData_IsForgiven() =>
        Assert.Equal(LoginNext.FullFeature, new LoginDialogue().Send(Names + ";;;", Operational, FullFeature).Next);

    [Fact]
    [Rule("7143/6.1")]
    public void MoreThan64KiBOfText_OverManyRequests()
    {
        LoginDialogue dialogue = new();
        dialogue.Send(Names, Operational);
        LoginStep step = dialogue.Send(Pairs(0), Operational);
        for (int i = 1; step.Next == LoginNext.Continue; i++)
        {
            Assert.True(i < 20, "the limit is never reached");
            dialogue.Drain(step, Operational, null, out _);
            step = dialogue.Send(Pairs(i), Operational);
        }

        AssertRefused(step, LoginStatus.OutOfResources);

        static string Pairs(int i) => string.Concat(Enumerable.Range(0, 30).Select(k => $"X-k{i}.{k}={new string('v', 240)};"));
    }

    [Fact]
    [Rule("7143/6.1")]
    public void MoreThan64KiBOfText_ByTheContinueBit()
    {
        LoginDialogue dialogue = new();
        byte[] piece = Encoding.ASCII.GetBytes(new string('A', 8192));
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(LoginNext.Continue, dialogue.SendBytes(piece, Operational, more: true).Next);
        }

        AssertRefused(dialogue.SendBytes("A"u8, Operational, more: true), LoginStatus.OutOfResources);
    }

    [Fact]
    [Rule("7143/6.2")]
    public void AnswerThatOutgrowsTheLimit()
    {
        string keys = string.Concat(Enumerable.Range(0, 6000).Select(i => $"K{i}=;"));
        AssertRefused(new LoginDialogue().SendBytes(Bytes(Names + keys), Operational, FullFeature), LoginStatus.OutOfResources);
    }

    [Fact]
    [Rule("7143/6.2")]
    public void EndlessExchange_IsCutOff()
    {
        LoginDialogue dialogue = new(limits: new LoginLimits { MaxRequests = 6 });
        dialogue.Send(Names, Operational);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(LoginNext.Continue, dialogue.Send("", Operational).Next);
        }

        AssertRefused(dialogue.Send("", Operational), LoginStatus.InitiatorError);
    }

    [Fact]
    [Rule("7143/6.2.1")]
    [Rule("7143/6.3#8")]
    [Rule("7143/7.12#1")]
    public void RequiredDigest_NotOffered_IsProposed_AndMustBeTaken()
    {
        TargetOffers offers = new() { HeaderDigest = DigestPolicy.Require };
        LoginDialogue dialogue = new(offers: offers);
        LoginStep step = dialogue.Send(Names, Operational, FullFeature);
        Assert.False(step.Response.Transit);
        Assert.Equal("CRC32C", Value(step, "HeaderDigest"));
        LoginStep last = dialogue.Send("HeaderDigest=CRC32C;", Operational, FullFeature);
        Assert.Equal(DigestKind.Crc32C, last.Outcome!.ConnectionParameters.HeaderDigest);
        Assert.Equal("", TextOf(last));

        foreach (string reply in (string[])["", "HeaderDigest=None;", "HeaderDigest=Reject;"])
        {
            LoginDialogue other = new(offers: offers);
            other.Send(Names, Operational, FullFeature);
            AssertRefused(other.Send(reply, Operational, FullFeature), LoginStatus.InitiatorError);
            Assert.Empty(other.Directory.Admitted);
        }
    }

    [Fact]
    [Rule("7143/6.3")]
    [Rule("7143/6.3#7")]
    public void RequiredDigest_WhenTheOperationalStageIsSkipped_SelectsThatStage()
    {
        LoginDialogue dialogue = new(offers: new TargetOffers { DataDigest = DigestPolicy.Require });
        LoginStep step = dialogue.Send(Names, Security, FullFeature);
        Assert.True(step.Response.Transit);
        Assert.Equal(Operational, step.Response.NextStage);
        Assert.Equal("CRC32C", Value(dialogue.Send("", Operational, FullFeature), "DataDigest"));
        Assert.Equal(LoginNext.FullFeature, dialogue.Send("DataDigest=CRC32C;", Operational, FullFeature).Next);
    }

    [Fact]
    [Rule("7143/13.1")]
    [Rule("7143/7.12#1")]
    [Rule("7143/7.12#2")]
    public void RequiredDigest_OfferedOnlyNone()
    {
        LoginStep step = new LoginDialogue(offers: new TargetOffers { DataDigest = DigestPolicy.Require })
            .Send(Names + "DataDigest=None;", Operational, FullFeature);
        AssertRefused(step, LoginStatus.InitiatorError);
        Assert.Contains("DataDigest=CRC32C", step.Why, StringComparison.Ordinal);
    }
}
