using System.Text;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Writes docs/SCSI.md from the command table.</summary>
internal static class CommandDocument
{
    public static string Write()
    {
        StringBuilder text = new();
        text.Append(
            """
            # SCSI commands

            What a Blockwire disk answers, by operation code and service action. Written from the command table; a test fails when the two differ.
            Everything else ends with INVALID COMMAND OPERATION CODE, or with INVALID FIELD IN CDB for a service action.

            - Usage: the CDB bits that are honoured, as REPORT SUPPORTED OPERATION CODES gives them. Any other bit that is set ends with INVALID FIELD IN CDB.
            - Medium: `needs` a loaded and started medium, or `changes` it, which write protection refuses.
            - Busy: `answers` while FORMAT UNIT or SANITIZE work on the medium, and after they failed; the others end with NOT READY or MEDIUM ERROR then.
            - Reserved: what another nexus may do while the unit is reserved. Every command of a registered nexus runs beside a persistent reservation of a registrants only
              or all registrants type; `reads` is allowed beside those of a write exclusive type, `persistent` beside every persistent one. Beside RESERVE only `allowed` is.
            - Ports: through target ports in which asymmetric access state it is served: `active`, optimized or not; `standby` as well; or `all`.
            - `thin` stands for disks with logical block provisioning (option `thin=on`). Without it UNMAP is unknown and the UNMAP bit of WRITE SAME is refused.
            - One command moves at most 32 MiB, WRITE SAME covers at most 65535 blocks, UNMAP at most 1048576 blocks in 256 ranges.

            | Code | Command | Clause | Usage | Data | Medium | Busy | Reserved | Ports |
            |---|---|---|---|---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (CommandSpec row in CommandTable.Thin.Rows)
        {
            string code = row.ServiceAction is { } action ? $"{row.OperationCode:X2}h/{action:X2}h" : $"{row.OperationCode:X2}h";
            text.Append("| ").AppendJoin(
                " | ", code, row.Name, row.Clause, $"`{Convert.ToHexString(row.Usage)}`", Data(row), Medium(row), Busy(row), Reserved(row), Ports(row)).Append(" |\n");
        }

        return text.ToString();
    }

    private static string Data(CommandSpec row) => row.Has(CommandFlags.DataIn) ? "in" : row.Has(CommandFlags.DataOut) ? "out" : "none";

    private static string Medium(CommandSpec row) => (row.Has(CommandFlags.ChangesMedium) ? "changes" : row.Has(CommandFlags.NeedsMedium) ? "needs" : "")
        + (row.Has(CommandFlags.NeedsThin) ? ", thin" : "");

    private static string Ports(CommandSpec row) =>
        row.Has(CommandFlags.ServedUnavailable) ? "all" : row.Has(CommandFlags.ServedInStandby) ? "standby" : "active";

    private static string Busy(CommandSpec row) => row.Has(CommandFlags.RunsDuringMediumWork) ? "answers" : "";

    private static string Reserved(CommandSpec row) => row.Reservation switch
    {
        ReservationRule.Allowed => "allowed",
        ReservationRule.AllowedToRead => "reads",
        ReservationRule.AllowedBesidePersistent => "persistent",
        ReservationRule.OnlyPersistent => "persistent; beside RESERVE nobody's",
        ReservationRule.AllowedToPermitRemoval => "allowed with PREVENT = 0",
        ReservationRule.AllowedToStart => "allowed to start",
        _ => "conflict",
    };
}
