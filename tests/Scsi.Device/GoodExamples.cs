namespace Blockwire.Scsi.Device.Tests;

/// <summary>For every row of the command table a CDB that ends with GOOD, and the data-out that it wants.</summary>
internal static class GoodExamples
{
    private static readonly byte[] OneUnmap = Cdbs.UnmapList(new UnmapDescriptor(1, 2));

    public static (byte[] Cdb, byte[] DataOut) For(CommandSpec row) => (row.OperationCode, row.ServiceAction) switch
    {
        (OperationCode.TestUnitReady, null) => (Cdbs.TestUnitReady, []),
        (OperationCode.RequestSense, null) => (Cdbs.RequestSense(), []),
        (OperationCode.Inquiry, null) => (Cdbs.Inquiry(), []),
        (OperationCode.ModeSense6, null) => (Cdbs.ModeSense6(PageCodes.Mode.All), []),
        (OperationCode.ModeSense10, null) => (Cdbs.ModeSense10(PageCodes.Mode.All), []),
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
        (OperationCode.Unmap, null) => (Cdbs.Unmap(OneUnmap.Length), OneUnmap),
        _ when IsBlockCommand(row) => (Cdbs.Block(row.OperationCode, 3, 2), new byte[2 * 4096]),
        _ => throw new InvalidOperationException($"{row.Name} has no test"),
    };

    /// <summary>Has the command an address and a length where <see cref="BlockCdb"/> finds them?</summary>
    public static bool IsBlockCommand(CommandSpec row) => row.OperationCode is OperationCode.Read6 or OperationCode.Write6
        or OperationCode.Read10 or OperationCode.Write10 or OperationCode.Read12 or OperationCode.Write12
        or OperationCode.Read16 or OperationCode.Write16
        or OperationCode.Verify10 or OperationCode.Verify12 or OperationCode.Verify16
        or OperationCode.WriteAndVerify10 or OperationCode.WriteAndVerify12 or OperationCode.WriteAndVerify16
        or OperationCode.SynchronizeCache10 or OperationCode.SynchronizeCache16
        or OperationCode.WriteSame10 or OperationCode.WriteSame16;
}
