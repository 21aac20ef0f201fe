using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using static Blockwire.Scsi.Device.CommandFlags;

namespace Blockwire.Scsi.Device;

/// <summary>The rows of the command table, in one place.</summary>
internal static partial class CommandRows
{
    private const CommandFlags Reads = DataIn | NeedsMedium;
    private const CommandFlags ReadsMedium = Reads | ReadsBlocks;
    private const CommandFlags Changes = DataOut | NeedsMedium | ChangesMedium;
    private const CommandFlags Writes = Changes | WritesBlocks;
    private const CommandFlags Verifies = DataOut | NeedsMedium | VerifiesBlocks;
    private const CommandFlags AlwaysAnswers = DataIn | PassesUnitAttention | AnswersWithoutUnit | RunsDuringMediumWork | ServedUnavailable;
    private const byte ProtectField = 0xE0;
    private const CommandFlags Tells = DataIn | RunsDuringMediumWork;

    /// <summary>The rows for one kind of logical unit.</summary>
    /// <param name="thin">With logical block provisioning.</param>
    /// <param name="atomic">On a disk that can write atomically.</param>
    /// <param name="protection">On a disk that can keep protection information.</param>
    public static IEnumerable<CommandSpec> All(bool thin, bool atomic, bool protection)
    {
        // The protection field is honoured only where there can be protection information.
        byte protect = protection ? ProtectField : (byte)0;
        IEnumerable<CommandSpec> rows =
        [
            .. Primary(), .. Reservations(), .. PersistentReservations(), .. ReadsAndWrites(protect), .. Atomic(protect), .. Verification(protect),
            .. Provisioning(thin, protect), .. Long(thin), .. Upkeep(protection), .. Copies(),
        ];
        return rows.Where(row => (thin || !row.Has(NeedsThin)) && (atomic || !row.Has(NeedsAtomicWrites)) && (protection || !row.Has(NeedsProtection)));
    }

    private static IEnumerable<CommandSpec> Primary() =>
    [
        Row("TEST UNIT READY", "SPC-4 6.47", [OperationCode.TestUnitReady, 0, 0, 0, 0, 0], NeedsMedium,
            PrimaryCommands.PlanNothing, PrimaryCommands.Succeed, ReservationRule.AllowedBesidePersistent),
        Row("REQUEST SENSE", "SPC-4 6.39", [OperationCode.RequestSense, 0x01, 0, 0, 0xFF, 0], AlwaysAnswers,
            PrimaryCommands.PlanRequestSense, PrimaryCommands.RequestSense, ReservationRule.Allowed),
        Row("INQUIRY", "SPC-4 6.6", [OperationCode.Inquiry, 0x01, 0xFF, 0xFF, 0xFF, 0], AlwaysAnswers,
            InquiryCommand.Plan, InquiryCommand.Run, ReservationRule.Allowed),
        Row("MODE SELECT(6)", "SPC-4 6.11", [OperationCode.ModeSelect6, 0x11, 0, 0, 0xFF, 0], DataOut | ServedInStandby,
            ModeSelectCommands.Plan, ModeSelectCommands.Run),
        Row("MODE SELECT(10)", "SPC-4 6.12", [OperationCode.ModeSelect10, 0x11, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0], DataOut | ServedInStandby,
            ModeSelectCommands.Plan, ModeSelectCommands.Run),
        Row("MODE SENSE(6)", "SPC-4 6.13", [OperationCode.ModeSense6, 0x08, 0xFF, 0xFF, 0xFF, 0], Tells | ServedInStandby,
            ModeSenseCommands.Plan, ModeSenseCommands.Run, ReservationRule.AllowedToRead),
        Row("MODE SENSE(10)", "SPC-4 6.14", [OperationCode.ModeSense10, 0x18, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0], Tells | ServedInStandby,
            ModeSenseCommands.Plan, ModeSenseCommands.Run, ReservationRule.AllowedToRead),
        Row("LOG SELECT", "SPC-4 6.7", [OperationCode.LogSelect, 0x02, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0], DataOut | ServedInStandby,
            LogSelectCommand.Plan, LogSelectCommand.Run),
        Row("LOG SENSE", "SPC-4 6.8", [OperationCode.LogSense, 0, 0xFF, 0xFF, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0], Tells | ServedInStandby,
            LogSenseCommand.Plan, LogSenseCommand.Run, ReservationRule.AllowedBesidePersistent),
        Row("START STOP UNIT", "SBC-3 5.25", [OperationCode.StartStopUnit, 0x01, 0, 0x0F, 0xF7, 0], None,
            MediumCommands.PlanStartStop, MediumCommands.RunStartStop, ReservationRule.AllowedToStart),
        Row("PREVENT ALLOW MEDIUM REMOVAL", "SBC-3 5.10", [OperationCode.PreventAllowMediumRemoval, 0, 0, 0, 0x01, 0], None,
            PrimaryCommands.PlanNothing, MediumCommands.PreventAllow, ReservationRule.AllowedToPermitRemoval),
        Row("REPORT LUNS", "SPC-4 6.33", [OperationCode.ReportLuns, 0, 0x13, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], AlwaysAnswers,
            PrimaryCommands.PlanReportLuns, PrimaryCommands.ReportLuns, ReservationRule.Allowed),
        Action("REPORT SUPPORTED OPERATION CODES", "SPC-4 6.35", ServiceAction.ReportSupportedOperationCodes,
            [OperationCode.MaintenanceIn, 0x0C, 0x87, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], Tells,
            SupportedOperationCodes.Plan, SupportedOperationCodes.Run, ReservationRule.AllowedToRead),
        Action("REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS", "SPC-4 6.36", ServiceAction.ReportSupportedTaskManagementFunctions,
            [OperationCode.MaintenanceIn, 0x0D, 0x80, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], Tells,
            PrimaryCommands.PlanTaskManagementFunctions, PrimaryCommands.TaskManagementFunctions, ReservationRule.AllowedToRead),
        Action("REPORT TARGET PORT GROUPS", "SPC-4 6.37", ServiceAction.ReportTargetPortGroups,
            [OperationCode.MaintenanceIn, 0xEA, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], DataIn | ServedUnavailable,
            PortGroupCommands.PlanReport, PortGroupCommands.Report, ReservationRule.Allowed),
        Action("SET TARGET PORT GROUPS", "SPC-4 6.45", ServiceAction.SetTargetPortGroups,
            [OperationCode.MaintenanceOut, 0x0A, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], DataOut | ServedUnavailable,
            PortGroupCommands.PlanSet, PortGroupCommands.Set),
        // Served in standby, as by other targets: a host that scans a standby path has to learn how large the disk is, or it never joins the path to the others.
        Row("READ CAPACITY(10)", "SBC-3 5.15", [OperationCode.ReadCapacity10, 0, 0, 0, 0, 0, 0, 0, 0, 0], Reads | ServedInStandby,
            CapacityCommands.Plan10, CapacityCommands.Run10, ReservationRule.Allowed),
        Action("READ CAPACITY(16)", "SBC-3 5.16", ServiceAction.ReadCapacity16,
            [OperationCode.ServiceActionIn16, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], Reads | ServedInStandby,
            CapacityCommands.Plan16, CapacityCommands.Run16, ReservationRule.Allowed),
    ];

