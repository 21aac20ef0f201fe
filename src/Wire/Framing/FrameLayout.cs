namespace Blockwire.Wire;

/// <summary>
/// Where the parts of one PDU lie on the stream (RFC 7143 §11.2): BHS, AHSs, header digest, data segment, padding, data digest. All numbers
/// are bytes, offsets count from the first byte of the BHS.
/// </summary>
/// <param name="AhsLength">Length of the AHSs, which begin at offset 48. A multiple of 4.</param>
/// <param name="DataLength">Length of the data segment without padding.</param>
/// <param name="HeaderDigestOffset">Where the header digest begins. Without one this is <paramref name="DataOffset"/>.</param>
/// <param name="DataOffset">Where the data segment begins.</param>
/// <param name="PaddedDataLength">Length of the data segment with its padding to a multiple of 4.</param>
/// <param name="DataDigestOffset">Where the data digest begins. Without one this is <paramref name="TotalLength"/>.</param>
/// <param name="TotalLength">Length of the whole PDU, and so the offset of the next one.</param>
public readonly record struct FrameLayout(
    int AhsLength, int DataLength, int HeaderDigestOffset, int DataOffset, int PaddedDataLength, int DataDigestOffset, int TotalLength)
{
    /// <summary>Is there a header digest?</summary>
    public bool HasHeaderDigest => DataOffset != HeaderDigestOffset;

    /// <summary>Is there a data digest? Never with an empty data segment (§11.2.3).</summary>
    public bool HasDataDigest => TotalLength != DataDigestOffset;

    /// <summary>
    /// Lays out the PDU that begins with these 48 bytes. Cannot fail: all that the two length fields can say fits an <see cref="int"/>.
    /// What
    /// they say is not yet limited; see <see cref="FrameLimits"/>.
    /// </summary>
    /// <param name="bhs">At least 48 bytes.</param>
    /// <param name="headerDigest">Is HeaderDigest=CRC32C in force?</param>
    /// <param name="dataDigest">Is DataDigest=CRC32C in force?</param>
    public static FrameLayout Measure(ReadOnlySpan<byte> bhs, bool headerDigest, bool dataDigest)
    {
        BhsView view = new(bhs);
        int ahsLength = view.TotalAhsLengthBytes;
        int dataLength = view.DataSegmentLength;
        int headerDigestOffset = Bhs.Length + ahsLength;
        int dataOffset = headerDigestOffset + (headerDigest ? Digest.Length : 0);
        int paddedDataLength = Pad(dataLength);
        int dataDigestOffset = dataOffset + paddedDataLength;
        int totalLength = dataDigestOffset + (dataDigest && dataLength != 0 ? Digest.Length : 0);
        return new(ahsLength, dataLength, headerDigestOffset, dataOffset, paddedDataLength, dataDigestOffset, totalLength);
    }

    /// <summary>Rounds a length up to a multiple of 4 (§11.1).</summary>
    public static int Pad(int lengthBytes) => (lengthBytes + 3) & ~3;

    /// <summary>What the header digest covers: BHS and AHSs (§11.2.3).</summary>
    /// <param name="frame">The PDU from its first byte, as far as the AHSs at least.</param>
    public ReadOnlySpan<byte> Header(ReadOnlySpan<byte> frame) => frame[..HeaderDigestOffset];

    /// <summary>The AHSs.</summary>
    /// <param name="frame">The PDU from its first byte, as far as the AHSs at least.</param>
    public ReadOnlySpan<byte> Ahs(ReadOnlySpan<byte> frame) => frame.Slice(Bhs.Length, AhsLength);

    /// <summary>The data segment without padding.</summary>
    /// <param name="frame">The PDU from its first byte, as far as the data at least.</param>
    public ReadOnlySpan<byte> Data(ReadOnlySpan<byte> frame) => frame.Slice(DataOffset, DataLength);

    /// <summary>What the data digest covers: the data segment with its padding (§11.2.3).</summary>
    /// <param name="frame">The PDU from its first byte, as far as the padding at least.</param>
    public ReadOnlySpan<byte> PaddedData(ReadOnlySpan<byte> frame) => frame.Slice(DataOffset, PaddedDataLength);

    /// <summary>Is the header digest right, or absent?</summary>
    /// <param name="frame">The PDU from its first byte, as far as the header digest at least.</param>
    public bool CheckHeaderDigest(ReadOnlySpan<byte> frame) =>
        !HasHeaderDigest || Digest.Check(frame.Slice(HeaderDigestOffset, Digest.Length), Header(frame));

    /// <summary>Is the data digest right, or absent?</summary>
    /// <param name="frame">The whole PDU.</param>
    public bool CheckDataDigest(ReadOnlySpan<byte> frame) =>
        !HasDataDigest || Digest.Check(frame.Slice(DataDigestOffset, Digest.Length), PaddedData(frame));
}
