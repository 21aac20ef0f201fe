using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>A command in REPORT SUPPORTED OPERATION CODES parameter data for all commands (SPC-4 §6.35.2).</summary>
/// <param name="OperationCode">Operation code.</param>
/// <param name="ServiceAction">Service action; null when the operation code has none.</param>
/// <param name="CdbLength">Length of its CDB in bytes.</param>
public readonly record struct SupportedCommand(byte OperationCode, ushort? ServiceAction, ushort CdbLength)
{
    private const int HeaderLength = 4;
    private const int DescriptorLength = 8;
    private const int TimeoutsLength = 12;

    /// <summary>Bytes that the whole answer has; 0 when not even the header is there.</summary>
    public static uint LengthOf(ReadOnlySpan<byte> data) => TargetPortGroup.LengthOf(data);

    /// <summary>Reads the commands that came whole; null when there is no header.</summary>
    public static IReadOnlyList<SupportedCommand>? ParseAll(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderLength)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = data[HeaderLength..(int)Math.Min(LengthOf(data), (uint)data.Length)];
        List<SupportedCommand> commands = [];
        while (rest.Length >= DescriptorLength)
        {
            ushort? action = (rest[5] & 1) != 0 ? BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) : null;
            commands.Add(new(rest[0], action, BinaryPrimitives.ReadUInt16BigEndian(rest[6..])));
            // CTDP: a command timeouts descriptor follows.
            int length = DescriptorLength + ((rest[5] & 2) != 0 ? TimeoutsLength : 0);
            rest = rest[Math.Min(rest.Length, length)..];
        }

        return commands;
    }
}

/// <summary>REPORT SUPPORTED OPERATION CODES parameter data for one command (SPC-4 §6.35.3).</summary>
/// <param name="IsKnown">Does the target say whether it supports the command?</param>
/// <param name="IsSupported">It does support it.</param>
/// <param name="Usage">CDB USAGE DATA: the bits that are honoured; empty when the command is not supported.</param>
public sealed record CommandSupport(bool IsKnown, bool IsSupported, ReadOnlyMemory<byte> Usage)
{
    private const int HeaderLength = 4;

    /// <summary>Reads the data; null when there is no header.</summary>
    public static CommandSupport? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderLength)
        {
            return null;
        }

        // SUPPORT: 0 not known now, 1 not supported, 3 as the standard has it, 5 in a way of the vendor.
        int support = data[1] & 7;
        int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(data[2..]), data.Length - HeaderLength);
        return new(support != 0, support is 3 or 5, support is 3 or 5 ? data.Slice(HeaderLength, length).ToArray() : default);
    }
}
