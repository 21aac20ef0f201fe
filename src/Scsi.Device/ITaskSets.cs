namespace Blockwire.Scsi.Device;

/// <summary>The tasks of a target device, which its transport knows: what a command does to those of other nexuses.</summary>
public interface ITaskSets
{
    /// <summary>
    /// Ends every task that some nexuses have for a logical unit, without an answer, as PREEMPT AND ABORT asks (SPC-4 §5.13.11.5, SAM-5 §5.8.4). Completes when none of
    /// them works on the disk any more, tasks of nexuses that are gone included.
    /// </summary>
    /// <param name="lun">The LUN field of the unit.</param>
    /// <param name="by">The nexus that asked; its own tasks go on.</param>
    /// <param name="nexuses">Whose tasks.</param>
    /// <param name="cancellationToken">Ends the waiting; the tasks end all the same.</param>
    ValueTask EndTasksAsync(ulong lun, Nexus by, IReadOnlyList<NexusName> nexuses, CancellationToken cancellationToken);
}
