using Blockwire.Scsi.Device.Copy;
using Blockwire.Scsi.Device.Tests.Reservations;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>For every row of the command table a CDB that ends with GOOD, and the data-out that it wants.</summary>
internal static class GoodExamples
{
    private static readonly byte[] OneUnmap = Cdbs.UnmapList(new UnmapDescriptor(1, 2));

    // The verify error recovery page: what it holds cannot be changed.
    private static readonly byte[] OneModePage6 = [0, 0, 0, 0, 0x07, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] OneModePage10 = [0, 0, 0, 0, .. OneModePage6];

    private static readonly byte[] OneOverwrite = [1, 0, 0, 2, 0xAB, 0xCD];

    /// <summary>The row of a name, with its example.</summary>
    public static (CommandSpec Row, byte[] Cdb, byte[] DataOut) Named(string name)
    {
        CommandSpec row = CommandTable.Thin.Rows.Single(row => row.Name == name);
        (byte[] cdb, byte[] data) = For(row);
        return (row, cdb, data);
    }

    public static (byte[] Cdb, byte[] DataOut) For(CommandSpec row) => (row.OperationCode, row.ServiceAction) switch
    {
        (OperationCode.TestUnitReady, null) => (Cdbs.TestUnitReady, []),
        (OperationCode.RequestSense, null) => (Cdbs.RequestSense(), []),
        (OperationCode.Inquiry, null) => (Cdbs.Inquiry(), []),
        (OperationCode.ModeSense6, null) => (Cdbs.ModeSense6(PageCodes.Mode.All), []),
        (OperationCode.ModeSense10, null) => (Cdbs.ModeSense10(PageCodes.Mode.All), []),
        (OperationCode.ModeSelect6, null) => (Cdbs.ModeSelect6(OneModePage6.Length), OneModePage6),
        (OperationCode.ModeSelect10, null) => (Cdbs.ModeSelect10(OneModePage10.Length), OneModePage10),
        (OperationCode.LogSelect, null) => (Cdbs.LogSelect(0), []),
        (OperationCode.LogSense, null) => (Cdbs.LogSense(0), []),
        (OperationCode.StartStopUnit, null) => (Cdbs.StartStop(1), []),
        (OperationCode.PreventAllowMediumRemoval, null) => (Cdbs.Prevent(0), []),
        (OperationCode.ReportLuns, null) => (Cdbs.ReportLuns(0), []),
        (OperationCode.MaintenanceIn, ServiceAction.ReportSupportedOperationCodes) => (Cdbs.SupportedOperationCodes(0), []),
        (OperationCode.MaintenanceIn, ServiceAction.ReportSupportedTaskManagementFunctions) => (Cdbs.TaskFunctions(), []),
        (OperationCode.ReadCapacity10, null) => (Cdbs.Ten(OperationCode.ReadCapacity10, 0, 0), []),
        (OperationCode.ServiceActionIn16, ServiceAction.ReadCapacity16) => (Cdbs.ReadCapacity16(), []),
        (OperationCode.ServiceActionIn16, ServiceAction.GetLbaStatus) => (Cdbs.LbaStatus(0), []),
        (OperationCode.Reserve6 or OperationCode.Release6, null) => ([row.OperationCode, 0, 0, 0, 0, 0], []),
        (OperationCode.Reserve10 or OperationCode.Release10, null) => (Cdbs.Ten(row.OperationCode, 0, 0), []),
        (OperationCode.MaintenanceIn, ServiceAction.ReportTargetPortGroups) => (PrimaryCdbs.ReportTargetPortGroups(4096).AsSpan.ToArray(), []),
        (OperationCode.MaintenanceOut, ServiceAction.SetTargetPortGroups) => (PrimaryCdbs.SetTargetPortGroups(8).AsSpan.ToArray(), TargetPortGroup.ListFor(((ushort)1, AccessState.ActiveOptimized))),
        (OperationCode.PersistentReserveIn, { } action) => (Pr.InCdb(action), []),
        (OperationCode.PersistentReserveOut, { } action) => ReserveOut((ReservationAction)action),
        (OperationCode.FormatUnit, null) => ([OperationCode.FormatUnit, 0, 0, 0, 0, 0], []),
        (OperationCode.Sanitize, ServiceAction.SanitizeOverwrite) => (Cdbs.Sanitize(1, OneOverwrite.Length), OneOverwrite),
        (OperationCode.Sanitize, _) => (Cdbs.Sanitize((byte)row.ServiceAction!), []),
        (OperationCode.ReassignBlocks, null) => ([OperationCode.ReassignBlocks, 0, 0, 0, 0, 0], [0, 0, 0, 4, 0, 0, 0, 9]),
        (OperationCode.ReadDefectData10, null) => ([OperationCode.ReadDefectData10, 0, 0x18, 0, 0, 0, 0, 0, 8, 0], []),
        (OperationCode.ReadDefectData12, null) => ([OperationCode.ReadDefectData12, 0x18, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0], []),
        (OperationCode.WriteLong10, null) => ([OperationCode.WriteLong10, 0x40, 0, 0, 0, 7, 0, 0, 0, 0], []),
        (OperationCode.ServiceActionOut16, _) => ([OperationCode.ServiceActionOut16, 0x51, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0], []),
        (OperationCode.SendDiagnostic, null) => ([OperationCode.SendDiagnostic, 0x04, 0, 0, 0, 0], []),
        (OperationCode.ReceiveDiagnosticResults, null) => ([OperationCode.ReceiveDiagnosticResults, 0, 0, 0, 8, 0], []),
        (OperationCode.WriteBuffer, null) => (Cdbs.Buffer(OperationCode.WriteBuffer, 2, 0, 4), [1, 2, 3, 4]),
        (OperationCode.ReadBuffer, null) => (Cdbs.Buffer(OperationCode.ReadBuffer, 2, 0, 4), []),
        (OperationCode.MaintenanceIn, ServiceAction.ReportTimestamp or ServiceAction.ReportIdentifyingInformation)
            or (OperationCode.ServiceActionIn12, _) => ([row.OperationCode, row.ServiceAction!.Value, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0], []),
        (OperationCode.MaintenanceOut, ServiceAction.SetTimestamp) => (Cdbs.Out(ServiceAction.SetTimestamp, 12), new byte[12]),
        (OperationCode.MaintenanceOut, ServiceAction.SetIdentifyingInformation) => (Cdbs.Out(ServiceAction.SetIdentifyingInformation, 3), [1, 2, 3]),
        (OperationCode.VariableLength, { } action) => (Cdbs.Long(action, 3, 2), new byte[2 * 4096]),
        (OperationCode.Unmap, null) => (Cdbs.Unmap(OneUnmap.Length), OneUnmap),
        (OperationCode.CompareAndWrite, null) => (Cdbs.CompareAndWrite(3, 1), new byte[2 * 4096]),
        (OperationCode.WriteAtomic16, null) => (Cdbs.WriteAtomic(3, 2), new byte[2 * 4096]),
        (OperationCode.ExtendedCopy, { } action) => (Cdbs.Copy(row.OperationCode, action, 0), []),
        (OperationCode.ReceiveCopyResults, { } action) => (Cdbs.Copy(row.OperationCode, action, 4096), []),
        _ when IsBlockCommand(row) => (Cdbs.Block(row.OperationCode, 3, 2), new byte[2 * 4096]),
        _ => throw new InvalidOperationException($"{row.Name} has no test"),
    };

