namespace Blockwire.Wire;

/// <summary>Text Request field map, RFC 7143 §11.10. Byte offsets into the BHS.</summary>
internal static class TextRequestMap
{
    internal const int Flags = 1, Lun = 8, InitiatorTaskTag = 16, TargetTransferTag = 20;
    internal const byte Continue = 0x40;
}

/// <summary>Window on a Text Request (RFC 7143 §11.10). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct TextRequestView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>C bit.</summary>
    public bool Continue => (_bhs[TextRequestMap.Flags] & TextRequestMap.Continue) != 0;

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, TextRequestMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, TextRequestMap.InitiatorTaskTag);

    /// <summary>Target Transfer Tag.</summary>
    public uint TargetTransferTag => Field.U32(_bhs, TextRequestMap.TargetTransferTag);
}

/// <summary>One step of a text exchange (RFC 7143 §11.10). Keys are the data segment.</summary>
/// <param name="Immediate">I bit: for immediate delivery; the same through the whole exchange.</param>
/// <param name="Final">F bit: the last or only request of the sequence.</param>
/// <param name="Continue">C bit: the keys go on in the next Text Request; excludes F (§11.10.2).</param>
/// <param name="Lun">LUN: copied from the Text Response with the Target Transfer Tag.</param>
/// <param name="InitiatorTaskTag">The same through the whole exchange.</param>
/// <param name="TargetTransferTag"><see cref="Bhs.ReservedTag"/> for a new exchange; else copied from the Text Response (§11.10.4).</param>
public readonly record struct TextRequest(
    bool Immediate, bool Final, bool Continue, ulong Lun, uint InitiatorTaskTag, uint TargetTransferTag)
{
    /// <summary>Reads and checks. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(TextRequestView view, out TextRequest value)
    {
        value = new(view.Common.Immediate, view.Common.Final, view.Continue, view.Lun, view.InitiatorTaskTag, view.TargetTransferTag);
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.InvalidField(Bhs.InitiatorTaskTagRule)
            : value.Final && value.Continue ? PduCheck.ProtocolError("7143/11.10.2 C and F exclude each other")
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0.</summary>
    public void Emit(Span<byte> bhs)
    {
        int flags = (Final ? Bhs.FinalBit : 0) | (Continue ? TextRequestMap.Continue : 0);
        Bhs.Begin(bhs, Opcode.TextRequest, Immediate, (byte)flags);
        Field.Put64(bhs, TextRequestMap.Lun, Lun);
        Field.Put32(bhs, TextRequestMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, TextRequestMap.TargetTransferTag, TargetTransferTag);
    }
}
