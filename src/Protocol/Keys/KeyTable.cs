using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Blockwire.Protocol.Keys;

/// <summary>The one table of every key of RFC 7143 §12.1, §12.1.3 and §13 and of RFC 7144 §7.1.1.</summary>
public static class KeyTable
{
    private const uint Largest24Bit = (1u << 24) - 1;

    /// <summary>All rows, in the order of the RFC.</summary>
    public static ImmutableArray<KeyRow> Rows { get; } =
    [
        new(KeyName.AuthMethod, "7143/12.1", KeyStages.Security, KeyStages.Security, KeyUse.Negotiated, KeyScope.Connection,
            ValueForm.List, ResultFunction.FirstSupported),
        Chap(KeyName.ChapA, ValueForm.List),
        Chap(KeyName.ChapI, ValueForm.Number) with { Range = new(0, 255) },
        Chap(KeyName.ChapC, ValueForm.Binary) with { MaxValueBytes = LongestBinary },
        Chap(KeyName.ChapN, ValueForm.LocalName),
        Chap(KeyName.ChapR, ValueForm.Binary) with { MaxValueBytes = LongestBinary },
        Digest(KeyName.HeaderDigest),
        Digest(KeyName.DataDigest),
        Number(KeyName.MaxConnections, "7143/13.2", ResultFunction.Minimum, new(1, 65535), "1"),
        new(KeyName.SendTargets, "7143/13.3", KeyStages.FullFeature, KeyStages.None, KeyUse.Negotiated, KeyScope.Session,
            ValueForm.LocalName, ResultFunction.Query),
        new(KeyName.TargetName, "7143/13.4", KeyStages.AnyLogin, KeyStages.FullFeature, KeyUse.Declarative, KeyScope.Session,
            ValueForm.Name, ResultFunction.Declare) { FirstRequestOnly = true },
        new(KeyName.InitiatorName, "7143/13.5", KeyStages.AnyLogin, KeyStages.None, KeyUse.Declarative, KeyScope.Session,
            ValueForm.Name, ResultFunction.Declare) { FirstRequestOnly = true },
        new(KeyName.TargetAlias, "7143/13.6", KeyStages.None, KeyStages.All, KeyUse.Declarative, KeyScope.Session,
            ValueForm.LocalName, ResultFunction.Declare),
        new(KeyName.InitiatorAlias, "7143/13.7", KeyStages.All, KeyStages.None, KeyUse.Declarative, KeyScope.Session,
            ValueForm.LocalName, ResultFunction.Declare),
        new(KeyName.TargetAddress, "7143/13.8", KeyStages.None, KeyStages.All, KeyUse.Declarative, KeyScope.Session,
            ValueForm.Address, ResultFunction.Declare) { Repeatable = true },
        new(KeyName.TargetPortalGroupTag, "7143/13.9", KeyStages.None, KeyStages.AnyLogin, KeyUse.Declarative, KeyScope.Session,
            ValueForm.Number, ResultFunction.Declare) { Range = new(0, 65535) },
        Boolean(KeyName.InitialR2T, "7143/13.10", ResultFunction.Or),
        Boolean(KeyName.ImmediateData, "7143/13.11", ResultFunction.And),
        new(KeyName.MaxRecvDataSegmentLength, "7143/13.12", KeyStages.OperationalOrFullFeature, KeyStages.OperationalOrFullFeature,
            KeyUse.Declarative, KeyScope.Connection, ValueForm.Number, ResultFunction.Declare)
            { Range = new(512, Largest24Bit), Default = "8192" },
        Number(KeyName.MaxBurstLength, "7143/13.13", ResultFunction.Minimum, new(512, Largest24Bit), "262144"),
        Number(KeyName.FirstBurstLength, "7143/13.14", ResultFunction.Minimum, new(512, Largest24Bit), "65536"),
        Number(KeyName.DefaultTime2Wait, "7143/13.15", ResultFunction.Maximum, new(0, 3600), "2") with { IrrelevantInDiscovery = false },
        Number(KeyName.DefaultTime2Retain, "7143/13.16", ResultFunction.Minimum, new(0, 3600), "20") with { IrrelevantInDiscovery = false },
        Number(KeyName.MaxOutstandingR2T, "7143/13.17", ResultFunction.Minimum, new(1, 65535), "1"),
        Boolean(KeyName.DataPDUInOrder, "7143/13.18", ResultFunction.Or),
        Boolean(KeyName.DataSequenceInOrder, "7143/13.19", ResultFunction.Or),
        Number(KeyName.ErrorRecoveryLevel, "7143/13.20", ResultFunction.Minimum, new(0, 2), "0") with { IrrelevantInDiscovery = false },
        new(KeyName.SessionType, "7143/13.21", KeyStages.AnyLogin, KeyStages.None, KeyUse.Declarative, KeyScope.Session,
            ValueForm.Text, ResultFunction.Declare) { LeadingOnly = true, FirstRequestOnly = true, Default = "Normal" },
        new(KeyName.TaskReporting, "7143/13.23", KeyStages.Operational, KeyStages.Operational, KeyUse.Negotiated, KeyScope.Session,
            ValueForm.List, ResultFunction.FirstSupported) { LeadingOnly = true, IrrelevantInDiscovery = true, Default = "RFC3720" },
        Number(KeyName.ProtocolLevel, "7144/7.1.1", ResultFunction.Minimum, new(0, 31), "1"),
        Obsolete(KeyName.IFMarker),
        Obsolete(KeyName.OFMarker),
        Obsolete(KeyName.IFMarkInt),
        Obsolete(KeyName.OFMarkInt),
        new(KeyName.NodeArchitecture, "7143/13.26", KeyStages.Operational, KeyStages.Operational, KeyUse.Declarative, KeyScope.Session,
            ValueForm.List, ResultFunction.Declare) { LeadingOnly = true, Default = "None" },
    ];

