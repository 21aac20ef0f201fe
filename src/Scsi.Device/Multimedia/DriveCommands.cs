using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>What is asked of the drive and not of the disc (MMC-5): MECHANISM STATUS, speeds, buffer, SEEK(10). Speeds are shown and taken; nothing here turns.</summary>
internal static class DriveCommands
{
    private const int MechanismLength = 8, BufferLength = 12, PerformanceHeader = 8, PerformanceDescriptor = 16, StreamingLength = 28;
    private const byte WriteBit = 0x04, ExceptMask = 0x03, ToleranceMask = 0x18, NominalTolerance = 0x10;
    private const byte NominalPerformance = 0x00, WriteSpeeds = 0x03;

    public static SenseData? PlanMechanism(ScsiCommand command) =>
        ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[8..]), MechanismLength);

    /// <summary>MECHANISM STATUS: no changer and so no slots; idle; the door is open or it is not.</summary>
    public static ValueTask Mechanism(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[MechanismLength];
        data.Clear();
        data[1] = command.Unit!.IsTrayOpen ? (byte)0x10 : (byte)0;
        return ParameterData.Answer(command, data);
    }

    public static SenseData? PlanBufferCapacity(ScsiCommand command) =>
        ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]), BufferLength);

    /// <summary>READ BUFFER CAPACITY: what one command can move, all of it free.</summary>
    public static ValueTask BufferCapacity(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        bool inBlocks = (command.Cdb[1] & 1) != 0;
        Span<byte> data = stackalloc byte[BufferLength];
        data.Clear();
        data[1] = BufferLength - 2;
        if (inBlocks)
        {
            // In blocks there is only what is free.
            data[3] = 1;
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(data[4..], LogicalUnit.MaxTransferBytes);
        }

        BinaryPrimitives.WriteUInt32BigEndian(data[8..], inBlocks ? LogicalUnit.MaxTransferBytes / CdMedium.BlockBytes : LogicalUnit.MaxTransferBytes);
        return ParameterData.Answer(command, data);
    }

    public static SenseData? PlanPerformance(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        if (cdb[10] is not (NominalPerformance or WriteSpeeds))
        {
            return Sense.InvalidFieldInCdb(10);
        }

        if (cdb[10] == NominalPerformance)
        {
            if ((cdb[1] & ToleranceMask) != NominalTolerance)
            {
                return Sense.InvalidFieldInCdb(1, 4);
            }

            if ((cdb[1] & ExceptMask) == ExceptMask)
            {
                return Sense.InvalidFieldInCdb(1, 1);
            }

            if (BlockRange.Check(command.Unit!, BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]), 1) is { } refused)
            {
                return refused;
            }
        }

        uint most = BinaryPrimitives.ReadUInt16BigEndian(cdb[8..]);
        return ParameterData.Plan(command, PerformanceHeader + most * PerformanceDescriptor);
    }

    /// <summary>GET PERFORMANCE: one speed of reading over the whole medium, without exceptions; no speed of writing.</summary>
    public static ValueTask Performance(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        LogicalUnit unit = command.Unit!;
        Span<byte> data = stackalloc byte[PerformanceHeader + PerformanceDescriptor];
        data.Clear();
        int length = PerformanceHeader;
        if (cdb[10] == NominalPerformance)
        {
            data[4] = (byte)((cdb[1] & WriteBit) != 0 ? 2 : 0);
            data[4] |= (byte)((cdb[1] & ExceptMask) != 0 ? 1 : 0);
            if (data[4] == 0)
            {
                BinaryPrimitives.WriteUInt32BigEndian(data[8..], BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]));
                BinaryPrimitives.WriteUInt32BigEndian(data[12..], CdMedium.Speed(unit));
                BinaryPrimitives.WriteUInt32BigEndian(data[16..], CdMedium.Blocks(unit) - 1);
                BinaryPrimitives.WriteUInt32BigEndian(data[20..], CdMedium.Speed(unit));
                length += PerformanceDescriptor;
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)length - 4);
        return ParameterData.Answer(command, data[..length]);
    }

    public static SenseData? PlanStreaming(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        uint length = BinaryPrimitives.ReadUInt16BigEndian(cdb[9..]);
        if (cdb[8] != 0)
        {
            return Sense.InvalidFieldInCdb(8);
        }

        if (length is not (0 or StreamingLength))
        {
            return Sense.ParameterListLengthError;
        }

        (command.DataOutWanted, command.CompletesInline) = (length, true);
        return null;
    }

    /// <summary>SET STREAMING with a performance descriptor: a wish for a speed, from one block to another.</summary>
    public static ValueTask Streaming(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> wish = command.DataOut.Span;
        if (command.DataOutWanted > 0 && wish.Length < StreamingLength)
        {
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
        }
        else if (command.DataOutWanted > 0 && BinaryPrimitives.ReadUInt32BigEndian(wish[4..]) > BinaryPrimitives.ReadUInt32BigEndian(wish[8..]))
        {
            MediumResult.Refuse(command, Sense.InvalidFieldInParameterList(8));
        }
        else
        {
            command.Complete(ScsiStatus.Good);
        }

        return default;
    }

    public static SenseData? PlanSpeed(ScsiCommand command) =>
        (command.Cdb[1] & 3) > 1 ? Sense.InvalidFieldInCdb(1, 1) : PrimaryCommands.PlanNothing(command);

    public static SenseData? PlanSeek(ScsiCommand command) =>
        BlockRange.Check(command.Unit!, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[2..]), 1) ?? PrimaryCommands.PlanNothing(command);
}
