namespace Blockwire.Protocol.Authentication;

/// <summary>Hash algorithms of CHAP, with the numbers that IANA gave them ("PPP Authentication Algorithms"); a greater number is a stronger hash.</summary>
public enum ChapAlgorithm
{
    /// <summary>MD5 (RFC 1994 §3), the one that every initiator must offer (RFC 7143 §12.1.3).</summary>
    Md5 = 5,

    /// <summary>SHA-1.</summary>
    Sha1 = 6,

    /// <summary>SHA-256.</summary>
    Sha256 = 7,

    /// <summary>SHA3-256.</summary>
    Sha3With256 = 8,
}
