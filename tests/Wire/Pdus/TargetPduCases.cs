namespace Blockwire.Wire.Tests;

/// <summary>What a target sends.</summary>
internal static class TargetPduCases
{
    private static readonly Parser<NopIn> ParseNopIn = static (b, out v) => NopIn.Parse(new(b), out v);
    private static readonly Parser<ScsiResponse> ParseResponse = static (b, out v) => ScsiResponse.Parse(new(b), out v);
    private static readonly Parser<TaskManagementResponse> ParseTask = static (b, out v) => TaskManagementResponse.Parse(new(b), out v);
    private static readonly Parser<LoginResponse> ParseLogin = static (b, out v) => LoginResponse.Parse(new(b), out v);
    private static readonly Parser<TextResponse> ParseText = static (b, out v) => TextResponse.Parse(new(b), out v);
    private static readonly Parser<DataIn> ParseDataIn = static (b, out v) => DataIn.Parse(new(b), out v);
    private static readonly Parser<LogoutResponse> ParseLogout = static (b, out v) => LogoutResponse.Parse(new(b), out v);
    private static readonly Parser<ReadyToTransfer> ParseR2T = static (b, out v) => ReadyToTransfer.Parse(new(b), out v);
    private static readonly Parser<AsyncMessage> ParseAsync = static (b, out v) => AsyncMessage.Parse(new(b), out v);
    private static readonly Parser<Reject> ParseReject = static (b, out v) => Reject.Parse(new(b), out v);

