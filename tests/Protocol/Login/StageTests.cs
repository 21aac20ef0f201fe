using Blockwire.Protocol.Login;
using Blockwire.Testing;
using Blockwire.Wire;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>Goal: stages follow each other only as RFC 7143 §6.3 lets them. Method: all combinations.</summary>
public class StageTests
{
    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(0, 2, false)]
    [InlineData(0, 3, true)]
    [InlineData(1, 0, false)]
    [InlineData(1, 1, false)]
    [InlineData(1, 2, false)]
    [InlineData(1, 3, true)]
    [InlineData(2, 3, false)]
    [InlineData(3, 3, false)]
    [Rule("7143/6.3")]
    [Rule("7143/6.3#4")]
    [Rule("7143/6.3#7")]
    [Rule("7143/6.3#9")]
    public void FirstTransition(int from, int to, bool legal)
    {
        LoginDialogue dialogue = new();
        LoginStep step = dialogue.SendRaw(
            dialogue.Header with { CurrentStage = (LoginStage)from, NextStage = (LoginStage)to, Transit = true }, Bytes(Names));
        if (legal)
        {
            Assert.True(step.Response.Transit);
            Assert.Equal((LoginStage)to, step.Response.NextStage);
        }
        else
        {
            AssertRefused(step, LoginStatus.InitiatorError);
        }
    }

    [Fact]
    [Rule("7143/6.3")]
    [Rule("7143/6.3#5")]
    public void NoWayBack()
    {
        LoginDialogue dialogue = new();
        dialogue.Send(Names, Security, Operational);
        AssertRefused(dialogue.Send("", Security, Operational), LoginStatus.InitiatorError);
    }

    [Fact]
    [Rule("7143/6.3")]
    public void NoSkipWithoutTransit()
    {
        LoginDialogue dialogue = new();
        dialogue.Send(Names, Security);
        AssertRefused(dialogue.Send("", Operational, FullFeature), LoginStatus.InitiatorError);
    }

    [Fact]
    [Rule("7143/6.3.2")]
    [Rule("7143/6.3.2#3")]
    public void SecurityStraightToFullFeature_KeepsOperationalDefaults()
    {
        LoginOutcome outcome = new LoginDialogue().Send(Names, Security, FullFeature).Outcome!;
        Assert.Equal(8192, outcome.ConnectionParameters.MaxRecvDataSegmentLength);
        Assert.Equal(new Protocol.Negotiation.SessionParameters(), outcome.SessionParameters);
    }

    [Fact]
    [Rule("7143/6.3.1")]
    public void SecurityStageWithoutProposal_IsLeft()
    {
        LoginStep step = new LoginDialogue().Send(Names, Security, Operational);
        Assert.Equal("TargetPortalGroupTag=3;", TextOf(step));
        Assert.True(step.Response.Transit);
    }

    [Fact]
    [Rule("7143/11.12.2")]
    public void TransitWithContinue_IsRefused()
    {
        LoginDialogue dialogue = new();
        AssertRefused(dialogue.Send(Names, Operational, FullFeature, more: true), LoginStatus.InitiatorError);
    }

    [Fact]
    [Rule("7143/6.3")]
    public void NextStageWithoutTransit_IsReserved()
    {
        LoginDialogue dialogue = new();
        LoginStep step = dialogue.SendRaw(dialogue.Header with { CurrentStage = Operational, NextStage = (LoginStage)2 }, Bytes(Names));
        Assert.Equal(LoginNext.Continue, step.Next);
    }

    [Theory]
    [InlineData("itt")]
    [InlineData("isid")]
    [InlineData("tsih")]
    [InlineData("cid")]
    [InlineData("version")]
    [Rule("7143/11.12.7")]
    public void ConstantFields_MustNotChange(string field)
    {
        LoginDialogue dialogue = new();
        dialogue.Send(Names, Security, Operational);
        LoginRequest h = dialogue.Header;
        dialogue.Header = field switch
        {
            "itt" => h with { InitiatorTaskTag = h.InitiatorTaskTag + 1 },
            "isid" => h with { Isid = h.Isid + 1 },
            "tsih" => h with { Tsih = 9 },
            "cid" => h with { Cid = 9 },
            _ => h with { VersionMax = 1 },
        };
        AssertRefused(dialogue.Send("", Operational, FullFeature), LoginStatus.InitiatorError);
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0, 5, true)]
    [InlineData(1, 1, false)]
    [InlineData(1, 255, false)]
    [Rule("7143/11.13.2")]
    public void VersionRange_MustHoldZero(byte min, byte max, bool supported)
    {
        LoginDialogue dialogue = new();
        dialogue.Header = dialogue.Header with { VersionMin = min, VersionMax = max };
        LoginStep step = dialogue.Send(Names, Operational, FullFeature);
        Assert.Equal(supported ? LoginStatus.Success : LoginStatus.UnsupportedVersion, step.Response.Status);
        Assert.Equal(0, step.Response.VersionActive);
    }

    [Fact]
    [Rule("7143/4.2.4")]
    public void OtherPdu_BeforeAnyLogin_ClosesInSilence()
    {
        LoginDialogue dialogue = new();
        Assert.Null(dialogue.Login.OnOtherPdu(Opcode.NopOut));
        AssertRefused(dialogue.Send(Names, Operational, FullFeature), LoginStatus.InvalidDuringLogin);
    }

    [Fact]
    [Rule("7143/4.2.4")]
    public void OtherPdu_DuringLogin_IsRefusedByStatus()
    {
        LoginDialogue dialogue = new();
        dialogue.Send(Names, Security, Operational);
        AssertRefused(dialogue.Login.OnOtherPdu(Opcode.ScsiCommand)!, LoginStatus.InvalidDuringLogin);
        AssertRefused(dialogue.Send("", Operational, FullFeature), LoginStatus.InvalidDuringLogin);
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Fact]
    [Rule("7143/11.13.5")]
    public void MalformedHeader_IsInitiatorError()
    {
        LoginDialogue dialogue = new();
        AssertRefused(dialogue.Login.OnMalformed(dialogue.Header, PduCheck.ProtocolError("7143/11.12.2 C and T exclude each other")), LoginStatus.InitiatorError);
    }

    [Fact]
    [Rule("7143/11.13.4")]
    public void AfterTheEnd_NothingIsTaken()
    {
        LoginDialogue dialogue = new();
        dialogue.Send(Names, Operational, FullFeature);
        AssertRefused(dialogue.Send(Names, Operational, FullFeature), LoginStatus.InvalidDuringLogin);
        Assert.Single(dialogue.Directory.Admitted);
    }
}
