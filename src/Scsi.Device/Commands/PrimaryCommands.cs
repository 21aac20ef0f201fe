using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Modes;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>TEST UNIT READY, REQUEST SENSE, REPORT LUNS and REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC-4 §6).</summary>
internal static class PrimaryCommands
{
    private const byte DescriptorBit = 0x01;
    private const byte ExtendedBit = 0x80;
    private const int ShortFunctions = 4;
    private const int LongFunctions = 16;
    // ABORT TASK, ABORT TASK SET, CLEAR ACA, CLEAR TASK SET, LOGICAL UNIT RESET: ATS, ATSS, CACAS, CTSS and LURS (SPC-4 §6.36).
    private const byte SupportedFunctions = 0x80 | 0x40 | 0x20 | 0x10 | 0x08;
    // QUERY TASK in byte 0; QUERY ASYNCHRONOUS EVENT, QUERY TASK SET and I_T NEXUS RESET in byte 1: QTS, QAES, QTSS and ITNRS.
    private const byte QueryTaskSupported = 0x04;
    private const byte OtherFunctionsOf7144 = 0x04 | 0x02 | 0x01;
    private const int LevelOfRfc7144 = 2;
    // SELECT REPORT (SPC-4 §6.33).
    private const byte AllButWellKnown = 0x00, WellKnownOnly = 0x01, AllUnits = 0x02, AdministrativeOnly = 0x10, AllButSubsidiary = 0x11, SubsidiaryOfThis = 0x12;

    /// <summary>Nothing to decide beyond the checks that all commands share.</summary>
    public static SenseData? PlanNothing(ScsiCommand command)
    {
        command.CompletesInline = true;
        return null;
    }

    /// <summary>TEST UNIT READY (SPC-4 §6.47): the common checks are the whole command.</summary>
    public static ValueTask Succeed(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        command.Complete(ScsiStatus.Good);
        return default;
    }

    public static SenseData? PlanRequestSense(ScsiCommand command) =>
        ParameterData.Plan(command, command.Cdb[4], SenseData.MaxLength);

    /// <summary>REQUEST SENSE (SPC-4 §6.39): a unit attention, or why the unit is not ready, as data and with GOOD.</summary>
    public static ValueTask RequestSense(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[SenseData.MaxLength];
        int length = PendingSense(command).Write(data, (command.Cdb[1] & DescriptorBit) != 0);
        return ParameterData.Answer(command, data[..length]);
    }

    public static SenseData? PlanReportLuns(ScsiCommand command)
    {
        uint allocation = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[6..]);
        return command.Cdb[2] is not (AllButWellKnown or WellKnownOnly or AllUnits or AdministrativeOnly or AllButSubsidiary or SubsidiaryOfThis)
            ? Sense.InvalidFieldInCdb(2)
            : ParameterData.Plan(command, allocation, LunList.LengthFor((int)LunFormat.MaxNumber + 2));
    }

    /// <summary>REPORT LUNS (SPC-4 §6.33). No unit is administrative, so none has others below it: two of the SELECT REPORT codes have empty lists.</summary>
    public static ValueTask ReportLuns(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        IReadOnlyList<LogicalUnit> units = device.Units;
        byte select = command.Cdb[2];
        bool wellKnown = select is WellKnownOnly or AllUnits;
        int others = select is AllButWellKnown or AllUnits or AllButSubsidiary ? units.Count : 0;
        int planned = (int)command.DataInPlanned;
        int count = others + (wellKnown ? 1 : 0);
        Span<byte> data = command.RentDataIn(LunList.LengthFor(count)).Span;
        int at = LunList.WriteHeader(data, count);
        if (wellKnown)
        {
            at += LunList.WriteEntry(data[at..], LunFormat.ReportLunsWellKnown);
        }

        for (int i = 0; i < others; i++)
        {
            at += LunList.WriteEntry(data[at..], units[i].Lun);
            // Who reads the list need not hear that it has changed (SPC-4 §6.33).
            units[i].Unattend(command.Nexus, Sense.ReportedLunsDataChanged);
        }

        command.TrimDataIn(planned);
        command.Complete(ScsiStatus.Good);
        return default;
    }

    public static SenseData? PlanTaskManagementFunctions(ScsiCommand command)
    {
        uint allocation = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[6..]);
        return allocation < ShortFunctions ? Sense.InvalidFieldInCdb(6) : ParameterData.Plan(command, allocation, LongFunctions);
    }

    /// <summary>
    /// REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC-4 §6.36). RFC 7144 §6.3 forbids an initiator its four functions below level 2, and there they are
    /// answered as not supported: so the bits are those that the nexus which asks can use.
    /// </summary>
    public static ValueTask TaskManagementFunctions(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[LongFunctions];
        data.Clear();
        data[0] = SupportedFunctions;
        if (command.Nexus.ProtocolLevel >= LevelOfRfc7144)
        {
            data[0] |= QueryTaskSupported;
            data[1] = OtherFunctionsOf7144;
        }

        bool extended = (command.Cdb[2] & ExtendedBit) != 0;
        data[3] = (byte)(extended ? LongFunctions - ShortFunctions : 0);
        return ParameterData.Answer(command, data[..(extended ? LongFunctions : ShortFunctions)]);
    }

    // MRIE = 6h (SPC-4 §7.5.11): told to who asks, and to nobody else.
    private static SenseData? PretendedFailure(LogicalUnit unit) =>
        unit.Modes.ExceptionTest == ModePages.MethodOnRequest ? Sense.FailurePredictionFalse with { Key = SenseKey.NoSense } : null;

    private static SenseData PendingSense(ScsiCommand command)
    {
        if (command.Unit is not { } unit)
        {
            return WellKnownUnit.IsAt(command.Lun) ? Sense.None : Sense.LogicalUnitNotSupported;
        }

        command.ReportsAttention = unit.TryTakeAttention(command.Nexus, out SenseData attention);
        return command.ReportsAttention ? attention : unit.Work.Refusal ?? unit.WhyNotReady ?? unit.SelfTests.Progress ?? PretendedFailure(unit) ?? unit.Power.Sense ?? Sense.None;
    }
}
