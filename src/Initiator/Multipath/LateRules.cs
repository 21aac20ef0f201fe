using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>Which commands do no harm when they run later than anybody expects.</summary>
internal static class LateRules
{
    /// <summary>It neither changes the medium nor a state that others count on.</summary>
    public static bool IsHarmless(byte operationCode) => operationCode is
        OperationCode.TestUnitReady or OperationCode.RequestSense or OperationCode.Inquiry or OperationCode.ModeSense6 or OperationCode.ModeSense10
        or OperationCode.ReadCapacity10 or OperationCode.ServiceActionIn16 or OperationCode.ReportLuns or OperationCode.MaintenanceIn or OperationCode.LogSense
        or OperationCode.PersistentReserveIn or OperationCode.ReceiveCopyResults
        or OperationCode.Read6 or OperationCode.Read10 or OperationCode.Read12 or OperationCode.Read16
        or OperationCode.Verify10 or OperationCode.Verify12 or OperationCode.Verify16
        or OperationCode.SynchronizeCache10 or OperationCode.SynchronizeCache16;
}
