namespace Blockwire.Protocol.Session;

/// <summary>
/// How the data for an initiator is cut into Data-In PDUs: at its MaxRecvDataSegmentLength, and at MaxBurstLength, which ends a sequence (RFC 7143 §11.7.1). Pure
/// arithmetic, so that any PDU can be made again from its number.
/// </summary>
/// <param name="FirstDataSN">DataSN of the first PDU.</param>
/// <param name="FirstOffset">Where its data begins in the whole transfer.</param>
/// <param name="EndOffset">Where the data ends.</param>
/// <param name="SegmentBytes">Most bytes in a PDU.</param>
/// <param name="BurstBytes">Most bytes in a sequence.</param>
internal readonly record struct DataInLayout(uint FirstDataSN, uint FirstOffset, uint EndOffset, uint SegmentBytes, uint BurstBytes)
{
    private uint PdusPerBurst => (BurstBytes + SegmentBytes - 1) / SegmentBytes;

    /// <summary>PDUs in all.</summary>
    public uint Count
    {
        get
        {
            uint bytes = EndOffset - FirstOffset;
            uint rest = bytes % BurstBytes;
            return (bytes / BurstBytes * PdusPerBurst) + ((rest + SegmentBytes - 1) / SegmentBytes);
        }
    }

    /// <summary>DataSN after the last PDU.</summary>
    public uint EndDataSN => FirstDataSN + Count;

    /// <summary>The PDU with a number from <see cref="FirstDataSN"/> to <see cref="EndDataSN"/>, without the latter.</summary>
    public DataInPiece Piece(uint dataSN)
    {
        uint index = dataSN - FirstDataSN;
        uint burst = index / PdusPerBurst;
        uint inBurst = (index % PdusPerBurst) * SegmentBytes;
        uint offset = FirstOffset + (burst * BurstBytes) + inBurst;
        uint length = Math.Min(Math.Min(SegmentBytes, BurstBytes - inBurst), EndOffset - offset);
        bool last = offset + length == EndOffset;
        return new DataInPiece(dataSN, offset, length, last || inBurst + length == BurstBytes, last);
    }

    /// <summary>Where the data of a PDU begins; for <see cref="EndDataSN"/> where all of it ends.</summary>
    public uint OffsetOf(uint dataSN) => dataSN == EndDataSN ? EndOffset : Piece(dataSN).Offset;
}

/// <summary>One Data-In PDU.</summary>
/// <param name="DataSN">Its number.</param>
/// <param name="Offset">Where its data begins in the whole transfer.</param>
/// <param name="Length">Bytes of data.</param>
/// <param name="EndsSequence">F bit.</param>
/// <param name="IsLast">Nothing follows it.</param>
internal readonly record struct DataInPiece(uint DataSN, uint Offset, uint Length, bool EndsSequence, bool IsLast);
