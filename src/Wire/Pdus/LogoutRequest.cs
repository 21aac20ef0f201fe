namespace Blockwire.Wire;

/// <summary>Why an initiator logs out, RFC 7143 §11.14.1. Other values are reserved.</summary>
public enum LogoutReason : byte
{
    /// <summary>Close the session.</summary>
    CloseSession = 0,

    /// <summary>Close the connection.</summary>
    CloseConnection = 1,

    /// <summary>Remove the connection for recovery.</summary>
    RemoveConnectionForRecovery = 2,
}

/// <summary>Logout Request field map, RFC 7143 §11.14. Byte offsets into the BHS.</summary>
internal static class LogoutRequestMap
{
    internal const int Reason = 1, InitiatorTaskTag = 16, Cid = 20;
}

/// <summary>Window on a Logout Request (RFC 7143 §11.14). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct LogoutRequestView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>Reason Code: the low seven bits of byte 1, whose top bit is F. The value may be unnamed.</summary>
    public LogoutReason Reason => (LogoutReason)(_bhs[LogoutRequestMap.Reason] & 0x7F);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, LogoutRequestMap.InitiatorTaskTag);

    /// <summary>CID.</summary>
    public ushort Cid => Field.U16(_bhs, LogoutRequestMap.Cid);
}

/// <summary>The initiator closes a connection or the session (RFC 7143 §11.14).</summary>
/// <param name="Immediate">I bit: for immediate delivery.</param>
/// <param name="Reason">The reason.</param>
/// <param name="InitiatorTaskTag">Tag of this request.</param>
/// <param name="Cid">The connection meant; 0 when the reason is to close the session, where it is reserved (§11.14.3).</param>
public readonly record struct LogoutRequest(bool Immediate, LogoutReason Reason, uint InitiatorTaskTag, ushort Cid)
{
    /// <summary>
    /// Reads and checks. A clear F bit is accepted, since the bit is fixed and says nothing; a reserved reason is a protocol error. The
    /// value
    /// is filled in whatever the outcome.
    /// </summary>
    public static PduCheck Parse(LogoutRequestView view, out LogoutRequest value)
    {
        value = new LogoutRequest(view.Common.Immediate, view.Reason, view.InitiatorTaskTag, view.Cid).Meant();
        PduCheck lengths = Bhs.CheckNoAhsNoData(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.InvalidField(Bhs.InitiatorTaskTagRule)
            : value.Reason > LogoutReason.RemoveConnectionForRecovery
                ? PduCheck.ProtocolError("7143/11.14.1 the reason code is not a reserved one")
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0. The CID is sent as 0 where it is reserved.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.LogoutRequest, Immediate, (byte)(Bhs.FinalBit | (byte)Reason));
        Field.Put32(bhs, LogoutRequestMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put16(bhs, LogoutRequestMap.Cid, Meant().Cid);
    }

    private LogoutRequest Meant() => Reason == LogoutReason.CloseSession ? this with { Cid = 0 } : this;
}
