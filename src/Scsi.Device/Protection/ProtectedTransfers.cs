using System.Buffers;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Protection;

/// <summary>READ and WRITE of units that are formatted with protection: what is checked, and what goes to whom (SBC-3 §4.21, tables of §5.11 and §5.33).</summary>
internal static class ProtectedTransfers
{
    /// <summary>Reads blocks, checks them, and answers with their data, or with their protection information as well.</summary>
    public static async ValueTask ReadAsync(ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        int blockBytes = (int)unit.Traits.BlockBytes;
        if (LongWork.IsLong(BlockRange.Bytes(command)))
        {
            await LongWork.LetOthersGo(cancellationToken); // checks of much data do not hold up the thread that serves the sockets
        }

        Memory<byte> blocks = command.RentDataIn((int)(command.BlockCount * unit.Traits.ProtectedBlockBytes));
        IoStatus status = await unit.Device.ReadProtectedAsync(command.Lba, blocks, cancellationToken).ConfigureAwait(false);
        if (status != IoStatus.Ok)
        {
            MediumResult.Complete(command, status, command.Lba);
            return;
        }

        status = ProtectionPlan.ForMedium(command).Check(blocks.Span, blockBytes, 0, out ulong at);
        if (status != IoStatus.Ok)
        {
            RefuseBlock(command, status, at);
            return;
        }

        if (command.ProtectCode == 0)
        {
            GeneratedProtection.Strip(blocks.Span, blocks.Span, blockBytes);
            command.TrimDataIn((int)command.DataInPlanned);
        }

        command.Complete(ScsiStatus.Good);
    }

    /// <summary>Checks the protection information that came, or makes some, and writes. Nothing is written of data that fails its checks.</summary>
    public static async ValueTask WriteAsync(ScsiCommand command, ReadOnlyMemory<byte> data, bool force, CancellationToken cancellationToken)
    {
        if (LongWork.IsLong(BlockRange.Bytes(command)))
        {
            await LongWork.LetOthersGo(cancellationToken); // checks of much data do not hold up the thread that serves the sockets
        }

        if (!PassesChecks(command, data.Span))
        {
            return;
        }

        bool stable = force || command.Unit!.Modes.WriteThrough;
        MediumResult.Complete(command, await PutAsync(command, data, stable, cancellationToken).ConfigureAwait(false), command.Lba);
    }

    /// <summary>Holds what an initiator sent against its protection information; ends the command when that is wrong.</summary>
    public static bool PassesChecks(ScsiCommand command, ReadOnlySpan<byte> data)
    {
        if (command.ProtectCode == 0)
        {
            return true;
        }

        IoStatus status = ProtectionPlan.ForDataOut(command).Check(data, (int)command.Unit!.Traits.BlockBytes, 0, out ulong at);
        if (status != IoStatus.Ok)
        {
            RefuseBlock(command, status, at);
        }

        return status == IoStatus.Ok;
    }

    /// <summary>Writes blocks that an initiator sent, which passed their checks; those that came without protection information get some.</summary>
    public static async ValueTask<IoStatus> PutAsync(ScsiCommand command, ReadOnlyMemory<byte> data, bool stable, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        bool forced = stable && unit.Traits.ForceUnitAccess != Support.No;
        IoStatus status = command.ProtectCode == 0
            ? await unit.Device.WriteAsync(command.Lba, data, forced, cancellationToken).ConfigureAwait(false)
            : await unit.Device.WriteProtectedAsync(command.Lba, data, forced, cancellationToken).ConfigureAwait(false);
        return status == IoStatus.Ok && stable && !forced ? await unit.Device.FlushAsync(cancellationToken).ConfigureAwait(false) : status;
    }

    /// <summary>Ends a command because of one of its blocks.</summary>
    /// <param name="command">The command.</param>
    /// <param name="status">What is wrong.</param>
    /// <param name="at">Number of the block in its range.</param>
    public static void RefuseBlock(ScsiCommand command, IoStatus status, ulong at) =>
        MediumResult.Refuse(command, MediumResult.SenseFor(status, command.Lba + at, isOneBlock: true));
}
