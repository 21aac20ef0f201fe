using System.Buffers;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Protection;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// WRITE SAME(10), (16) and (32) (SBC-3 §5.43 to §5.45). Zeros are left to the disk; any other block is repeated in pieces, so that length costs no
/// memory. A length of zero is refused (WSNZ = 1): nobody should overwrite a whole disk by an empty field.
/// </summary>
internal static class WriteSameCommands
{
    /// <summary>Most blocks of one command, as the block limits page says: what the length of WRITE SAME(10) can hold.</summary>
    public const uint MaximumBlocks = ushort.MaxValue;

    /// <summary>UNMAP in the flags.</summary>
    public const byte UnmapBit = 0x08;

    /// <summary>NDOB in the flags of WRITE SAME(16) and (32): no data-out, the block is zeros.</summary>
    public const byte NoDataBit = 0x01;

    private const int PieceBytes = 256 << 10;

    public static SenseData? Plan(ScsiCommand command)
    {
        if (command.Unit!.Protection is not null && ProtectionPlan.Take(command) is { } invalid)
        {
            return invalid;
        }

        BlockCdb cdb = BlockCdb.Read(command.Cdb);
        if (BlockRange.Take(command, cdb) is { } outside)
        {
            return outside;
        }

        if (cdb.BlockCount == 0 || cdb.BlockCount > MaximumBlocks)
        {
            return Sense.InvalidFieldInCdb(cdb.LengthAt);
        }

        uint blockBytes = command.TransferBlockBytes;
        if (HasNoData(command))
        {
            return null;
        }

        if (command.DataOutOffered is { } offered && offered != blockBytes)
        {
            return Sense.InvalidFieldInCdb(cdb.LengthAt);
        }

        command.DataOutWanted = blockBytes;
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        ReadOnlyMemory<byte> block = WriteCommands.WholeBlocks(command);
        if (block.IsEmpty && command.DataOutWanted > 0)
        {
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
            return;
        }

        if (block.IsEmpty && command.ProtectCode != 0)
        {
            block = ProtectedWriteSame.BlockWithoutData((int)unit.Traits.BlockBytes);
        }

        bool mayUnmap = (BlockCdb.FlagsOf(command.Cdb) & UnmapBit) != 0;
        bool zeros = command.Protection == ProtectionType.None
            ? !block.Span.ContainsAnyExcept((byte)0)
            : mayUnmap && ProtectedWriteSame.IsUnmappable(command, block.Span);
        if (zeros && unit.Traits.WriteZeroes != Support.No)
        {
            IoStatus status = await RangeWork
                .Run(unit, command.Lba, command.BlockCount, mayUnmap ? ZeroOrUnmap : Zero, cancellationToken)
                .ConfigureAwait(false);
            status = status == IoStatus.Ok ? await CacheCommands.FlushUncachedAsync(unit, cancellationToken).ConfigureAwait(false) : status;
            MediumResult.Complete(command, status, command.Lba);
            return;
        }

        if (command.Protection == ProtectionType.None)
        {
            await RepeatAsync(command, block, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ProtectedWriteSame.Run(command, block, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ValueTask<IoStatus> Zero(IBlockDevice disk, ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        disk.WriteZeroesAsync(lba, blockCount, mayUnmap: false, forceUnitAccess: false, cancellationToken);

    private static ValueTask<IoStatus> ZeroOrUnmap(IBlockDevice disk, ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        disk.WriteZeroesAsync(lba, blockCount, mayUnmap: true, forceUnitAccess: false, cancellationToken);

    private static async ValueTask RepeatAsync(ScsiCommand command, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        uint blockBytes = unit.Traits.BlockBytes;
        bool isLong = LongWork.IsLong(BlockRange.Bytes(command));
        int most = (int)Math.Min(PieceBytes, BlockRange.Bytes(command));
        using IMemoryOwner<byte> buffer = command.Pool.Rent(most);
        Fill(buffer.Memory.Span[..most], block.Span, (int)blockBytes);
        for (ulong done = 0; done < command.BlockCount;)
        {
            if (isLong)
            {
                await LongWork.LetOthersGo(cancellationToken);
            }

            uint blocks = (uint)Math.Min((uint)most / blockBytes, command.BlockCount - done);
            ulong lba = command.Lba + done;
            IoStatus status = await unit.Device
                .WriteAsync(lba, buffer.Memory[..(int)(blocks * blockBytes)], forceUnitAccess: false, cancellationToken)
                .ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                MediumResult.Complete(command, status, lba);
                return;
            }

            done += blocks;
        }

        MediumResult.Complete(command, await CacheCommands.FlushUncachedAsync(unit, cancellationToken).ConfigureAwait(false), command.Lba);
    }

    private static void Fill(Span<byte> piece, ReadOnlySpan<byte> block, int blockBytes)
    {
        if (block.IsEmpty)
        {
            piece.Clear();
            return;
        }

        for (int at = 0; at < piece.Length; at += blockBytes)
        {
            block.CopyTo(piece[at..]);
        }
    }

    private static bool HasNoData(ScsiCommand command) =>
        command.Cdb[0] is OperationCode.WriteSame16 or OperationCode.VariableLength && (BlockCdb.FlagsOf(command.Cdb) & NoDataBit) != 0;
}
