using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>REPORT TARGET PORT GROUPS and SET TARGET PORT GROUPS (SPC-4 §6.37 and §6.45).</summary>
internal static class PortGroupCommands
{
    private const int LengthAt = 6;
    private const int ListHeaderLength = 4;
    private const int DescriptorLength = 4;
    private const int GroupAt = 2;
    private const byte ReportFormatMask = 0xE0, ExtendedReport = 0x20;
    private const byte StateMask = 0x0F;

    public static SenseData? PlanReport(ScsiCommand command) => (command.Cdb[1] & ReportFormatMask) is 0 or ExtendedReport
        ? ParameterData.Plan(command, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[LengthAt..]), TargetPortGroup.MostBytes)
        : Sense.InvalidFieldInCdb(1);

    public static ValueTask Report(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken) =>
        ParameterData.Answer(command, TargetPortGroup.ToArray(device.PortGroups, (command.Cdb[1] & ReportFormatMask) == ExtendedReport));

    public static SenseData? PlanSet(ScsiCommand command)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[LengthAt..]);
        if (length > 0 && (length < ListHeaderLength || length % DescriptorLength != 0 || length > TargetPortGroup.MostBytes))
        {
            return Sense.ParameterListLengthError;
        }

        command.DataOutWanted = length;
        return null;
    }

    /// <summary>All of the groups change, or none (SPC-4 §6.45). A state is taken at once: there is nothing to move.</summary>
    public static async ValueTask Set(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (Read(device, command, out List<(ushort, AccessState)> changes) is { } refusal)
        {
            MediumResult.Refuse(command, refusal);
        }
        else if (await device.TrySetAccessStatesAsync(changes, command.Nexus, cancellationToken).ConfigureAwait(false))
        {
            command.Complete(ScsiStatus.Good);
        }
        else
        {
            MediumResult.Refuse(command, Sense.SetTargetPortGroupsFailed);
        }
    }

    private static SenseData? Read(ScsiTargetDevice device, ScsiCommand command, out List<(ushort Group, AccessState State)> changes)
    {
        changes = [];
        ReadOnlySpan<byte> list = command.DataOut.Span;
        if ((uint)list.Length != command.DataOutWanted)
        {
            return Sense.ParameterListLengthError;
        }

        for (int at = ListHeaderLength; at < list.Length; at += DescriptorLength)
        {
            AccessState state = (AccessState)(list[at] & StateMask);
            ushort group = BinaryPrimitives.ReadUInt16BigEndian(list[(at + GroupAt)..]);
            if (!PortGroupDocument.CanBeSet(state))
            {
                return Sense.InvalidFieldInParameterList(at, 3);
            }

            if (!device.HasPortGroup(group))
            {
                return Sense.InvalidFieldInParameterList(at + GroupAt);
            }

            changes.Add((group, state));
        }

        return null;
    }
}
