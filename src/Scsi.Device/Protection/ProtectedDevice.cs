using System.Buffers;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Protection;

/// <summary>
/// A disk that keeps protection information, as everything sees it that knows of none: what is written gets protection information, what is read is checked and comes without
/// (RDPROTECT and WRPROTECT 000b). While the unit is formatted without protection all calls pass.
/// </summary>
/// <param name="next">The disk; it keeps protection information.</param>
/// <param name="protection">Of which type it is now.</param>
internal sealed class ProtectedDevice(IBlockDevice next, UnitProtection protection) : BlockFilter(next)
{
    private const int PieceBlocks = 2048;

    private int BlockBytes => (int)Next.Traits.BlockBytes;

    private int WholeBytes => (int)Next.Traits.ProtectedBlockBytes;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        protection.Type is var type and not ProtectionType.None ? ReadChecked(type, lba, into, cancellationToken) : Next.ReadAsync(lba, into, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        protection.Type is var type and not ProtectionType.None
            ? WriteGenerated(type, lba, (uint)(from.Length / BlockBytes), from, forceUnitAccess, cancellationToken)
            : Next.WriteAsync(lba, from, forceUnitAccess, cancellationToken);

    /// <summary>Zeros that need not keep their space lose their protection information, as unmapped blocks do (SBC-3 §4.7.4.3); others get that of zeros.</summary>
    public override ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        !mayUnmap && protection.Type is var type and not ProtectionType.None
            ? WriteGenerated(type, lba, blockCount, default, forceUnitAccess, cancellationToken)
            : Next.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken);

    /// <summary>What has to be checked is not lent.</summary>
    public override bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return protection.Type == ProtectionType.None && Next.TryLend(lba, lengthBytes, out pages);
    }

    private async ValueTask<IoStatus> ReadChecked(ProtectionType type, ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        ProtectionParts parts = protection.ChecksPlainReads ? ProtectionParts.All : ProtectionParts.None;
        ProtectionRule rule = ProtectionRule.For(type, parts, lba, default, protection.InitiatorsOwnTags, fromMedium: true);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(into.Length / BlockBytes, PieceBlocks) * WholeBytes);
        try
        {
            for (ulong done = 0; into.Length > 0;)
            {
                int blocks = Math.Min(into.Length / BlockBytes, PieceBlocks);
                Memory<byte> piece = buffer.AsMemory(0, blocks * WholeBytes);
                IoStatus status = await Next.ReadProtectedAsync(lba + done, piece, cancellationToken).ConfigureAwait(false);
                status = status == IoStatus.Ok ? rule.Check(piece.Span, BlockBytes, done, out _) : status;
                if (status != IoStatus.Ok)
                {
                    return status;
                }

                GeneratedProtection.Strip(piece.Span, into.Span, BlockBytes);
                into = into[(blocks * BlockBytes)..];
                done += (uint)blocks;
            }

            return IoStatus.Ok;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Without data the blocks are zeros.
    private async ValueTask<IoStatus> WriteGenerated(
        ProtectionType type, ulong lba, ulong blockCount, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        int most = (int)Math.Min(blockCount, PieceBlocks);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(most * WholeBytes);
        byte[] zeros = from.IsEmpty ? new byte[most * BlockBytes] : [];
        try
        {
            bool isOnePiece = blockCount <= PieceBlocks;
            for (ulong done = 0; done < blockCount;)
            {
                int blocks = (int)Math.Min(blockCount - done, PieceBlocks);
                ReadOnlyMemory<byte> data = from.IsEmpty ? zeros.AsMemory(0, blocks * BlockBytes) : from.Slice((int)done * BlockBytes, blocks * BlockBytes);
                Memory<byte> piece = buffer.AsMemory(0, blocks * WholeBytes);
                GeneratedProtection.Join(data.Span, piece.Span, BlockBytes, type, lba + done, protection.InitiatorsOwnTags);
                IoStatus status = await Next.WriteProtectedAsync(lba + done, piece, forceUnitAccess && isOnePiece, cancellationToken).ConfigureAwait(false);
                if (status != IoStatus.Ok)
                {
                    return status;
                }

                done += (uint)blocks;
            }

            return forceUnitAccess && !isOnePiece ? await Next.FlushAsync(cancellationToken).ConfigureAwait(false) : IoStatus.Ok;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
