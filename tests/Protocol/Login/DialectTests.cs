using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>Goal: the login of each known initiator succeeds. Method: its PDUs, key for key, in its order.</summary>
public class DialectTests
{
    [Fact]
    [Rule("7143/6.3")]
    public void Microsoft_InTwoStages()
    {
        LoginDialogue dialogue = new();
        LoginStep first = dialogue.Send(
            "InitiatorName=iqn.1991-05.com.microsoft:WIN-HOST;SessionType=Normal;TargetName=" + FakeDirectory.Target + ";AuthMethod=None;",
            Security, Operational);
        Assert.Equal("TargetPortalGroupTag=3;AuthMethod=None;", TextOf(first));
        Assert.True(first.Response.Transit);

        LoginStep second = dialogue.Send(
            "HeaderDigest=None,CRC32C;DataDigest=None,CRC32C;ErrorRecoveryLevel=2;InitialR2T=No;ImmediateData=Yes;"
            + "MaxRecvDataSegmentLength=65536;MaxBurstLength=262144;FirstBurstLength=65536;MaxConnections=8;"
            + "DataPDUInOrder=Yes;DataSequenceInOrder=Yes;DefaultTime2Wait=0;DefaultTime2Retain=60;MaxOutstandingR2T=16;",
            Operational, FullFeature);
        Assert.Equal(
            "HeaderDigest=None;DataDigest=None;ErrorRecoveryLevel=2;InitialR2T=No;ImmediateData=Yes;MaxBurstLength=262144;"
            + "FirstBurstLength=65536;MaxConnections=8;DataPDUInOrder=Yes;DataSequenceInOrder=Yes;DefaultTime2Wait=2;DefaultTime2Retain=20;"
            + "MaxOutstandingR2T=1;MaxRecvDataSegmentLength=262144;", // RFC 7143 §13.19: 1 with recovery and sequences in order
            TextOf(second));
        LoginOutcome outcome = second.Outcome!;
        Assert.Equal("iqn.1991-05.com.microsoft:win-host", outcome.InitiatorName);
        Assert.False(outcome.SessionParameters.InitialR2T);
        Assert.Equal(1, outcome.SessionParameters.MaxOutstandingR2T);
        Assert.Equal(65536, outcome.ConnectionParameters.PeerMaxRecvDataSegmentLength);
    }

    [Fact]
    [Rule("7143/6.3.2")]
    public void Microsoft_OddKeyOrder_AndChapOrNone()
    {
        LoginDialogue dialogue = new();
        LoginStep first = dialogue.Send(
            "AuthMethod=CHAP,None;TargetName=" + FakeDirectory.Target + ";SessionType=Normal;InitiatorName=" + LoginDialogue.Initiator + ";", Security, Operational);
        Assert.Equal("None", Value(first, "AuthMethod"));

        LoginStep second = dialogue.Send("FirstBurstLength=262144;MaxBurstLength=131072;ImmediateData=Yes;InitialR2T=Yes;", Operational);
        Assert.False(second.Response.Transit);
        Assert.Equal("131072", Value(second, "FirstBurstLength"));
        Assert.Equal(LoginNext.FullFeature, dialogue.Send("", Operational, FullFeature).Next);
    }

    [Fact]
    [Rule("7143/6.3")]
    public void OpenIscsi_OnLinux()
    {
        LoginDialogue dialogue = new() { CmdSN = new(1) };
        LoginStep first = dialogue.Send(
            "InitiatorName=" + LoginDialogue.Initiator + ";InitiatorAlias=lab;TargetName=" + FakeDirectory.Target + ";SessionType=Normal;AuthMethod=None;",
            Security, Operational);
        Assert.True(first.Response.Transit);
        LoginStep second = dialogue.Send(
            "HeaderDigest=None;DataDigest=None;DefaultTime2Wait=2;DefaultTime2Retain=0;IFMarker=No;OFMarker=No;ErrorRecoveryLevel=0;"
            + "InitialR2T=No;ImmediateData=Yes;MaxBurstLength=16776192;FirstBurstLength=262144;MaxOutstandingR2T=1;MaxConnections=1;"
            + "DataPDUInOrder=Yes;DataSequenceInOrder=Yes;MaxRecvDataSegmentLength=262144;",
            Operational, FullFeature);
        Assert.Equal("Reject", Value(second, "IFMarker"));
        Assert.Equal("Reject", Value(second, "OFMarker"));
        Assert.Equal("1048576", Value(second, "MaxBurstLength"));
        LoginOutcome outcome = second.Outcome!;
        Assert.Equal("lab", outcome.InitiatorAlias);
        Assert.Equal(0, outcome.SessionParameters.DefaultTime2Retain);
        Assert.Equal(new Serial32(1), outcome.FirstCmdSN);
        Assert.Equal(new Serial32(FirstStatSN + 2), outcome.NextStatSN);
        Assert.Equal(FakeDirectory.GivenTsih, outcome.Tsih);
        Assert.Same(dialogue.Directory, outcome.Admitted);
    }

