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

        BlockCdb cdb = BlockCdb.Read(command.Cdb);
        if (BlockRange.Take(command, cdb) is { } outside)
        {
            return outside;
        }

        switch (CheckOf(command))
        {
            case ByteCheck.Each when BlockRange.CheckTransfer(command, cdb) is { } tooLong:
                return tooLong;
            case ByteCheck.Each:
                command.DataOutWanted = (uint)BlockRange.Bytes(command);
                break;
            case ByteCheck.OneForAll when command.BlockCount > 0:
                command.DataOutWanted = command.Unit!.Traits.BlockBytes;
                break;
        }

        command.CompletesInline =
            command.Unit!.Traits.CompletesInline && BlockRange.Bytes(command) <= LogicalUnit.MaxTransferBytes;
        return null;
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
        IoStatus status = await WriteCommands.WriteAsync(unit, command.Lba, data, force: true, cancellationToken).ConfigureAwait(false);
        if (status != IoStatus.Ok)
        {
            MediumResult.Complete(command, status, command.Lba);
            return;
        }

        await Comparison.Run(command, (uint)data.Length / unit.Traits.BlockBytes, CheckOf(command), data, cancellationToken)
            .ConfigureAwait(false);
    }

    private static ByteCheck CheckOf(ScsiCommand command) => (ByteCheck)(command.Cdb[1] >> 1 & 3);
}