    private static IEnumerable<CommandSpec> Reservations() =>
    [
        Row("RESERVE(6)", "SPC-2 7.22", [OperationCode.Reserve6, 0, 0, 0, 0, 0], None,
            PrimaryCommands.PlanNothing, ReservationCommands.Reserve, ReservationRule.AllowedBesidePersistent),
        Row("RELEASE(6)", "SPC-2 7.17", [OperationCode.Release6, 0, 0, 0, 0, 0], None,
            PrimaryCommands.PlanNothing, ReservationCommands.Release, ReservationRule.Allowed),
        Row("RESERVE(10)", "SPC-2 7.21", [OperationCode.Reserve10, 0, 0, 0, 0, 0, 0, 0, 0, 0], None,
            PrimaryCommands.PlanNothing, ReservationCommands.Reserve, ReservationRule.AllowedBesidePersistent),
        Row("RELEASE(10)", "SPC-2 7.16", [OperationCode.Release10, 0, 0, 0, 0, 0, 0, 0, 0, 0], None,
            PrimaryCommands.PlanNothing, ReservationCommands.Release, ReservationRule.Allowed),
    ];

    private static IEnumerable<CommandSpec> PersistentReservations() =>
    [
        ReserveIn("READ KEYS", "SPC-4 6.15.2", ServiceAction.ReadKeys, PersistentReserveIn.Keys),
        ReserveIn("READ RESERVATION", "SPC-4 6.15.3", ServiceAction.ReadReservation, PersistentReserveIn.Reservation),
        ReserveIn("REPORT CAPABILITIES", "SPC-4 6.15.4", ServiceAction.ReportCapabilities, PersistentReserveIn.Capabilities),
        ReserveIn("READ FULL STATUS", "SPC-4 6.15.5", ServiceAction.ReadFullStatus, PersistentReserveIn.FullStatus),
        ReserveOut("REGISTER", "SPC-4 5.13.7", ReservationAction.Register),
        ReserveOut("RESERVE", "SPC-4 5.13.9", ReservationAction.Reserve),
        ReserveOut("RELEASE", "SPC-4 5.13.11.2", ReservationAction.Release),
        ReserveOut("CLEAR", "SPC-4 5.13.11.6", ReservationAction.Clear),
        ReserveOut("PREEMPT", "SPC-4 5.13.11.4", ReservationAction.Preempt),
        ReserveOut("PREEMPT AND ABORT", "SPC-4 5.13.11.5", ReservationAction.PreemptAndAbort),
        ReserveOut("REGISTER AND IGNORE EXISTING KEY", "SPC-4 5.13.7", ReservationAction.RegisterAndIgnoreExistingKey),
        ReserveOut("REGISTER AND MOVE", "SPC-4 5.13.8", ReservationAction.RegisterAndMove),
    ];

