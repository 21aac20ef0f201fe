using Blockwire.Scsi;
using Blockwire.Scsi.Device.Protection;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>VERIFY and WRITE AND VERIFY (10), (12), (16) and (32) (SBC-3 §5.29 to §5.32 and §5.37 to §5.40).</summary>
internal static class VerifyCommands
{
    private const int ByteCheckReserved = 2;

    public static SenseData? PlanVerify(ScsiCommand command)
    {
        if ((int)CheckOf(command) == ByteCheckReserved)
        {
            return Sense.InvalidFieldInCdb(BlockCdb.FlagsAt(command.Cdb), 2);
        }

        // The longest transfer holds for VERIFY too, whether it moves data or not (SBC-3 §6.6.3, MAXIMUM TRANSFER LENGTH).
        if (BlockRange.TakeTransfer(command) is { } refused)
        {
            return refused;
        }

        switch (CheckOf(command))
        {
            case ByteCheck.Each:
                command.DataOutWanted = (uint)BlockRange.TransferBytes(command);
                break;
            case ByteCheck.OneForAll when command.BlockCount > 0:
                command.DataOutWanted = command.TransferBlockBytes;
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

        ulong blocks = check == ByteCheck.Each ? (uint)expected.Length / command.TransferBlockBytes : command.BlockCount;
        return Compare(command, blocks, check, expected, cancellationToken);
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
        if (!ProtectedTransfers.PassesChecks(command, data.Span))
        {
            return;
        }

        IoStatus status = command.ProtectCode == 0
            ? await WriteForced(unit, command.Lba, data, cancellationToken).ConfigureAwait(false)
            : await ProtectedTransfers.PutAsync(command, data, stable: true, cancellationToken).ConfigureAwait(false);
        if (status != IoStatus.Ok)
        {
            MediumResult.Complete(command, status, command.Lba);
            return;
        }

        await Compare(command, (uint)data.Length / command.TransferBlockBytes, CheckOf(command), data, cancellationToken).ConfigureAwait(false);
    }

    private static ValueTask Compare(ScsiCommand command, ulong blocks, ByteCheck check, ReadOnlyMemory<byte> expected, CancellationToken cancellationToken) =>
        command.Protection == ProtectionType.None
            ? Comparison.Run(command, blocks, check, expected, cancellationToken)
            : ProtectedVerify.Run(command, blocks, check, expected, cancellationToken);

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
            await LongWork.LetOthersGo(cancellationToken);
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

    private static ByteCheck CheckOf(ScsiCommand command) => (ByteCheck)(BlockCdb.FlagsOf(command.Cdb) >> 1 & 3);
}
