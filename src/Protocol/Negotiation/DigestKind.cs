namespace Blockwire.Protocol.Negotiation;

/// <summary>What guards a header or a data segment in the full feature phase (RFC 7143 §13.1).</summary>
public enum DigestKind
{
    /// <summary>No digest.</summary>
    None,

    /// <summary>CRC32C.</summary>
    Crc32C,
}
