using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>EXTENDED COPY(LID1) and (LID4), and COPY OPERATION ABORT (SPC-4 §6.4, §6.5 and §6.3).</summary>
internal static class ExtendedCopyCommands
{
    private const int LengthAt = 10;

    public static SenseData? Plan(ScsiCommand command)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[LengthAt..]);
        if (length > ExtendedCopyList.MostBytes)
        {
            return Sense.ParameterListLengthError;
        }

        command.DataOutWanted = length;
        return null;
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (command.DataOutWanted == 0)
        {
            // An empty list is no error, and asks for nothing.
            command.Complete(ScsiStatus.Good);
            return default;
        }

        byte action = (byte)(command.Cdb[1] & CommandTable.ServiceActionMask);
        ReadOnlySpan<byte> list = command.DataOut.Span;
        SenseData? refusal = action == ServiceAction.ExtendedCopyLid1
            ? ExtendedCopyList.ReadShort(device.Units, command.Unit!, list, out ExtendedCopyList? copy)
            : ExtendedCopyList.ReadLong(device.Units, command.Unit!, list, out copy);
        if (refusal is { } sense)
        {
            MediumResult.Refuse(command, sense);
            return default;
        }

        CopyOperation operation = new(command.Nexus, command.Unit!, copy!.ListIdentifier, action);
        return device.Copies.RunAsync(command, operation, copy.Plan, copy.Immediate, device.Time, cancellationToken);
    }

    public static SenseData? PlanAbort(ScsiCommand command)
    {
        command.CompletesInline = true;
        return null;
    }

    public static ValueTask RunAbort(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        // What runs no more needs no abort; what was never known cannot have one.
        uint identifier = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[2..]);
        if (device.Copies.Lists.Abort(command.Nexus, command.Unit!, identifier)
            || device.Copies.Lists.Find(command.Nexus, command.Unit!, identifier) is not null)
        {
            command.Complete(ScsiStatus.Good);
        }
        else
        {
            MediumResult.Refuse(command, Sense.InvalidFieldInCdb(2));
        }

        return default;
    }
}
