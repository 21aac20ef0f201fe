using System.Text;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Negotiation;

/// <summary>Goal: each key is answered by its rule. Method: for every key legal, boundary and illegal values against stated offers.</summary>
public class ResponderTests
{
    private static readonly TargetOffers Offers = new()
    {
        MaxConnections = 4,
        MaxBurstLength = 65536,
        FirstBurstLength = 32768,
        DefaultTime2Wait = 5,
        DefaultTime2Retain = 30,
        MaxOutstandingR2T = 8,
        ErrorRecoveryLevel = 1,
        ProtocolLevel = 2,
        InitialR2T = false,
        ImmediateData = true,
        DataPDUInOrder = false,
        DataSequenceInOrder = false,
    };

    [Theory]
    [InlineData("MaxConnections", "1", "1")]
    [InlineData("MaxConnections", "65535", "4")]
    [InlineData("MaxConnections", "0", "Reject")]
    [InlineData("MaxConnections", "65536", "Reject")]
    [InlineData("InitialR2T", "Yes", "Yes")]
    [InlineData("InitialR2T", "No", "No")]
    [InlineData("InitialR2T", "yes", "Reject")]
    [InlineData("InitialR2T", "", "Reject")]
    [InlineData("ImmediateData", "Yes", "Yes")]
    [InlineData("ImmediateData", "No", "No")]
    [InlineData("ImmediateData", "1", "Reject")]
    [InlineData("MaxBurstLength", "512", "512")]
    [InlineData("MaxBurstLength", "16777215", "65536")]
    [InlineData("MaxBurstLength", "0x8000", "32768")]
    [InlineData("MaxBurstLength", "511", "Reject")]
    [InlineData("MaxBurstLength", "16777216", "Reject")]
    [InlineData("MaxBurstLength", "512~1024", "Reject")]
    [InlineData("FirstBurstLength", "512", "512")]
    [InlineData("FirstBurstLength", "16777215", "32768")]
    [InlineData("FirstBurstLength", "511", "Reject")]
    [InlineData("FirstBurstLength", "16777216", "Reject")]
    [InlineData("DefaultTime2Wait", "0", "5")]
    [InlineData("DefaultTime2Wait", "6", "6")]
    [InlineData("DefaultTime2Wait", "3600", "3600")]
    [InlineData("DefaultTime2Wait", "3601", "Reject")]
    [InlineData("DefaultTime2Retain", "0", "0")]
    [InlineData("DefaultTime2Retain", "3600", "30")]
    [InlineData("DefaultTime2Retain", "3601", "Reject")]
    [InlineData("MaxOutstandingR2T", "1", "1")]
    [InlineData("MaxOutstandingR2T", "65535", "8")]
    [InlineData("MaxOutstandingR2T", "0", "Reject")]
    [InlineData("MaxOutstandingR2T", "65536", "Reject")]
    [InlineData("DataPDUInOrder", "Yes", "Yes")]
    [InlineData("DataPDUInOrder", "No", "No")]
    [InlineData("DataSequenceInOrder", "Yes", "Yes")]
    [InlineData("DataSequenceInOrder", "No", "No")]
    [InlineData("ErrorRecoveryLevel", "0", "0")]
    [InlineData("ErrorRecoveryLevel", "2", "1")]
    [InlineData("ErrorRecoveryLevel", "3", "Reject")]
    [InlineData("iSCSIProtocolLevel", "0", "0")]
    [InlineData("iSCSIProtocolLevel", "1", "1")]
    [InlineData("iSCSIProtocolLevel", "31", "2")]
    [InlineData("iSCSIProtocolLevel", "32", "Reject")]
    [InlineData("TaskReporting", "RFC3720", "RFC3720")]
    [InlineData("TaskReporting", "ResponseFence,FastAbort,RFC3720", "ResponseFence")]
    [InlineData("TaskReporting", "FastAbort,RFC3720,ResponseFence", "FastAbort")]
    [InlineData("TaskReporting", "SlowAbort,RFC3720,ResponseFence", "RFC3720")]
    [InlineData("TaskReporting", "SlowAbort", "Reject")]
    [InlineData("HeaderDigest", "None", "None")]
    [InlineData("HeaderDigest", "CRC32C", "CRC32C")]
    [InlineData("HeaderDigest", "None,CRC32C", "None")]
    [InlineData("HeaderDigest", "CRC32C,None", "CRC32C")]
    [InlineData("HeaderDigest", "Y-com.example.sum,CRC32C,None", "CRC32C")]
    [InlineData("HeaderDigest", "crc32c", "Reject")]
    [InlineData("HeaderDigest", "", "Reject")]
    [InlineData("DataDigest", "CRC32C,None", "CRC32C")]
    [InlineData("DataDigest", "MD5", "Reject")]
    [InlineData("IFMarker", "No", "Reject")]
    [InlineData("IFMarker", "Yes", "Reject")]
    [InlineData("OFMarker", "No", "Reject")]
    [InlineData("IFMarkInt", "2048~65535", "Reject")]
    [InlineData("OFMarkInt", "1,65535", "Reject")]
    [InlineData("X-com.example.key", "anything", "NotUnderstood")]
    [InlineData("X#Other", "1", "NotUnderstood")]
    [InlineData("FutureKey", "1", "NotUnderstood")]
    [Rule("7143/13")]
    public void Answer(string key, string value, string expected)
    {
        Responder responder = new(Offers, SessionType.Normal, null);
        Assert.Equal($"{key}={expected};", Run(responder, $"{key}={value}"));
        KeyRow? row = KeyTable.Find(key);
        if (expected is "Reject" or "NotUnderstood" || row is null)
        {
            Assert.Equal((SessionParameters.Default, ConnectionParameters.Default), (responder.Session, responder.Connection));
        }
        else
        {
            Assert.Equal(expected, Current(responder, key));
        }
    }

