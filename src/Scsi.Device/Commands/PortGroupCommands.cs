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
    public static ValueTask Set(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> list = command.DataOut.Span;
        if ((uint)list.Length != command.DataOutWanted)
        {
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
            return default;
        }

        List<(ushort, AccessState, bool?)> changes = [];
        for (int at = ListHeaderLength; at < list.Length; at += DescriptorLength)
        {
            AccessState state = (AccessState)(list[at] & StateMask);
            ushort group = BinaryPrimitives.ReadUInt16BigEndian(list[(at + GroupAt)..]);
            if (state is not (AccessState.ActiveOptimized or AccessState.ActiveNonOptimized or AccessState.Standby or AccessState.Unavailable))
            {
                MediumResult.Refuse(command, Sense.InvalidFieldInParameterList(at, 3));
                return default;
            }

            if (!device.HasPortGroup(group))
            {
                MediumResult.Refuse(command, Sense.InvalidFieldInParameterList(at + GroupAt));
                return default;
            }

            changes.Add((group, state, null));
        }

        device.SetAccessStates(changes, command.Nexus);
        command.Complete(ScsiStatus.Good);
        return default;
    }
}
