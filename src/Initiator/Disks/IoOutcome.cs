using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Initiator;

/// <summary>The one place where what a target answered becomes the outcome of a disk operation.</summary>
internal static class IoOutcome
{
    /// <summary>The outcome of a failed operation.</summary>
    /// <param name="failure">How it failed.</param>
    /// <param name="reads">It reads, so that its failure is a read error.</param>
    public static IoStatus Of(IOException failure, bool reads) => failure switch
    {
        ScsiException { Status: ScsiStatus.CheckCondition } answered when SenseData.Parse(answered.Result.Sense.Span) is { } sense => Of(sense, reads),
        // The target is there, and takes nothing for now.
        ScsiException { Status: ScsiStatus.Busy or ScsiStatus.TaskSetFull } => IoStatus.NotReady,
        CommandLostException { Fate: CommandFate.NotRun } => IoStatus.NotReady,
        // A write that may have run leaves the medium in doubt, which a caller must not take for "nothing has happened".
        _ => Failure(reads),
    };

    private static IoStatus Of(in SenseData sense, bool reads) => (sense.Key, sense.Asc, sense.Ascq) switch
    {
        (SenseKey.NotReady, _, _) => IoStatus.NotReady,
        (SenseKey.UnitAttention, _, _) => IoStatus.NotReady,
        (SenseKey.DataProtect, 0x27, 0x07) when !reads => IoStatus.NoSpace,
        (SenseKey.DataProtect, _, _) when !reads => IoStatus.WriteProtected,
        (SenseKey.IllegalRequest, 0x25, _) => IoStatus.NotReady,
        // A range within the traits that the target refuses: the unit has shrunk below its user.
        _ => Failure(reads),
    };

    private static IoStatus Failure(bool reads) => reads ? IoStatus.ReadError : IoStatus.WriteError;
}