    [Theory]
    [InlineData("InitialR2T", "No", true, "Yes")]
    [InlineData("ImmediateData", "Yes", false, "No")]
    [InlineData("DataPDUInOrder", "No", true, "Yes")]
    [InlineData("DataSequenceInOrder", "No", true, "Yes")]
    [Rule("7143/6.2.2")]
    public void Boolean_WhereTheTargetDecides(string key, string value, bool ours, string expected)
    {
        TargetOffers offers = Offers with { InitialR2T = ours, ImmediateData = ours, DataPDUInOrder = ours, DataSequenceInOrder = ours };
        Assert.Equal($"{key}={expected};", Run(new Responder(offers, SessionType.Normal, null), $"{key}={value}"));
    }

    [Theory]
    [InlineData(DigestPolicy.None, "CRC32C,None", "None")]
    [InlineData(DigestPolicy.None, "CRC32C", "Reject")]
    [InlineData(DigestPolicy.Prefer, "None,CRC32C", "None")]
    [InlineData(DigestPolicy.Require, "None,CRC32C", "CRC32C")]
    [Rule("7143/6.2.1")]
    public void Digest_ByPolicy(DigestPolicy policy, string offered, string expected) =>
        Assert.Equal($"DataDigest={expected};", Run(new Responder(Offers with { DataDigest = policy }, SessionType.Normal, null), $"DataDigest={offered}"));

    [Theory]
    [InlineData("MaxRecvDataSegmentLength", "512", true)]
    [InlineData("MaxRecvDataSegmentLength", "16777215", true)]
    [InlineData("MaxRecvDataSegmentLength", "0", false)]
    [InlineData("MaxRecvDataSegmentLength", "511", false)]
    [InlineData("MaxRecvDataSegmentLength", "16777216", false)]
    [InlineData("MaxRecvDataSegmentLength", "0x200", true)]
    [InlineData("InitiatorAlias", "Bücherregal 4", true)]
    [InlineData("X#NodeArchitecture", "ExampleOS/v1234,Driver/1.05a", true)]
    [InlineData("X#NodeArchitecture", "two words", false)]
    [Rule("7143/13.12")]
    public void Declaration(string key, string value, bool legal)
    {
        Responder responder = new(Offers, SessionType.Normal, null);
        KeyAnswers answers = new(1000);
        KeyFault? fault = responder.Answer([Offer($"{key}={value}")], answers);
        Assert.Equal(legal, fault is null);
        Assert.Empty(answers.ToArray());
        Assert.True(!legal || key != "MaxRecvDataSegmentLength" || responder.Connection.PeerMaxRecvDataSegmentLength is 512 or 16777215);
    }

