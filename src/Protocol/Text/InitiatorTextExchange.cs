using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Text;

/// <summary>
/// One text exchange in the full feature phase, seen by the initiator (RFC 7143 §6.4, §11.10, §11.11): a question for targets, a new
/// MaxRecvDataSegmentLength, or nothing at all, which is how Async event 4 is answered (§11.9.1). Whatever the target sends, it ends. One at a time on a
/// connection. Not safe for use by several threads at once.
/// </summary>
public sealed class InitiatorTextExchange
{
    // A response shorter than this brings nothing on: what it costs counts as an exchange.
    private const int ShortResponseBytes = 512;

    private readonly TextPair? _opening;
    private readonly bool _immediate;
    private readonly TextLimits _limits;
    private readonly IncomingText _incoming;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<TextPair> _pairs = [];
    private OutgoingText? _outgoing;
    private TextRequest _request;
    private int _peerMaxRecvDataSegmentLength;
    private int? _newPeerLength;
    private long _received;
    private int _exchanges;
    private bool _over = true;

    private InitiatorTextExchange(TextPair? opening, uint initiatorTaskTag, bool immediate, TextLimits? limits)
    {
        (_opening, InitiatorTaskTag, _immediate, _limits) = (opening, initiatorTaskTag, immediate, limits ?? TextLimits.Default);
        _incoming = new IncomingText(_limits.MaxAnswerBytes);
    }

    /// <summary>The exchange's Initiator Task Tag.</summary>
    public uint InitiatorTaskTag { get; }

    private bool IsSendTargets => _opening is { Key: KeyName.SendTargets };

    /// <summary>Asks for targets; <see cref="SendTargetsReader"/> reads the answer.</summary>
    /// <param name="value">"All" or a target's name in a discovery session; empty, for the session's own target, in a normal one (Appendix C).</param>
    /// <param name="initiatorTaskTag">Tag of the exchange; not the reserved one.</param>
    /// <param name="immediate">True to send it immediately, outside the order of commands.</param>
    /// <param name="limits">Bounds on what the target may send.</param>
    public static InitiatorTextExchange SendTargets(string value, uint initiatorTaskTag, bool immediate = false, TextLimits? limits = null) =>
        new(new(KeyName.SendTargets, value), initiatorTaskTag, immediate, limits);

