using System.Buffers.Binary;
using System.Text;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Upkeep;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// REPORT and SET TIMESTAMP (SPC-4 §6.38, §6.46), REPORT and SET IDENTIFYING INFORMATION (SPC-4 §6.32, §6.43), READ MEDIA SERIAL NUMBER (SPC-4 §6.19).
/// </summary>
internal static class InformationCommands
{
    private const int TimestampLength = 12;
    private const byte SetByCommand = 2;
    private const byte FromElsewhere = 3;
    private const int UnitInformation = 0;
    private const int TextInformation = 2;
    private const int SupportedInformation = 0x7F;

    public static SenseData? PlanReport(ScsiCommand command) =>
        ParameterData.Plan(command, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[6..]));

    public static ValueTask ReportTimestamp(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        (ulong milliseconds, bool wasSet) = command.Unit!.Timestamp.Now;
        Span<byte> data = stackalloc byte[TimestampLength];
        data.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(data[2..], milliseconds);
        BinaryPrimitives.WriteUInt16BigEndian(data, TimestampLength - 2);
        data[2] = wasSet ? SetByCommand : FromElsewhere;
        return ParameterData.Answer(command, data);
    }

    public static SenseData? PlanSetTimestamp(ScsiCommand command)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[6..]);
        if (length is not 0 and not TimestampLength)
        {
            return Sense.ParameterListLengthError;
        }

        command.DataOutWanted = length;
        command.CompletesInline = true;
        return null;
    }

    public static ValueTask SetTimestamp(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> data = command.DataOut.Span;
        if (data.Length < (int)command.DataOutWanted)
        {
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
            return default;
        }

        if (!data.IsEmpty)
        {
            command.Unit!.Timestamp.Set(BinaryPrimitives.ReadUInt64BigEndian(data[2..]) & UnitTimestamp.Mask);
            command.Unit.AttendAll(Sense.TimestampChanged, command.Nexus);
        }

        command.Complete(ScsiStatus.Good);
        return default;
    }

    public static SenseData? PlanReportIdentifying(ScsiCommand command) =>
        (command.Cdb[10] >> 1) is UnitInformation or TextInformation or SupportedInformation ? PlanReport(command) : Sense.InvalidFieldInCdb(10);

    public static ValueTask ReportIdentifying(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        int type = command.Cdb[10] >> 1;
        Span<byte> data = stackalloc byte[4 + IdentifyingInformation.MostBytes(1)];
        data.Clear();
        int length = 8;
        if (type == SupportedInformation)
        {
            // The lists of types and their lengths; a unit that keeps nothing has none.
            bool has = command.Unit!.Identifying is not null;
            data[4] = UnitInformation << 1;
            BinaryPrimitives.WriteUInt16BigEndian(data[6..], (ushort)IdentifyingInformation.MostBytes(0));
            data[8] = TextInformation << 1;
            BinaryPrimitives.WriteUInt16BigEndian(data[10..], (ushort)IdentifyingInformation.MostBytes(1));
            length = has ? 8 : 0;
        }
        else
        {
            ReadOnlySpan<byte> value = command.Unit!.Identifying is { } kept ? kept.Get(Index(type)) : default;
            value.CopyTo(data[4..]);
            length = value.Length;
        }

        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)length);
        return ParameterData.Answer(command, data[..(4 + length)]);
    }

    public static SenseData? PlanSetIdentifying(ScsiCommand command)
    {
        int type = command.Cdb[10] >> 1;
        if (type is not (UnitInformation or TextInformation))
        {
            return Sense.InvalidFieldInCdb(10);
        }

        if (command.Unit!.Identifying is null)
        {
            // What is set has to outlive a loss of power (SPC-4 §5.6), and there is no place for it.
            return Sense.InsufficientResources;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[6..]);
        if (length > IdentifyingInformation.MostBytes(Index(type)))
        {
            return Sense.InvalidFieldInCdb(6);
        }

        command.DataOutWanted = length;
        return null;
    }

    public static async ValueTask SetIdentifying(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        int type = command.Cdb[10] >> 1;
        byte[] value = command.DataOut.ToArray();
        if (value.Length < command.DataOutWanted)
        {
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
            return;
        }

        if (type == TextInformation && value.Length > 0 && value[^1] != 0)
        {
            // Text ends with a zero (SPC-4 §6.43).
            MediumResult.Refuse(command, Sense.InvalidFieldInParameterList(value.Length - 1));
            return;
        }

        try
        {
            await command.Unit!.Identifying!.SetAsync(Index(type), value, cancellationToken).ConfigureAwait(false);
        }
        catch (UnitStateException failure)
        {
            StateResult.Refuse(command, failure);
            return;
        }

        command.Unit.AttendAll(Sense.DeviceIdentifierChanged, command.Nexus);
        command.Complete(ScsiStatus.Good);
    }

    /// <summary>The medium of a unit has the serial number of the unit, padded to a multiple of four bytes.</summary>
    public static ValueTask MediaSerialNumber(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        string serial = command.Unit!.Serial;
        int padded = (serial.Length + 3) & ~3;
        Span<byte> data = stackalloc byte[4 + padded];
        data.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)padded);
        Encoding.ASCII.GetBytes(serial, data[4..]);
        return ParameterData.Answer(command, data);
    }

    private static int Index(int type) => type == TextInformation ? 1 : 0;
}
