using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;

namespace Blockwire.Protocol.Tests.Keys;

/// <summary>Goal: the table says what the RFC says and does not contradict itself. Method: every row.</summary>
public class KeyTableTests
{
    public static TheoryData<string> AllKeys => [.. KeyTable.Rows.Select(static row => row.Name)];

    [Theory]
    [MemberData(nameof(AllKeys))]
    [Rule("7143/13")]
    public void Row_IsConsistent(string name)
    {
        KeyRow row = KeyTable.Find(name)!;
        Assert.NotEqual(KeyStages.None, row.FromInitiator | row.FromTarget);
        Assert.Equal(row.Function == ResultFunction.Declare, row.Use == KeyUse.Declarative);
        Assert.Matches("^(7143|7144)/[0-9.]+$", row.Section);
        Assert.True(row.Function is not (ResultFunction.Minimum or ResultFunction.Maximum) || (row.Form == ValueForm.Number && row.Range is not null));
        Assert.True(row.Function is not (ResultFunction.And or ResultFunction.Or) || row.Form == ValueForm.Boolean);
        Assert.True(row.Default is not { } value || ValueSyntax.IsLegal(row, value), "the default must be legal");
        Assert.True(!row.LeadingOnly || row.Scope == KeyScope.Session, "only session-wide keys are bound to the leading connection");
    }

    [Fact]
    [Rule("7143/13")]
    public void Names_AreUnique() => Assert.Equal(KeyTable.Rows.Length, KeyTable.Rows.DistinctBy(static row => row.Name).Count());

    [Theory]
    [InlineData("headerdigest")]
    [InlineData("X-com.example.a")]
    [InlineData("")]
    [Rule("7143/6.1")]
    public void OtherNames_AreUnknown_AndCaseCounts(string name) => Assert.Null(KeyTable.Find(name));

    [Fact]
    [Rule("7143/13")]
    public void Defaults_AreThoseOfAFreshParameterSet()
    {
        SessionParameters s = new();
        ConnectionParameters c = new();
        (string Name, string Value)[] expected =
        [
            ("MaxConnections", $"{s.MaxConnections}"), ("InitialR2T", Word(s.InitialR2T)), ("ImmediateData", Word(s.ImmediateData)),
            ("MaxBurstLength", $"{s.MaxBurstLength}"), ("FirstBurstLength", $"{s.FirstBurstLength}"), ("DefaultTime2Wait", $"{s.DefaultTime2Wait}"),
            ("DefaultTime2Retain", $"{s.DefaultTime2Retain}"), ("MaxOutstandingR2T", $"{s.MaxOutstandingR2T}"),
            ("DataPDUInOrder", Word(s.DataPDUInOrder)), ("DataSequenceInOrder", Word(s.DataSequenceInOrder)),
            ("ErrorRecoveryLevel", $"{s.ErrorRecoveryLevel}"), ("iSCSIProtocolLevel", $"{s.ProtocolLevel}"),
            ("HeaderDigest", $"{c.HeaderDigest}"), ("DataDigest", $"{c.DataDigest}"),
            ("MaxRecvDataSegmentLength", $"{c.MaxRecvDataSegmentLength}"), ("MaxRecvDataSegmentLength", $"{c.PeerMaxRecvDataSegmentLength}"),
        ];
        Assert.Equal(expected, expected.Select(static pair => (pair.Name, KeyTable.Find(pair.Name)!.Default!)));
        Assert.Equal(TaskReporting.Rfc3720, s.TaskReporting);

        static string Word(bool value) => value ? "Yes" : "No";
    }

    [Fact]
    [Rule("7143/13")]
    public void KeysIrrelevantInDiscovery_AreThoseTheRfcLists() =>
        Assert.Equal(
            [
                "MaxConnections", "InitialR2T", "ImmediateData", "MaxBurstLength", "FirstBurstLength", "MaxOutstandingR2T", "DataPDUInOrder",
                "DataSequenceInOrder", "TaskReporting", "iSCSIProtocolLevel",
            ],
            KeyTable.Rows.Where(static row => row.IrrelevantInDiscovery).Select(static row => row.Name));

    [Fact]
    [Rule("7143/12")]
    public void KeysOfTheSecurityStage_AreThoseTheRfcLists() =>
        Assert.Equal(
            [
                "AuthMethod", "CHAP_A", "CHAP_I", "CHAP_C", "CHAP_N", "CHAP_R", "TargetName", "InitiatorName", "TargetAlias", "InitiatorAlias",
                "TargetAddress", "TargetPortalGroupTag", "SessionType",
            ],
            KeyTable.Rows.Where(static row => (row.FromInitiator | row.FromTarget).HasFlag(KeyStages.Security)).Select(static row => row.Name));
}