    /// <summary>Does on both nexuses what a command needs to have been done before: those that ask for the result of a copy, one with the list identifier 0.</summary>
    public static Rig Ready(this Rig rig, CommandSpec row)
    {
        if (row.OperationCode == OperationCode.ReceiveCopyResults || row is { OperationCode: OperationCode.ExtendedCopy, ServiceAction: ServiceAction.CopyOperationAbort })
        {
            byte[] list = CopyData.Populate(new BlockRun(0, 1));
            foreach (Nexus nexus in new[] { rig.First, rig.Second })
            {
                rig.Run(nexus, Cdbs.Token(ServiceAction.PopulateToken, 0, list.Length), list).ShouldBeGood();
            }
        }

        return rig;
    }

    /// <summary>Does what a command needs to have been done before it.</summary>
    public static void Prepare(Rig rig, CommandSpec row)
    {
        rig.Ready(row);
        ReservationAction action = (ReservationAction)(row.ServiceAction ?? 0);
        if (row.OperationCode != OperationCode.PersistentReserveOut || action is ReservationAction.Register or ReservationAction.RegisterAndIgnoreExistingKey)
        {
            return;
        }

        rig.Register(rig.First, 1);
        rig.Register(rig.Second, 2);
        if (action == ReservationAction.RegisterAndMove)
        {
            rig.Reserve(rig.First, 1, ReservationType.WriteExclusive);
        }
    }

    private static (byte[] Cdb, byte[] DataOut) ReserveOut(ReservationAction action)
    {
        byte[] list = action switch
        {
            ReservationAction.Register => new ReservationParameters(0).ToArray(),
            ReservationAction.RegisterAndIgnoreExistingKey => new ReservationParameters(0, 1).ToArray(),
            ReservationAction.Preempt or ReservationAction.PreemptAndAbort => new ReservationParameters(1, 2).ToArray(),
            ReservationAction.RegisterAndMove => new ReservationParameters(1, 3).ToMoveArray("iqn.2026-11.local.third:c,i,0x000000000003", 1, false),
            _ => new ReservationParameters(1).ToArray(),
        };
        return (Pr.OutCdb(action, list.Length, ReservationType.WriteExclusive), list);
    }

    /// <summary>Has the command an address and a length where <see cref="BlockCdb"/> finds them?</summary>
    public static bool IsBlockCommand(CommandSpec row) => row.OperationCode is OperationCode.Read6 or OperationCode.Write6
        or OperationCode.Read10 or OperationCode.Write10 or OperationCode.Read12 or OperationCode.Write12
        or OperationCode.Read16 or OperationCode.Write16
        or OperationCode.Verify10 or OperationCode.Verify12 or OperationCode.Verify16
        or OperationCode.WriteAndVerify10 or OperationCode.WriteAndVerify12 or OperationCode.WriteAndVerify16
        or OperationCode.SynchronizeCache10 or OperationCode.SynchronizeCache16
        or OperationCode.Prefetch10 or OperationCode.Prefetch16 or OperationCode.OrWrite16 or OperationCode.XdWriteRead10 or OperationCode.XpWrite10
        or OperationCode.WriteSame10 or OperationCode.WriteSame16;
}
