using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>The one place where the outcome of a disk operation becomes a status and sense data.</summary>
internal static class MediumResult
{
    /// <summary>Ends a command with the outcome of what it asked of the disk.</summary>
    /// <param name="command">The command.</param>
    /// <param name="status">How the operation ended.</param>
    /// <param name="lba">First block of the operation, for the INFORMATION field.</param>
    public static void Complete(ScsiCommand command, IoStatus status, ulong lba)
    {
        if (status == IoStatus.Ok)
        {
            command.Complete(ScsiStatus.Good);
        }
        else
        {
            // While a whole medium is worked on the disk is not ready for anybody else.
            SenseData? busy = status == IoStatus.NotReady ? command.Unit!.Work.Refusal : null;
            Refuse(command, busy ?? MarkedIn(command, status, lba) ?? SenseFor(status, lba, command.BlockCount == 1));
        }
    }

    /// <summary>The same for an operation that may still run; allocates nothing when it has completed.</summary>
    public static ValueTask CompleteAsync(ScsiCommand command, ValueTask<IoStatus> operation, ulong lba)
    {
        if (!operation.IsCompletedSuccessfully)
        {
            return CompleteLater(command, operation, lba);
        }

        Complete(command, operation.Result, lba);
        return default;
    }

    /// <summary>Ends a command with CHECK CONDITION, in the sense format of its logical unit.</summary>
    public static void Refuse(ScsiCommand command, in SenseData sense) =>
        command.Check(sense, command.Unit?.DescriptorSense ?? false);

    // A read that failed for a block that was marked: its address is known (SBC-3 §4.18.2). Pieces of a longer command end with its last block at the latest.
    private static SenseData? MarkedIn(ScsiCommand command, IoStatus status, ulong lba) =>
        status == IoStatus.ReadError && command.Unit!.Marks.FirstIn(lba, command.Lba + command.BlockCount - lba) is { } marked ? Sense.MarkedBadByClient(marked) : null;

    private static async ValueTask CompleteLater(ScsiCommand command, ValueTask<IoStatus> operation, ulong lba) =>
        Complete(command, await operation.ConfigureAwait(false), lba);

    /// <summary>What a failed operation is in sense data.</summary>
    /// <param name="status">How it ended.</param>
    /// <param name="lba">Its first block.</param>
    /// <param name="isOneBlock">It was about that block alone, which is then the one in error.</param>
    public static SenseData SenseFor(IoStatus status, ulong lba, bool isOneBlock) => status switch
    {
        IoStatus.OutOfRange => Sense.LbaOutOfRange(lba),
        IoStatus.WriteProtected => Sense.WriteProtected,
        IoStatus.ReadError => Locate(Sense.UnrecoveredReadError(lba), isOneBlock),
        IoStatus.WriteError => Locate(Sense.WriteError(lba), isOneBlock),
        IoStatus.NoSpace => Sense.SpaceAllocationFailed(lba),
        IoStatus.NotReady => Sense.MediumNotPresent,
        IoStatus.GuardError => Locate(Sense.GuardCheckFailed(lba), isOneBlock),
        IoStatus.ApplicationTagError => Locate(Sense.ApplicationTagCheckFailed(lba), isOneBlock),
        IoStatus.ReferenceTagError => Locate(Sense.ReferenceTagCheckFailed(lba), isOneBlock),
        // NotSupported: the traits promised what the disk then refused.
        _ => Sense.InternalTargetFailure,
    };

    // INFORMATION names the block in error (SBC-3 §4.18.1); a disk that fails a longer transfer does not say which it was.
    private static SenseData Locate(SenseData sense, bool isOneBlock) => isOneBlock ? sense : sense with { Information = null };
}
