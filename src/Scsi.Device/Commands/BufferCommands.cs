using Blockwire.Scsi;
using Blockwire.Scsi.Device.Upkeep;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// WRITE BUFFER (SPC-4 §6.49) and READ BUFFER(10) (SPC-4 §6.18): one data buffer and one echo buffer. There is no microcode to download.
/// </summary>
internal static class BufferCommands
{
    private const byte ModeMask = 0x1F;
    private const byte Data = 0x02;
    private const byte Descriptor = 0x03;
    private const byte Echo = 0x0A;
    private const byte EchoDescriptor = 0x0B;

    // EBOS: a nexus that finds its echo overwritten by another is told so.
    private const byte EchoIsGuarded = 0x01;

    public static SenseData? PlanWrite(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        if ((cdb[1] & ModeMask) is not (Data or Echo))
        {
            return Sense.InvalidFieldInCdb(1, 4);
        }

        uint offset = ReadThree(cdb, 3);
        uint length = ReadThree(cdb, 6);
        bool isEcho = (cdb[1] & ModeMask) == Echo;
        if (cdb[2] != 0)
        {
            return Sense.InvalidFieldInCdb(2);
        }

        if (offset > UnitBuffers.Length || (isEcho && offset != 0))
        {
            return Sense.InvalidFieldInCdb(3);
        }

        if (length > UnitBuffers.Length - offset)
        {
            return Sense.InvalidFieldInCdb(6);
        }

        command.DataOutWanted = length;
        command.CompletesInline = true;
        return null;
    }

    public static ValueTask RunWrite(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        UnitBuffers buffers = command.Unit!.Buffers;
        if ((command.Cdb[1] & ModeMask) == Data)
        {
            buffers.WriteData((int)ReadThree(command.Cdb, 3), command.DataOut.Span);
        }
        else
        {
            buffers.WriteEcho(command.Nexus, command.DataOut.Span);
        }

        command.Complete(ScsiStatus.Good);
        return default;
    }

    public static SenseData? PlanRead(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        uint offset = ReadThree(cdb, 3);
        int mode = cdb[1] & ModeMask;
        if (mode is not (Data or Descriptor or Echo or EchoDescriptor))
        {
            return Sense.InvalidFieldInCdb(1, 4);
        }

        if (cdb[2] != 0 && mode == Data)
        {
            return Sense.InvalidFieldInCdb(2);
        }

        return offset > (mode == Data ? UnitBuffers.Length : 0u) ? Sense.InvalidFieldInCdb(3) : ParameterData.Plan(command, ReadThree(cdb, 6), UnitBuffers.Length);
    }

    public static ValueTask RunRead(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        UnitBuffers buffers = command.Unit!.Buffers;
        Span<byte> data = stackalloc byte[UnitBuffers.Length];
        switch (command.Cdb[1] & ModeMask)
        {
            case Data:
                int offset = (int)ReadThree(command.Cdb, 3);
                buffers.ReadData(offset, data[offset..]);
                return ParameterData.Answer(command, data[offset..]);
            case Echo:
                if (buffers.ReadEcho(command.Nexus, data, out int length) is not { } refusal)
                {
                    return ParameterData.Answer(command, data[..length]);
                }

                MediumResult.Refuse(command, refusal);
                return default;
            case Descriptor:
                // A buffer with another number has no bytes (SPC-4 §6.18.5).
                return ParameterData.Answer(command, command.Cdb[2] == 0 ? [0, 0, UnitBuffers.Length >> 8, UnitBuffers.Length & 0xFF] : [0, 0, 0, 0]);
            default:
                return ParameterData.Answer(command, [EchoIsGuarded, 0, UnitBuffers.Length >> 8, UnitBuffers.Length & 0xFF]);
        }
    }

    private static uint ReadThree(ReadOnlySpan<byte> cdb, int at) => (uint)(cdb[at] << 16 | cdb[at + 1] << 8 | cdb[at + 2]);
}
