using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>READ CD and READ CD MSF (MMC-5): sectors of a CD with the parts that the CDB selects. All are mode 1 sectors; without C2 errors and sub-channels.</summary>
internal static class ReadCdCommands
{
    private const int SectorTypeMask = 7;
    private const int AnyType = 0, Mode1Type = 2, LastType = 5;
    private const byte Sync = 0x80, Header = 0x20, UserData = 0x10, Correction = 0x08;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        return Take(command, BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]), BinaryPrimitives.ReadUInt32BigEndian(cdb[5..]) & 0xFF_FFFF, 6);
    }

    public static SenseData? PlanMsf(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        return CdMedium.ReadMsf(cdb[3..]) is not { } start ? Sense.InvalidFieldInCdb(3)
            : CdMedium.ReadMsf(cdb[6..]) is not { } end || end < start ? Sense.InvalidFieldInCdb(6)
            : Take(command, start, end - start, 6);
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (command.DataInPlanned == 0)
        {
            command.Complete(ScsiStatus.Good);
            return default;
        }

        return Parts(command.Cdb[9]) is (Mode1Sector.DataAt, (int)CdMedium.BlockBytes)
            ? MediumResult.CompleteAsync(
                command, command.Unit!.Device.ReadAsync(command.Lba, command.RentDataIn((int)command.DataInPlanned), cancellationToken), command.Lba)
            : RunRaw(command, cancellationToken);
    }

    private static SenseData? Take(ScsiCommand command, uint lba, uint blocks, int lengthAt)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        LogicalUnit unit = command.Unit!;
        int type = cdb[1] >> 2 & SectorTypeMask;
        if (type > LastType)
        {
            return Sense.InvalidFieldInCdb(1, 4);
        }

        if (!CdMedium.IsCd(unit))
        {
            return Sense.IncompatibleMedium;
        }

        if (Parts(cdb[9]) is not { } parts)
        {
            return Sense.InvalidFieldInCdb(9);
        }

        (command.Lba, command.BlockCount) = (lba, blocks);
        if (BlockRange.Check(unit, lba, blocks) is { } refused)
        {
            return refused;
        }

        if (blocks > 0 && type is not (AnyType or Mode1Type))
        {
            return Sense.IllegalModeForThisTrack;
        }

        ulong length = blocks * (ulong)parts.Length;
        if (length > LogicalUnit.MaxTransferBytes)
        {
            return Sense.InvalidFieldInCdb(lengthAt);
        }

        command.DataInPlanned = (uint)length;
        command.CompletesInline = unit.Traits.CompletesInline && parts == (Mode1Sector.DataAt, (int)CdMedium.BlockBytes);
        return null;
    }

    /// <summary>
    /// The bytes of a mode 1 sector that the main channel selection asks for; null when they are no run, which MMC-5 forbids. Such a sector has no sub-header: asking for it
    /// gives nothing.
    /// </summary>
    private static (int At, int Length)? Parts(byte selection)
    {
        ReadOnlySpan<(byte Flag, int At, int End)> parts =
        [
            (Sync, 0, Mode1Sector.HeaderAt), (Header, Mode1Sector.HeaderAt, Mode1Sector.DataAt), (UserData, Mode1Sector.DataAt, Mode1Sector.DetectionAt),
            (Correction, Mode1Sector.DetectionAt, Mode1Sector.Length),
        ];
        int at = 0, end = 0;
        foreach ((byte flag, int partAt, int partEnd) in parts)
        {
            if ((selection & flag) == 0)
            {
                continue;
            }

            if (end != 0 && end != partAt || flag == Correction && end == 0)
            {
                return null;
            }

            at = end == 0 ? partAt : at;
            end = partEnd;
        }

        return (at, end - at);
    }

    // Making sectors takes time: a piece at a time, behind what others wait for.
    private static async ValueTask RunRaw(ScsiCommand command, CancellationToken cancellationToken)
    {
        (int At, int Length) parts = Parts(command.Cdb[9])!.Value;
        Memory<byte> answer = command.RentDataIn((int)command.DataInPlanned);
        byte[] sector = GC.AllocateUninitializedArray<byte>(Mode1Sector.Length);
        const int most = 32;
        byte[] blocks = GC.AllocateUninitializedArray<byte>(most * (int)CdMedium.BlockBytes);
        for (uint done = 0; done < command.BlockCount;)
        {
            await LongWork.LetOthersGo(cancellationToken);
            int count = (int)Math.Min(most, command.BlockCount - done);
            Memory<byte> piece = blocks.AsMemory(0, count * (int)CdMedium.BlockBytes);
            IoStatus read = await command.Unit!.Device.ReadAsync(command.Lba + done, piece, cancellationToken).ConfigureAwait(false);
            if (read != IoStatus.Ok)
            {
                MediumResult.Complete(command, read, command.Lba + done);
                return;
            }

            for (int i = 0; i < count; i++, done++)
            {
                piece.Span.Slice(i * (int)CdMedium.BlockBytes, (int)CdMedium.BlockBytes).CopyTo(sector.AsSpan(Mode1Sector.DataAt));
                Mode1Sector.Complete((uint)command.Lba + done, sector);
                sector.AsSpan(parts.At, parts.Length).CopyTo(answer.Span[((int)done * parts.Length)..]);
            }
        }

        command.Complete(ScsiStatus.Good);
    }
}
