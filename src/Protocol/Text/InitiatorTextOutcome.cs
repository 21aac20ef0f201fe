using System.Collections.Immutable;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Text;

/// <summary>What came of a text exchange.</summary>
public sealed record InitiatorTextOutcome
{
    /// <summary>Every pair that the target sent, in its order.</summary>
    public required ImmutableArray<TextPair> Pairs { get; init; }

    /// <summary>Bytes of data segment that we take from now on; null when it stays.</summary>
    public int? MaxRecvDataSegmentLength { get; init; }

    /// <summary>Bytes of data segment that the target takes from now on; null when it stays.</summary>
    public int? PeerMaxRecvDataSegmentLength { get; init; }
}
