namespace Blockwire.Scsi.Device;

/// <summary>The tasks of a target device, which its transport knows: what a command does to those of other nexuses.</summary>
public interface ITaskSets
{
    /// <summary>
    /// Ends every task that some nexuses have for a logical unit, as PREEMPT AND ABORT asks (SPC-4 §5.13.11.5, SAM-5 §5.6). Completes when none of them works on the disk any
    /// more, tasks of nexuses that are gone included.
    /// </summary>
    /// <param name="lun">The LUN field of the unit.</param>
    /// <param name="by">The command that asks; it goes on, also when its own nexus is among those whose tasks end.</param>
    /// <param name="nexuses">Whose tasks.</param>
    /// <param name="cancellationToken">Ends the waiting; the tasks end all the same.</param>
    ValueTask EndTasksAsync(ulong lun, ScsiCommand by, IReadOnlyList<NexusName> nexuses, CancellationToken cancellationToken);

    /// <summary>
    /// An auto contingent allegiance is over, or blocks fewer tasks than before: who is not blocked any more (<see cref="ScsiTargetDevice.IsBlocked"/>) goes on. Called on any
    /// thread, with locks of the transport held: it returns at once.
    /// </summary>
    /// <param name="lun">The LUN field of the unit.</param>
    void GoOn(ulong lun);
}
