using System.Numerics;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device;

/// <summary>Decides all of a command that needs no data and no waiting: ranges, lengths, what data to gather. Null when it may run.</summary>
internal delegate SenseData? PlanStep(ScsiCommand command);

/// <summary>Does the work of a command and completes it with a status.</summary>
internal delegate ValueTask RunStep(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken);

/// <summary>One row of the command table.</summary>
/// <param name="Name">Name in SPC-4 or SBC-3.</param>
/// <param name="Clause">Standard and clause that describe it.</param>
/// <param name="Usage">
/// CDB usage data as REPORT SUPPORTED OPERATION CODES gives it (SPC-4 §6.35.3): byte 0 the operation code, then a 1 for every bit that is honoured;
/// the service action, when there is one, as a value.
/// </param>
/// <param name="ServiceAction">Service action, or null when the operation code has none.</param>
/// <param name="Flags">What the common checks need to know.</param>
/// <param name="Reservation">What it may do while another nexus holds a reservation.</param>
/// <param name="Plan">Called by <see cref="ScsiTargetDevice.Prepare"/>.</param>
/// <param name="Run">Called by <see cref="ScsiTargetDevice.ExecuteAsync"/>.</param>
internal sealed record CommandSpec(
    string Name, string Clause, byte[] Usage, byte? ServiceAction, CommandFlags Flags, ReservationRule Reservation, PlanStep Plan, RunStep Run)
{
    /// <summary>NACA in the CONTROL byte, which every command honours (SAM-5 §5.2).</summary>
    public const byte Naca = 0x04;

    private const byte VariableLength = 0x7F;

    private readonly byte[] _honoured = HonouredBits(Usage, ServiceAction);

    /// <summary>Operation code.</summary>
    public byte OperationCode => Usage[0];

    /// <summary>Length of the CDB in bytes.</summary>
    public int CdbLength => Usage.Length;

    /// <summary>Is a flag set?</summary>
    public bool Has(CommandFlags flag) => (Flags & flag) == flag;

    /// <summary>The first bit of the CDB that is set though the command does not honour it; false when there is none.</summary>
    public bool FindBitNotHonoured(ReadOnlySpan<byte> cdb, out int at, out int bit)
    {
        for (at = 1; at < _honoured.Length; at++)
        {
            if (at >= cdb.Length)
            {
                bit = 7;
                return true;
            }

            int strange = cdb[at] & ~_honoured[at];
            if (strange != 0)
            {
                bit = BitOperations.Log2((uint)strange);
                return true;
            }
        }

        bit = 0;
        return false;
    }

    /// <summary>Where the CONTROL byte of a CDB is, by the group of its operation code (SPC-4 §4.2.2); -1 when the CDB is too short, or of a group that has none.</summary>
    public static int ControlAt(ReadOnlySpan<byte> cdb)
    {
        int at = cdb.IsEmpty ? -1 : (cdb[0] >> 5) switch
        {
            0 => 5,
            1 or 2 => 9,
            3 => cdb[0] == VariableLength ? 1 : -1,
            4 => 15,
            5 => 11,
            _ => -1,
        };
        return at < cdb.Length ? at : -1;
    }

    /// <summary>The usage data with NACA: no row need say it.</summary>
    public static byte[] WithNaca(byte[] usage)
    {
        usage[ControlAt(usage)] |= Naca;
        return usage;
    }

    private static byte[] HonouredBits(byte[] usage, byte? serviceAction)
    {
        byte[] honoured = [.. usage];
        if (serviceAction is not null && usage[0] == Scsi.OperationCode.VariableLength)
        {
            (honoured[LongBlockCdb.ServiceActionAt], honoured[LongBlockCdb.ServiceActionAt + 1]) = (0xFF, 0xFF);
        }
        else if (serviceAction is not null)
        {
            honoured[1] |= CommandTable.ServiceActionMask;
        }

        return honoured;
    }
}
