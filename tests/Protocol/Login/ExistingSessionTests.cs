using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>Goal: logins that join or replace are checked first and take effect last. Method: TSIH 0 and not 0 against a directory that counts.</summary>
public class ExistingSessionTests
{
    private static readonly ExistingSession Session = new(
        new SessionParameters { MaxConnections = 4, MaxBurstLength = 4096, FirstBurstLength = 2048, ErrorRecoveryLevel = 2 }, new(900), new(950));

    [Theory]
    [InlineData(LoginStatus.SessionDoesNotExist)]
    [InlineData(LoginStatus.TooManyConnections)]
    [InlineData(LoginStatus.CannotIncludeInSession)]
    [Rule("7143/6.3.1")]
    public void TsihOfNoUse_IsRefusedAtOnce(LoginStatus status)
    {
        LoginDialogue dialogue = new(new FakeDirectory { ExistingStatus = status });
        dialogue.Header = dialogue.Header with { Tsih = 0xBEEF };
        AssertRefused(dialogue.Send(Names, Operational, FullFeature), status);
        Assert.Empty(dialogue.Directory.Admitted);
        LoginCandidate asked = Assert.Single(dialogue.Directory.Checked);
        Assert.Equal((0xBEEF, 5, FakeDirectory.Target, 3), (asked.Tsih, asked.Cid, asked.TargetName, asked.PortalGroupTag));
    }

    [Fact]
    [Rule("7143/6.3.1")]
    public void UnknownTsih_IsRefusedInTheSecurityStageToo()
    {
        LoginDialogue dialogue = new();
        dialogue.Header = dialogue.Header with { Tsih = 1 };
        AssertRefused(dialogue.Send(Names, Security, FullFeature), LoginStatus.SessionDoesNotExist);
    }

    [Fact]
    [Rule("7143/6.3.4")]
    public void JoiningConnection_KeepsTheParametersOfTheSession()
    {
        FakeDirectory directory = new()
        {
            Existing = Session,
            ExistingStatus = LoginStatus.Success,
            Answer = LoginAdmission.Accept(FakeDirectory.GivenTsih, new(901), new(951), null),
        };
        LoginDialogue dialogue = new(directory);
        dialogue.Header = dialogue.Header with { Tsih = FakeDirectory.GivenTsih };
        LoginStep first = dialogue.Send(Names, Security, Operational);
        Assert.Equal((new Serial32(900), new Serial32(950)), (first.Numbers.ExpCmdSN, first.Numbers.MaxCmdSN));
        LoginStep step = dialogue.Send("MaxBurstLength=65536;ErrorRecoveryLevel=0;HeaderDigest=CRC32C;MaxRecvDataSegmentLength=4096;", Operational, FullFeature);
        Assert.Equal("Reject", Value(step, "MaxBurstLength"));
        Assert.Equal("Reject", Value(step, "ErrorRecoveryLevel"));
        LoginOutcome outcome = step.Outcome!;
        Assert.Equal(Session.Parameters, outcome.SessionParameters);
        Assert.Equal(DigestKind.Crc32C, outcome.ConnectionParameters.HeaderDigest);
        Assert.Equal(4096, outcome.ConnectionParameters.PeerMaxRecvDataSegmentLength);
        Assert.False(outcome.IsLeading);
        Assert.Equal(new Serial32(901), outcome.FirstCmdSN);
        Assert.Equal((new Serial32(901), new Serial32(951)), (step.Numbers.ExpCmdSN, step.Numbers.MaxCmdSN));
    }

    [Fact]
    [Rule("logout/L45b")]
    public void HalfALogin_LetsNoOneIn()
    {
        LoginDialogue dialogue = new();
        dialogue.Send(Names, Security, Operational);
        dialogue.Send("InitialR2T=No;", Operational);
        Assert.Empty(dialogue.Directory.Admitted);
        dialogue.Send("", Operational, FullFeature);
        LoginCandidate admitted = Assert.Single(dialogue.Directory.Admitted);
        Assert.False(admitted.Session.InitialR2T);
        Assert.Equal((LoginDialogue.Initiator, 0, 5), (admitted.InitiatorName, admitted.Tsih, admitted.Cid));
    }

    [Fact]
    [Rule("7143/11.12.8")]
    public void LeadingLogin_SetsExpCmdSN()
    {
        LoginDialogue dialogue = new() { CmdSN = new(uint.MaxValue) };
        LoginStep first = dialogue.Send(Names, Security, Operational);
        Assert.Equal(new Serial32(uint.MaxValue), first.Numbers.ExpCmdSN);
        LoginStep last = dialogue.Send("", Operational, FullFeature);
        Assert.Equal(new Serial32(uint.MaxValue), last.Outcome!.FirstCmdSN);
        Assert.Equal(new Serial32(30), last.Numbers.MaxCmdSN);
    }
}
