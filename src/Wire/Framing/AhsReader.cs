namespace Blockwire.Wire;

/// <summary>Walks the AHSs of a PDU (RFC 7143 §11.2.2). Lends spans of the buffer it was given; allocates nothing.</summary>
/// <param name="ahs">All AHSs with their padding: TotalAHSLength times 4 bytes.</param>
public ref struct AhsReader(ReadOnlySpan<byte> ahs)
{
    /// <summary>Longest CDB that iSCSI carries, in bytes (SPC-4 clause 4.2.3: an additional length of 252 behind 8 bytes).</summary>
    public const int MaxCdbLength = 260;

    private ReadOnlySpan<byte> _rest = ahs;
    private ReadOnlySpan<byte> _content;

    /// <summary>Type of the current AHS. The value may be unnamed.</summary>
    public AhsType Type { get; private set; }

    /// <summary>
    /// The AHSLength bytes after AHSType of the current AHS. Of the two known types the first of them is the reserved byte.
    /// </summary>
    public readonly ReadOnlySpan<byte> Content => _content;

    /// <summary>Not Ok when <see cref="MoveNext"/> stopped because what is left is no AHS.</summary>
    public PduCheck Check { get; private set; } = PduCheck.Ok;

    /// <summary>Goes to the next AHS; false at the end and at a malformed one, which <see cref="Check"/> tells apart.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || !Check.IsOk)
        {
            return false;
        }

        if (_rest.Length % 4 != 0)
        {
            return Malformed("7143/11.2.1.5 AHSs fill words of 4 bytes");
        }

        int length = Field.U16(_rest, 0);
        int padded = FrameLayout.Pad(AhsMap.Head + length);
        if (padded > _rest.Length)
        {
            return Malformed("7143/11.2.2.2 AHSLength is within TotalAHSLength");
        }

        Type = (AhsType)(_rest[2] & AhsMap.TypeBits);
        _content = _rest.Slice(AhsMap.Head, length);
        _rest = _rest[padded..];
        PduCheck content = CheckContent();
        return content.IsOk || Malformed(content.Rule);
    }

    /// <summary>
    /// Reads the AHSs of a SCSI Command: puts its CDB together and finds the expected length of the read of a bidirectional command.
    /// </summary>
    /// <param name="ahs">All AHSs with their padding; may be empty.</param>
    /// <param name="cdbField">The CDB field of the BHS.</param>
    /// <param name="cdb">Receives the CDB: room for <see cref="MaxCdbLength"/> bytes.</param>
    /// <param name="cdbLength">Length of the CDB: 16, or more with an extended CDB.</param>
    /// <param name="bidirectionalReadLength">Bidirectional Read Expected Data Transfer Length, in bytes; null when there is none.</param>
    /// <returns>
    /// Ok; a format error for malformed, doubled or overlong AHSs; not supported for an AHS of a reserved type, without which the command
    /// cannot be understood.
    /// </returns>
    /// <exception cref="ArgumentException"><paramref name="cdb"/> is too short.</exception>
    public static PduCheck ReadCommand(
        ReadOnlySpan<byte> ahs, Cdb16 cdbField, Span<byte> cdb, out int cdbLength, out uint? bidirectionalReadLength)
    {
        if (cdb.Length < MaxCdbLength)
        {
            throw new ArgumentException("room for 260 bytes is needed", nameof(cdb));
        }

        cdbField.AsSpan.CopyTo(cdb);
        cdbLength = Cdb16.Length;
        bidirectionalReadLength = null;
        AhsReader reader = new(ahs);
        while (reader.MoveNext())
        {
            switch (reader.Type)
            {
                case AhsType.ExtendedCdb when cdbLength == Cdb16.Length:
                    reader.Content[1..].CopyTo(cdb[Cdb16.Length..]);
                    cdbLength += reader.Content.Length - 1;
                    break;
                case AhsType.BidirectionalReadExpectedDataTransferLength when bidirectionalReadLength is null:
                    bidirectionalReadLength = Field.U32(reader.Content, 1);
                    break;
                case AhsType.ExtendedCdb or AhsType.BidirectionalReadExpectedDataTransferLength:
                    return PduCheck.Format("7143/11.2.2 an AHS of each type comes once");
                default:
                    return PduCheck.NotSupported("7143/11.2.2.1 the AHS type is not a reserved one");
            }
        }

        return reader.Check;
    }

    private readonly PduCheck CheckContent() => Type switch
    {
        AhsType.ExtendedCdb when _content.Length < AhsMap.MinExtendedCdbLength - AhsMap.CdbLengthBeyondField =>
            PduCheck.Format("7143/11.2.2.3 an extended CDB has 17 bytes or more"),
        AhsType.ExtendedCdb when _content.Length > MaxCdbLength - AhsMap.CdbLengthBeyondField =>
            PduCheck.Format("7143/11.2.2.3 an extended CDB has 260 bytes or fewer"),
        AhsType.BidirectionalReadExpectedDataTransferLength when _content.Length != AhsMap.BidirectionalReadLength =>
            PduCheck.Format("7143/11.2.2.4 AHSLength of a bidirectional read length is 5"),
        _ => PduCheck.Ok,
    };

    private bool Malformed(string rule)
    {
        Check = PduCheck.Format(rule);
        _rest = default;
        _content = default;
        return false;
    }
}
