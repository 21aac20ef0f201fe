namespace Blockwire.Initiator;

/// <summary>
/// Carries out SCSI commands on one logical unit: over a session, over several paths, or in a test over nothing at all. What reads and writes disks is written
/// against this and knows of no connection.
/// </summary>
public interface IScsiExecutor
{
    /// <summary>Carries out one command; as many as the caller likes may be under way, and they may end in any order.</summary>
    /// <param name="request">The command. Its buffers belong to the executor until the returned task has ended, whatever way.</param>
    /// <param name="cancellationToken">
    /// Aborts the task at the target (ABORT TASK, RFC 7143 §11.5.1). The returned task ends when the target has let go of it and no buffer is in use any more.
    /// </param>
    /// <returns>What the target answered: any SCSI status is an answer, and no exception.</returns>
    /// <exception cref="CommandLostException">The target has not answered and will not; says whether the command may have run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before its answer; it may have run.</exception>
    ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken);
}
