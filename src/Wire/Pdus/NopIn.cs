namespace Blockwire.Wire;

/// <summary>NOP-In field map, RFC 7143 §11.19. Byte offsets into the BHS.</summary>
internal static class NopInMap
{
    internal const int Lun = 8, InitiatorTaskTag = 16, TargetTransferTag = 20;
}

/// <summary>Window on a NOP-In (RFC 7143 §11.19). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct NopInView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, NopInMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, NopInMap.InitiatorTaskTag);

    /// <summary>Target Transfer Tag.</summary>
    public uint TargetTransferTag => Field.U32(_bhs, NopInMap.TargetTransferTag);
}

/// <summary>The target answers a ping, pings, or tells its command window (RFC 7143 §11.19). Ping data is the data segment.</summary>
/// <param name="Lun">LUN; must be right when the Target Transfer Tag is set (§11.19.3).</param>
/// <param name="InitiatorTaskTag">That of the NOP-Out that is answered; else <see cref="Bhs.ReservedTag"/>.</param>
/// <param name="TargetTransferTag">Set when a NOP-Out is wanted as answer; else <see cref="Bhs.ReservedTag"/>.</param>
public readonly record struct NopIn(ulong Lun, uint InitiatorTaskTag, uint TargetTransferTag)
{
    /// <summary>Reads and checks. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(NopInView view, out NopIn value)
    {
        value = new(view.Lun, view.InitiatorTaskTag, view.TargetTransferTag);
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag && view.Common.DataSegmentLength != 0
                ? PduCheck.Format("7143/11.19 a NOP-In that answers nothing has no data")
            : value.InitiatorTaskTag != Bhs.ReservedTag && value.TargetTransferTag != Bhs.ReservedTag
                ? PduCheck.Format("7143/7.7 a NOP-In has either an Initiator Task Tag or a Target Transfer Tag")
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.NopIn, immediate: false, Bhs.FinalBit);
        Field.Put64(bhs, NopInMap.Lun, Lun);
        Field.Put32(bhs, NopInMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, NopInMap.TargetTransferTag, TargetTransferTag);
    }
}
