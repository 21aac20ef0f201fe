namespace Blockwire.Wire;

/// <summary>Writes AHSs one behind the other (RFC 7143 §11.2.2). Allocates nothing.</summary>
/// <param name="destination">Where they go: the bytes behind the BHS. Padding and reserved bytes are cleared.</param>
public ref struct AhsWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>Bytes written so far, padding included: what <see cref="Bhs.SetLengths"/> wants.</summary>
    public int LengthBytes { get; private set; }

    /// <summary>Writes the part of a long CDB that the CDB field does not hold (§11.2.2.3).</summary>
    /// <param name="cdb">The whole CDB: 17 to 260 bytes.</param>
    /// <exception cref="ArgumentException">The CDB has another length, or the destination is too short.</exception>
    public void AppendExtendedCdb(ReadOnlySpan<byte> cdb)
    {
        if (cdb.Length is < AhsMap.MinExtendedCdbLength or > AhsReader.MaxCdbLength)
        {
            throw new ArgumentException("an extended CDB has 17 to 260 bytes", nameof(cdb));
        }

        Span<byte> entry = Begin(AhsType.ExtendedCdb, cdb.Length - AhsMap.CdbLengthBeyondField);
        cdb[Cdb16.Length..].CopyTo(entry[AhsMap.HeadAndReserved..]);
    }

    /// <summary>Writes how much the read of a bidirectional command may bring, in bytes (§11.2.2.4).</summary>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void AppendBidirectionalReadLength(uint lengthBytes) => Field.Put32(
        Begin(AhsType.BidirectionalReadExpectedDataTransferLength, AhsMap.BidirectionalReadLength), AhsMap.HeadAndReserved, lengthBytes);

    private Span<byte> Begin(AhsType type, int ahsLength)
    {
        int padded = FrameLayout.Pad(AhsMap.Head + ahsLength);
        if (padded > _destination.Length - LengthBytes)
        {
            throw new ArgumentException("the destination is too short for the AHS");
        }

        Span<byte> entry = _destination.Slice(LengthBytes, padded);
        entry.Clear();
        Field.Put16(entry, 0, (ushort)ahsLength);
        entry[2] = (byte)type;
        LengthBytes += padded;
        return entry;
    }
}
