namespace Blockwire.Wire;

/// <summary>SCSI Command field map, RFC 7143 §11.3. Byte offsets into the BHS.</summary>
internal static class ScsiCommandMap
{
    internal const int Flags = 1, Priority = 2, Lun = 8, InitiatorTaskTag = 16, ExpectedDataTransferLength = 20, Cdb = 32;
    internal const byte Read = 0x40, Write = 0x20, Attribute = 0x07;
}

/// <summary>Window on a SCSI Command (RFC 7143 §11.3). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct ScsiCommandView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>R bit.</summary>
    public bool Read => (_bhs[ScsiCommandMap.Flags] & ScsiCommandMap.Read) != 0;

    /// <summary>W bit.</summary>
    public bool Write => (_bhs[ScsiCommandMap.Flags] & ScsiCommandMap.Write) != 0;

    /// <summary>ATTR: three bits.</summary>
    public byte Attribute => (byte)(_bhs[ScsiCommandMap.Flags] & ScsiCommandMap.Attribute);

    /// <summary>PRI: four bits (RFC 7144 §5.1.1).</summary>
    public byte Priority => (byte)(_bhs[ScsiCommandMap.Priority] >> 4);

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, ScsiCommandMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, ScsiCommandMap.InitiatorTaskTag);

    /// <summary>Expected Data Transfer Length, in bytes.</summary>
    public uint ExpectedDataTransferLength => Field.U32(_bhs, ScsiCommandMap.ExpectedDataTransferLength);

    /// <summary>The 16 bytes of the CDB field.</summary>
    public ReadOnlySpan<byte> Cdb => _bhs[ScsiCommandMap.Cdb..];
}

/// <summary>A SCSI command (RFC 7143 §11.3). Immediate data is the data segment.</summary>
/// <param name="Immediate">I bit: for immediate delivery.</param>
/// <param name="Final">F bit: no unsolicited Data-Out follows.</param>
/// <param name="Read">R bit: data is expected to come in.</param>
/// <param name="Write">W bit: data is expected to go out.</param>
/// <param name="Attribute">ATTR, 0 to 7: 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA; others reserved (§11.3.1).</param>
/// <param name="Lun">LUN.</param>
/// <param name="InitiatorTaskTag">Initiator Task Tag.</param>
/// <param name="ExpectedDataTransferLength">Bytes the initiator expects to move; of a bidirectional command, to write (§11.3.4).</param>
/// <param name="Cdb">The CDB, or its first 16 bytes.</param>
public readonly record struct ScsiCommand(
    bool Immediate, bool Final, bool Read, bool Write, byte Attribute, ulong Lun, uint InitiatorTaskTag,
    uint ExpectedDataTransferLength, Cdb16 Cdb)
{
    /// <summary>
    /// PRI, 0 to 15: the command priority of RFC 7144 §5.1.1. To be ignored, and sent as 0, unless iSCSIProtocolLevel 2 was negotiated.
    /// </summary>
    public byte Priority { get; init; }

    /// <summary>
    /// Reads and checks what the BHS holds; AHSs are read by <see cref="AhsReader"/>. The value is filled in whatever the outcome.
    /// </summary>
    public static PduCheck Parse(ScsiCommandView view, out ScsiCommand value)
    {
        BhsView common = view.Common;
        value = new(
            common.Immediate, common.Final, view.Read, view.Write, view.Attribute, view.Lun, view.InitiatorTaskTag,
            view.ExpectedDataTransferLength, Cdb16.From(view.Cdb))
        {
            Priority = view.Priority,
        };
        return value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.InvalidField(Bhs.InitiatorTaskTagRule)
            : !value.Write && !value.Final ? PduCheck.InvalidField("7143/11.3.1 at least one of W and F is set")
            : value.ExpectedDataTransferLength != 0 && !value.Read && !value.Write
                ? PduCheck.InvalidField("7143/11.3.1 with data expected, R or W is set")
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0.</summary>
    public void Emit(Span<byte> bhs)
    {
        int flags = (Final ? Bhs.FinalBit : 0) | (Read ? ScsiCommandMap.Read : 0) | (Write ? ScsiCommandMap.Write : 0)
            | (Attribute & ScsiCommandMap.Attribute);
        Bhs.Begin(bhs, Opcode.ScsiCommand, Immediate, (byte)flags);
        bhs[ScsiCommandMap.Priority] = (byte)(Priority << 4);
        Field.Put64(bhs, ScsiCommandMap.Lun, Lun);
        Field.Put32(bhs, ScsiCommandMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put32(bhs, ScsiCommandMap.ExpectedDataTransferLength, ExpectedDataTransferLength);
        Cdb.AsSpan.CopyTo(bhs[ScsiCommandMap.Cdb..]);
    }
}
