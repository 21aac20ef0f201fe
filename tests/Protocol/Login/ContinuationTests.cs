using Blockwire.Protocol.Login;
using Blockwire.Testing;
using Blockwire.Wire;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>Goal: text may be cut anywhere by the C bit, in both directions. Method: every cut.</summary>
public class ContinuationTests
{
    private const string Keys = Names + "InitialR2T=No;MaxBurstLength=0x20000;HeaderDigest=CRC32C,None;";

    [Fact]
    [Rule("7143/6.1")]
    public void RequestCutAtEveryByte()
    {
        byte[] whole = Bytes(Keys);
        string expected = TextOf(new LoginDialogue().SendBytes(whole, Operational, FullFeature));
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            LoginDialogue dialogue = new();
            LoginStep first = dialogue.SendBytes(whole.AsSpan(0, cut), Operational, more: true);
            Assert.True(first.Data.IsEmpty && first.Next == LoginNext.Continue);
            LoginStep second = dialogue.SendBytes(whole.AsSpan(cut), Operational, FullFeature);
            Assert.Equal(expected, TextOf(second));
            Assert.Equal(131072, second.Outcome!.SessionParameters.MaxBurstLength);
        }
    }

    [Fact]
    [Rule("7143/6.1")]
    public void RequestInSingleBytes()
    {
        LoginDialogue dialogue = new(limits: new LoginLimits { MaxRequests = 1000 });
        foreach (byte b in Bytes(Keys))
        {
            Assert.True(dialogue.SendBytes([b], Operational, more: true).Data.IsEmpty);
        }

        Assert.Equal(LoginNext.FullFeature, dialogue.Send("", Operational, FullFeature).Next);
    }

    [Fact]
    [Rule("7143/13.9")]
    [Rule("7143/6.3.1#1")]
    public void PortalGroupTag_ComesWithTheFirstAnswerThatMayCarryIt_AndOnce()
    {
        LoginDialogue dialogue = new();
        Assert.True(dialogue.Send(Names[..20], Security, more: true).Data.IsEmpty);
        Assert.Equal("3", Value(dialogue.Send(Names[20..], Security), "TargetPortalGroupTag"));
        Assert.Null(Value(dialogue.Send("", Security, Operational), "TargetPortalGroupTag"));
    }

    [Fact]
    [Rule("7143/13.6")]
    public void TargetAlias_IsToldToNormalSessionsOnly()
    {
        FakeDirectory directory = new() { Facts = new() { Alias = "Vault 7" } };
        Assert.Equal("Vault 7", Value(new LoginDialogue(directory).Send(Names, Security), "TargetAlias"));
        LoginStep named = new LoginDialogue(directory).Send(DiscoveryNames + "TargetName=" + FakeDirectory.Target + ";", Security);
        Assert.Null(Value(named, "TargetAlias"));
        Assert.Equal("1", Value(named, "TargetPortalGroupTag"));
    }

    [Fact]
    [Rule("7143/11.13.7")]
    public void AnswerLongerThanADataSegment_IsSplit_AndTransitWaits()
    {
        string unknown = string.Concat(Enumerable.Range(0, 1000).Select(i => $"X-com.example.k{i}=1;"));
        LoginDialogue dialogue = new();
        LoginStep first = dialogue.Send(Names + unknown, Operational, FullFeature);
        Assert.True(first.Response.Continue);
        Assert.Empty(dialogue.Directory.Admitted);
        string text = dialogue.Drain(first, Operational, FullFeature, out LoginStep last);
        Assert.Equal(LoginNext.FullFeature, last.Next);
        Assert.Equal(1000, text.Split(';').Count(static pair => pair.EndsWith("=NotUnderstood", StringComparison.Ordinal)));
        Assert.Contains("MaxRecvDataSegmentLength=262144;", text, StringComparison.Ordinal);
    }

    [Fact]
    [Rule("7143/6.2")]
    public void TransitOfTheLastRequest_Decides()
    {
        string unknown = string.Concat(Enumerable.Range(0, 600).Select(i => $"X-com.example.k{i}=1;"));
        LoginDialogue dialogue = new();
        LoginStep first = dialogue.Send(Names + unknown, Operational, FullFeature);
        dialogue.Drain(first, Operational, null, out LoginStep last);
        Assert.Equal(LoginNext.Continue, last.Next);
        Assert.Equal(LoginNext.FullFeature, dialogue.Send("", Operational, FullFeature).Next);
    }

    [Fact]
    [Rule("7143/6.2")]
    public void KeysWhileTheAnswerIsUnderWay_AreRefused()
    {
        string unknown = string.Concat(Enumerable.Range(0, 600).Select(i => $"X-com.example.k{i}=1;"));
        LoginDialogue dialogue = new();
        Assert.True(dialogue.Send(Names + unknown, Operational, FullFeature).Response.Continue);
        AssertRefused(dialogue.Send("InitialR2T=No;", Operational, FullFeature), LoginStatus.InitiatorError);
        Assert.Empty(dialogue.Directory.Admitted);
    }

    [Fact]
    [Rule("7143/13.12")]
    public void SmallerDeclaredSegment_IsRespectedDuringLogin()
    {
        LoginDialogue dialogue = new();
        string keys = string.Concat(Enumerable.Range(0, 40).Select(i => $"X-com.example.k{i}=1;"));
        LoginStep step = dialogue.Send(Names + "MaxRecvDataSegmentLength=512;" + keys, Operational, FullFeature);
        while (step.Response.Continue)
        {
            Assert.InRange(step.Data.Length, 1, 512);
            step = dialogue.Send("", Operational, FullFeature);
        }

        Assert.Equal(512, step.Outcome!.ConnectionParameters.PeerMaxRecvDataSegmentLength);
    }
}