    /// <summary>Declares a new MaxRecvDataSegmentLength, in effect when the exchange is done (§13.12).</summary>
    /// <param name="maxRecvDataSegmentLength">512 to 2^24 - 1 bytes.</param>
    /// <param name="initiatorTaskTag">Tag of the exchange; not the reserved one.</param>
    /// <param name="immediate">True to send it immediately, outside the order of commands.</param>
    /// <param name="limits">Bounds on what the target may send.</param>
    public static InitiatorTextExchange Declare(int maxRecvDataSegmentLength, uint initiatorTaskTag, bool immediate = false, TextLimits? limits = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRecvDataSegmentLength, 512);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(maxRecvDataSegmentLength, 1 << 24);
        return new(new(KeyName.MaxRecvDataSegmentLength, $"{maxRecvDataSegmentLength}"), initiatorTaskTag, immediate, limits);
    }

    /// <summary>Says nothing and lets the target propose: the answer to Async event 4.</summary>
    /// <param name="initiatorTaskTag">Tag of the exchange; not the reserved one.</param>
    /// <param name="immediate">True to send it immediately, outside the order of commands.</param>
    /// <param name="limits">Bounds on what the target may send.</param>
    public static InitiatorTextExchange Empty(uint initiatorTaskTag, bool immediate = false, TextLimits? limits = null) =>
        new(null, initiatorTaskTag, immediate, limits);

    /// <summary>The first request. Called again, it starts the exchange anew, as after the connection was lost.</summary>
    /// <param name="peerMaxRecvDataSegmentLength">Most bytes that the target takes in one data segment.</param>
    public InitiatorTextStep Start(int peerMaxRecvDataSegmentLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(peerMaxRecvDataSegmentLength, 1);
        _peerMaxRecvDataSegmentLength = peerMaxRecvDataSegmentLength;
        (_over, _exchanges, _received, _newPeerLength) = (false, 0, 0, null);
        _pairs.Clear();
        _seen.Clear();
        _incoming.Reset();
        KeyAnswers text = new(_limits.MaxRequestBytes);
        if (_opening is { } pair)
        {
            text.Add(pair);
        }

        // §11.10.4: the reserved tag begins an exchange.
        return SendText(text, 0, Bhs.ReservedTag);
    }

    /// <summary>Takes a Text Response.</summary>
    /// <param name="response">Its header.</param>
    /// <param name="data">Its data segment; not kept.</param>
    public InitiatorTextStep OnResponse(in TextResponse response, ReadOnlySpan<byte> data)
    {
        if (CheckHeader(response) is { } why)
        {
            return Fail(why);
        }

        _received += data.Length;
        if (_outgoing is not null)
        {
            return data.IsEmpty && !response.Continue ? Send(response.Lun, response.TargetTransferTag)
                : Fail("the target sends keys while ours are still under way (RFC 7143/6.2)");
        }

        if (!_incoming.TryAppend(data))
        {
            return Fail($"the target sends more than {_limits.MaxAnswerBytes} bytes of text (RFC 7143/6.1)");
        }

        KeyAnswers answers = new(_limits.MaxRequestBytes);
        if (response.Continue)
        {
            return SendText(answers, response.Lun, response.TargetTransferTag);
        }

        if ((_incoming.Read(IsSendTargets ? null : _seen, out List<OfferedKey> keys) ?? Take(keys, answers)) is { } fault)
        {
            return Fail($"{fault.Why} (RFC {fault.Rule})");
        }

        return !response.Final ? SendText(answers, response.Lun, response.TargetTransferTag)
            : answers.IsEmpty ? Done()
            : Fail("the target ends the exchange with keys that want an answer (RFC 7143/11.11.1)");
    }

    /// <summary>The target answered with a Reject, which resets the exchange (§6.4).</summary>
    /// <param name="reason">Its reason.</param>
    public InitiatorTextStep OnReject(RejectReason reason) =>
        Fail($"the target rejects the Text Request with reason 0x{(byte)reason:x2} (RFC 7143/11.17)") with { RejectReason = reason };

    private string? CheckHeader(in TextResponse response) =>
        _over ? "a Text Response came that answers no request (RFC 7143/11.11)"
        : response.InitiatorTaskTag != InitiatorTaskTag ? "a Text Response has another Initiator Task Tag (RFC 7143/11.11.3)"
        : response is { Final: true, Continue: true } ? "both F and C are set in a Text Response (RFC 7143/11.11.2)"
        : response.Final && !_request.Final ? "the F bit is set in answer to a request without it (RFC 7143/11.11.1)"
        : !response.Final && response.TargetTransferTag == Bhs.ReservedTag ? "a Text Response without F has no Target Transfer Tag (RFC 7143/11.11.1)"
        : null;

    private InitiatorTextStep SendText(KeyAnswers text, ulong lun, uint tag)
    {
        _outgoing = new OutgoingText(text.ToArray());
        return text.Overflowed ? Fail($"our keys exceed {_limits.MaxRequestBytes} bytes (RFC 7143/6.1)") : Send(lun, tag);
    }

    private InitiatorTextStep Send(ulong lun, uint tag)
    {
        if (++_exchanges > _limits.MaxRequests + (_received / ShortResponseBytes))
        {
            return Fail("the target does not come to an end (RFC 7143/6.2)");
        }

        ReadOnlyMemory<byte> segment = _outgoing!.Next(_peerMaxRecvDataSegmentLength);
        bool more = _outgoing.Remaining > 0;
        _outgoing = more ? _outgoing : null;
        _request = new TextRequest(_immediate, !more, more, lun, InitiatorTaskTag, tag);
        return new InitiatorTextStep { Next = InitiatorTextNext.Send, Request = _request, Data = segment };
    }

    private KeyFault? Take(List<OfferedKey> keys, KeyAnswers answers)
    {
        foreach (OfferedKey key in keys)
        {
            _pairs.Add(new(key.Name, key.Value));
            if (!IsSendTargets && OnKey(key, answers) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private KeyFault? OnKey(in OfferedKey key, KeyAnswers answers)
    {
        if (KeyConstant.IsAnswerOnly(key.Value))
        {
            return new("7143/6.2", $"{key.Name}={key.Value} answers nothing that was proposed");
        }

        if (key.Row is not { } row)
        {
            answers.Add(key.Name, KeyConstant.NotUnderstood);
            return null;
        }

        if (row.FromTarget == KeyStages.None && row.Function != ResultFunction.AlwaysReject)
        {
            return new(row.Section, $"{row.Name} is not for a target to send");
        }

        if (!row.FromTarget.HasFlag(KeyStages.FullFeature))
        {
            // Fixed at login: the value in effect stays (§6.2).
            answers.Add(row.Name, KeyConstant.Reject);
            return null;
        }

        if (!ValueSyntax.IsLegal(row, key.Value))
        {
            return new(row.Section, $"{row.Name} has an illegal value");
        }

        if (row.Name == KeyName.MaxRecvDataSegmentLength && NumberValue.TryParse(key.Value, out ulong bytes))
        {
            _newPeerLength = (int)bytes;
        }

        return null;
    }

    private InitiatorTextStep Done()
    {
        _over = true;
        return new InitiatorTextStep
        {
            Next = InitiatorTextNext.Done,
            Outcome = new()
            {
                Pairs = [.. _pairs],
                MaxRecvDataSegmentLength = _opening is { Key: KeyName.MaxRecvDataSegmentLength, Value: { } own } && NumberValue.TryParse(own, out ulong bytes) ? (int)bytes : null,
                PeerMaxRecvDataSegmentLength = _newPeerLength,
            },
        };
    }

    private InitiatorTextStep Fail(string why)
    {
        _over = true;
        return new InitiatorTextStep { Next = InitiatorTextNext.Failed, Why = why };
    }
}
