using System.Diagnostics;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// XDWRITEREAD(10) (SBC-3 §5.46): sends what the blocks hold, exclusively or-ed with the data-out, and writes the data-out, unless DISABLE WRITE is set. The blocks are held alone
/// meanwhile, so that what is sent is the difference to what is written. When less data arrives than the CDB asks for, its whole blocks count.
/// </summary>
internal static class XdWriteReadCommand
{
    private const byte DisableWrite = 0x04;

    public static SenseData? Plan(ScsiCommand command)
    {
        SenseData? refusal = WriteCommands.Plan(command);
        command.DataInPlanned = command.DataOutWanted;
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
        bool writes = (command.Cdb[1] & DisableWrite) == 0, force = AtomicWork.IsStable(command);
        Memory<byte> difference = command.RentDataIn(data.Length);
        Debug.Assert(difference.Length == data.Length, "combined in place");
        IoStatus status;
        using (BlockHold hold = await unit.Device
            .HoldAsync(command.Lba, (uint)data.Length / unit.Traits.BlockBytes, toChange: writes, cancellationToken).ConfigureAwait(false))
        {
            status = await hold.ReadAsync(command.Lba, difference, cancellationToken).ConfigureAwait(false);
            if (status == IoStatus.Ok && writes)
            {
                status = await AtomicWork.WriteAsync(unit, hold, command.Lba, data, force, cancellationToken).ConfigureAwait(false);
            }
        }

        if (status == IoStatus.Ok)
        {
            OrWriteCommand.Combine(difference.Span, data.Span, exclusive: true);
        }

        await AtomicWork.FinishAsync(command, status, force && writes, cancellationToken).ConfigureAwait(false);
    }
}
