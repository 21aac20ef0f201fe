using System.Buffers;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>How the blocks on the medium are checked by VERIFY (SBC-3 §5.29, the BYTCHK field).</summary>
internal enum ByteCheck
{
    /// <summary>They can be read.</summary>
    Readable = 0,

    /// <summary>They equal the data-out, block for block.</summary>
    Each = 1,

    /// <summary>Each equals the one block of data-out.</summary>
    OneForAll = 3,
}

/// <summary>Reads blocks back and compares them, a piece at a time, so that length costs no memory.</summary>
internal static class Comparison
{
    private const int PieceBytes = 256 << 10;

    /// <summary>Checks blocks and completes the command.</summary>
    /// <param name="command">The command; the range begins at its LBA.</param>
    /// <param name="blockCount">Number of blocks.</param>
    /// <param name="check">How to check.</param>
    /// <param name="expected">As many blocks as <paramref name="check"/> needs.</param>
    /// <param name="cancellationToken">Ends the command between two pieces.</param>
    public static async ValueTask Run(
        ScsiCommand command, ulong blockCount, ByteCheck check, ReadOnlyMemory<byte> expected, CancellationToken cancellationToken)
    {
        if (blockCount == 0)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        LogicalUnit unit = command.Unit!;
        uint blockBytes = unit.Traits.BlockBytes;
        bool isLong = LongWork.IsLong(blockCount * blockBytes);
        using IMemoryOwner<byte> buffer = command.Pool.Rent((int)Math.Min(PieceBytes, blockCount * blockBytes));
        for (ulong done = 0; done < blockCount;)
        {
            if (isLong)
            {
                await LongWork.LetOthersGo(cancellationToken);
            }

            uint blocks = (uint)Math.Min(PieceBytes / blockBytes, blockCount - done);
            ulong lba = command.Lba + done;
            Memory<byte> piece = buffer.Memory[..(int)(blocks * blockBytes)];
            IoStatus status = await unit.Device.ReadAsync(lba, piece, cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                MediumResult.Complete(command, status, lba);
                return;
            }

            int same = check switch
            {
                ByteCheck.Each => SameBytes(piece.Span, expected.Span[(int)(done * blockBytes)..]),
                ByteCheck.OneForAll => SameBlocks(piece.Span, expected.Span[..(int)blockBytes]),
                _ => piece.Length,
            };
            if (same < piece.Length)
            {
                MediumResult.Refuse(command, Sense.Miscompare(lba + (uint)same / blockBytes));
                return;
            }

            done += blocks;
        }

        command.Complete(ScsiStatus.Good);
    }

    private static int SameBytes(ReadOnlySpan<byte> piece, ReadOnlySpan<byte> expected) =>
        piece.CommonPrefixLength(expected[..piece.Length]);

    private static int SameBlocks(ReadOnlySpan<byte> piece, ReadOnlySpan<byte> block)
    {
        for (int at = 0; at < piece.Length; at += block.Length)
        {
            int same = piece.Slice(at, block.Length).CommonPrefixLength(block);
            if (same < block.Length)
            {
                return at + same;
            }
        }

        return piece.Length;
    }
}
