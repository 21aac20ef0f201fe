namespace Blockwire.Wire;

/// <summary>Kinds of SNACK, RFC 7143 §11.16.1. Other values are reserved.</summary>
public enum SnackType : byte
{
    /// <summary>Data/R2T SNACK: send Data-In or R2T PDUs again.</summary>
    DataOrR2T = 0,

    /// <summary>Status SNACK: send numbered responses again.</summary>
    Status = 1,

    /// <summary>DataACK: Data-In PDUs have arrived.</summary>
    DataAck = 2,

    /// <summary>R-Data SNACK: send Data-In PDUs again, perhaps cut otherwise.</summary>
    RData = 3,
}

/// <summary>SNACK Request field map, RFC 7143 §11.16. Byte offsets into the BHS.</summary>
internal static class SnackRequestMap
{
    internal const int Type = 1, Lun = 8, InitiatorTaskTag = 16, TargetTransferTag = 20, BegRun = 40, RunLength = 44;
    internal const byte TypeBits = 0x0F;
}

/// <summary>Window on a SNACK Request (RFC 7143 §11.16). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct SnackRequestView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>Type: four bits. The value may be unnamed.</summary>
    public SnackType Type => (SnackType)(_bhs[SnackRequestMap.Type] & SnackRequestMap.TypeBits);

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, SnackRequestMap.Lun);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, SnackRequestMap.InitiatorTaskTag);

    /// <summary>Target Transfer Tag or SNACK Tag.</summary>
    public uint TargetTransferTag => Field.U32(_bhs, SnackRequestMap.TargetTransferTag);

    /// <summary>BegRun.</summary>
    public uint BegRun => Field.U32(_bhs, SnackRequestMap.BegRun);

    /// <summary>RunLength.</summary>
    public uint RunLength => Field.U32(_bhs, SnackRequestMap.RunLength);
}

/// <summary>The initiator asks for PDUs again, or acknowledges data (RFC 7143 §11.16). Carries ExpStatSN and no CmdSN.</summary>
/// <param name="Type">The kind.</param>
/// <param name="Lun">For DataACK, copied from the Data-In; else 0 (§11.16.5).</param>
/// <param name="InitiatorTaskTag">The command meant; <see cref="Bhs.ReservedTag"/> for Status SNACK and DataACK (§11.16.4).</param>
/// <param name="TargetTransferTag">
/// For DataACK, copied from the Data-In; for R-Data SNACK the SNACK Tag, neither 0 nor reserved; else <see cref="Bhs.ReservedTag"/>
/// (§11.16.5).
/// </param>
/// <param name="BegRun">First DataSN, R2TSN or StatSN wanted; for DataACK the next DataSN expected; for R-Data SNACK 0 (§11.16.6).</param>
/// <param name="RunLength">How many; 0 for all. 0 for DataACK and R-Data SNACK (§11.16.7).</param>
/// <remarks>The fields of a reserved type are carried as they are.</remarks>
public readonly record struct SnackRequest(
    SnackType Type, ulong Lun, uint InitiatorTaskTag, uint TargetTransferTag, uint BegRun, uint RunLength)
{
    /// <summary>
    /// Reads and checks. Fields that the type reserves come out as reserved. The value is filled in whatever the outcome.
    /// </summary>
    public static PduCheck Parse(SnackRequestView view, out SnackRequest value)
    {
        value = new SnackRequest(
            view.Type, view.Lun, view.InitiatorTaskTag, view.TargetTransferTag, view.BegRun, view.RunLength).Meant();
        PduCheck lengths = Bhs.CheckNoAhsNoData(view.Common);
        return !lengths.IsOk ? lengths
            : value.Type switch
            {
                SnackType.DataOrR2T => CheckTask(value),
                SnackType.Status => PduCheck.Ok,
                SnackType.DataAck => CheckDataAck(value),
                SnackType.RData => CheckRData(value),
                _ => PduCheck.ProtocolError("7143/11.16.1 the type is not a reserved one"),
            };
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0. Fields that the type reserves are sent as reserved.</summary>
    public void Emit(Span<byte> bhs)
    {
        SnackRequest meant = Meant();
        Bhs.Begin(bhs, Opcode.SnackRequest, immediate: false, (byte)(Bhs.FinalBit | ((byte)Type & SnackRequestMap.TypeBits)));
        Field.Put64(bhs, SnackRequestMap.Lun, meant.Lun);
        Field.Put32(bhs, SnackRequestMap.InitiatorTaskTag, meant.InitiatorTaskTag);
        Field.Put32(bhs, SnackRequestMap.TargetTransferTag, meant.TargetTransferTag);
        Field.Put32(bhs, SnackRequestMap.BegRun, BegRun);
        Field.Put32(bhs, SnackRequestMap.RunLength, RunLength);
    }

    private static PduCheck CheckTask(in SnackRequest value) => value.InitiatorTaskTag != Bhs.ReservedTag
        ? PduCheck.Ok
        : PduCheck.InvalidField("7143/11.16.4 the Initiator Task Tag is not the reserved one");

    private static PduCheck CheckDataAck(in SnackRequest value) =>
        value.TargetTransferTag == Bhs.ReservedTag ? PduCheck.InvalidField("7143/11.16.5 a DataACK has the Target Transfer Tag of the data")
        : value.RunLength != 0 ? PduCheck.InvalidField("7143/11.16.7 the RunLength of a DataACK is 0")
        : PduCheck.Ok;

    private static PduCheck CheckRData(in SnackRequest value) =>
        value.TargetTransferTag is 0 or Bhs.ReservedTag
            ? PduCheck.InvalidField("7143/11.16.5 the SNACK Tag is neither 0 nor the reserved tag")
        : value.BegRun != 0 ? PduCheck.InvalidField("7143/11.16.6 the BegRun of an R-Data SNACK is 0")
        : value.RunLength != 0 ? PduCheck.InvalidField("7143/11.16.7 the RunLength of an R-Data SNACK is 0")
        : CheckTask(value);

    private SnackRequest Meant() => Type switch
    {
        SnackType.DataOrR2T => this with { Lun = 0, TargetTransferTag = Bhs.ReservedTag },
        SnackType.Status => this with { Lun = 0, InitiatorTaskTag = Bhs.ReservedTag, TargetTransferTag = Bhs.ReservedTag },
        SnackType.DataAck => this with { InitiatorTaskTag = Bhs.ReservedTag },
        SnackType.RData => this with { Lun = 0 },
        _ => this,
    };
}
