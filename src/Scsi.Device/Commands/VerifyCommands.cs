using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>VERIFY and WRITE AND VERIFY (10), (12) and (16) (SBC-3 §5.29 to §5.31 and §5.37 to §5.39).</summary>
internal static class VerifyCommands
{
    private const int ByteCheckReserved = 2;

    public static SenseData? PlanVerify(ScsiCommand command)
    {
        if ((command.Cdb[1] >> 1 & 3) == ByteCheckReserved)
        {
            return Sense.InvalidFieldInCdb(1, 2);
        }

        // The longest transfer holds for VERIFY too, whether it moves data or not (SBC-3 §6.6.3, MAXIMUM TRANSFER LENGTH).
        if (BlockRange.TakeTransfer(command) is { } refused)
        {
            return refused;
        }

        switch (CheckOf(command))
        {
            case ByteCheck.Each:
                command.DataOutWanted = (uint)BlockRange.Bytes(command);
                break;
            case ByteCheck.OneForAll when command.BlockCount > 0:
                command.DataOutWanted = command.Unit!.Traits.BlockBytes;
                break;
        }

        command.CompletesInline = LongWork.FitsInline(command.Unit!, BlockRange.Bytes(command));
        return null;
    }

    public static SenseData? PlanWriteAndVerify(ScsiCommand command)
    {
        SenseData? refusal = WriteCommands.Plan(command);
        command.CompletesInline = LongWork.FitsInline(command.Unit!, BlockRange.Bytes(command));
        return refusal;
    }

    public static ValueTask RunVerify(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> expected = WriteCommands.WholeBlocks(command);
        ByteCheck check = CheckOf(command);
        if (expected.IsEmpty && command.DataOutWanted > 0)
        {
            // Nothing can be said of blocks when what they are to equal did not arrive.
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
            return default;
        }

        ulong blocks = check == ByteCheck.Each ? (uint)expected.Length / command.Unit!.Traits.BlockBytes : command.BlockCount;
        return Comparison.Run(command, blocks, check, expected, cancellationToken);
    }

    public static async ValueTask RunWriteAndVerify(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> data = WriteCommands.WholeBlocks(command);
        if (data.IsEmpty)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        LogicalUnit unit = command.Unit!;
        IoStatus status = await WriteForced(unit, command.Lba, data, cancellationToken).ConfigureAwait(false);
        if (status != IoStatus.Ok)
        {
            MediumResult.Complete(command, status, command.Lba);
            return;
        }

        await Comparison.Run(command, (uint)data.Length / unit.Traits.BlockBytes, CheckOf(command), data, cancellationToken)
            .ConfigureAwait(false);
    }

    // In pieces when it is long; then one flush stands behind all of them, instead of one behind each.
    private static async ValueTask<IoStatus> WriteForced(
        LogicalUnit unit, ulong lba, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (!LongWork.IsLong((uint)data.Length))
        {
            return await WriteCommands.WriteAsync(unit, lba, data, force: true, cancellationToken).ConfigureAwait(false);
        }

        for (int done = 0; done < data.Length;)
        {
            await LongWork.LetOthersGo(cancellationToken).ConfigureAwait(false);
            ReadOnlyMemory<byte> piece = data.Slice(done, Math.Min(LongWork.PieceBytes, data.Length - done));
            IoStatus status = await unit.Device
                .WriteAsync(lba + (uint)done / unit.Traits.BlockBytes, piece, forceUnitAccess: false, cancellationToken)
                .ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                return status;
            }

            done += piece.Length;
        }

        return await unit.Device.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static ByteCheck CheckOf(ScsiCommand command) => (ByteCheck)(command.Cdb[1] >> 1 & 3);
}
