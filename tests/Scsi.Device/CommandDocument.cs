using System.Text;
using Blockwire.Scsi.Device.Logs;
using Blockwire.Scsi.Device.Modes;

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
            - COMPARE AND WRITE takes at most 64 KiB; it, ORWRITE, XPWRITE, XDWRITEREAD and WRITE ATOMIC have their blocks alone, against every command of every nexus. A disk lends no pages to
              reads any more once one of them has run: it copies.
            - WRITE ATOMIC is known only on disks that promise, even over a loss of power, that all or nothing of a write is there: memory disks, up to 1 MiB, since they are gone
              then altogether. Files and block devices cannot promise it, so WRITE ATOMIC is unknown there and page B0h says 0.
            - PRE-FETCH ends with CONDITION MET when the disk has taken the advice for all blocks, at most 64 MiB; files ask the system to read ahead, without waiting for it.
            - `protection` stands for disks that keep protection information (option `protection`). Without it the protection fields, FMTPINFO and the CDBs of 32 bytes are refused.
            - WRITE LONG with WR_UNCOR marks a block (with PBLOCK all of the physical block): reading it ends with 11h/14h, LBA MARKED BAD BY APPLICATION CLIENT, until it is written, unmapped or
              reassigned. 1024 blocks can be marked; marks outlive the server where the disk has a place for its state. Without WR_UNCOR it is refused, and READ LONG is unknown.
            - XDWRITEREAD is the one command that takes data and sends some: what was on the medium, exclusively or-ed with the data-out, with or without writing it. An initiator sets R and W
              and says by an AHS how much it reads (RFC 7143 11.2.2.4). The XDWRITE and XDREAD that SBC-3 made obsolete are unknown, and so are the 32-byte forms.
            - One command moves at most 32 MiB, WRITE SAME covers at most 65535 blocks, UNMAP at most 1048576 blocks in 256 ranges.

            ## Protection information

            - A disk that keeps protection information can be formatted with types 1, 2 and 3 (SPT 111b), one interval in a block. Guard, application tag and reference tag are checked
              (GRD_CHK, APP_CHK, REF_CHK), the reference tag where it is known: by the LBA (type 1) or the CDB of 32 bytes (type 2). The application tag is known from the CDB of
              32 bytes while ATO is 1. CDBs of 32 bytes are for type 2 alone, where the shorter ones move no protection information; else INVALID COMMAND OPERATION CODE.
            - A failed check ends with ABORTED COMMAND, LOGICAL BLOCK GUARD, APPLICATION TAG or REFERENCE TAG CHECK FAILED, and the block as INFORMATION; nothing is written of data
              that fails. COMPARE AND WRITE without protection information, and copies, whose reads fail it, name the block only when it is the only one. A comparison that fails in tags is a MISCOMPARE with these codes.
            - What is read without protection information is checked too, unless DPICZ is 1. An application tag of FFFFh (type 3: with a reference tag of FFFFFFFFh) disables the
              checks of a block that is read, not of one that is sent (NO_PI_CHK 0).
            - Blocks that are written without get a true guard, and the LBA as reference tag (type 1) or FFFFFFFFh; the application tag is FFFFh with ATO 1, or of type 2, else 0: by default
              blocks of type 1 and 3 that plain initiators write are checked when they are read.
            - Unmapped, formatted, sanitized and never written blocks have all ones. WRITE SAME with UNMAP unmaps zeros whose protection information is all ones, or that come without;
            with NDOB and WRPROTECT it takes all ones for that of its block. After a FORMAT UNIT to another type the other nexuses hear CAPACITY DATA HAS CHANGED.
            - COMPARE AND WRITE compares data alone and writes what came; ORWRITE keeps the tags that came and makes the guard. There is no Application Tag mode page, and no RWWP.

            ## Task sets

            - NACA in the CONTROL byte is honoured by every command of a disk (NORMACA). A CHECK CONDITION for such a command establishes an auto contingent allegiance
              (SAM-5 5.9): the nexus may send commands with the ACA attribute, one at a time, until CLEAR ACA, a reset, the end of the session, a PREEMPT AND ABORT of it, or the failure of such a
              command without NACA. Its other commands end with ACA ACTIVE; those of other nexuses, where all share a task set, with BUSY, or with ACA ACTIVE when they have NACA.
              What is in the task set waits: it neither begins nor ends. What works on the disk already goes on there, and is answered afterwards.
            - TST: with 0 all nexuses share a task set, as far as allegiance, QERR and CLEAR TASK SET are concerned, with 1 each has its own. ORDERED and HEAD OF QUEUE order the commands of one session.
            - QERR: a CHECK CONDITION ends the other tasks of the task set (1) or of the nexus (3). TAS: tasks that another nexus ends are answered with TASK ABORTED; but in a session with
              FastAbort, where the Asynchronous Message tells of it. Without TAS they end silently, and the nexus hears 2Fh/00h.
            - UA_INTLCK_CTRL: 2 and 3 leave a unit attention that was reported until REQUEST SENSE takes it; 3 tells of BUSY, TASK SET FULL and RESERVATION CONFLICT by a unit attention.
            - TEST of page 1Ch pretends a failure prediction (5Dh/FFh), by a unit attention (MRIE 2) or to REQUEST SENSE (MRIE 6).

            ## Copies

            - EXTENDED COPY takes up to 16 disks, named by the NAA designator of page 83h (CSCD descriptor E4h), or FFFFh for the unit itself, and up to 64 segments of type 02h,
              256 MiB each. Disks are those of the target. A copy goes in pieces of 512 KiB; holes stay holes. Before each piece it looks whether the medium is there, whether
              another nexus has reserved a disk, whether it may be written, and whether a disk was reset; if so it ends. Errors of the disks end with COPY ABORTED, THIRD PARTY
              DEVICE FAILURE; the sense data of the disks is not forwarded. COMMAND-SPECIFIC INFORMATION has the number of the segment, and the sense key specific bytes point at
              what is wrong with a segment that cannot be copied.
            - Priorities are hints that nothing uses; inline data, G_SENSE and descriptors of other types are refused. With IMMED (LID4 and tokens) the copy goes on behind its command.
            - A copy ends with the reset of a disk that it concerns and with its nexus. The reset is answered, and the next session of the same port let in, when it works on no disk any more.
            - A nexus runs 16 copies at a time, all together 64; 64 results of a nexus are kept until it goes, its unit is reset, or newer ones push them out.
            - POPULATE TOKEN makes tokens of the ROD type "point in time copy - change vulnerable" (00800001h): nothing is copied, and a write to one of the blocks revokes the token before it
              changes them (INVALID TOKEN OPERATION, TOKEN REVOKED). A token is good at every unit of the target, for every nexus, until it has not been used for 60 s, or as long as was asked
              for, 600 s at most. A power on ends all. 256 tokens at a time, 64 ranges and 256 MiB each; WRITE USING TOKEN writes as much at most. The block device zero token
              (FFFF0001h) writes zeros.

            ## Table

            | Code | Command | Clause | Usage | Data | Medium | Busy | Reserved | Ports |
            |---|---|---|---|---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        WriteRows(text, CommandTable.Whole);
        WriteModePages(text);
        text.Append("\n## Log pages\n\nLOG SENSE gives these, their subpages listed with FFh: ");
        text.AppendJoin(", ", LogPages.Of(new Rig().Unit).Where(page => page.Subpage == 0).Select(page => $"{page.Code:X2}h")).Append(".\n");
        text.Append(
            """
            Counts begin with the server. There is no temperature sensor, which FFh says. LOG SELECT sets counters back, those of one page or of all.

            ## The medium as a whole

            FORMAT UNIT without initialization pattern, and SANITIZE with BLOCK ERASE, leave zeros and give the space back where the disk can; what becomes of the bytes
            below is the backend's to say. OVERWRITE, and FORMAT UNIT with a pattern, write every block as often as they are told. They go on when the initiator that asked
            has gone. Before the first block goes they wait for what works on the disk; commands that were accepted before and come to it later are refused. A reset or a loss of power ends
            FORMAT UNIT, and leaves the medium unusable until the next; it does not touch SANITIZE, which begins again after a loss of power. What is to be known after a loss of power takes a
            disk that has a place for its state. There is no key to forget, so no CRYPTOGRAPHIC ERASE.

            """.ReplaceLineEndings("\n"));
        CdDvdDocument.Write(text);
        return text.ToString();
    }

    /// <summary>Writes a row for each command.</summary>
    internal static void WriteRows(StringBuilder text, CommandTable table)
    {
        foreach (CommandSpec row in table.Rows)
        {
            string code = row.ServiceAction is { } action ? $"{row.OperationCode:X2}h/{action:X2}h" : $"{row.OperationCode:X2}h";
            text.Append("| ").AppendJoin(
                " | ", code, row.Name, row.Clause, $"`{Convert.ToHexString(row.Usage)}`", Data(row), Medium(row), Busy(row), Reserved(row), Ports(row)).Append(" |\n");
        }
    }

    /// <summary>Writes the rows of mode pages.</summary>
    internal static void WriteRows(StringBuilder text, IEnumerable<ModePage> pages, ModeScope scope)
    {
        foreach (ModePage page in pages)
        {
            string code = page.Subpage == 0 ? $"{page.Code:X2}h" : $"{page.Code:X2}h/{page.Subpage:X2}h";
            byte[] mask = page.WriteMask(scope);
            mask.AsSpan(0, page.HeaderLength).Clear();
            string changeable = mask.AsSpan().ContainsAnyExcept((byte)0) ? $"`{Convert.ToHexString(mask)}`" : "nothing";
            text.Append($"| {code} | `{Convert.ToHexString(page.WriteDefaults(scope))}` | {changeable} |\n");
        }
    }

    private static void WriteModePages(StringBuilder text)
    {
        text.Append(
            """

            ## Mode pages

            Of a thin disk that can be written and keeps protection information. A 1 in the last column is a bit that MODE SELECT can change; what was changed is saved with SP = 1 where the disk has a place for its state.

            | Page | Default | Changeable |
            |---|---|---|

            """.ReplaceLineEndings("\n"));
        WriteRows(text, ModePages.All, new ModeScope(Thin: true, ReadOnly: false, Protected: true));
    }

    private static string Data(CommandSpec row) => row.Has(CommandFlags.DataIn | CommandFlags.DataOut) ? "both" : row.Has(CommandFlags.DataIn) ? "in" : row.Has(CommandFlags.DataOut) ? "out" : "none";

    private static string Medium(CommandSpec row) => (row.Has(CommandFlags.ChangesMedium) ? "changes" : row.Has(CommandFlags.NeedsMedium) ? "needs" : "")
        + (row.Has(CommandFlags.NeedsThin) ? ", thin" : "") + (row.Has(CommandFlags.NeedsProtection) ? ", protection" : "");

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
