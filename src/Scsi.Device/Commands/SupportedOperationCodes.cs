using System.Buffers.Binary;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>REPORT SUPPORTED OPERATION CODES (SPC-4 §6.35), read from the command table itself.</summary>
internal static class SupportedOperationCodes
{
    private const byte TimeoutsBit = 0x80;
    private const byte AllCommands = 0;
    private const byte OneWithoutServiceAction = 1;
    private const byte OneWithServiceAction = 2;
    private const byte OneOfEither = 3;
    private const int ShortDescriptor = 8;
    private const int TimeoutsDescriptor = 12;
    private const byte NotSupported = 1;
    private const byte AsTheStandardSays = 3;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        bool hasServiceActions = command.Unit!.Table.HasServiceActions(cdb[3]);
        switch (cdb[2] & 7)
        {
            case AllCommands or OneOfEither:
            case OneWithoutServiceAction when !hasServiceActions:
            case OneWithServiceAction when hasServiceActions || command.Unit.Table.Find(cdb[3], 0) is null:
                return ParameterData.Plan(command, BinaryPrimitives.ReadUInt32BigEndian(cdb[6..]));
            default:
                return Sense.InvalidFieldInCdb(2, 2);
        }
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        bool timeouts = (cdb[2] & TimeoutsBit) != 0;
        CommandTable table = command.Unit!.Table;
        Span<byte> data = stackalloc byte[ParameterData.Most];
        data.Clear();
        int length = (cdb[2] & 7) == AllCommands
            ? WriteAll(table, timeouts, data)
            : WriteOne(FindOne(table, cdb), timeouts, data);
        return ParameterData.Answer(command, data[..length]);
    }

    private static CommandSpec? FindOne(CommandTable table, ReadOnlySpan<byte> cdb)
    {
        ushort action = BinaryPrimitives.ReadUInt16BigEndian(cdb[4..]);
        // Without service actions the field counts only for option 3, where it has to be zero.
        return (cdb[2] & 7) == OneOfEither && !table.HasServiceActions(cdb[3]) && action != 0 ? null : table.Find(cdb[3], action);
    }

    private static int WriteAll(CommandTable table, bool timeouts, Span<byte> data)
    {
        int at = 4;
        foreach (CommandSpec row in table.Rows)
        {
            Span<byte> descriptor = data[at..];
            descriptor[0] = row.OperationCode;
            BinaryPrimitives.WriteUInt16BigEndian(descriptor[2..], row.ServiceAction ?? 0);
            descriptor[5] = (byte)((timeouts ? 2 : 0) | (row.ServiceAction.HasValue ? 1 : 0));
            BinaryPrimitives.WriteUInt16BigEndian(descriptor[6..], (ushort)row.CdbLength);
            at += ShortDescriptor;
            at += timeouts ? WriteTimeouts(data[at..]) : 0;
        }

        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)(at - 4));
        return at;
    }

    private static int WriteOne(CommandSpec? row, bool timeouts, Span<byte> data)
    {
        if (row is null)
        {
            data[1] = NotSupported;
            return 4;
        }

        data[1] = (byte)((timeouts ? 0x80 : 0) | AsTheStandardSays);
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)row.CdbLength);
        row.Usage.CopyTo(data[4..]);
        int at = 4 + row.CdbLength;
        return at + (timeouts ? WriteTimeouts(data[at..]) : 0);
    }

    /// <summary>Command timeouts descriptor (SPC-4 §6.35.4) without values: none is indicated.</summary>
    private static int WriteTimeouts(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into, TimeoutsDescriptor - 2);
        return TimeoutsDescriptor;
    }
}
