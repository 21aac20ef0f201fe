using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>GET LBA STATUS (SBC-3 §5.4).</summary>
internal static class LbaStatusCommand
{
    private const int MaximumDescriptors = 256;
    private const byte Mapped = 0;
    private const byte Deallocated = 1;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        command.Lba = BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]);
        ulong onMedium = command.Unit!.Traits.BlockCount;
        if (command.Lba >= onMedium)
        {
            return Sense.LbaOutOfRange(command.Lba);
        }

        const int most = LbaStatusDescriptor.HeaderLength + MaximumDescriptors * LbaStatusDescriptor.Length;
        command.DataInPlanned = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(cdb[10..]), most);
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        int fits = ((int)command.DataInPlanned - LbaStatusDescriptor.HeaderLength) / LbaStatusDescriptor.Length;
        int most = Math.Clamp(fits, 1, MaximumDescriptors);
        Memory<byte> data = command.RentDataIn(LbaStatusDescriptor.HeaderLength + most * LbaStatusDescriptor.Length);
        int count = 0;
        int written = LbaStatusDescriptor.HeaderLength;
        for (ulong lba = command.Lba; count < most && lba < unit.Traits.BlockCount; count++)
        {
            ulong rest = Math.Min(unit.Traits.BlockCount - lba, uint.MaxValue);
            ExtentStatus extent = await QueryAsync(unit, lba, rest, cancellationToken).ConfigureAwait(false);
            if (extent.Status != IoStatus.Ok)
            {
                MediumResult.Complete(command, extent.Status, lba);
                return;
            }

            uint blocks = (uint)Math.Clamp(extent.BlockCount, 1, rest);
            byte state = extent.State == ProvisioningState.Deallocated ? Deallocated : Mapped;
            written += new LbaStatusDescriptor(lba, blocks, state).Write(data.Span[written..]);
            lba += blocks;
        }

        LbaStatusDescriptor.WriteHeader(data.Span, count);
        command.TrimDataIn((int)Math.Min((uint)written, command.DataInPlanned));
        command.Complete(ScsiStatus.Good);
    }

    // Without provisioning management every block counts as mapped (SBC-3 §4.7).
    private static ValueTask<ExtentStatus> QueryAsync(LogicalUnit unit, ulong lba, ulong most, CancellationToken cancellationToken) =>
        unit.Thin
            ? unit.Device.QueryExtentAsync(lba, most, cancellationToken)
            : new(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, most));
}
