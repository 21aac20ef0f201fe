using System.Buffers;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Protection;

/// <summary>
/// WRITE SAME of units that are formatted with protection (SBC-3 §5.43): the protection information that came with the block goes to every block, the reference tag of types
/// 1 and 2 one higher with each; without any each block gets its own.
/// </summary>
internal static class ProtectedWriteSame
{
    private const int PieceBlocks = 512;

    /// <summary>
    /// Is the block one that UNMAP may unmap: zeros, with protection information of all ones where it has any? That is what unmapped blocks have, and no guard of zeros: it is
    /// not checked then.
    /// </summary>
    public static bool IsUnmappable(ScsiCommand command, ReadOnlySpan<byte> block)
    {
        int blockBytes = (int)command.Unit!.Traits.BlockBytes;
        return block.IsEmpty || (!block[..blockBytes].ContainsAnyExcept((byte)0) && !block[blockBytes..].ContainsAnyExcept((byte)0xFF));
    }

    /// <summary>
    /// The block that NDOB stands for where WRPROTECT is not 0: zeros, with protection information of all ones (SBC-3 §5.44). It is held against the same checks as one that came, and fails
    /// that of the guard.
    /// </summary>
    public static byte[] BlockWithoutData(int blockBytes)
    {
        byte[] block = new byte[blockBytes + ProtectionInformation.Length];
        ProtectionInformation.Unset.Write(block.AsSpan(blockBytes));
        return block;
    }

    /// <summary>Writes the block, or zeros when it is empty, to every block of the range.</summary>
    public static async ValueTask Run(ScsiCommand command, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        if (!ProtectedTransfers.PassesChecks(command, block.Span))
        {
            return;
        }

        LogicalUnit unit = command.Unit!;
        int blockBytes = (int)unit.Traits.BlockBytes, wholeBytes = (int)unit.Traits.ProtectedBlockBytes;
        bool isLong = LongWork.IsLong(BlockRange.Bytes(command));
        using IMemoryOwner<byte> buffer = command.Pool.Rent((int)Math.Min(PieceBlocks, command.BlockCount) * wholeBytes);
        for (ulong done = 0; done < command.BlockCount;)
        {
            if (isLong)
            {
                await LongWork.LetOthersGo(cancellationToken);
            }

            int blocks = (int)Math.Min(PieceBlocks, command.BlockCount - done);
            Memory<byte> piece = buffer.Memory[..(blocks * wholeBytes)];
            Fill(command, piece.Span, block.Span, blockBytes, done);
            IoStatus status = await unit.Device
                .WriteProtectedAsync(command.Lba + done, piece, forceUnitAccess: false, cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                MediumResult.Complete(command, status, command.Lba + done);
                return;
            }

            done += (uint)blocks;
        }

        MediumResult.Complete(command, await CacheCommands.FlushUncachedAsync(unit, cancellationToken).ConfigureAwait(false), command.Lba);
    }

    private static void Fill(ScsiCommand command, Span<byte> piece, ReadOnlySpan<byte> block, int blockBytes, ulong first)
    {
        bool isOwn = command.ProtectCode != 0;
        ProtectionInformation information = isOwn ? ProtectionInformation.Read(block[blockBytes..]) : default;
        for (; piece.Length > 0; first++)
        {
            Span<byte> one = piece[..(blockBytes + ProtectionInformation.Length)];
            if (isOwn)
            {
                block[..blockBytes].CopyTo(one);
                uint tag = command.Protection == ProtectionType.Type3 ? information.ReferenceTag : unchecked(information.ReferenceTag + (uint)first);
                (information with { ReferenceTag = tag }).Write(one[blockBytes..]);
            }
            else
            {
                one[..blockBytes].Clear();
                block.CopyTo(one);
                GeneratedProtection.Write(one, blockBytes, command.Protection, command.Lba + first, command.Unit!.Modes.InitiatorsOwnTags);
            }

            piece = piece[one.Length..];
        }
    }
}
