namespace Blockwire.Wire;

/// <summary>
/// The residual bits of a SCSI Response, o, u, O and U (RFC 7143 §11.4.1), at their place in byte 1. A Data-In has O and U at the same
/// place
/// (§11.7.3).
/// </summary>
[Flags]
public enum ResidualFlags : byte
{
    /// <summary>Exactly the expected length moved.</summary>
    None = 0,

    /// <summary>U: fewer bytes moved than the initiator expected; of a bidirectional command, in the write.</summary>
    Underflow = 0x02,

    /// <summary>O: more bytes were there than the initiator expected; of a bidirectional command, in the write.</summary>
    Overflow = 0x04,

    /// <summary>u: underflow in the read of a bidirectional command.</summary>
    BidirectionalReadUnderflow = 0x08,

    /// <summary>o: overflow in the read of a bidirectional command.</summary>
    BidirectionalReadOverflow = 0x10,
}

/// <summary>What the residual bits say together.</summary>
internal static class Residuals
{
    internal const ResidualFlags OneWay = ResidualFlags.Underflow | ResidualFlags.Overflow;
    internal const ResidualFlags BidirectionalRead = ResidualFlags.BidirectionalReadUnderflow | ResidualFlags.BidirectionalReadOverflow;
    internal const ResidualFlags All = OneWay | BidirectionalRead;

    /// <summary>Overflow and underflow exclude each other (§11.4.1).</summary>
    internal static bool Contradict(ResidualFlags flags) =>
        (flags & OneWay) == OneWay || (flags & BidirectionalRead) == BidirectionalRead;
}
