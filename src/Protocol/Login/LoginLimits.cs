namespace Blockwire.Protocol.Login;

/// <summary>What one login may cost the target before it has proved anything.</summary>
public sealed record LoginLimits
{
    /// <summary>The usual limits.</summary>
    public static LoginLimits Default { get; } = new();

    /// <summary>Most bytes of key=value text taken in the whole login, and most bytes held for one answer. RFC 7143 §6.1 asks for up to 64 KiB.</summary>
    public int MaxTextBytes { get; init; } = 64 * 1024;

    /// <summary>Most Login Requests in one login. RFC 7143 §6.2 asks for at least six exchanges.</summary>
    public int MaxRequests { get; init; } = 64;
}
