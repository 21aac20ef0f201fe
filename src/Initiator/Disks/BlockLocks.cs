namespace Blockwire.Initiator;

/// <summary>
/// Locks on ranges of blocks, within this process. Changing a part of a block is to read it, to change it and to write it: meanwhile nobody else may write the block.
/// Writes of whole blocks only keep out of the way of those; they overlap each other as they like.
/// </summary>
internal sealed class BlockLocks
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Holder> _holders = [];

    /// <summary>Waits for its turn; whoever came first among those who exclude each other goes first.</summary>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">Number of blocks.</param>
    /// <param name="exclusive">Nobody else at the same time; else nobody exclusive.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<Holder> TakeAsync(ulong lba, ulong blockCount, bool exclusive, CancellationToken cancellationToken)
    {
        Holder holder = new(this, lba, blockCount, exclusive);
        lock (_gate)
        {
            foreach (Holder earlier in _holders)
            {
                if (holder.Excludes(earlier))
                {
                    holder.WaitsFor++;
                    earlier.Waiters.Add(holder);
                }
            }

            holder.Node = _holders.AddLast(holder);
            if (holder.WaitsFor == 0)
            {
                return holder;
            }

            holder.Turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            await holder.Turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return holder;
        }
        catch
        {
            holder.Dispose();
            throw;
        }
    }

    /// <summary>A range that is held, or waited for, until it is disposed.</summary>
    internal sealed class Holder(BlockLocks locks, ulong lba, ulong blockCount, bool exclusive) : IDisposable
    {
        public List<Holder> Waiters { get; } = [];

        public int WaitsFor { get; set; }

        public TaskCompletionSource? Turn { get; set; }

        public LinkedListNode<Holder>? Node { get; set; }

        private ulong First { get; } = lba;

        private ulong Last { get; } = lba + (blockCount - 1);

        private bool Exclusive { get; } = exclusive;

        public bool Excludes(Holder other) => (Exclusive || other.Exclusive) && First <= other.Last && other.First <= Last;

        public void Dispose()
        {
            lock (locks._gate)
            {
                if (Node is null)
                {
                    return;
                }

                locks._holders.Remove(Node);
                Node = null;
                foreach (Holder waiter in Waiters)
                {
                    waiter.WaitsFor--;
                    if (waiter.WaitsFor == 0)
                    {
                        waiter.Turn?.TrySetResult();
                    }
                }
            }
        }
    }
}
