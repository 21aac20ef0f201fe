using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Protection;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// ORWRITE(16) (SBC-3 §5.6) and XPWRITE(10) (SBC-3 §5.48): the blocks become what they are, or-ed with the data-out, or exclusively so. All of them are held alone meanwhile; they are
/// worked on in pieces, so that length costs no memory. When less data arrives than the CDB asks for, its whole blocks count.
/// </summary>
internal static class OrWriteCommand
{
    private const int PieceBytes = 256 << 10;

    public static SenseData? Plan(ScsiCommand command)
    {
        SenseData? refusal = WriteCommands.Plan(command);
        command.CompletesInline = LongWork.FitsInline(command.Unit!, BlockRange.Bytes(command));
        return refusal;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> data = WriteCommands.WholeBlocks(command);
        if (data.IsEmpty)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        if (LongWork.IsLong((uint)data.Length))
        {
            await LongWork.LetOthersGo(cancellationToken);
        }

        LogicalUnit unit = command.Unit!;
        if (command.ProtectCode != 0)
        {
            await ProtectedAtomicWork.OrWriteAsync(command, data, cancellationToken).ConfigureAwait(false);
            return;
        }

        uint blockBytes = unit.Traits.BlockBytes;
        bool force = AtomicWork.IsStable(command), exclusive = command.Cdb[0] == OperationCode.XpWrite10;
        using IMemoryOwner<byte> buffer = command.Pool.Rent(Math.Min(PieceBytes, data.Length));
        IoStatus status = IoStatus.Ok;
        using (BlockHold hold = await unit.Device
            .HoldAsync(command.Lba, (uint)data.Length / blockBytes, toChange: true, cancellationToken).ConfigureAwait(false))
        {
            for (int done = 0; done < data.Length && status == IoStatus.Ok; done += PieceBytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ReadOnlyMemory<byte> from = data.Slice(done, Math.Min(PieceBytes, data.Length - done));
                Memory<byte> piece = buffer.Memory[..from.Length];
                ulong lba = command.Lba + (uint)done / blockBytes;
                status = await hold.ReadAsync(lba, piece, cancellationToken).ConfigureAwait(false);
                if (status == IoStatus.Ok)
                {
                    Combine(piece.Span, from.Span, exclusive);
                    status = await AtomicWork.WriteAsync(unit, hold, lba, piece, force, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        await AtomicWork.FinishAsync(command, status, force, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Combines blocks with others, as long: each bit with that in its place, by exclusive or, or by or.</summary>
    public static void Combine(Span<byte> into, ReadOnlySpan<byte> from, bool exclusive)
    {
        // Blocks are multiples of 512 bytes, and so of any vector.
        Span<Vector<byte>> target = MemoryMarshal.Cast<byte, Vector<byte>>(into);
        ReadOnlySpan<Vector<byte>> source = MemoryMarshal.Cast<byte, Vector<byte>>(from);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = exclusive ? target[i] ^ source[i] : target[i] | source[i];
        }
    }
}