    [Theory]
    [InlineData("FastAbort,ResponseFence,RFC3720", "ResponseFence")]
    [InlineData("FastAbort", "Reject")]
    [Rule("7143/13.23")]
    public void TaskReporting_ThatIsNotServed_IsNotSelected(string offered, string expected)
    {
        Responder responder = new(Offers with { TaskReporting = [TaskReporting.Rfc3720, TaskReporting.ResponseFence] }, SessionType.Normal, null);
        Assert.Equal($"TaskReporting={expected};", Run(responder, $"TaskReporting={offered}"));
    }

    [Fact]
    [Rule("7143/6.1")]
    public void ValueOver255Bytes_IsIllegal()
    {
        Assert.NotNull(new Responder(Offers, SessionType.Normal, null).Answer([Offer("InitiatorAlias=" + new string('a', 256))], new KeyAnswers(1000)));
        Assert.Null(new Responder(Offers, SessionType.Normal, null).Answer([Offer("InitiatorAlias=" + new string('a', 255))], new KeyAnswers(1000)));
    }

    [Fact]
    [Rule("7143/13.21")]
    [Rule("7143/7.4.1#1")]
    public void DiscoverySession_FindsSessionKeysIrrelevant_AndLevelZero()
    {
        Responder responder = new(Offers, SessionType.Discovery, null);
        foreach (KeyRow row in KeyTable.Rows.Where(static row => row.IrrelevantInDiscovery))
        {
            Assert.Equal($"{row.Name}=Irrelevant;", Run(responder, $"{row.Name}={row.Default}"));
        }

        Assert.Equal("ErrorRecoveryLevel=0;", Run(responder, "ErrorRecoveryLevel=2"));
        Assert.Equal("DefaultTime2Wait=5;", Run(responder, "DefaultTime2Wait=0"));
    }

    [Fact]
    [Rule("7143/6.3.3")]
    public void SessionKeys_OnAConnectionThatJoins_AreRejected()
    {
        SessionParameters existing = new() { MaxBurstLength = 4096, FirstBurstLength = 1024 };
        Responder responder = new(Offers, SessionType.Normal, existing);
        foreach (KeyRow row in KeyTable.Rows.Where(static row => row is { LeadingOnly: true, Use: KeyUse.Negotiated }))
        {
            Assert.Equal($"{row.Name}=Reject;", Run(responder, $"{row.Name}={row.Default}"));
        }

        Assert.Equal(existing, responder.Session);
        Assert.Null(responder.CheckIntegrity());
    }

    [Theory]
    [InlineData("FirstBurstLength=32768", "MaxBurstLength=1024", "FirstBurstLength=1024;MaxBurstLength=1024;")]
    [InlineData("MaxBurstLength=1024", "FirstBurstLength=32768", "MaxBurstLength=1024;FirstBurstLength=1024;")]
    [Rule("7143/13.14")]
    public void FirstBurst_NeverExceedsMaxBurst_InAnyOrder(string first, string second, string expected) =>
        Assert.Equal(expected, Run(new Responder(Offers, SessionType.Normal, null), first, second));

    [Fact]
    [Rule("7143/13.14")]
    public void MaxBurst_BelowAFirstBurstSettledEarlier_IsRejected()
    {
        Responder responder = new(Offers, SessionType.Normal, null);
        Run(responder, "FirstBurstLength=32768");
        Assert.Equal("MaxBurstLength=Reject;", Run(responder, "MaxBurstLength=1024"));
        Assert.Null(responder.CheckIntegrity());
    }

