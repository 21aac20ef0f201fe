using System.Text;
using Blockwire.Scsi.Device.Modes;
using Blockwire.Scsi.Device.Multimedia;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Writes what docs/SCSI.md says of CD/DVD drives, from their tables.</summary>
internal static class CdDvdDocument
{
    public static void Write(StringBuilder text)
    {
        text.Append(
            $"""

            ## CD/DVD drives

            A `cdrom:` disk is a drive of device type 05h that only reads (MMC-5), with an image as its medium. Everything that is not in this table ends with INVALID COMMAND
            OPERATION CODE: commands that write, those of other disks, and the service actions of A3h and A4h, which are SEND KEY and REPORT KEY in MMC; so there is no
            REPORT SUPPORTED OPERATION CODES, and no asymmetric access state is told (TPGS = 0). The columns are those of the table above.

            - The medium is a pressed disc with one session and one data track of mode 1. Images of up to {CdMedium.MostBlocksOfCd} blocks ({CdMedium.MostBlocksOfCd * (long)CdMedium.BlockBytes} bytes) are a CD-ROM (profile 0008h); longer
              ones are a DVD-ROM (0010h) with one layer, because the addresses of a CD end at 99:59:74. Minute, second and frame of what lies behind 255:59:74 are given as that.
            - READ CD makes the sectors of a CD, with their header, error detection and error correction (ECMA-130); without C2 errors and sub-channels. Sectors of
              other types end with ILLEGAL MODE FOR THIS TRACK. A DVD has no such sectors: CANNOT READ MEDIUM - INCOMPATIBLE FORMAT.
            - START STOP UNIT ejects and loads, PREVENT ALLOW MEDIUM REMOVAL holds the medium, each nexus for itself and in both ways, plain and persistent; MEDIUM REMOVAL PREVENTED while one
              does. A nexus that goes, and a reset, let go. An ejected medium is MEDIUM NOT PRESENT - TRAY OPEN, an empty drive MEDIUM NOT PRESENT - TRAY CLOSED; removable disks say so too.
            - After loading, every nexus but that which loaded hears NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED; when the medium was changed, all do.
            - GET EVENT STATUS NOTIFICATION is polled only, with the classes operational change, power management, media and device busy. Each nexus hears of each event once; of
              several in one class it hears of the last. An eject request comes when somebody wants to change a medium that is held ([CONFIG.md](CONFIG.md#while-it-serves)).
            - Speeds are shown, 9173 kB/s for a CD and 22160 kB/s for a DVD, and wishes for others are taken (SET CD SPEED, SET STREAMING); nothing turns, so nothing follows from them.
              READ BUFFER CAPACITY tells how much one command can move.
            - Nothing can be played and no DVD is protected.

            | Code | Command | Clause | Usage | Data | Medium | Busy | Reserved | Ports |
            |---|---|---|---|---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        CommandDocument.WriteRows(text, CommandTable.CdDvd);
        text.Append("\nFeatures (GET CONFIGURATION): ");
        text.AppendJoin(", ", DriveFeatures.All.Select(static feature => $"{feature.Code:X4}h{When(feature.Current)}")).Append(".\n");
        text.Append("\n| Mode page | Default | Changeable |\n|---|---|---|\n");
        CommandDocument.WriteRows(text, CdDvdModePages.All, new ModeScope(Thin: false, ReadOnly: true, CdDvd: true));
    }

    private static string When(FeatureTime time) => time switch
    {
        FeatureTime.WithMedium => " (with a medium)",
        FeatureTime.WithCd => " (with a CD)",
        FeatureTime.WithDvd => " (with a DVD)",
        _ => "",
    };
}