    public static PduCase[] All { get; } =
    [
        new PduCase<NopIn>(
            "NOP-In",
            new(0x08090A0B0C0D0E0F, 0xFFFFFFFF, 0x14151617),
            """
            20 80 00 00  00 00 00 00  08 09 0a 0b  0c 0d 0e 0f
            ff ff ff ff  14 15 16 17  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 ff ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseNopIn, static (in v, b) => v.Emit(b), PduDraws.NopIn),

        new PduCase<ScsiResponse>(
            "SCSI Response, completed",
            new(0, 2, 0x10111213, 0x14151617, new(0x24252627), ResidualFlags.BidirectionalReadOverflow | ResidualFlags.Underflow,
                0x28292A2B, 0x2C2D2E2F) { StatusQualifier = 0x0809 },
            """
            21 92 00 02  00 00 00 14  08 09 00 00  00 00 00 00
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  24 25 26 27  28 29 2a 2b  2c 2d 2e 2f
            """,
            """
            c0 e1 00 00  00 00 00 00  00 00 ff ff  ff ff ff ff
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            ParseResponse, static (in v, b) => v.Emit(b), PduDraws.ScsiResponse),

        new PduCase<ScsiResponse>(
            "SCSI Response, no residual",
            new(0, 8, 0x10111213, 0, new(0x24252627), ResidualFlags.None, 0, 0),
            """
            21 80 00 08  00 00 00 00  00 00 00 00  00 00 00 00
            10 11 12 13  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  24 25 26 27  00 00 00 00  00 00 00 00
            """,
            """
            c0 e1 00 00  00 00 00 00  00 00 ff ff  ff ff ff ff
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  ff ff ff ff  ff ff ff ff
            """,
            ParseResponse, static (in v, b) => v.Emit(b), PduDraws.ScsiResponse),

        new PduCase<ScsiResponse>(
            "SCSI Response, target failure",
            new(1, 0, 0x10111213, 0x14151617, default, ResidualFlags.None, 0, 0),
            """
            21 80 01 00  00 00 00 00  00 00 00 00  00 00 00 00
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 ff 00 ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseResponse, static (in v, b) => v.Emit(b), PduDraws.ScsiResponse),

        new PduCase<TaskManagementResponse>(
            "Task Management Response",
            new(TaskManagementResponseCode.FunctionSucceeded, 0x10111213) { AdditionalInformation = 0x08090A },
            """
            22 80 07 00  00 00 00 00  08 09 0a 00  00 00 00 00
            10 11 12 13  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 ff 00 ff  00 00 00 00  00 00 00 ff  ff ff ff ff
            00 00 00 00  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseTask, static (in v, b) => v.Emit(b), PduDraws.TaskManagementResponse),

        new PduCase<LoginResponse>(
            "Login Response, to the next stage",
            new(true, false, LoginStage.SecurityNegotiation, LoginStage.LoginOperationalNegotiation, 2, 3, 0x08090A0B0C0D, 0x0E0F,
                0x10111213, LoginStatus.Success),
            """
            23 81 02 03  00 00 01 00  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 30 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseLogin, static (in v, b) => v.Emit(b), PduDraws.LoginResponse),

        new PduCase<LoginResponse>(
            "Login Response, refusal",
            new(false, false, LoginStage.LoginOperationalNegotiation, LoginStage.SecurityNegotiation, 0, 0, 0x08090A0B0C0D, 0,
                0x10111213, LoginStatus.SessionDoesNotExist),
            """
            23 04 00 00  00 00 00 00  08 09 0a 0b  0c 0d 00 00
            10 11 12 13  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  02 0a 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 33 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseLogin, static (in v, b) => v.Emit(b), PduDraws.LoginResponse),

        new PduCase<TextResponse>(
            "Text Response, to be continued",
            new(false, true, 0x08090A0B0C0D0E0F, 0x10111213, 0x14151617),
            """
            24 40 00 00  00 00 10 00  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 3f ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseText, static (in v, b) => v.Emit(b), PduDraws.TextResponse),

        new PduCase<TextResponse>(
            "Text Response, final",
            new(true, false, 0, 0x10111213, 0xFFFFFFFF),
            """
            24 80 00 00  00 00 10 00  00 00 00 00  00 00 00 00
            10 11 12 13  ff ff ff ff  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 3f ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseText, static (in v, b) => v.Emit(b), PduDraws.TextResponse),

        new PduCase<DataIn>(
            "Data-In, with status and acknowledgement",
            new(true, true, true, ResidualFlags.Underflow, 4, 0x08090A0B0C0D0E0F, 0x10111213, 0x14151617, new(0x24252627), 0x28292A2B,
                0x2C2D2E2F),
            """
            25 c3 00 04  00 00 02 00  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  24 25 26 27  28 29 2a 2b  2c 2d 2e 2f
            """,
            """
            c0 38 ff 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            ParseDataIn, static (in v, b) => v.Emit(b), PduDraws.DataIn),

        new PduCase<DataIn>(
            "Data-In, data alone",
            new(false, false, false, ResidualFlags.None, 0, 0, 0x10111213, 0xFFFFFFFF, new(0x24252627), 0x28292A2B, 0),
            """
            25 00 00 00  00 00 02 00  00 00 00 00  00 00 00 00
            10 11 12 13  ff ff ff ff  00 00 00 00  28 29 2a 2b
            2c 2d 2e 2f  24 25 26 27  28 29 2a 2b  00 00 00 00
            """,
            """
            c0 3e ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  ff ff ff ff  ff ff ff ff  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  ff ff ff ff
            """,
            ParseDataIn, static (in v, b) => v.Emit(b), PduDraws.DataIn),

        new PduCase<LogoutResponse>(
            "Logout Response",
            new(LogoutResponseCode.CleanupFailed, 0x10111213, 0x2829, 0x2A2B),
            """
            26 80 03 00  00 00 00 00  00 00 00 00  00 00 00 00
            10 11 12 13  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  28 29 2a 2b  00 00 00 00
            """,
            """
            c0 ff 00 ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  00 00 00 00  ff ff ff ff
            """,
            ParseLogout, static (in v, b) => v.Emit(b), PduDraws.LogoutResponse),

        new PduCase<ReadyToTransfer>(
            "R2T",
            new(0x08090A0B0C0D0E0F, 0x10111213, 0x14151617, new(0x24252627), 0x28292A2B, 0x2C2D2E2F),
            """
            31 80 00 00  00 00 00 00  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  24 25 26 27  28 29 2a 2b  2c 2d 2e 2f
            """,
            """
            c0 ff ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            ParseR2T, static (in v, b) => v.Emit(b), PduDraws.ReadyToTransfer),

        new PduCase<AsyncMessage>(
            "Async Message, SCSI event",
            new(0x08090A0B0C0D0E0F, AsyncEvent.ScsiEvent, 0, 0, 0, 0),
            """
            32 80 00 00  00 00 00 14  08 09 0a 0b  0c 0d 0e 0f
            ff ff ff ff  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 ff ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  00 ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseAsync, static (in v, b) => v.Emit(b), PduDraws.AsyncMessage),

        new PduCase<AsyncMessage>(
            "Async Message, logout request",
            new(0, AsyncEvent.LogoutRequest, 0, 0, 0, 0x2A2B),
            """
            32 80 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  01 00 00 00  00 00 2a 2b  00 00 00 00
            """,
            """
            c0 ff ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  00 ff ff ff  ff ff 00 00  ff ff ff ff
            """,
            ParseAsync, static (in v, b) => v.Emit(b), PduDraws.AsyncMessage),

        new PduCase<AsyncMessage>(
            "Async Message, connection drop",
            new(0, AsyncEvent.ConnectionDrop, 0, 0x2627, 0x2829, 0x2A2B),
            """
            32 80 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  02 00 26 27  28 29 2a 2b  00 00 00 00
            """,
            """
            c0 ff ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  00 ff 00 00  00 00 00 00  ff ff ff ff
            """,
            ParseAsync, static (in v, b) => v.Emit(b), PduDraws.AsyncMessage),

        new PduCase<AsyncMessage>(
            "Async Message, session drop",
            new(0, AsyncEvent.SessionDrop, 0, 0, 0x2829, 0x2A2B),
            """
            32 80 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  03 00 00 00  28 29 2a 2b  00 00 00 00
            """,
            """
            c0 ff ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  00 ff ff ff  00 00 00 00  ff ff ff ff
            """,
            ParseAsync, static (in v, b) => v.Emit(b), PduDraws.AsyncMessage),

        new PduCase<AsyncMessage>(
            "Async Message, vendor's event",
            new(0x08090A0B0C0D0E0F, (AsyncEvent)0xF9, 0x25, 0x2627, 0x2829, 0x2A2B),
            """
            32 80 00 00  00 00 00 00  08 09 0a 0b  0c 0d 0e 0f
            ff ff ff ff  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  f9 25 26 27  28 29 2a 2b  00 00 00 00
            """,
            """
            c0 ff ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  ff ff ff ff
            """,
            ParseAsync, static (in v, b) => v.Emit(b), PduDraws.AsyncMessage),

        new PduCase<Reject>(
            "Reject, protocol error",
            new(RejectReason.ProtocolError, new(0x24252627)),
            """
            3f 80 04 00  00 00 00 30  00 00 00 00  00 00 00 00
            ff ff ff ff  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  24 25 26 27  00 00 00 00  00 00 00 00
            """,
            """
            c0 ff 00 ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  ff ff ff ff  ff ff ff ff
            """,
            ParseReject, static (in v, b) => v.Emit(b), PduDraws.Reject),

        new PduCase<Reject>(
            "Reject, data digest error",
            new(RejectReason.DataDigestError, default),
            """
            3f 80 02 00  00 00 00 30  00 00 00 00  00 00 00 00
            ff ff ff ff  00 00 00 00  24 25 26 27  28 29 2a 2b
            2c 2d 2e 2f  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 ff 00 ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseReject, static (in v, b) => v.Emit(b), PduDraws.Reject),
    ];
}