    // 1024 bytes (RFC 7143 §12.1.3) in hexadecimal behind "0x"; base64 is shorter.
    private const int LongestBinary = 2 + (2 * 1024);

    private static readonly FrozenDictionary<string, KeyRow> ByName = Rows.ToFrozenDictionary(static row => row.Name, StringComparer.Ordinal);

    /// <summary>The row of <paramref name="name"/>, or null for a key from outside the RFCs, which is answered NotUnderstood (§6.2).</summary>
    /// <param name="name">Key as received.</param>
    public static KeyRow? Find(string name) => ByName.GetValueOrDefault(name);

    private static KeyRow Chap(string name, ValueForm form) =>
        new(name, "7143/12.1.3", KeyStages.Security, KeyStages.Security, KeyUse.Negotiated, KeyScope.Connection, form,
            ResultFunction.ByAuthMethod) { AuthMethod = "CHAP" };

    private static KeyRow Digest(string name) =>
        new(name, "7143/13.1", KeyStages.Operational, KeyStages.Operational, KeyUse.Negotiated, KeyScope.Connection, ValueForm.List,
            ResultFunction.FirstSupported) { Default = KeyConstant.None };

    private static KeyRow Number(string name, string section, ResultFunction function, NumberRange range, string @default) =>
        new(name, section, KeyStages.Operational, KeyStages.Operational, KeyUse.Negotiated, KeyScope.Session, ValueForm.Number, function)
        {
            LeadingOnly = true, IrrelevantInDiscovery = true, Range = range, Default = @default,
        };

    private static KeyRow Boolean(string name, string section, ResultFunction function) =>
        new(name, section, KeyStages.Operational, KeyStages.Operational, KeyUse.Negotiated, KeyScope.Session, ValueForm.Boolean, function)
        {
            LeadingOnly = true, IrrelevantInDiscovery = true, Default = KeyConstant.Yes,
        };

    private static KeyRow Obsolete(string name) =>
        new(name, "7143/13.25", KeyStages.Operational, KeyStages.None, KeyUse.Negotiated, KeyScope.Connection, ValueForm.Text,
            ResultFunction.AlwaysReject);
}
