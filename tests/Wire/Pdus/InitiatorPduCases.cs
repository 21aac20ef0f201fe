namespace Blockwire.Wire.Tests;

/// <summary>What an initiator sends.</summary>
internal static class InitiatorPduCases
{
    private static readonly Parser<NopOut> ParseNopOut = static (b, out v) => NopOut.Parse(new(b), out v);
    private static readonly Parser<ScsiCommand> ParseCommand = static (b, out v) => ScsiCommand.Parse(new(b), out v);
    private static readonly Parser<TaskManagementRequest> ParseTask = static (b, out v) => TaskManagementRequest.Parse(new(b), out v);
    private static readonly Parser<LoginRequest> ParseLogin = static (b, out v) => LoginRequest.Parse(new(b), out v);
    private static readonly Parser<TextRequest> ParseText = static (b, out v) => TextRequest.Parse(new(b), out v);
    private static readonly Parser<DataOut> ParseDataOut = static (b, out v) => DataOut.Parse(new(b), out v);
    private static readonly Parser<LogoutRequest> ParseLogout = static (b, out v) => LogoutRequest.Parse(new(b), out v);
    private static readonly Parser<SnackRequest> ParseSnack = static (b, out v) => SnackRequest.Parse(new(b), out v);

    public static PduCase[] All { get; } =
    [
        new PduCase<NopOut>(
            "NOP-Out",
            new(true, 0x08090A0B0C0D0E0F, 0x10111213, 0x14151617),
            """
            40 80 00 00  00 00 00 05  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            80 ff ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseNopOut, static (in v, b) => v.Emit(b), PduDraws.NopOut),

        new PduCase<ScsiCommand>(
            "SCSI Command",
            new(true, true, false, true, 1, 0x08090A0B0C0D0E0F, 0x10111213, 0x14151617, Cdb16.From(
                [0x2A, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F])) { Priority = 0xB },
            """
            41 a1 b0 00  02 01 02 03  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            2a 21 22 23  24 25 26 27  28 29 2a 2b  2c 2d 2e 2f
            """,
            """
            80 18 0f ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            ParseCommand, static (in v, b) => v.Emit(b), PduDraws.ScsiCommand),

        new PduCase<TaskManagementRequest>(
            "Task Management Request, ABORT TASK",
            new(true, TaskManagementFunction.AbortTask, 0x08090A0B0C0D0E0F, 0x10111213, 0x14151617, new(0x20212223), default),
            """
            42 81 00 00  00 00 00 00  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            20 21 22 23  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            80 80 ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseTask, static (in v, b) => v.Emit(b), PduDraws.TaskManagementRequest),

        new PduCase<TaskManagementRequest>(
            "Task Management Request, LOGICAL UNIT RESET",
            new(false, TaskManagementFunction.LogicalUnitReset, 0x08090A0B0C0D0E0F, 0x10111213, 0xFFFFFFFF, default, default),
            """
            02 85 00 00  00 00 00 00  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  ff ff ff ff  24 25 26 27  28 29 2a 2b
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            80 80 ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  ff ff ff ff  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseTask, static (in v, b) => v.Emit(b), PduDraws.TaskManagementRequest),

        new PduCase<TaskManagementRequest>(
            "Task Management Request, TASK REASSIGN",
            new(true, TaskManagementFunction.TaskReassign, 0, 0x10111213, 0x14151617, default, new(0x24252627)),
            """
            42 88 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            00 00 00 00  24 25 26 27  00 00 00 00  00 00 00 00
            """,
            """
            80 80 ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            """,
            ParseTask, static (in v, b) => v.Emit(b), PduDraws.TaskManagementRequest),

        new PduCase<LoginRequest>(
            "Login Request, to the next stage",
            new(true, false, LoginStage.LoginOperationalNegotiation, LoginStage.FullFeaturePhase, 2, 3, 0x08090A0B0C0D, 0x0E0F,
                0x10111213, 0x1415),
            """
            43 87 02 03  00 00 01 00  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 00 00  24 25 26 27  28 29 2a 2b
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 30 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 ff ff  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseLogin, static (in v, b) => v.Emit(b), PduDraws.LoginRequest),

        new PduCase<LoginRequest>(
            "Login Request, to be continued",
            new(false, true, LoginStage.LoginOperationalNegotiation, LoginStage.SecurityNegotiation, 0, 0, 0x08090A0B0C0D, 0, 0x10111213, 0x1415),
            """
            43 44 00 00  00 00 01 00  08 09 0a 0b  0c 0d 00 00
            10 11 12 13  14 15 00 00  24 25 26 27  28 29 2a 2b
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 33 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 ff ff  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseLogin, static (in v, b) => v.Emit(b), PduDraws.LoginRequest),

        new PduCase<TextRequest>(
            "Text Request",
            new(false, false, true, 0x08090A0B0C0D0E0F, 0x10111213, 0x14151617),
            """
            04 40 00 00  00 00 00 10  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 16 17  24 25 26 27  28 29 2a 2b
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            80 3f ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseText, static (in v, b) => v.Emit(b), PduDraws.TextRequest),

        new PduCase<DataOut>(
            "Data-Out, solicited",
            new(true, 0x08090A0B0C0D0E0F, 0x10111213, 0x14151617, new(0x24252627), 0x28292A2B),
            """
            05 80 00 00  00 00 02 00  08 09 0a 0b  0c 0d 0e 0f
            10 11 12 13  14 15 16 17  00 00 00 00  28 29 2a 2b
            00 00 00 00  24 25 26 27  28 29 2a 2b  00 00 00 00
            """,
            """
            c0 7f ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  ff ff ff ff  00 00 00 00
            ff ff ff ff  00 00 00 00  00 00 00 00  ff ff ff ff
            """,
            ParseDataOut, static (in v, b) => v.Emit(b), PduDraws.DataOut),

        new PduCase<DataOut>(
            "Data-Out, unsolicited",
            new(false, 0, 0x10111213, 0xFFFFFFFF, new(0x24252627), 0x28292A2B),
            """
            05 00 00 00  00 00 02 00  00 00 00 00  00 00 00 00
            10 11 12 13  ff ff ff ff  00 00 00 00  28 29 2a 2b
            00 00 00 00  24 25 26 27  28 29 2a 2b  00 00 00 00
            """,
            """
            c0 7f ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  00 00 00 00  ff ff ff ff  00 00 00 00
            ff ff ff ff  00 00 00 00  00 00 00 00  ff ff ff ff
            """,
            ParseDataOut, static (in v, b) => v.Emit(b), PduDraws.DataOut),

        new PduCase<LogoutRequest>(
            "Logout Request, close the connection",
            new(true, LogoutReason.CloseConnection, 0x10111213, 0x1415),
            """
            46 81 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            10 11 12 13  14 15 00 00  24 25 26 27  28 29 2a 2b
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            80 80 ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  00 00 ff ff  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseLogout, static (in v, b) => v.Emit(b), PduDraws.LogoutRequest),

        new PduCase<LogoutRequest>(
            "Logout Request, close the session",
            new(false, LogoutReason.CloseSession, 0x10111213, 0),
            """
            06 80 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            10 11 12 13  00 00 00 00  24 25 26 27  28 29 2a 2b
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            80 80 ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  ff ff ff ff  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  ff ff ff ff  ff ff ff ff
            """,
            ParseLogout, static (in v, b) => v.Emit(b), PduDraws.LogoutRequest),

        new PduCase<SnackRequest>(
            "SNACK, Data/R2T",
            new(SnackType.DataOrR2T, 0, 0x10111213, 0xFFFFFFFF, 0x28292A2B, 0x2C2D2E2F),
            """
            10 80 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            10 11 12 13  ff ff ff ff  00 00 00 00  28 29 2a 2b
            00 00 00 00  00 00 00 00  28 29 2a 2b  2c 2d 2e 2f
            """,
            """
            c0 f0 ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  ff ff ff ff  ff ff ff ff  00 00 00 00
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            """,
            ParseSnack, static (in v, b) => v.Emit(b), PduDraws.SnackRequest),

        new PduCase<SnackRequest>(
            "SNACK, Status",
            new(SnackType.Status, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0x28292A2B, 0x2C2D2E2F),
            """
            10 81 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  ff ff ff ff  00 00 00 00  28 29 2a 2b
            00 00 00 00  00 00 00 00  28 29 2a 2b  2c 2d 2e 2f
            """,
            """
            c0 f0 ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            ff ff ff ff  ff ff ff ff  ff ff ff ff  00 00 00 00
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            """,
            ParseSnack, static (in v, b) => v.Emit(b), PduDraws.SnackRequest),

        new PduCase<SnackRequest>(
            "SNACK, DataACK",
            new(SnackType.DataAck, 0x08090A0B0C0D0E0F, 0xFFFFFFFF, 0x14151617, 0x28292A2B, 0),
            """
            10 82 00 00  00 00 00 00  08 09 0a 0b  0c 0d 0e 0f
            ff ff ff ff  14 15 16 17  00 00 00 00  28 29 2a 2b
            00 00 00 00  00 00 00 00  28 29 2a 2b  00 00 00 00
            """,
            """
            c0 f0 ff ff  00 00 00 00  00 00 00 00  00 00 00 00
            ff ff ff ff  00 00 00 00  ff ff ff ff  00 00 00 00
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            """,
            ParseSnack, static (in v, b) => v.Emit(b), PduDraws.SnackRequest),

        new PduCase<SnackRequest>(
            "SNACK, R-Data",
            new(SnackType.RData, 0, 0x10111213, 0x14151617, 0, 0),
            """
            10 83 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            10 11 12 13  14 15 16 17  00 00 00 00  28 29 2a 2b
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            """,
            """
            c0 f0 ff ff  00 00 00 00  ff ff ff ff  ff ff ff ff
            00 00 00 00  00 00 00 00  ff ff ff ff  00 00 00 00
            ff ff ff ff  ff ff ff ff  00 00 00 00  00 00 00 00
            """,
            ParseSnack, static (in v, b) => v.Emit(b), PduDraws.SnackRequest),
    ];
}
