using System.Buffers;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Protection;

/// <summary>COMPARE AND WRITE and ORWRITE whose data comes with protection information. All of it is checked before a block is touched.</summary>
internal static class ProtectedAtomicWork
{
    /// <summary>Compares the data of blocks, tags left aside, with the first half of what was sent, and writes the second half with its protection information.</summary>
    public static async ValueTask CompareAndWriteAsync(ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        int half = (int)BlockRange.TransferBytes(command), blockBytes = (int)unit.Traits.BlockBytes;
        ReadOnlyMemory<byte> expected = command.DataOut[..half], written = command.DataOut[half..(2 * half)];
        if (!ProtectedTransfers.PassesChecks(command, expected.Span) || !ProtectedTransfers.PassesChecks(command, written.Span))
        {
            return;
        }

        bool force = AtomicWork.IsStable(command);
        using IMemoryOwner<byte> buffer = command.Pool.Rent(half);
        Memory<byte> found = buffer.Memory[..half];
        IoStatus status;
        using (BlockHold hold = await unit.Device.HoldAsync(command.Lba, command.BlockCount, toChange: true, cancellationToken).ConfigureAwait(false))
        {
            status = await ReadCheckedAsync(command, hold, found, cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                return;
            }

            if (FirstDifference(found.Span, expected.Span, blockBytes) is { } at)
            {
                MediumResult.Refuse(command, Sense.Miscompare(at));
                return;
            }

            status = await AtomicWork.WriteAsync(command, hold, command.Lba, written, force, cancellationToken).ConfigureAwait(false);
        }

        await AtomicWork.FinishAsync(command, status, force, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ors data into blocks, which get the tags that were sent, and the guard of what they are then.</summary>
    public static async ValueTask OrWriteAsync(ScsiCommand command, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (!ProtectedTransfers.PassesChecks(command, data.Span))
        {
            return;
        }

        LogicalUnit unit = command.Unit!;
        bool force = AtomicWork.IsStable(command);
        ulong blockCount = (uint)data.Length / command.TransferBlockBytes;
        using IMemoryOwner<byte> buffer = command.Pool.Rent(data.Length);
        Memory<byte> blocks = buffer.Memory[..data.Length];
        IoStatus status;
        using (BlockHold hold = await unit.Device.HoldAsync(command.Lba, blockCount, toChange: true, cancellationToken).ConfigureAwait(false))
        {
            status = await ReadCheckedAsync(command, hold, blocks, cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                return;
            }

            Or(blocks.Span, data.Span, (int)unit.Traits.BlockBytes);
            status = await AtomicWork.WriteAsync(command, hold, command.Lba, blocks, force, cancellationToken).ConfigureAwait(false);
        }

        await AtomicWork.FinishAsync(command, status, force, cancellationToken).ConfigureAwait(false);
    }

    // Ends the command when the answer is not Ok.
    private static async ValueTask<IoStatus> ReadCheckedAsync(ScsiCommand command, BlockHold hold, Memory<byte> into, CancellationToken cancellationToken)
    {
        IoStatus status = await hold.ReadProtectedAsync(command.Lba, into, cancellationToken).ConfigureAwait(false);
        if (status != IoStatus.Ok)
        {
            MediumResult.Complete(command, status, command.Lba);
            return status;
        }

        status = ProtectionPlan.ForMedium(command).Check(into.Span, (int)command.Unit!.Traits.BlockBytes, 0, out ulong at);
        if (status != IoStatus.Ok)
        {
            ProtectedTransfers.RefuseBlock(command, status, at);
        }

        return status;
    }

    // The offset of the first byte of user data, as COMPARE AND WRITE without protection information tells it.
    private static ulong? FirstDifference(ReadOnlySpan<byte> found, ReadOnlySpan<byte> expected, int blockBytes)
    {
        for (ulong number = 0; found.Length > 0; number++)
        {
            int same = found[..blockBytes].CommonPrefixLength(expected[..blockBytes]);
            if (same < blockBytes)
            {
                return number * (uint)blockBytes + (uint)same;
            }

            found = found[(blockBytes + ProtectionInformation.Length)..];
            expected = expected[(blockBytes + ProtectionInformation.Length)..];
        }

        return null;
    }

    private static void Or(Span<byte> into, ReadOnlySpan<byte> from, int blockBytes)
    {
        int whole = blockBytes + ProtectionInformation.Length;
        for (; into.Length > 0; into = into[whole..], from = from[whole..])
        {
            for (int i = 0; i < blockBytes; i++)
            {
                into[i] |= from[i];
            }

            ProtectionInformation sent = ProtectionInformation.Read(from[blockBytes..]);
            (sent with { Guard = GuardCrc.Compute(into[..blockBytes]) }).Write(into[blockBytes..]);
        }
    }
}
