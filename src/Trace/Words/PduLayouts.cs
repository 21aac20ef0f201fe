using Blockwire.Wire;
using static Blockwire.Trace.Words.CodeNames;

namespace Blockwire.Trace.Words;

/// <summary>The rows of all eighteen PDUs, in the order of RFC 7143 §11.</summary>
internal static class PduLayouts
{
    private static readonly PduLayout?[] ByOpcode = Create();

    public static PduLayout? Find(Opcode opcode) => ByOpcode[(byte)opcode & 0x3F];

    private static FieldRow Immediate => Bit("I", 0, 0x40);

    private static FieldRow Final => Bit("F", 1, 0x80);

    private static FieldRow FixedFinal => Bit("F", 1, 0x80) with { IsFixedOne = true };

    private static FieldRow AhsLength => Number("TotalAHSLength", 4, 1);

    private static FieldRow DataLength => Number("DataSegmentLength", 5, 3);

    private static FieldRow Lun => new("LUN", 8, 8, ulong.MaxValue, FieldForm.Lun) { Words = LunWords };

    private static FieldRow TaskTag => Tag("Initiator Task Tag", 16);

    private static FieldRow TransferTag => Tag("Target Transfer Tag", 20);

    private static FieldRow[] FromInitiator => [Number("CmdSN", 24, 4), Number("ExpStatSN", 28, 4)];

    private static FieldRow[] FromTarget => [Number("StatSN", 24, 4), .. Window];

    private static FieldRow[] Window => [Number("ExpCmdSN", 28, 4), Number("MaxCmdSN", 32, 4)];

    private static FieldRow[] Begin(FieldRow final) => [final, AhsLength, DataLength];

    private static FieldRow[] BeginRequest(FieldRow final) => [Immediate, final, AhsLength, DataLength];

