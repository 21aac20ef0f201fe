namespace Blockwire.Wire;

/// <summary>SCSI Response field map, RFC 7143 §11.4. Byte offsets into the BHS.</summary>
internal static class ScsiResponseMap
{
    internal const int Flags = 1, Response = 2, Status = 3, StatusQualifier = 8, InitiatorTaskTag = 16, SnackTag = 20, ExpDataSN = 36,
        BidirectionalReadResidual = 40, Residual = 44;
    internal const byte CheckCondition = 0x02;
}

/// <summary>Window on a SCSI Response (RFC 7143 §11.4). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct ScsiResponseView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>Bits o, u, O and U.</summary>
    public ResidualFlags ResidualFlags => (ResidualFlags)_bhs[ScsiResponseMap.Flags] & Residuals.All;

    /// <summary>iSCSI service response.</summary>
    public byte Response => _bhs[ScsiResponseMap.Response];

    /// <summary>SCSI status.</summary>
    public byte Status => _bhs[ScsiResponseMap.Status];

    /// <summary>Status Qualifier (RFC 7144 §5.2.1).</summary>
    public ushort StatusQualifier => Field.U16(_bhs, ScsiResponseMap.StatusQualifier);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, ScsiResponseMap.InitiatorTaskTag);

    /// <summary>SNACK Tag.</summary>
    public uint SnackTag => Field.U32(_bhs, ScsiResponseMap.SnackTag);

    /// <summary>ExpDataSN.</summary>
    public Serial32 ExpDataSN => Field.Serial(_bhs, ScsiResponseMap.ExpDataSN);

    /// <summary>Bidirectional Read Residual Count, in bytes.</summary>
    public uint BidirectionalReadResidual => Field.U32(_bhs, ScsiResponseMap.BidirectionalReadResidual);

    /// <summary>Residual Count, in bytes.</summary>
    public uint Residual => Field.U32(_bhs, ScsiResponseMap.Residual);
}

/// <summary>
/// How a SCSI command ended (RFC 7143 §11.4). The data segment is two bytes of sense length, the sense data and response data (§11.4.7).
/// </summary>
/// <param name="Response">iSCSI service response: 0 command completed at target, 1 target failure, 0x80 up vendors' (§11.4.3).</param>
/// <param name="Status">SCSI status. Means nothing, and is 0, when <paramref name="Response"/> is not 0 (§11.4.2).</param>
/// <param name="InitiatorTaskTag">That of the command.</param>
/// <param name="SnackTag">That of the last R-Data SNACK for the command; else 0 (§11.4.4).</param>
/// <param name="ExpDataSN">Count of Data-In PDUs sent for the command (§11.4.8). 0 when <paramref name="Response"/> is not 0.</param>
/// <param name="ResidualFlags">Bits o, u, O and U (§11.4.1). None when <paramref name="Response"/> is not 0.</param>
/// <param name="BidirectionalReadResidual">Bytes, for bits o and u; 0 when neither is set (§11.4.6).</param>
/// <param name="Residual">Bytes, for bits O and U; 0 when neither is set (§11.4.5.1).</param>
public readonly record struct ScsiResponse(
    byte Response, byte Status, uint InitiatorTaskTag, uint SnackTag, Serial32 ExpDataSN, ResidualFlags ResidualFlags,
    uint BidirectionalReadResidual, uint Residual)
{
    /// <summary>
    /// The status qualifier of RFC 7144 §5.2.1. To be ignored, and sent as 0, unless iSCSIProtocolLevel 2 was negotiated.
    /// </summary>
    public ushort StatusQualifier { get; init; }

    /// <summary>
    /// Reads and checks. Fields that mean nothing beside the others come out as 0. The value is filled in whatever the outcome.
    /// </summary>
    public static PduCheck Parse(ScsiResponseView view, out ScsiResponse value)
    {
        value = new ScsiResponse(
            view.Response, view.Status, view.InitiatorTaskTag, view.SnackTag, view.ExpDataSN, view.ResidualFlags,
            view.BidirectionalReadResidual, view.Residual)
        {
            StatusQualifier = view.StatusQualifier,
        }.Meant();
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.Format(Bhs.InitiatorTaskTagRule)
            : Residuals.Contradict(value.ResidualFlags) ? PduCheck.Format("7143/11.4.1 overflow and underflow exclude each other")
            : value is { Response: 0, Status: ScsiResponseMap.CheckCondition } && view.Common.DataSegmentLength == 0
                ? PduCheck.Format("7143/7.7 CHECK CONDITION comes with sense data")
            : PduCheck.Ok;
    }

    /// <summary>
    /// Writes the 48 bytes; lengths and sequence numbers stay 0. Fields that mean nothing beside the others are sent as 0.
    /// </summary>
    public void Emit(Span<byte> bhs)
    {
        ScsiResponse meant = Meant();
        Bhs.Begin(bhs, Opcode.ScsiResponse, immediate: false, (byte)(Bhs.FinalBit | (byte)(meant.ResidualFlags & Residuals.All)));
        bhs[ScsiResponseMap.Response] = Response;
        bhs[ScsiResponseMap.Status] = meant.Status;
        Field.Put16(bhs, ScsiResponseMap.StatusQualifier, meant.StatusQualifier);
        Field.Put32(bhs, ScsiResponseMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, ScsiResponseMap.SnackTag, SnackTag);
        Field.Put32(bhs, ScsiResponseMap.ExpDataSN, meant.ExpDataSN);
        Field.Put32(bhs, ScsiResponseMap.BidirectionalReadResidual, meant.BidirectionalReadResidual);
        Field.Put32(bhs, ScsiResponseMap.Residual, meant.Residual);
    }

    private ScsiResponse Meant() => Response != 0
        ? new(Response, 0, InitiatorTaskTag, SnackTag, default, ResidualFlags.None, 0, 0)
        : this with
        {
            BidirectionalReadResidual = (ResidualFlags & Residuals.BidirectionalRead) != ResidualFlags.None ? BidirectionalReadResidual : 0,
            Residual = (ResidualFlags & Residuals.OneWay) != ResidualFlags.None ? Residual : 0,
        };
}
