namespace Blockwire.Wire;

/// <summary>NOP-Out field map, RFC 7143 §11.18. Byte offsets into the BHS.</summary>
internal static class NopOutMap
{
    internal const int Lun = 8, InitiatorTaskTag = 16, TargetTransferTag = 20;
}

/// <summary>Window on a NOP-Out (RFC 7143 §11.18). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct NopOutView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, NopOutMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, NopOutMap.InitiatorTaskTag);

    /// <summary>Target Transfer Tag.</summary>
    public uint TargetTransferTag => Field.U32(_bhs, NopOutMap.TargetTransferTag);
}

/// <summary>The initiator pings, answers a ping, or acknowledges (RFC 7143 §11.18). Ping data is the data segment.</summary>
/// <param name="Immediate">I bit. Must be set when the Initiator Task Tag is the reserved one (§11.18.1).</param>
/// <param name="Lun">
/// LUN; copied from the NOP-In that is answered, or from the Async Message that is acknowledged (§11.9.1, event 5).
/// </param>
/// <param name="InitiatorTaskTag">Set when a NOP-In is wanted as answer; else <see cref="Bhs.ReservedTag"/>.</param>
/// <param name="TargetTransferTag">Copied from the NOP-In that is answered; else <see cref="Bhs.ReservedTag"/>.</param>
public readonly record struct NopOut(bool Immediate, ulong Lun, uint InitiatorTaskTag, uint TargetTransferTag)
{
    /// <summary>Reads and checks. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(NopOutView view, out NopOut value)
    {
        value = new(view.Common.Immediate, view.Lun, view.InitiatorTaskTag, view.TargetTransferTag);
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag && !value.Immediate
                ? PduCheck.ProtocolError("7143/11.18.1 without an Initiator Task Tag the I bit is set")
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.NopOut, Immediate, Bhs.FinalBit);
        Field.Put64(bhs, NopOutMap.Lun, Lun);
        Field.Put32(bhs, NopOutMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, NopOutMap.TargetTransferTag, TargetTransferTag);
    }
}