    private static PduLayout?[] Create()
    {
        PduLayout[] all =
        [
            new(Opcode.ScsiCommand, "SCSI Command", "11.3",
                [.. BeginRequest(Final), Bit("R", 1, 0x40), Bit("W", 1, 0x20), Bits("ATTR", 1, 0x07, Attribute), Bits("PRI", 2, 0xF0) with { IsNewer = true },
                    Lun, TaskTag, Number("Expected Data Transfer Length", 20, 4), .. FromInitiator,
                    new FieldRow("CDB", 32, 8, ulong.MaxValue, FieldForm.Hex), new FieldRow("CDB (8-15)", 40, 8, ulong.MaxValue, FieldForm.Hex)]),
            new(Opcode.ScsiResponse, "SCSI Response", "11.4",
                [.. Begin(FixedFinal), Bit("o", 1, 0x10), Bit("u", 1, 0x08), Bit("O", 1, 0x04), Bit("U", 1, 0x02), Code("Response", 2, ServiceResponse),
                    Code("Status", 3, ScsiStatusName), Number("Status Qualifier", 8, 2) with { IsNewer = true }, TaskTag, Tag("SNACK Tag", 20), .. FromTarget,
                    Number("ExpDataSN", 36, 4), Number("Bidirectional Read Residual Count", 40, 4) with { When = static it => (it[1] & 0x18) != 0, Rule = "7143/11.4.6" },
                    Number("Residual Count", 44, 4) with { When = static it => (it[1] & 0x06) != 0, Rule = "7143/11.4.5" }]),
            new(Opcode.TaskManagementRequest, "Task Management Function Request", "11.5",
                [.. BeginRequest(FixedFinal), Bits("Function", 1, 0x7F, TaskFunction),
                    Lun with { When = static it => (it[1] & 0x7F) is not (6 or 7 or 8 or 11), Rule = "7143/11.5.3" }, TaskTag,
                    Tag("Referenced Task Tag", 20) with { When = static it => (it[1] & 0x7F) is 1 or 8 or 9, Rule = "7143/11.5.4" }, .. FromInitiator,
                    Number("RefCmdSN", 32, 4) with { When = static it => (it[1] & 0x7F) is 1 or 9, Rule = "7143/11.5.5" },
                    Number("ExpDataSN", 36, 4) with { When = static it => (it[1] & 0x7F) is 8, Rule = "7143/11.5.6" }]),
            new(Opcode.TaskManagementResponse, "Task Management Function Response", "11.6",
                [.. Begin(FixedFinal), Code("Response", 2, TaskResponse), Hex("Additional Response Information", 8, 3) with { IsNewer = true }, TaskTag, .. FromTarget]),
            new(Opcode.DataOut, "SCSI Data-Out", "11.7",
                [.. Begin(Final), Lun with { When = static it => !IsReservedTag(it, 20), Rule = "7143/11.7.4" }, TaskTag, TransferTag, Number("ExpStatSN", 28, 4),
                    Number("DataSN", 36, 4), Number("Buffer Offset", 40, 4)]),
            new(Opcode.DataIn, "SCSI Data-In", "11.7",
                [.. Begin(Final), Bit("A", 1, 0x40), Bit("O", 1, 0x04) with { When = HasStatus, Rule = "7143/11.7.3" }, Bit("U", 1, 0x02) with { When = HasStatus, Rule = "7143/11.7.3" }, Bit("S", 1, 0x01),
                    Code("Status", 3, ScsiStatusName) with { When = HasStatus, Rule = "7143/11.7.3" }, Lun with { When = Acknowledges, Rule = "7143/11.7.4" }, TaskTag,
                    TransferTag with { When = Acknowledges, Rule = "7143/11.7.4" }, Number("StatSN", 24, 4) with { When = HasStatus, Rule = "7143/11.7.3" }, .. Window,
                    Number("DataSN", 36, 4), Number("Buffer Offset", 40, 4),
                    Number("Residual Count", 44, 4) with { When = static it => (it[1] & 0x01) != 0 && (it[1] & 0x06) != 0, Rule = "7143/11.7.3" }]),
            new(Opcode.ReadyToTransfer, "Ready To Transfer", "11.8",
                [.. Begin(FixedFinal), Lun, TaskTag, TransferTag, .. FromTarget, Number("R2TSN", 36, 4), Number("Buffer Offset", 40, 4), Number("Desired Data Transfer Length", 44, 4)]),
            new(Opcode.AsyncMessage, "Asynchronous Message", "11.9",
                [.. Begin(FixedFinal), Lun with { When = static it => it[36] is 0 or 5 or > 5, Rule = "7143/11.9.3" }, ReservedTag(16), .. FromTarget, Code("AsyncEvent", 36, AsyncEventName),
                    Number("AsyncVCode", 37, 1) with { When = static it => it[36] > 5, Rule = "7143/11.9.2" },
                    Number("Parameter1", 38, 2) with { When = static it => it[36] is 2 or > 5, Rule = "7143/11.9.1" },
                    Number("Parameter2", 40, 2) with { When = static it => it[36] is 2 or 3 or > 5, Rule = "7143/11.9.1" },
                    Number("Parameter3", 42, 2) with { When = static it => it[36] is 1 or 2 or 3 or 4 or > 5, Rule = "7143/11.9.1" }]),
            new(Opcode.TextRequest, "Text Request", "11.10",
                [.. BeginRequest(Final), Bit("C", 1, 0x40), Lun, TaskTag, TransferTag, .. FromInitiator]),
            new(Opcode.TextResponse, "Text Response", "11.11",
                [.. Begin(Final), Bit("C", 1, 0x40), Lun, TaskTag, TransferTag, .. FromTarget]),
            new(Opcode.LoginRequest, "Login Request", "11.12",
                [Immediate with { IsFixedOne = true }, Bit("T", 1, 0x80), Bit("C", 1, 0x40), Bits("CSG", 1, 0x0C, Stage),
                    Bits("NSG", 1, 0x03, Stage) with { When = static it => (it[1] & 0x80) != 0, Rule = "7143/11.12.3" }, Number("Version-max", 2, 1), Number("Version-min", 3, 1),
                    AhsLength, DataLength, Hex("ISID", 8, 6) with { Words = IsidWords }, Number("TSIH", 14, 2), TaskTag, Number("CID", 20, 2), .. FromInitiator]),
            new(Opcode.LoginResponse, "Login Response", "11.13",
                [Bit("T", 1, 0x80), Bit("C", 1, 0x40), Bits("CSG", 1, 0x0C, Stage), Bits("NSG", 1, 0x03, Stage) with { When = static it => (it[1] & 0x80) != 0, Rule = "7143/11.12.3" },
                    Number("Version-max", 2, 1), Number("Version-active", 3, 1), AhsLength, DataLength, Hex("ISID", 8, 6) with { Words = IsidWords }, Number("TSIH", 14, 2), TaskTag,
                    .. FromTarget, Hex("Status", 36, 2) with { Words = LoginStatusName }]),
            new(Opcode.LogoutRequest, "Logout Request", "11.14",
                [.. BeginRequest(FixedFinal), Bits("Reason Code", 1, 0x7F, LogoutReasonName), TaskTag,
                    Number("CID", 20, 2) with { When = static it => (it[1] & 0x7F) != 0, Rule = "7143/11.14.3" }, .. FromInitiator]),
            new(Opcode.LogoutResponse, "Logout Response", "11.15",
                [.. Begin(FixedFinal), Code("Response", 2, LogoutResponseName), TaskTag, .. FromTarget, Number("Time2Wait", 40, 2), Number("Time2Retain", 42, 2)]),
            new(Opcode.SnackRequest, "SNACK Request", "11.16",
                [.. Begin(FixedFinal), Bits("Type", 1, 0x0F, SnackTypeName), Lun with { When = static it => (it[1] & 0x0F) is 2 or > 3, Rule = "7143/11.16.5" },
                    TaskTag with { When = static it => (it[1] & 0x0F) is not (1 or 2), Rule = "7143/11.16.4" },
                    Tag("Target Transfer Tag or SNACK Tag", 20) with { When = static it => (it[1] & 0x0F) >= 2, Rule = "7143/11.16.5" }, Number("ExpStatSN", 28, 4),
                    Number("BegRun", 40, 4), Number("RunLength", 44, 4)]),
            new(Opcode.Reject, "Reject", "11.17",
                [.. Begin(FixedFinal), Code("Reason", 2, RejectReasonName), ReservedTag(16), .. FromTarget,
                    Number("DataSN/R2TSN", 36, 4) with { When = static it => it[2] == 4, Rule = "7143/11.17.2" }]),
            new(Opcode.NopOut, "NOP-Out", "11.18", [.. BeginRequest(FixedFinal), Lun, TaskTag, TransferTag, .. FromInitiator]),
            new(Opcode.NopIn, "NOP-In", "11.19", [.. Begin(FixedFinal), Lun, TaskTag, TransferTag, .. FromTarget]),
        ];
        PduLayout?[] byOpcode = new PduLayout?[64];
        foreach (PduLayout layout in all)
        {
            byOpcode[(byte)layout.Opcode] = layout;
        }

        return byOpcode;
    }

