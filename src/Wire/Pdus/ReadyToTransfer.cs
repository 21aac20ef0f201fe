namespace Blockwire.Wire;

/// <summary>R2T field map, RFC 7143 §11.8. Byte offsets into the BHS.</summary>
internal static class ReadyToTransferMap
{
    internal const int Lun = 8, InitiatorTaskTag = 16, TargetTransferTag = 20, R2TSN = 36, BufferOffset = 40,
        DesiredDataTransferLength = 44;
}

/// <summary>Window on an R2T (RFC 7143 §11.8). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct ReadyToTransferView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, ReadyToTransferMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, ReadyToTransferMap.InitiatorTaskTag);

    /// <summary>Target Transfer Tag.</summary>
    public uint TargetTransferTag => Field.U32(_bhs, ReadyToTransferMap.TargetTransferTag);

    /// <summary>R2TSN.</summary>
    public Serial32 R2TSN => Field.Serial(_bhs, ReadyToTransferMap.R2TSN);

    /// <summary>Buffer Offset, in bytes.</summary>
    public uint BufferOffset => Field.U32(_bhs, ReadyToTransferMap.BufferOffset);

    /// <summary>Desired Data Transfer Length, in bytes.</summary>
    public uint DesiredDataTransferLength => Field.U32(_bhs, ReadyToTransferMap.DesiredDataTransferLength);
}

/// <summary>The target asks for a part of the data of a write (RFC 7143 §11.8).</summary>
/// <param name="Lun">LUN.</param>
/// <param name="InitiatorTaskTag">That of the command.</param>
/// <param name="TargetTransferTag">What the Data-Out PDUs have to copy; never <see cref="Bhs.ReservedTag"/> (§11.8.5).</param>
/// <param name="R2TSN">Number of the R2T within the command (§11.8.2).</param>
/// <param name="BufferOffset">Where the part begins in the whole transfer, in bytes.</param>
/// <param name="DesiredDataTransferLength">Length of the part, in bytes; never 0 (§11.8.4).</param>
public readonly record struct ReadyToTransfer(
    ulong Lun, uint InitiatorTaskTag, uint TargetTransferTag, Serial32 R2TSN, uint BufferOffset, uint DesiredDataTransferLength)
{
    /// <summary>Reads and checks. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(ReadyToTransferView view, out ReadyToTransfer value)
    {
        value = new(
            view.Lun, view.InitiatorTaskTag, view.TargetTransferTag, view.R2TSN, view.BufferOffset, view.DesiredDataTransferLength);
        PduCheck lengths = Bhs.CheckNoAhsNoData(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.Format(Bhs.InitiatorTaskTagRule)
            : value.DesiredDataTransferLength == 0 ? PduCheck.Format("7143/11.8.4 the Desired Data Transfer Length is not 0")
            : value.TargetTransferTag == Bhs.ReservedTag ? PduCheck.Format("7143/11.8.5 the Target Transfer Tag is not the reserved one")
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.ReadyToTransfer, immediate: false, Bhs.FinalBit);
        Field.Put64(bhs, ReadyToTransferMap.Lun, Lun);
        Field.Put32(bhs, ReadyToTransferMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, ReadyToTransferMap.TargetTransferTag, TargetTransferTag);
        Field.Put32(bhs, ReadyToTransferMap.R2TSN, R2TSN);
        Field.Put32(bhs, ReadyToTransferMap.BufferOffset, BufferOffset);
        Field.Put32(bhs, ReadyToTransferMap.DesiredDataTransferLength, DesiredDataTransferLength);
    }
}
