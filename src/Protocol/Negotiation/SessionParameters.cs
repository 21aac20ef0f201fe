namespace Blockwire.Protocol.Negotiation;

/// <summary>The session-wide results of a login; a new instance holds the defaults of RFC 7143 §13.</summary>
public sealed record SessionParameters
{
    /// <summary>The defaults of the RFC.</summary>
    public static SessionParameters Default { get; } = new();

    /// <summary>Most connections the session may have (§13.2).</summary>
    public int MaxConnections { get; init; } = 1;

    /// <summary>True: no Data-Out before an R2T (§13.10).</summary>
    public bool InitialR2T { get; init; } = true;

    /// <summary>True: data may travel in the command PDU (§13.11).</summary>
    public bool ImmediateData { get; init; } = true;

    /// <summary>Most bytes in one Data-In or solicited Data-Out sequence (§13.13).</summary>
    public int MaxBurstLength { get; init; } = 262144;

    /// <summary>Most unsolicited bytes of one command, immediate data included (§13.14).</summary>
    public int FirstBurstLength { get; init; } = 65536;

    /// <summary>Seconds to wait after a lost connection before recovery (§13.15).</summary>
    public int DefaultTime2Wait { get; init; } = 2;

    /// <summary>Seconds, after the wait, for which tasks are kept (§13.16).</summary>
    public int DefaultTime2Retain { get; init; } = 20;

    /// <summary>Most R2Ts outstanding for one task (§13.17).</summary>
    public int MaxOutstandingR2T { get; init; } = 1;

    /// <summary>True: data PDUs of a sequence come at rising offsets (§13.18).</summary>
    public bool DataPDUInOrder { get; init; } = true;

    /// <summary>True: sequences come at rising offsets (§13.19).</summary>
    public bool DataSequenceInOrder { get; init; } = true;

    /// <summary>0, 1 or 2 (§13.20).</summary>
    public int ErrorRecoveryLevel { get; init; }

    /// <summary>Task completion reporting (§13.23).</summary>
    public TaskReporting TaskReporting { get; init; }

    /// <summary>iSCSIProtocolLevel: 0 none claimed, 1 RFC 7143, 2 RFC 7144 (RFC 7144 §7.1.1).</summary>
    public int ProtocolLevel { get; init; } = 1;

    /// <summary>What RFC 7144 adds may be used (§4.1).</summary>
    internal bool HasRfc7144 => ProtocolLevel >= 2;

    /// <summary>True when unsolicited data of any kind may be sent; otherwise FirstBurstLength has no meaning (§13.14).</summary>
    public bool AllowsUnsolicitedData => !InitialR2T || ImmediateData;
}
