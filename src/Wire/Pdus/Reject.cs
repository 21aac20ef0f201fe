namespace Blockwire.Wire;

/// <summary>Why a PDU is refused, RFC 7143 §11.17.1. Other values are unassigned.</summary>
public enum RejectReason : byte
{
    /// <summary>Data digest error; the PDU may be sent again.</summary>
    DataDigestError = 0x02,

    /// <summary>SNACK reject.</summary>
    SnackReject = 0x03,

    /// <summary>Protocol error.</summary>
    ProtocolError = 0x04,

    /// <summary>Command not supported.</summary>
    CommandNotSupported = 0x05,

    /// <summary>Too many immediate commands; the PDU may be sent again.</summary>
    ImmediateCommandReject = 0x06,

    /// <summary>Task in progress.</summary>
    TaskInProgress = 0x07,

    /// <summary>Invalid data acknowledgement.</summary>
    InvalidDataAck = 0x08,

    /// <summary>Invalid PDU field.</summary>
    InvalidPduField = 0x09,

    /// <summary>No Target Transfer Tag for a long operation: out of resources.</summary>
    LongOperationReject = 0x0A,

    /// <summary>Deprecated and never sent; one received ends the login as a failed negotiation (note 3).</summary>
    NegotiationReset = 0x0B,

    /// <summary>Waiting for logout.</summary>
    WaitingForLogout = 0x0C,
}

/// <summary>Reject field map, RFC 7143 §11.17. Byte offsets into the BHS.</summary>
internal static class RejectMap
{
    internal const int Reason = 2, InitiatorTaskTag = 16, DataSN = 36;
}

/// <summary>Window on a Reject (RFC 7143 §11.17). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct RejectView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>Reason. The value may be unnamed.</summary>
    public RejectReason Reason => (RejectReason)_bhs[RejectMap.Reason];

    /// <summary>DataSN or R2TSN.</summary>
    public Serial32 DataSN => Field.Serial(_bhs, RejectMap.DataSN);
}

/// <summary>The target refuses a PDU (RFC 7143 §11.17). The data segment is the header of that PDU, without digest (§11.17.4).</summary>
/// <param name="Reason">The reason.</param>
/// <param name="DataSN">
/// The next DataSN or R2TSN of the task, when a Data/R2T SNACK is refused with <see cref="RejectReason.ProtocolError"/> (§11.17.2); 0 with
/// any
/// other reason.
/// </param>
public readonly record struct Reject(RejectReason Reason, Serial32 DataSN)
{
    /// <summary>Reads and checks. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(RejectView view, out Reject value)
    {
        value = new Reject(view.Reason, view.DataSN).Meant();
        return Bhs.CheckNoAhs(view.Common);
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0. DataSN is sent as 0 where it is reserved.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.Reject, immediate: false, Bhs.FinalBit);
        bhs[RejectMap.Reason] = (byte)Reason;
        Field.Put32(bhs, RejectMap.InitiatorTaskTag, Bhs.ReservedTag);
        Field.Put32(bhs, RejectMap.DataSN, Meant().DataSN);
    }

    private Reject Meant() => Reason == RejectReason.ProtocolError ? this : this with { DataSN = default };
}
