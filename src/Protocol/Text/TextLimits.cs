namespace Blockwire.Protocol.Text;

/// <summary>What one text exchange may cost the target.</summary>
public sealed record TextLimits
{
    /// <summary>The usual limits.</summary>
    public static TextLimits Default { get; } = new();

    /// <summary>Most bytes of key=value text taken in one negotiation sequence (RFC 7143 §6.1 asks for at least 8192).</summary>
    public int MaxRequestBytes { get; init; } = 64 * 1024;

    /// <summary>Most bytes of one answer. SendTargets of some ten thousand portals fits.</summary>
    public int MaxAnswerBytes { get; init; } = 4 << 20;

    /// <summary>Most requests in one negotiation sequence that bring keys; continuations of a long answer do not count.</summary>
    public int MaxRequests { get; init; } = 256;
}
