namespace Blockwire.Protocol.Negotiation;

/// <summary>The connection's own results of a login; a new instance holds the defaults of RFC 7143 §13.</summary>
public sealed record ConnectionParameters
{
    /// <summary>Bytes a side takes in one data segment until it declares otherwise, and during every login (§6.3, §13.12).</summary>
    public const int DefaultMaxRecvDataSegmentLength = 8192;

    /// <summary>The defaults of the RFC.</summary>
    public static ConnectionParameters Default { get; } = new();

    /// <summary>Digest over BHS and AHS (§13.1).</summary>
    public DigestKind HeaderDigest { get; init; }

    /// <summary>Digest over the data segment (§13.1).</summary>
    public DigestKind DataDigest { get; init; }

    /// <summary>Bytes of data segment that we declared to take (§13.12).</summary>
    public int MaxRecvDataSegmentLength { get; init; } = DefaultMaxRecvDataSegmentLength;

    /// <summary>Bytes of data segment that the other side declared to take: the limit on what we send (§13.12).</summary>
    public int PeerMaxRecvDataSegmentLength { get; init; } = DefaultMaxRecvDataSegmentLength;
}
