namespace Blockwire.Protocol.Negotiation;

/// <summary>What a side thinks of a digest. The order of the initiator's list decides between allowed choices (RFC 7143 §6.2.1).</summary>
public enum DigestPolicy
{
    /// <summary>Only None is accepted.</summary>
    None,

    /// <summary>CRC32C and None are accepted; the initiator's first choice of the two is taken.</summary>
    Prefer,

    /// <summary>None and CRC32C are accepted; as an initiator None is the first choice, so that there is a digest only where the target insists on it.</summary>
    Accept,

    /// <summary>Only CRC32C is accepted; the target proposes it when the initiator does not, and a login without it is refused.</summary>
    Require,
}
