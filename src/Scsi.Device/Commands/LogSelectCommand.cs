using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Logs;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// LOG SELECT (SPC-4 §6.7) without parameter list: sets counters back, with PCR those of all pages or of one, or with PC = 11b to their defaults, which are the same.
/// Thresholds have nothing to go back to. No parameter can be set by a list, and nothing is saved.
/// </summary>
internal static class LogSelectCommand
{
    private const byte ParameterCodeReset = 0x02;
    private const byte PageCodeMask = 0x3F;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        int length = BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]);
        if (length > 0 && (cdb[1] & ParameterCodeReset) != 0)
        {
            return Sense.InvalidFieldInCdb(1, 1);
        }

        byte code = (byte)(cdb[2] & PageCodeMask);
        if ((code != 0 || cdb[3] != 0) && LogPages.Find(command.Unit!, code, cdb[3]) is null)
        {
            return cdb[3] != 0 && LogPages.Find(command.Unit!, code, 0) is not null ? Sense.InvalidFieldInCdb(3) : Sense.InvalidFieldInCdb(2, 5);
        }

        command.DataOutWanted = (uint)length;
        command.CompletesInline = true;
        return null;
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        LogicalUnit unit = command.Unit!;
        if (command.DataOutWanted > 0)
        {
            // The list begins with a page, and no page of this unit has a parameter that can be set.
            MediumResult.Refuse(
                command,
                command.DataOut.Length < LogParameterWriter.HeaderLength ? Sense.ParameterListLengthError : Sense.InvalidFieldInParameterList(0));
            return default;
        }

        bool resets = (cdb[1] & ParameterCodeReset) != 0 || (LogValues)(cdb[2] >> 6) == LogValues.DefaultCumulative;
        if (resets)
        {
            byte code = (byte)(cdb[2] & PageCodeMask);
            foreach (LogPage page in LogPages.Of(unit))
            {
                if (code == 0 || (page.Code == code && (cdb[3] == page.Subpage || cdb[3] == PageCodes.Log.AllSubpages)))
                {
                    unit.Counters.Reset(page.Counters);
                }
            }

            unit.AttendAll(Sense.LogParametersChanged, command.Nexus);
        }

        command.Complete(ScsiStatus.Good);
        return default;
    }
}
