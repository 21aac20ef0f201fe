using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Text;

/// <summary>
/// Text in the full feature phase, seen by the target (RFC 7143 §6.4, §11.10, §11.11): one negotiation at a time on a connection. A request
/// with the reserved Target Transfer Tag starts anew and forgets what was before.
/// </summary>
/// <param name="session">The session the connection belongs to.</param>
/// <param name="targets">What SendTargets may tell.</param>
/// <param name="limits">Bounds on text and requests.</param>
public sealed class TargetTextExchange(TextSessionFacts session, ISendTargets targets, TextLimits limits)
{
    private readonly FullFeatureKeys _keys = new(session, targets);
    private TextSequence? _sequence;
    private uint _lastTag;

    /// <summary>True while the initiator is expected to continue a sequence.</summary>
    public bool IsOpen => _sequence is not null;

    /// <summary>The Initiator Task Tag of that sequence; null when there is none.</summary>
    public uint? OpenTaskTag => _sequence?.InitiatorTaskTag;

    /// <summary>Forgets a sequence that the initiator does not continue (§11.10.4), or whose task was aborted.</summary>
    public void Reset() => _sequence = null;

    /// <summary>Answers one Text Request.</summary>
    /// <param name="request">The request's header.</param>
    /// <param name="data">Its data segment; not kept.</param>
    /// <param name="peerMaxRecvDataSegmentLength">Most bytes the initiator takes in one data segment.</param>
    public TextStep OnRequest(in TextRequest request, ReadOnlySpan<byte> data, int peerMaxRecvDataSegmentLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(peerMaxRecvDataSegmentLength, 1);
        if (request is { Continue: true, Final: true })
        {
            return Reject(RejectReason.ProtocolError, "7143/11.10.2", "a Text Request has both C and F");
        }

        if (request.TargetTransferTag == Bhs.ReservedTag)
        {
            _sequence = new TextSequence(request.InitiatorTaskTag, request.Immediate, limits);
        }

        if (_sequence is not { } sequence || (request.TargetTransferTag != Bhs.ReservedTag && request.TargetTransferTag != _lastTag))
        {
            return Reject(RejectReason.InvalidPduField, "7143/11.11.4", "a Text Request continues a sequence that is not open");
        }

        if (sequence.InitiatorTaskTag != request.InitiatorTaskTag || sequence.Immediate != request.Immediate)
        {
            return Reject(RejectReason.ProtocolError, "7143/11.10.3", "the Initiator Task Tag or I bit changed within a sequence of Text Requests");
        }

        return sequence.Pending is not null
            ? data.IsEmpty && !request.Continue
                ? Send(request, sequence, peerMaxRecvDataSegmentLength)
                : Reject(RejectReason.ProtocolError, "7143/6.2", "a Text Request brings keys while our answer is still under way")
            : Take(request, sequence, data, peerMaxRecvDataSegmentLength);
    }

    private TextStep Take(in TextRequest request, TextSequence sequence, ReadOnlySpan<byte> data, int limit)
    {
        if (!sequence.TryAppend(data))
        {
            return Reject(RejectReason.LongOperationReject, "7143/6.1", $"more than {limits.MaxRequestBytes} bytes or {limits.MaxRequests} requests of text");
        }

        if (request.Continue)
        {
            return Respond(request, final: false, more: false, default);
        }

        KeyAnswers answers = new(limits.MaxAnswerBytes);
        if (sequence.ReadKeys(out List<OfferedKey> keys) is { } malformed)
        {
            return Reject(RejectReason.ProtocolError, malformed.Rule, malformed.Why);
        }

        if (_keys.Answer(keys, sequence, answers) is { } fault)
        {
            return Reject(RejectReason.ProtocolError, fault.Rule, fault.Why);
        }

        if (answers.Overflowed)
        {
            return Reject(RejectReason.LongOperationReject, "7143/11.11.4", $"the answer exceeds {limits.MaxAnswerBytes} bytes");
        }

        sequence.Pending = new OutgoingText(answers.ToArray());
        return Send(request, sequence, limit);
    }

    private TextStep Send(in TextRequest request, TextSequence sequence, int limit)
    {
        OutgoingText pending = sequence.Pending!;
        ReadOnlyMemory<byte> segment = pending.Next(limit);
        if (pending.Remaining > 0)
        {
            return Respond(request, final: false, more: true, segment);
        }

        sequence.Pending = null;
        if (!request.Final)
        {
            return Respond(request, final: false, more: false, segment);
        }

        _sequence = null;
        return Respond(request, final: true, more: false, segment) with
        {
            PeerMaxRecvDataSegmentLength = sequence.PeerMaxRecvDataSegmentLength,
            InitiatorAlias = sequence.InitiatorAlias,
        };
    }

    private TextStep Respond(in TextRequest request, bool final, bool more, ReadOnlyMemory<byte> data)
    {
        uint tag = final ? Bhs.ReservedTag : NextTag();
        // §11.10.4: the LUN goes along with a valid Target Transfer Tag.
        return new TextStep
        {
            Response = new TextResponse(final, more, final ? 0 : request.Lun, request.InitiatorTaskTag, tag),
            Data = data,
        };
    }

    // Each response gets a tag of its own, so that a stale or repeated request is told from the next one.
    private uint NextTag()
    {
        _lastTag = unchecked(_lastTag + 1);
        _lastTag = _lastTag == Bhs.ReservedTag ? 0 : _lastTag;
        return _lastTag;
    }

    private TextStep Reject(RejectReason reason, string rule, string why)
    {
        _sequence = null;
        return new TextStep { RejectReason = reason, Rule = rule, Why = why };
    }
}
