namespace Blockwire.Wire;

/// <summary>SCSI Data-Out field map, RFC 7143 §11.7. Byte offsets into the BHS.</summary>
internal static class DataOutMap
{
    internal const int Lun = 8, InitiatorTaskTag = 16, TargetTransferTag = 20, DataSN = 36, BufferOffset = 40;
}

/// <summary>Window on a SCSI Data-Out (RFC 7143 §11.7). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct DataOutView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, DataOutMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, DataOutMap.InitiatorTaskTag);

    /// <summary>Target Transfer Tag.</summary>
    public uint TargetTransferTag => Field.U32(_bhs, DataOutMap.TargetTransferTag);

    /// <summary>DataSN.</summary>
    public Serial32 DataSN => Field.Serial(_bhs, DataOutMap.DataSN);

    /// <summary>Buffer Offset, in bytes.</summary>
    public uint BufferOffset => Field.U32(_bhs, DataOutMap.BufferOffset);
}

/// <summary>Data of a write (RFC 7143 §11.7). Carries ExpStatSN and no CmdSN.</summary>
/// <param name="Final">F bit: the last PDU of the unsolicited data, or of the sequence that answers an R2T (§11.7.1).</param>
/// <param name="Lun">LUN, when the Target Transfer Tag is set; else 0 (§11.7.4).</param>
/// <param name="InitiatorTaskTag">That of the command.</param>
/// <param name="TargetTransferTag">That of the R2T that is answered; <see cref="Bhs.ReservedTag"/> for unsolicited data.</param>
/// <param name="DataSN">Number of the PDU within its sequence (§11.7.5).</param>
/// <param name="BufferOffset">Where the data belongs in the whole transfer, in bytes (§11.7.6).</param>
public readonly record struct DataOut(
    bool Final, ulong Lun, uint InitiatorTaskTag, uint TargetTransferTag, Serial32 DataSN, uint BufferOffset)
{
    /// <summary>Reads and checks. The LUN comes out as 0 where it is reserved. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(DataOutView view, out DataOut value)
    {
        value = new DataOut(
            view.Common.Final, view.Lun, view.InitiatorTaskTag, view.TargetTransferTag, view.DataSN, view.BufferOffset).Meant();
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.InvalidField(Bhs.InitiatorTaskTagRule)
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0. The LUN is sent as 0 where it is reserved.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.DataOut, immediate: false, Final ? Bhs.FinalBit : (byte)0);
        Field.Put64(bhs, DataOutMap.Lun, Meant().Lun);
        Field.Put32(bhs, DataOutMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, DataOutMap.TargetTransferTag, TargetTransferTag);
        Field.Put32(bhs, DataOutMap.DataSN, DataSN);
        Field.Put32(bhs, DataOutMap.BufferOffset, BufferOffset);
    }

    private DataOut Meant() => TargetTransferTag == Bhs.ReservedTag ? this with { Lun = 0 } : this;
}
