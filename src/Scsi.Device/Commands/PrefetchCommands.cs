using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// PRE-FETCH(10) and (16) (SBC-3 §5.8 and §5.9): has the disk read ahead. CONDITION MET says that all blocks are in its cache or on their way there, GOOD that not all are.
/// No command reads ahead more than <see cref="MostBytes"/>; a length of zero means all blocks to the end. With and without IMMED the status comes when the disk has
/// taken the advice, not when the medium has followed it.
/// </summary>
internal static class PrefetchCommands
{
    /// <summary>Bytes that one command brings into the cache at most.</summary>
    public const uint MostBytes = 64 << 20;

    public static SenseData? Plan(ScsiCommand command) => BlockRange.Take(command, BlockCdb.Read(command.Cdb));

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        ulong wanted = command.BlockCount == 0 ? unit.Traits.BlockCount - command.Lba : command.BlockCount;
        ulong most = MostBytes / unit.Traits.BlockBytes;
        bool willBeThere = await unit.Device.PrefetchAsync(command.Lba, Math.Min(wanted, most), cancellationToken).ConfigureAwait(false);
        command.Complete(willBeThere && wanted <= most ? ScsiStatus.ConditionMet : ScsiStatus.Good);
    }
}