    [Theory]
    [InlineData(Names)]
    [InlineData(DiscoveryNames)]
    [Rule("7143/6.3")]
    public void Libiscsi_WithCredentialsThatAreNotAskedFor_SaysItsNamesAgain(string names)
    {
        LoginDialogue dialogue = new();
        Assert.Equal("None", Value(dialogue.Send(names + "AuthMethod=CHAP,None;", Security, Operational), "AuthMethod"));
        LoginStep last = dialogue.Send(names + "HeaderDigest=None,CRC32C;", Operational, FullFeature);
        Assert.Equal(LoginNext.FullFeature, last.Next);
        Assert.DoesNotContain("InitiatorName", TextOf(last), StringComparison.Ordinal);
    }

    [Fact]
    [Rule("7143/6.3.1")]
    public void OpenIscsi_Discovery()
    {
        LoginDialogue dialogue = new();
        LoginStep first = dialogue.Send("InitiatorName=" + LoginDialogue.Initiator + ";InitiatorAlias=lab;SessionType=Discovery;AuthMethod=None;", Security, Operational);
        Assert.Equal("AuthMethod=None;", TextOf(first));
        LoginStep second = dialogue.Send(
            "HeaderDigest=None;DataDigest=None;DefaultTime2Wait=0;DefaultTime2Retain=0;IFMarker=No;OFMarker=No;ErrorRecoveryLevel=0;"
            + "MaxRecvDataSegmentLength=32768;",
            Operational, FullFeature);
        Assert.Equal(SessionType.Discovery, second.Outcome!.SessionType);
        Assert.Null(second.Outcome.TargetName);
        Assert.Equal("0", Value(second, "ErrorRecoveryLevel"));
    }

    [Theory]
    [InlineData("iqn.2007-10.com.github:sahlberg:libiscsi:iscsi-inq")]
    [InlineData("iqn.2008-11.org.linux-kvm")]
    [InlineData("iqn.2008-11.org.linux-kvm:my_guest")]
    [Rule("7143/6.3")]
    public void Libiscsi_AndQemuThroughIt(string initiator)
    {
        LoginDialogue dialogue = new() { CmdSN = new(0) };
        LoginStep first = dialogue.Send(
            "InitiatorName=" + initiator + ";InitiatorAlias=qemu;TargetName=" + FakeDirectory.Target + ";SessionType=Normal;AuthMethod=None;",
            Security, Operational);
        Assert.True(first.Response.Transit);
        LoginStep second = dialogue.Send(
            "HeaderDigest=None,CRC32C;DataDigest=None,CRC32C;InitialR2T=No;ImmediateData=Yes;MaxBurstLength=16776192;FirstBurstLength=262144;"
            + "DefaultTime2Wait=2;DefaultTime2Retain=0;IFMarker=No;OFMarker=No;MaxConnections=1;MaxRecvDataSegmentLength=16777215;"
            + "MaxOutstandingR2T=1;ErrorRecoveryLevel=0;DataPDUInOrder=Yes;DataSequenceInOrder=Yes;",
            Operational, FullFeature);
        Assert.Equal(initiator, second.Outcome!.InitiatorName);
        Assert.Equal(16777215, second.Outcome.ConnectionParameters.PeerMaxRecvDataSegmentLength);
    }

    [Fact]
    [Rule("7144/7.1.1")]
    public void FreeBsd_NegotiatesProtocolLevelAndTaskReporting()
    {
        LoginStep step = new LoginDialogue().Send(
            Names + "iSCSIProtocolLevel=2;TaskReporting=FastAbort,ResponseFence,RFC3720;X#NodeArchitecture=ExampleOS/1;X-com.example.speed=9;",
            Operational, FullFeature);
        Assert.Equal("2", Value(step, "iSCSIProtocolLevel"));
        Assert.Equal("FastAbort", Value(step, "TaskReporting"));
        Assert.Equal("NotUnderstood", Value(step, "X-com.example.speed"));
        Assert.Null(Value(step, "X#NodeArchitecture"));
        Assert.Equal(2, step.Outcome!.SessionParameters.ProtocolLevel);
        Assert.Equal(TaskReporting.FastAbort, step.Outcome.SessionParameters.TaskReporting);
    }

    [Theory]
    [InlineData(0x000000000000UL)]
    [InlineData(0xC00000000001UL)]
    [InlineData(0xFFFFFFFFFFFFUL)]
    [Rule("7143/11.12.5")]
    public void AnyIsid_ReservedTypeToo(ulong isid)
    {
        LoginDialogue dialogue = new();
        dialogue.Header = dialogue.Header with { Isid = isid };
        Assert.Equal(isid, dialogue.Send(Names, Operational, FullFeature).Outcome!.Isid);
    }
}
