namespace Blockwire.Wire;

/// <summary>Text Response field map, RFC 7143 §11.11. Byte offsets into the BHS.</summary>
internal static class TextResponseMap
{
    internal const int Flags = 1, Lun = 8, InitiatorTaskTag = 16, TargetTransferTag = 20;
    internal const byte Continue = 0x40;
}

/// <summary>Window on a Text Response (RFC 7143 §11.11). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct TextResponseView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>C bit.</summary>
    public bool Continue => (_bhs[TextResponseMap.Flags] & TextResponseMap.Continue) != 0;

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, TextResponseMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, TextResponseMap.InitiatorTaskTag);

    /// <summary>Target Transfer Tag.</summary>
    public uint TargetTransferTag => Field.U32(_bhs, TextResponseMap.TargetTransferTag);
}

/// <summary>The answer to one step of a text exchange (RFC 7143 §11.11). Keys are the data segment.</summary>
/// <param name="Final">F bit: the exchange is over.</param>
/// <param name="Continue">C bit: the keys go on in the next Text Response; excludes F (§11.11.2).</param>
/// <param name="Lun">LUN, to be copied with the Target Transfer Tag; 0 when that is the reserved one.</param>
/// <param name="InitiatorTaskTag">That of the request.</param>
/// <param name="TargetTransferTag">What the next request has to copy; <see cref="Bhs.ReservedTag"/> exactly with F (§11.11.1).</param>
public readonly record struct TextResponse(bool Final, bool Continue, ulong Lun, uint InitiatorTaskTag, uint TargetTransferTag)
{
    /// <summary>
    /// Reads and checks. With F the Target Transfer Tag is to be ignored (§11.10.4) and comes out as the reserved one. The value is filled
    /// in
    /// whatever the outcome.
    /// </summary>
    public static PduCheck Parse(TextResponseView view, out TextResponse value)
    {
        value = new TextResponse(
            view.Common.Final, view.Continue, view.Lun, view.InitiatorTaskTag, view.TargetTransferTag).Meant();
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.Format(Bhs.InitiatorTaskTagRule)
            : value.Final && value.Continue ? PduCheck.Format("7143/11.11.2 C and F exclude each other")
            : !value.Final && value.TargetTransferTag == Bhs.ReservedTag
                ? PduCheck.Format("7143/11.11.1 without F a Target Transfer Tag is given")
            : PduCheck.Ok;
    }

    /// <summary>
    /// Writes the 48 bytes; lengths and sequence numbers stay 0. With F the Target Transfer Tag is sent as the reserved one.
    /// </summary>
    public void Emit(Span<byte> bhs)
    {
        TextResponse meant = Meant();
        int flags = (Final ? Bhs.FinalBit : 0) | (Continue ? TextResponseMap.Continue : 0);
        Bhs.Begin(bhs, Opcode.TextResponse, immediate: false, (byte)flags);
        Field.Put64(bhs, TextResponseMap.Lun, meant.Lun);
        Field.Put32(bhs, TextResponseMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, TextResponseMap.TargetTransferTag, meant.TargetTransferTag);
    }

    private TextResponse Meant()
    {
        uint tag = Final ? Bhs.ReservedTag : TargetTransferTag;
        return this with { TargetTransferTag = tag, Lun = tag == Bhs.ReservedTag ? 0 : Lun };
    }
}
