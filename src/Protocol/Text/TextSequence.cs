using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Text;

/// <summary>The state of one sequence of Text Requests that share an Initiator Task Tag.</summary>
internal sealed class TextSequence(uint initiatorTaskTag, bool immediate, TextLimits limits)
{
    private readonly IncomingText _incoming = new(limits.MaxRequestBytes);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private int _requests;

    public uint InitiatorTaskTag => initiatorTaskTag;

    public bool Immediate => immediate;

    /// <summary>An answer under way, or null.</summary>
    public OutgoingText? Pending { get; set; }

    /// <summary>Takes effect when the sequence ends.</summary>
    public int? PeerMaxRecvDataSegmentLength { get; set; }

    /// <summary>Takes effect when the sequence ends.</summary>
    public string? InitiatorAlias { get; set; }

    public bool TryAppend(ReadOnlySpan<byte> data) => ++_requests <= limits.MaxRequests && _incoming.TryAppend(data);

    public KeyFault? ReadKeys(out List<OfferedKey> keys) => _incoming.Read(_seen, out keys);
}
