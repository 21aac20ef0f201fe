namespace Blockwire.Storage;

/// <summary>
/// Who may be at which blocks: readers share them, a change has them alone. For disks that keep a block in two places, or in a place that a reader could see half of.
/// </summary>
/// <param name="onThread">Wait on the calling thread, as a disk must that completes inline.</param>
internal sealed class RangeTurns(bool onThread)
{
    private readonly Lock _gate = new();
    private readonly RangeLocks _ranges = new();

    /// <summary>Waits for a turn; gives the ticket to leave with.</summary>
    public async ValueTask<long> Enter(ulong lba, ulong blockCount, bool isChange)
    {
        long ticket;
        object? waits;
        lock (_gate)
        {
            _ranges.Enter(lba, blockCount, isChange, NewWaiter, out ticket, out waits);
        }
        if (waits is not TaskCompletionSource waiter) return ticket;
        if (onThread) waiter.Task.GetAwaiter().GetResult();
        else await waiter.Task.ConfigureAwait(false);
        return ticket;
    }

    /// <summary>Ends a turn.</summary>
    public void Leave(long ticket)
    {
        List<object>? letIn = null;
        lock (_gate)
        {
            _ranges.Leave(ticket, ref letIn);
        }
        foreach (object waiter in letIn ?? []) ((TaskCompletionSource)waiter).SetResult();
    }

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
