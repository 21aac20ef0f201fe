namespace Blockwire.Storage;

/// <summary>
/// Who may work on which blocks now. Most calls only pass: they are counted, not remembered. As soon as someone wants blocks alone, later calls say which blocks they are
/// for and take turns; the one who wants them waits for those who passed before.
/// </summary>
internal sealed class BlockTurns
{
    private readonly Lock _gate = new();
    private readonly RangeLocks _ranges = new();
    private readonly List<TaskCompletionSource> _forEmpty = [];
    private readonly Passages _passages;

    public BlockTurns() => _passages = new Passages(OnLeft);

    /// <summary>Passes without a turn; false when turns are taken.</summary>
    public bool TryPass(out int cell) => _passages.TryEnter(out cell);

    /// <summary>Ends a pass.</summary>
    public void Leave(int cell) => _passages.Leave(cell);

    /// <summary>Has all calls take turns, until <see cref="Open"/>.</summary>
    public void Close() => _passages.Close();

    /// <summary>Undoes one <see cref="Close"/>.</summary>
    public void Open() => _passages.Open();

    /// <summary>Waits for a turn beside others that do not want the blocks alone.</summary>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">How many.</param>
    /// <param name="onThread">Wait on the calling thread.</param>
    /// <returns>The ticket to leave with.</returns>
    public ValueTask<long> Enter(ulong lba, ulong blockCount, bool onThread) => Enter(lba, blockCount, isAlone: false, onThread);

    /// <summary>Waits until nobody else works on the blocks.</summary>
    public async ValueTask<long> EnterAlone(ulong lba, ulong blockCount, bool onThread)
    {
        _passages.Close();
        long ticket = await Enter(lba, blockCount, isAlone: true, onThread).ConfigureAwait(false);
        TaskCompletionSource? empty = null;
        lock (_gate)
        {
            if (!_passages.AreEmpty)
            {
                empty = NewWaiter();
                _forEmpty.Add(empty);
            }
        }
        await Wait(empty, onThread).ConfigureAwait(false);
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
        if (letIn is null) return;
        foreach (object waiter in letIn) ((TaskCompletionSource)waiter).SetResult();
    }

    /// <summary>Ends a turn alone.</summary>
    public void LeaveAlone(long ticket)
    {
        Leave(ticket);
        _passages.Open();
    }

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static ValueTask Wait(TaskCompletionSource? waiter, bool onThread)
    {
        if (waiter is null) return default;
        if (!onThread) return new(waiter.Task);
        waiter.Task.GetAwaiter().GetResult();
        return default;
    }

    private async ValueTask<long> Enter(ulong lba, ulong blockCount, bool isAlone, bool onThread)
    {
        long ticket;
        object? waiter;
        lock (_gate)
        {
            _ranges.Enter(lba, blockCount, isAlone, NewWaiter, out ticket, out waiter);
        }
        await Wait((TaskCompletionSource?)waiter, onThread).ConfigureAwait(false);
        return ticket;
    }

    private void OnLeft()
    {
        TaskCompletionSource[] ready;
        lock (_gate)
        {
            if (_forEmpty.Count == 0 || !_passages.AreEmpty) return;
            ready = [.. _forEmpty];
            _forEmpty.Clear();
        }
        foreach (TaskCompletionSource waiter in ready) waiter.SetResult();
    }
}
