namespace Blockwire.Wire.Tests;

/// <summary>Legal values at random, of every type of PDU.</summary>
internal static class PduDraws
{
    public static NopOut NopOut(Draw d)
    {
        uint tag = d.U32();
        return new(tag == Bhs.ReservedTag || d.Bool(), d.U64(), tag, d.U32());
    }

    public static NopIn NopIn(Draw d) => d.Bool() ? new(d.U64(), d.Tag(), Bhs.ReservedTag) : new(d.U64(), Bhs.ReservedTag, d.U32());

    public static ScsiCommand ScsiCommand(Draw d)
    {
        bool read = d.Bool(), write = d.Bool();
        return new(
            d.Bool(), !write || d.Bool(), read, write, (byte)d.Below(8), d.U64(), d.Tag(), read || write ? d.U32() : 0,
            Cdb16.From(d.Bytes(16)))
        {
            Priority = (byte)d.Below(16),
        };
    }

    public static ScsiResponse ScsiResponse(Draw d)
    {
        byte response = d.One<byte>(0, 0, 0, 1, 0x80, 0xFF);
        if (response != 0)
        {
            return new(response, 0, d.Tag(), d.U32(), default, ResidualFlags.None, 0, 0);
        }

        ResidualFlags one = d.One(ResidualFlags.None, ResidualFlags.Overflow, ResidualFlags.Underflow);
        ResidualFlags both = d.One(
            ResidualFlags.None, ResidualFlags.BidirectionalReadOverflow, ResidualFlags.BidirectionalReadUnderflow);
        return new(
            0, d.One<byte>(0x00, 0x08, 0x18, 0x28, 0x30, 0x40, 0xFF), d.Tag(), d.U32(), d.Serial(), one | both,
            both == ResidualFlags.None ? 0 : d.U32(), one == ResidualFlags.None ? 0 : d.U32())
        {
            StatusQualifier = d.U16(),
        };
    }

    public static TaskManagementRequest TaskManagementRequest(Draw d)
    {
        TaskManagementFunction function = (TaskManagementFunction)d.Below(128);
        uint itt = d.Tag();
        return (int)function switch
        {
            1 or 9 => new(d.Bool(), function, d.U64(), itt, d.U32(), d.Serial(), default),
            2 or 3 or 4 or 5 or 10 or 12 => new(d.Bool(), function, d.U64(), itt, Bhs.ReservedTag, default, default),
            6 or 7 or 11 => new(d.Bool(), function, 0, itt, Bhs.ReservedTag, default, default),
            8 => new(d.Bool(), function, 0, itt, d.U32(), default, d.Serial()),
            _ => new(d.Bool(), function, d.U64(), itt, d.U32(), d.Serial(), d.Serial()),
        };
    }

    public static TaskManagementResponse TaskManagementResponse(Draw d) =>
        new((TaskManagementResponseCode)d.U8(), d.Tag()) { AdditionalInformation = d.U24() };

    public static LoginRequest LoginRequest(Draw d)
    {
        bool transit = d.Bool();
        return new(
            transit, !transit && d.Bool(), Stage(d), transit ? Stage(d) : default, d.U8(), d.U8(), d.U48(), d.U16(), d.Tag(), d.U16());
    }

    public static LoginResponse LoginResponse(Draw d)
    {
        bool transit = d.Bool();
        return new(
            transit, !transit && d.Bool(), Stage(d), transit ? Stage(d) : default, d.U8(), d.U8(), d.U48(), d.U16(), d.Tag(),
            (LoginStatus)d.U16());
    }

    public static TextRequest TextRequest(Draw d)
    {
        bool final = d.Bool();
        return new(d.Bool(), final, !final && d.Bool(), d.U64(), d.Tag(), d.U32());
    }

    public static TextResponse TextResponse(Draw d) => d.Bool()
        ? new(true, false, 0, d.Tag(), Bhs.ReservedTag)
        : new(false, d.Bool(), d.U64(), d.Tag(), d.Tag());

    public static DataOut DataOut(Draw d) => d.Bool()
        ? new(d.Bool(), 0, d.Tag(), Bhs.ReservedTag, d.Serial(), d.U32())
        : new(d.Bool(), d.U64(), d.Tag(), d.Tag(), d.Serial(), d.U32());

    public static DataIn DataIn(Draw d)
    {
        bool acknowledge = d.Bool(), status = d.Bool();
        ResidualFlags flags = status ? d.One(ResidualFlags.None, ResidualFlags.Overflow, ResidualFlags.Underflow) : ResidualFlags.None;
        return new(
            status || d.Bool(), acknowledge, status, flags, status ? d.One<byte>(0x00, 0x04, 0x10, 0x14) : (byte)0,
            acknowledge ? d.U64() : 0, d.Tag(), acknowledge ? d.Tag() : Bhs.ReservedTag, d.Serial(), d.U32(),
            flags == ResidualFlags.None ? 0 : d.U32());
    }

    public static ReadyToTransfer ReadyToTransfer(Draw d) =>
        new(d.U64(), d.Tag(), d.Tag(), d.Serial(), d.U32(), Math.Max(1, d.U32()));

    public static LogoutRequest LogoutRequest(Draw d)
    {
        LogoutReason reason = (LogoutReason)d.Below(3);
        return new(d.Bool(), reason, d.Tag(), reason == LogoutReason.CloseSession ? (ushort)0 : d.U16());
    }

    public static LogoutResponse LogoutResponse(Draw d) => new((LogoutResponseCode)d.U8(), d.Tag(), d.U16(), d.U16());

    public static SnackRequest SnackRequest(Draw d) => d.One(SnackType.DataOrR2T, SnackType.Status, SnackType.DataAck, SnackType.RData) switch
    {
        SnackType.DataOrR2T => new(SnackType.DataOrR2T, 0, d.Tag(), Bhs.ReservedTag, d.U32(), d.U32()),
        SnackType.Status => new(SnackType.Status, 0, Bhs.ReservedTag, Bhs.ReservedTag, d.U32(), d.U32()),
        SnackType.DataAck => new(SnackType.DataAck, d.U64(), Bhs.ReservedTag, d.Tag(), d.U32(), 0),
        _ => new(SnackType.RData, 0, d.Tag(), Math.Max(1, d.Tag()), 0, 0),
    };

    public static AsyncMessage AsyncMessage(Draw d)
    {
        AsyncEvent code = (AsyncEvent)d.One<int>(0, 1, 2, 3, 4, 5, d.Below(256));
        return (int)code switch
        {
            0 or 5 => new(d.U64(), code, 0, 0, 0, 0),
            1 or 4 => new(0, code, 0, 0, 0, d.U16()),
            2 => new(0, code, 0, d.U16(), d.U16(), d.U16()),
            3 => new(0, code, 0, 0, d.U16(), d.U16()),
            _ => new(d.U64(), code, d.U8(), d.U16(), d.U16(), d.U16()),
        };
    }

    public static Reject Reject(Draw d)
    {
        RejectReason reason = (RejectReason)d.One<int>(2, 3, 4, 4, 5, 9, d.Below(256));
        return new(reason, reason == RejectReason.ProtocolError ? d.Serial() : default);
    }

    private static LoginStage Stage(Draw d) =>
        d.One(LoginStage.SecurityNegotiation, LoginStage.LoginOperationalNegotiation, LoginStage.FullFeaturePhase);
}
