using Blockwire.Scsi;
using Blockwire.Scsi.Device.Protection;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>Range and length checks that the block commands share (SBC-3 §4.5 and §5.8).</summary>
internal static class BlockRange
{
    /// <summary>Takes address and length from the CDB; refuses what leaves the medium. A length of zero may stand at its very end.</summary>
    public static SenseData? Take(ScsiCommand command, in BlockCdb cdb)
    {
        command.Lba = cdb.Lba;
        command.BlockCount = cdb.BlockCount;
        return Check(command.Unit!, cdb.Lba, cdb.BlockCount);
    }

    /// <summary>Refuses a range that leaves the medium.</summary>
    public static SenseData? Check(LogicalUnit unit, ulong lba, ulong blockCount)
    {
        ulong onMedium = unit.Traits.BlockCount;
        return lba > onMedium || blockCount > onMedium - lba ? Sense.LbaOutOfRange(Math.Max(lba, onMedium)) : null;
    }

    /// <summary>Refuses a transfer that is longer than the block limits page allows (SBC-3 §6.6).</summary>
    public static SenseData? CheckTransfer(ScsiCommand command, in BlockCdb cdb) =>
        command.BlockCount > command.Unit!.MaxTransferBlocks ? Sense.InvalidFieldInCdb(cdb.LengthAt) : null;

    /// <summary>The range of a command that transfers all of it: taken from the CDB and held against the medium and the longest transfer.</summary>
    public static SenseData? TakeTransfer(ScsiCommand command)
    {
        if (command.Unit!.Protection is not null && ProtectionPlan.Take(command) is { } invalid)
        {
            return invalid;
        }

        BlockCdb cdb = BlockCdb.Read(command.Cdb);
        return Take(command, cdb) ?? CheckTransfer(command, cdb);
    }

    /// <summary>Bytes of the blocks of a command as they are transferred: with protection information, where it asks for that.</summary>
    public static ulong TransferBytes(ScsiCommand command) => command.BlockCount * command.TransferBlockBytes;

    /// <summary>Bytes of the range of a command.</summary>
    public static ulong Bytes(ScsiCommand command) => command.BlockCount * command.Unit!.Traits.BlockBytes;
}
