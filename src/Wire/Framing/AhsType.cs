namespace Blockwire.Wire;

/// <summary>What an AHS holds, RFC 7143 §11.2.2.1. Other values are reserved.</summary>
public enum AhsType : byte
{
    /// <summary>The bytes of a CDB after the sixteenth.</summary>
    ExtendedCdb = 1,

    /// <summary>Bidirectional Read Expected Data Transfer Length.</summary>
    BidirectionalReadExpectedDataTransferLength = 2,
}

/// <summary>Lengths that the reader and the writer of AHSs share, in bytes (RFC 7143 §11.2.2).</summary>
internal static class AhsMap
{
    /// <summary>AHSLength and AHSType.</summary>
    internal const int Head = 3;

    /// <summary>Head and the reserved byte that both known types have.</summary>
    internal const int HeadAndReserved = 4;

    internal const byte TypeBits = 0x3F;

    /// <summary>AHSLength is CDBLength - 15: the reserved byte counts, the sixteen bytes in the BHS do not (§11.2.2.3).</summary>
    internal const int CdbLengthBeyondField = 15;

    /// <summary>AHSLength of a bidirectional read length (§11.2.2.4).</summary>
    internal const int BidirectionalReadLength = 5;

    internal const int MinExtendedCdbLength = Cdb16.Length + 1;
}