    [Fact]
    [Rule("7143/13.14")]
    public void MaxBurst_BelowTheDefaultFirstBurst_MakesTheTargetPropose()
    {
        Responder responder = new(Offers, SessionType.Normal, null);
        Run(responder, "MaxBurstLength=4096");
        Assert.NotNull(responder.CheckIntegrity());
        KeyAnswers proposals = new(1000);
        Assert.True(responder.Propose(proposals));
        Assert.Equal("FirstBurstLength=4096\0", Encoding.UTF8.GetString(proposals.ToArray()));
        Assert.False(responder.Propose(proposals), "each proposal once");
        Assert.Equal("", Run(responder, "FirstBurstLength=0x800"));
        Assert.Equal(2048, responder.Session.FirstBurstLength);
        Assert.Null(responder.CheckIntegrity());
    }

    [Theory]
    [InlineData("4097")]
    [InlineData("511")]
    [InlineData("Reject")]
    [InlineData("Irrelevant")]
    [Rule("7143/6.2.2")]
    public void AnswerToAProposal_OutsideIt_IsAProtocolError(string answer)
    {
        Responder responder = new(Offers, SessionType.Normal, null);
        Run(responder, "MaxBurstLength=4096");
        responder.Propose(new KeyAnswers(1000));
        Assert.NotNull(responder.Answer([Offer($"FirstBurstLength={answer}")], new KeyAnswers(1000)));
    }

    [Theory]
    [InlineData("InitialR2T=Yes", "ImmediateData=No", "Irrelevant")]
    [InlineData("InitialR2T=No", "ImmediateData=No", "8192")]
    [InlineData("InitialR2T=Yes", "ImmediateData=Yes", "8192")]
    [Rule("7143/13.14")]
    public void FirstBurst_IsIrrelevant_WithoutUnsolicitedData(string r2t, string immediate, string expected) =>
        Assert.StartsWith($"FirstBurstLength={expected};", Run(new Responder(Offers, SessionType.Normal, null), "FirstBurstLength=8192", r2t, immediate), StringComparison.Ordinal);

    [Theory]
    [InlineData("MaxOutstandingR2T=8", "ErrorRecoveryLevel=1", "MaxOutstandingR2T=1;ErrorRecoveryLevel=1;")]
    [InlineData("ErrorRecoveryLevel=1", "MaxOutstandingR2T=8", "ErrorRecoveryLevel=1;MaxOutstandingR2T=1;")]
    [Rule("7143/13.19")]
    public void Recovery_WithSequencesInOrder_AllowsOneR2T(string first, string second, string expected) =>
        Assert.Equal(expected, Run(new Responder(Offers, SessionType.Normal, null), first, second));

    [Fact]
    [Rule("7143/13.19")]
    public void Recovery_WithSequencesInAnyOrder_AllowsSeveral() =>
        Assert.Equal("MaxOutstandingR2T=8;ErrorRecoveryLevel=1;DataSequenceInOrder=No;",
            Run(new Responder(Offers, SessionType.Normal, null), "MaxOutstandingR2T=8", "ErrorRecoveryLevel=1", "DataSequenceInOrder=No"));

    [Fact]
    [Rule("7143/13.19")]
    public void Recovery_AfterSeveralR2TsWereSettled_IsLevelZero()
    {
        Responder responder = new(Offers, SessionType.Normal, null);
        Assert.Equal("MaxOutstandingR2T=8;", Run(responder, "MaxOutstandingR2T=8"));
        Assert.Equal("ErrorRecoveryLevel=0;", Run(responder, "ErrorRecoveryLevel=1"));
    }