    private static bool HasStatus(ReadOnlySpan<byte> bhs) => (bhs[1] & 0x01) != 0;

    private static bool Acknowledges(ReadOnlySpan<byte> bhs) => (bhs[1] & 0x40) != 0;

    private static bool IsReservedTag(ReadOnlySpan<byte> bhs, int at) => bhs.Slice(at, 4).IndexOfAnyExcept((byte)0xFF) < 0;

    private static FieldRow Bit(string name, int at, byte mask) => new(name, at, 1, mask, FieldForm.Flag);

    private static FieldRow Bits(string name, int at, byte mask, Func<ulong, string?>? words = null) => new(name, at, 1, mask, FieldForm.Number) { Words = words };

    private static FieldRow Code(string name, int at, Func<ulong, string?> words) => new(name, at, 1, 0xFF, FieldForm.Hex) { Words = words };

    private static FieldRow Number(string name, int at, int length) => new(name, at, length, ulong.MaxValue >> (64 - (8 * length)), FieldForm.Number);

    private static FieldRow Hex(string name, int at, int length) => new(name, at, length, ulong.MaxValue >> (64 - (8 * length)), FieldForm.Hex);

    private static FieldRow Tag(string name, int at) => new(name, at, 4, uint.MaxValue, FieldForm.Tag) { Words = static it => it == uint.MaxValue ? "none" : null };

    // Drawn as 0xffffffff, and so no tag at all.
    private static FieldRow ReservedTag(int at) => Tag("Initiator Task Tag", at);
}
