using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using static Blockwire.Scsi.Device.CommandFlags;

namespace Blockwire.Scsi.Device;

/// <summary>The rows of the command table, in one place.</summary>
internal static class CommandRows
{
    /// <summary>The rows for one kind of logical unit.</summary>
    /// <param name="thin">With logical block provisioning.</param>
    public static IEnumerable<CommandSpec> All(bool thin)
    {
        return new[]
        {
            Row("TEST UNIT READY", [OperationCode.TestUnitReady, 0, 0, 0, 0, 0], NeedsMedium, Readiness.PlanNothing, Readiness.Succeed),
        }.Where(row => thin || !row.Has(NeedsThin));
    }

    private static CommandSpec Row(
        string name, byte[] usage, CommandFlags flags, PlanStep plan, RunStep run, ReservationRule reservation = ReservationRule.Conflict) =>
        new(name, usage, null, flags, reservation, plan, run);
}