    [Fact]
    [Rule("7143/13")]
    public void EveryNumber_IsAnsweredByItsResultFunction() => Prop.ForAll(
        Gen.Elements(KeyTable.Rows.Where(static row => row.Function is ResultFunction.Minimum or ResultFunction.Maximum).ToArray()).ToArbitrary(),
        Gen.Choose(0, 1 << 24).ToArbitrary(),
        static (row, number) =>
        {
            string answer = Run(new Responder(Offers, SessionType.Normal, null), $"{row.Name}={number}").TrimEnd(';')[(row.Name.Length + 1)..];
            if (!row.Range!.Value.Holds((ulong)number))
            {
                Assert.Equal("Reject", answer);
                return;
            }

            int selected = int.Parse(answer, System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(row.Range.Value.Holds((ulong)selected));
            Assert.True(row.Function == ResultFunction.Maximum ? selected >= number : selected <= number);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(nameof(TargetOffers.MaxConnections))]
    [InlineData(nameof(TargetOffers.MaxBurstLength))]
    [InlineData(nameof(TargetOffers.ErrorRecoveryLevel))]
    [InlineData(nameof(TargetOffers.MaxRecvDataSegmentLength))]
    [InlineData(nameof(TargetOffers.MaxOutstandingR2T))]
    [Rule("7143/13")]
    public void Offers_OutOfRange_AreNoConfiguration(string key)
    {
        TargetOffers bad = key switch
        {
            nameof(TargetOffers.MaxConnections) => new() { MaxConnections = 0 },
            nameof(TargetOffers.MaxBurstLength) => new() { MaxBurstLength = 1 << 24 },
            nameof(TargetOffers.ErrorRecoveryLevel) => new() { ErrorRecoveryLevel = -1 },
            nameof(TargetOffers.MaxOutstandingR2T) => new() { MaxOutstandingR2T = 17 },
            _ => new() { MaxRecvDataSegmentLength = 511 },
        };
        Assert.Equal(key, Assert.Throws<ArgumentOutOfRangeException>(bad.Validated).ParamName);
    }

    [Fact]
    [Rule("7143/13.2")]
    public void More_connections_than_a_session_is_served_are_no_configuration()
    {
        Assert.Equal(32, new TargetOffers { MaxConnections = 32 }.Validated().MaxConnections);
        Assert.Equal("MaxConnections", Assert.Throws<ArgumentOutOfRangeException>(new TargetOffers { MaxConnections = 33 }.Validated).ParamName);
    }

    [Fact]
    [Rule("7143/13.14")]
    public void Offers_ThatContradictThemselves_AreNoConfiguration()
    {
        Assert.Throws<ArgumentException>(new TargetOffers { MaxBurstLength = 1024, FirstBurstLength = 2048 }.Validated);
        Assert.Throws<ArgumentException>(new TargetOffers { TaskReporting = [TaskReporting.FastAbort] }.Validated);
        Assert.NotNull(new TargetOffers { TaskReporting = [TaskReporting.FastAbort, TaskReporting.Rfc3720] }.Validated());
    }

    private static string Run(Responder responder, params string[] offers)
    {
        KeyAnswers answers = new(10_000);
        Assert.Null(responder.Answer([.. offers.Select(Offer)], answers));
        return Encoding.UTF8.GetString(answers.ToArray()).Replace('\0', ';');
    }

    private static OfferedKey Offer(string pair)
    {
        string[] parts = pair.Split('=', 2);
        return new(parts[0], parts[1], KeyTable.Find(parts[0]));
    }

    private static string Current(Responder responder, string key)
    {
        SessionParameters s = responder.Session;
        return key switch
        {
            "MaxConnections" => $"{s.MaxConnections}",
            "InitialR2T" => Word(s.InitialR2T),
            "ImmediateData" => Word(s.ImmediateData),
            "MaxBurstLength" => $"{s.MaxBurstLength}",
            "FirstBurstLength" => $"{s.FirstBurstLength}",
            "DefaultTime2Wait" => $"{s.DefaultTime2Wait}",
            "DefaultTime2Retain" => $"{s.DefaultTime2Retain}",
            "MaxOutstandingR2T" => $"{s.MaxOutstandingR2T}",
            "DataPDUInOrder" => Word(s.DataPDUInOrder),
            "DataSequenceInOrder" => Word(s.DataSequenceInOrder),
            "ErrorRecoveryLevel" => $"{s.ErrorRecoveryLevel}",
            "iSCSIProtocolLevel" => $"{s.ProtocolLevel}",
            "TaskReporting" => s.TaskReporting == TaskReporting.Rfc3720 ? "RFC3720" : $"{s.TaskReporting}",
            "HeaderDigest" => responder.Connection.HeaderDigest == DigestKind.None ? "None" : "CRC32C",
            "DataDigest" => responder.Connection.DataDigest == DigestKind.None ? "None" : "CRC32C",
            _ => throw new InvalidOperationException(key),
        };

        static string Word(bool value) => value ? "Yes" : "No";
    }
}
