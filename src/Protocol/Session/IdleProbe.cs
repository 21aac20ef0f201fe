namespace Blockwire.Protocol.Session;

/// <summary>What an idle probe wants at a tick.</summary>
public enum ProbeVerdict
{
    /// <summary>The peer spoke lately, or has time to answer.</summary>
    Fine,

    /// <summary>Send a NOP-In that asks for an answer (RFC 7143 §11.19).</summary>
    Ping,

    /// <summary>The peer did not answer in time.</summary>
    Dead,
}

/// <summary>Asks a silent peer for a sign of life, and gives it up after a while without one.</summary>
/// <param name="idle">Silence after which it is asked. <see cref="Timeout.InfiniteTimeSpan"/>: never.</param>
/// <param name="patience">Time that it has to answer. Any PDU counts as an answer.</param>
public sealed class IdleProbe(TimeSpan idle, TimeSpan patience)
{
    private TimeSpan? _askedAt;

    /// <summary>When the next tick may have something to say.</summary>
    public TimeSpan Deadline => idle == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : _askedAt is { } at ? at + patience : HeardAt + idle;

    /// <summary>When the peer last spoke.</summary>
    public TimeSpan HeardAt { get; private set; }

    /// <summary>The peer spoke.</summary>
    public void OnPdu(TimeSpan now)
    {
        HeardAt = now;
        _askedAt = null;
    }

    /// <summary>Looks at the clock.</summary>
    public ProbeVerdict OnTick(TimeSpan now)
    {
        if (now < Deadline)
        {
            return ProbeVerdict.Fine;
        }

        if (_askedAt is not null)
        {
            return ProbeVerdict.Dead;
        }

        _askedAt = now;
        return ProbeVerdict.Ping;
    }
}
