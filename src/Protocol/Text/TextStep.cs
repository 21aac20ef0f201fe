using Blockwire.Wire;

namespace Blockwire.Protocol.Text;

/// <summary>The answer to one Text Request: a Text Response, or a Reject.</summary>
public sealed record TextStep
{
    /// <summary>The Text Response to send; without meaning when <see cref="RejectReason"/> is set.</summary>
    public TextResponse Response { get; init; }

    /// <summary>Its data segment. Owned by the receiver of the step; never changed afterwards.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>When set, the request is answered by a Reject PDU with this reason and the negotiation is reset (RFC 7143 §6.4).</summary>
    public RejectReason? RejectReason { get; init; }

    /// <summary>The rule that was broken, when rejected.</summary>
    public string? Rule { get; init; }

    /// <summary>One line for the log, when rejected.</summary>
    public string? Why { get; init; }

    /// <summary>
    /// The initiator's new MaxRecvDataSegmentLength in bytes, in effect for everything sent after this response (§6.4: values take effect when
    /// the negotiation sequence is complete); null when it stays.
    /// </summary>
    public int? PeerMaxRecvDataSegmentLength { get; init; }

    /// <summary>The initiator's new alias, for display, or null when it stays.</summary>
    public string? InitiatorAlias { get; init; }
}
