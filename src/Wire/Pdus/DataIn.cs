namespace Blockwire.Wire;

/// <summary>SCSI Data-In field map, RFC 7143 §11.7. Byte offsets into the BHS.</summary>
internal static class DataInMap
{
    internal const int Flags = 1, Status = 3, Lun = 8, InitiatorTaskTag = 16, TargetTransferTag = 20, DataSN = 36, BufferOffset = 40,
        Residual = 44;
    internal const byte Acknowledge = 0x40, HasStatus = 0x01;
}

/// <summary>Window on a SCSI Data-In (RFC 7143 §11.7). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct DataInView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>A bit.</summary>
    public bool Acknowledge => (_bhs[DataInMap.Flags] & DataInMap.Acknowledge) != 0;

    /// <summary>S bit.</summary>
    public bool HasStatus => (_bhs[DataInMap.Flags] & DataInMap.HasStatus) != 0;

    /// <summary>Bits O and U.</summary>
    public ResidualFlags ResidualFlags => (ResidualFlags)_bhs[DataInMap.Flags] & Residuals.OneWay;

    /// <summary>SCSI status.</summary>
    public byte Status => _bhs[DataInMap.Status];

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, DataInMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, DataInMap.InitiatorTaskTag);

    /// <summary>Target Transfer Tag.</summary>
    public uint TargetTransferTag => Field.U32(_bhs, DataInMap.TargetTransferTag);

    /// <summary>DataSN.</summary>
    public Serial32 DataSN => Field.Serial(_bhs, DataInMap.DataSN);

    /// <summary>Buffer Offset, in bytes.</summary>
    public uint BufferOffset => Field.U32(_bhs, DataInMap.BufferOffset);

    /// <summary>Residual Count, in bytes.</summary>
    public uint Residual => Field.U32(_bhs, DataInMap.Residual);
}

/// <summary>Data of a read, with the status of the command if that is good (RFC 7143 §11.7).</summary>
/// <param name="Final">F bit: the last PDU of a sequence. Set when <paramref name="HasStatus"/> is.</param>
/// <param name="Acknowledge">A bit: a DataACK SNACK is wanted (§11.7.2).</param>
/// <param name="HasStatus">S bit: status and residual are here, no SCSI Response follows (§11.7.3).</param>
/// <param name="ResidualFlags">Bits O and U; none without status.</param>
/// <param name="Status">SCSI status, one that is good; 0 without status.</param>
/// <param name="Lun">LUN, when an acknowledgement is wanted; else 0 (§11.7.4).</param>
/// <param name="InitiatorTaskTag">That of the command.</param>
/// <param name="TargetTransferTag">What the DataACK has to copy; <see cref="Bhs.ReservedTag"/> when none is wanted (§11.7.4).</param>
/// <param name="DataSN">Number of the PDU within the command (§11.7.5).</param>
/// <param name="BufferOffset">Where the data belongs in the whole transfer, in bytes (§11.7.6).</param>
/// <param name="Residual">Bytes, for bits O and U; 0 when neither is set.</param>
public readonly record struct DataIn(
    bool Final, bool Acknowledge, bool HasStatus, ResidualFlags ResidualFlags, byte Status, ulong Lun, uint InitiatorTaskTag,
    uint TargetTransferTag, Serial32 DataSN, uint BufferOffset, uint Residual)
{
    /// <summary>
    /// Reads and checks. Fields that the A and S bits reserve come out as reserved. The value is filled in whatever the outcome.
    /// </summary>
    public static PduCheck Parse(DataInView view, out DataIn value)
    {
        value = new DataIn(
            view.Common.Final, view.Acknowledge, view.HasStatus, view.ResidualFlags, view.Status, view.Lun, view.InitiatorTaskTag,
            view.TargetTransferTag, view.DataSN, view.BufferOffset, view.Residual).Meant();
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.Format(Bhs.InitiatorTaskTagRule)
            : value.HasStatus && !value.Final ? PduCheck.Format("7143/11.7.3 with S, F is set")
            : !IsGood(value.Status) ? PduCheck.Format("7143/11.7.3 a status that is not good comes in a SCSI Response")
            : Residuals.Contradict(value.ResidualFlags) ? PduCheck.Format("7143/11.4.1 overflow and underflow exclude each other")
            : value.Acknowledge && value.TargetTransferTag == Bhs.ReservedTag
                ? PduCheck.Format("7143/11.7.4 with A, a Target Transfer Tag is given")
            : PduCheck.Ok;
    }

    /// <summary>
    /// Writes the 48 bytes; lengths and sequence numbers stay 0. Fields that the A and S bits reserve are sent as reserved.
    /// </summary>
    public void Emit(Span<byte> bhs)
    {
        DataIn meant = Meant();
        int flags = (Final ? Bhs.FinalBit : 0) | (Acknowledge ? DataInMap.Acknowledge : 0)
            | (byte)(meant.ResidualFlags & Residuals.OneWay) | (HasStatus ? DataInMap.HasStatus : 0);
        Bhs.Begin(bhs, Opcode.DataIn, immediate: false, (byte)flags);
        bhs[DataInMap.Status] = meant.Status;
        Field.Put64(bhs, DataInMap.Lun, meant.Lun);
        Field.Put32(bhs, DataInMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, DataInMap.TargetTransferTag, meant.TargetTransferTag);
        Field.Put32(bhs, DataInMap.DataSN, DataSN);
        Field.Put32(bhs, DataInMap.BufferOffset, BufferOffset);
        Field.Put32(bhs, DataInMap.Residual, meant.Residual);
    }

    /// <summary>GOOD, CONDITION MET, INTERMEDIATE and INTERMEDIATE-CONDITION MET (§11.7.3; the codes are SAM-2's).</summary>
    private static bool IsGood(byte status) => status is 0x00 or 0x04 or 0x10 or 0x14;

    private DataIn Meant()
    {
        ResidualFlags flags = HasStatus ? ResidualFlags & Residuals.OneWay : ResidualFlags.None;
        return this with
        {
            ResidualFlags = flags,
            Residual = flags == ResidualFlags.None ? 0 : Residual,
            Status = HasStatus ? Status : (byte)0,
            Lun = Acknowledge ? Lun : 0,
            TargetTransferTag = Acknowledge ? TargetTransferTag : Bhs.ReservedTag,
        };
    }
}
