namespace Blockwire.Wire;

/// <summary>Answers to a logout, RFC 7143 §11.15.1. Other values are unassigned.</summary>
public enum LogoutResponseCode : byte
{
    /// <summary>Connection or session closed.</summary>
    Closed = 0,

    /// <summary>CID not found.</summary>
    CidNotFound = 1,

    /// <summary>Connection recovery is not supported.</summary>
    RecoveryNotSupported = 2,

    /// <summary>Cleanup failed.</summary>
    CleanupFailed = 3,
}

/// <summary>Logout Response field map, RFC 7143 §11.15. Byte offsets into the BHS.</summary>
internal static class LogoutResponseMap
{
    internal const int Response = 2, InitiatorTaskTag = 16, Time2Wait = 40, Time2Retain = 42;
}

/// <summary>Window on a Logout Response (RFC 7143 §11.15). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct LogoutResponseView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>Response. The value may be unnamed.</summary>
    public LogoutResponseCode Response => (LogoutResponseCode)_bhs[LogoutResponseMap.Response];

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, LogoutResponseMap.InitiatorTaskTag);

    /// <summary>Time2Wait, in seconds.</summary>
    public ushort Time2Wait => Field.U16(_bhs, LogoutResponseMap.Time2Wait);

    /// <summary>Time2Retain, in seconds.</summary>
    public ushort Time2Retain => Field.U16(_bhs, LogoutResponseMap.Time2Retain);
}

/// <summary>The answer to a logout (RFC 7143 §11.15).</summary>
/// <param name="Response">The answer.</param>
/// <param name="InitiatorTaskTag">That of the request.</param>
/// <param name="Time2Wait">Seconds to wait before reinstating the connection or reassigning its tasks (§11.15.3).</param>
/// <param name="Time2Retain">Seconds, after that wait, in which tasks can be reassigned (§11.15.4).</param>
public readonly record struct LogoutResponse(LogoutResponseCode Response, uint InitiatorTaskTag, ushort Time2Wait, ushort Time2Retain)
{
    /// <summary>Reads and checks. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(LogoutResponseView view, out LogoutResponse value)
    {
        value = new(view.Response, view.InitiatorTaskTag, view.Time2Wait, view.Time2Retain);
        PduCheck lengths = Bhs.CheckNoAhsNoData(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.Format(Bhs.InitiatorTaskTagRule)
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.LogoutResponse, immediate: false, Bhs.FinalBit);
        bhs[LogoutResponseMap.Response] = (byte)Response;
        Field.Put32(bhs, LogoutResponseMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put16(bhs, LogoutResponseMap.Time2Wait, Time2Wait);
        Field.Put16(bhs, LogoutResponseMap.Time2Retain, Time2Retain);
    }
}