    private static IEnumerable<CommandSpec> ReadsAndWrites(byte protect) =>
    [
        Row("READ(6)", "SBC-2", [OperationCode.Read6, 0x1F, 0xFF, 0xFF, 0xFF, 0], ReadsMedium, ReadCommands.Plan, ReadCommands.Run, ReservationRule.AllowedToRead),
        Row("READ(10)", "SBC-3 5.11", Ten(OperationCode.Read10, (byte)(protect | 0x18)), ReadsMedium, ReadCommands.Plan, ReadCommands.Run, ReservationRule.AllowedToRead),
        Row("READ(12)", "SBC-3 5.12", Twelve(OperationCode.Read12, (byte)(protect | 0x18)), ReadsMedium, ReadCommands.Plan, ReadCommands.Run, ReservationRule.AllowedToRead),
        Row("READ(16)", "SBC-3 5.13", Sixteen(OperationCode.Read16, (byte)(protect | 0x18)), ReadsMedium, ReadCommands.Plan, ReadCommands.Run, ReservationRule.AllowedToRead),
        Row("WRITE(6)", "SBC-2", [OperationCode.Write6, 0x1F, 0xFF, 0xFF, 0xFF, 0], Writes, WriteCommands.Plan, WriteCommands.Run),
        Row("WRITE(10)", "SBC-3 5.33", Ten(OperationCode.Write10, (byte)(protect | 0x18)), Writes, WriteCommands.Plan, WriteCommands.Run),
        Row("WRITE(12)", "SBC-3 5.34", Twelve(OperationCode.Write12, (byte)(protect | 0x18)), Writes, WriteCommands.Plan, WriteCommands.Run),
        Row("WRITE(16)", "SBC-3 5.35", Sixteen(OperationCode.Write16, (byte)(protect | 0x18)), Writes, WriteCommands.Plan, WriteCommands.Run),
        Row("SYNCHRONIZE CACHE(10)", "SBC-3 5.26", Ten(OperationCode.SynchronizeCache10, 0x06), NeedsMedium,
            CacheCommands.Plan, CacheCommands.Run),
        Row("SYNCHRONIZE CACHE(16)", "SBC-3 5.27", Sixteen(OperationCode.SynchronizeCache16, 0x06), NeedsMedium,
            CacheCommands.Plan, CacheCommands.Run),
        // The group number of a hint is a hint, and may be any, as the libiscsi suite expects; nothing is counted by groups here.
        Row("PRE-FETCH(10)", "SBC-3 5.8", [OperationCode.Prefetch10, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0xFF, 0xFF, 0], NeedsMedium,
            PrefetchCommands.Plan, PrefetchCommands.Run, ReservationRule.AllowedToRead),
        Row("PRE-FETCH(16)", "SBC-3 5.9",
            [OperationCode.Prefetch16, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0], NeedsMedium,
            PrefetchCommands.Plan, PrefetchCommands.Run, ReservationRule.AllowedToRead),
    ];

    private static IEnumerable<CommandSpec> Atomic(byte protect) =>
    [
        Row("COMPARE AND WRITE", "SBC-3 5.2", [OperationCode.CompareAndWrite, (byte)(protect | 0x18), 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0, 0],
            Writes, CompareAndWriteCommand.Plan, CompareAndWriteCommand.Run),
        Row("ORWRITE(16)", "SBC-3 5.6", Sixteen(OperationCode.OrWrite16, (byte)(protect | 0x18)), Writes, OrWriteCommand.Plan, OrWriteCommand.Run),
        Row("XDWRITEREAD(10)", "SBC-3 5.46", Ten(OperationCode.XdWriteRead10, 0x1C), DataIn | Writes, XdWriteReadCommand.Plan, XdWriteReadCommand.Run),
        Row("XPWRITE(10)", "SBC-3 5.48", Ten(OperationCode.XpWrite10, 0x18), Writes, OrWriteCommand.Plan, OrWriteCommand.Run),
        Row("WRITE ATOMIC(16)", "SBC-4", [OperationCode.WriteAtomic16, (byte)(protect | 0x18), 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0],
            Writes | NeedsAtomicWrites, WriteAtomicCommand.Plan, WriteAtomicCommand.Run),
    ];

