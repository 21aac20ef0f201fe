using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// WRITE LONG(10) and (16) (SBC-3 §5.41 and §5.42) with WR_UNCOR = 1: marks a block as unreadable, with or without COR_DIS, which makes no difference where nothing is corrected.
/// With PBLOCK = 1 it marks all blocks of the physical block. There are no bytes beside those of a block, so data is not taken: without WR_UNCOR it is refused.
/// </summary>
internal static class WriteLongCommands
{
    /// <summary>COR_DIS, WR_UNCOR and PBLOCK.</summary>
    public const byte Flags = 0x80 | MarkBit | PhysicalBit;

    private const byte MarkBit = 0x40, PhysicalBit = 0x20;
    private const int MarkAt = 6, PhysicalAt = 5;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        DeviceTraits traits = command.Unit!.Traits;
        if ((cdb[1] & MarkBit) == 0)
        {
            return Sense.InvalidFieldInCdb(1, MarkAt);
        }

        uint together = traits.PhysicalBlockBytes / traits.BlockBytes;
        bool isPhysical = (cdb[1] & PhysicalBit) != 0;
        if (isPhysical && together < 2)
        {
            return Sense.InvalidFieldInCdb(1, PhysicalAt);
        }

        ulong lba = cdb[0] == OperationCode.WriteLong10 ? BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]) : BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]);
        if (lba >= traits.BlockCount)
        {
            return Sense.LbaOutOfRange(lba);
        }

        command.Lba = isPhysical ? lba - (lba % together) : lba;
        command.BlockCount = isPhysical ? Math.Min(together, traits.BlockCount - command.Lba) : 1;
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        try
        {
            // Nobody reads or writes the blocks at that moment, so a write is before the mark or behind it.
            using BlockHold alone = await command.Unit!.Device.HoldAsync(command.Lba, command.BlockCount, toChange: false, cancellationToken).ConfigureAwait(false);
            bool marked = await command.Unit.Marks.TryMarkAsync(command.Lba, (uint)command.BlockCount).ConfigureAwait(false);
            FormatCommand.Finish(command, marked ? null : Sense.InsufficientResources);
        }
        catch (UnitStateException failure)
        {
            StateResult.Refuse(command, failure);
        }
    }
}
