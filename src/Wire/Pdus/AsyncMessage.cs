namespace Blockwire.Wire;

/// <summary>What an Asynchronous Message tells, RFC 7143 §11.9.1. 248 to 255 are vendors'; other values are unassigned.</summary>
public enum AsyncEvent : byte
{
    /// <summary>A SCSI event, told by the sense data in the data segment.</summary>
    ScsiEvent = 0,

    /// <summary>The target wants a logout within Parameter3 seconds.</summary>
    LogoutRequest = 1,

    /// <summary>The target drops the connection whose CID is Parameter1.</summary>
    ConnectionDrop = 2,

    /// <summary>The target drops all connections of the session.</summary>
    SessionDrop = 3,

    /// <summary>The target wants a negotiation within Parameter3 seconds.</summary>
    NegotiationRequest = 4,

    /// <summary>The tasks of a logical unit are being ended; only with TaskReporting FastAbort.</summary>
    TaskTermination = 5,

    /// <summary>The first of the vendors' events, which run to 255.</summary>
    FirstVendorEvent = 248,
}

/// <summary>Asynchronous Message field map, RFC 7143 §11.9. Byte offsets into the BHS.</summary>
internal static class AsyncMessageMap
{
    internal const int Lun = 8, InitiatorTaskTag = 16, Event = 36, VendorCode = 37, Parameter1 = 38, Parameter2 = 40, Parameter3 = 42;
}

/// <summary>Window on an Asynchronous Message (RFC 7143 §11.9). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct AsyncMessageView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>LUN.</summary>
    public ulong Lun => Field.U64(_bhs, AsyncMessageMap.Lun);

    /// <summary>AsyncEvent. The value may be unnamed.</summary>
    public AsyncEvent Event => (AsyncEvent)_bhs[AsyncMessageMap.Event];

    /// <summary>AsyncVCode.</summary>
    public byte VendorCode => _bhs[AsyncMessageMap.VendorCode];

    /// <summary>Parameter1.</summary>
    public ushort Parameter1 => Field.U16(_bhs, AsyncMessageMap.Parameter1);

    /// <summary>Parameter2.</summary>
    public ushort Parameter2 => Field.U16(_bhs, AsyncMessageMap.Parameter2);

    /// <summary>Parameter3.</summary>
    public ushort Parameter3 => Field.U16(_bhs, AsyncMessageMap.Parameter3);
}

/// <summary>The target tells something unasked (RFC 7143 §11.9). Sense and event data are the data segment (§11.9.4).</summary>
/// <param name="Lun">LUN, for <see cref="AsyncEvent.ScsiEvent"/> and <see cref="AsyncEvent.TaskTermination"/>; else 0.</param>
/// <param name="Event">The event.</param>
/// <param name="VendorCode">AsyncVCode, for vendors' events; else 0 (§11.9.2).</param>
/// <param name="Parameter1">CID, for <see cref="AsyncEvent.ConnectionDrop"/>; else 0.</param>
/// <param name="Parameter2">Time2Wait in seconds, for the two drops; else 0.</param>
/// <param name="Parameter3">Seconds: Time2Retain for the two drops, the time limit for the two requests; else 0.</param>
/// <remarks>The fields of vendors' and unassigned events are carried as they are.</remarks>
public readonly record struct AsyncMessage(
    ulong Lun, AsyncEvent Event, byte VendorCode, ushort Parameter1, ushort Parameter2, ushort Parameter3)
{
    /// <summary>Reads and checks. Fields that the event reserves come out as 0. The value is filled in whatever the outcome.</summary>
    public static PduCheck Parse(AsyncMessageView view, out AsyncMessage value)
    {
        value = new AsyncMessage(
            view.Lun, view.Event, view.VendorCode, view.Parameter1, view.Parameter2, view.Parameter3).Meant();
        return Bhs.CheckNoAhs(view.Common);
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0. Fields that the event reserves are sent as 0.</summary>
    public void Emit(Span<byte> bhs)
    {
        AsyncMessage meant = Meant();
        Bhs.Begin(bhs, Opcode.AsyncMessage, immediate: false, Bhs.FinalBit);
        Field.Put64(bhs, AsyncMessageMap.Lun, meant.Lun);
        Field.Put32(bhs, AsyncMessageMap.InitiatorTaskTag, Bhs.ReservedTag);
        bhs[AsyncMessageMap.Event] = (byte)Event;
        bhs[AsyncMessageMap.VendorCode] = meant.VendorCode;
        Field.Put16(bhs, AsyncMessageMap.Parameter1, meant.Parameter1);
        Field.Put16(bhs, AsyncMessageMap.Parameter2, meant.Parameter2);
        Field.Put16(bhs, AsyncMessageMap.Parameter3, meant.Parameter3);
    }

    private AsyncMessage Meant() => Event switch
    {
        AsyncEvent.ScsiEvent or AsyncEvent.TaskTermination => new(Lun, Event, 0, 0, 0, 0),
        AsyncEvent.LogoutRequest or AsyncEvent.NegotiationRequest => new(0, Event, 0, 0, 0, Parameter3),
        AsyncEvent.ConnectionDrop => new(0, Event, 0, Parameter1, Parameter2, Parameter3),
        AsyncEvent.SessionDrop => new(0, Event, 0, 0, Parameter2, Parameter3),
        _ => this,
    };
}