    private static IEnumerable<CommandSpec> Verification(byte protect) =>
    [
        Row("VERIFY(10)", "SBC-3 5.29", Ten(OperationCode.Verify10, (byte)(protect | 0x16)), Verifies, VerifyCommands.PlanVerify, VerifyCommands.RunVerify, ReservationRule.AllowedToRead),
        Row("VERIFY(12)", "SBC-3 5.30", Twelve(OperationCode.Verify12, (byte)(protect | 0x16)), Verifies, VerifyCommands.PlanVerify, VerifyCommands.RunVerify, ReservationRule.AllowedToRead),
        Row("VERIFY(16)", "SBC-3 5.31", Sixteen(OperationCode.Verify16, (byte)(protect | 0x16)), Verifies, VerifyCommands.PlanVerify, VerifyCommands.RunVerify, ReservationRule.AllowedToRead),
        Row("WRITE AND VERIFY(10)", "SBC-3 5.37", Ten(OperationCode.WriteAndVerify10, (byte)(protect | 0x12)), Writes,
            VerifyCommands.PlanWriteAndVerify, VerifyCommands.RunWriteAndVerify),
        Row("WRITE AND VERIFY(12)", "SBC-3 5.38", Twelve(OperationCode.WriteAndVerify12, (byte)(protect | 0x12)), Writes,
            VerifyCommands.PlanWriteAndVerify, VerifyCommands.RunWriteAndVerify),
        Row("WRITE AND VERIFY(16)", "SBC-3 5.39", Sixteen(OperationCode.WriteAndVerify16, (byte)(protect | 0x12)), Writes,
            VerifyCommands.PlanWriteAndVerify, VerifyCommands.RunWriteAndVerify),
    ];

    private static IEnumerable<CommandSpec> Provisioning(bool thin, byte protect)
    {
        // The UNMAP bit is honoured only where there is something to unmap.
        byte unmap = thin ? WriteSameCommands.UnmapBit : (byte)0;
        return
        [
            Row("UNMAP", "SBC-3 5.28", [OperationCode.Unmap, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0], Changes | NeedsThin,
                UnmapCommand.Plan, UnmapCommand.Run),
            Row("WRITE SAME(10)", "SBC-3 5.43", Ten(OperationCode.WriteSame10, (byte)(protect | unmap)), Writes, WriteSameCommands.Plan, WriteSameCommands.Run),
            Row("WRITE SAME(16)", "SBC-3 5.44", Sixteen(OperationCode.WriteSame16, (byte)(protect | unmap | WriteSameCommands.NoDataBit)), Writes,
                WriteSameCommands.Plan, WriteSameCommands.Run),
            Action("GET LBA STATUS", "SBC-3 5.4", ServiceAction.GetLbaStatus,
                [OperationCode.ServiceActionIn16, 0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], Reads,
                LbaStatusCommand.Plan, LbaStatusCommand.Run, ReservationRule.AllowedToRead),
        ];
    }

    private static CommandSpec ReserveIn(string action, string clause, byte serviceAction, RunStep run) =>
        Action($"PERSISTENT RESERVE IN, {action}", clause, serviceAction, [OperationCode.PersistentReserveIn, serviceAction, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0], DataIn | ServedInStandby,
            PersistentReserveIn.Plan, run, ReservationRule.OnlyPersistent);

    // The actions that need no scope and type ignore them: they are honoured there, in that they are let pass.
    private static CommandSpec ReserveOut(string action, string clause, ReservationAction serviceAction) =>
        Action($"PERSISTENT RESERVE OUT, {action}", clause, (byte)serviceAction,
            [OperationCode.PersistentReserveOut, (byte)serviceAction, 0xFF, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0], DataOut | ServedInStandby,
            PersistentReserveOut.Plan, PersistentReserveOut.Run, ReservationRule.OnlyPersistent);

    private static byte[] Ten(byte operationCode, byte flags) => [operationCode, flags, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xFF, 0xFF, 0];

    private static byte[] Twelve(byte operationCode, byte flags) =>
        [operationCode, flags, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0];

    private static byte[] Sixteen(byte operationCode, byte flags) =>
        [operationCode, flags, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0];

    private static CommandSpec Row(
        string name,
        string clause,
        byte[] usage,
        CommandFlags flags,
        PlanStep plan,
        RunStep run,
        ReservationRule reservation = ReservationRule.Conflict) => new(name, clause, CommandSpec.WithNaca(usage), null, flags, reservation, plan, run);

    private static CommandSpec Action(
        string name,
        string clause,
        byte serviceAction,
        byte[] usage,
        CommandFlags flags,
        PlanStep plan,
        RunStep run,
        ReservationRule reservation = ReservationRule.Conflict) => new(name, clause, CommandSpec.WithNaca(usage), serviceAction, flags, reservation, plan, run);
}
