namespace Blockwire.Storage;

/// <summary>
/// Lets concurrent flushes share one sync. A flush that arrives while a sync runs waits for the next one: the running one may have
/// passed its data already.
/// </summary>
/// <remarks>
/// A failed sync stays failed for as long as the disk is open. The system reports a lost page once and then takes it for clean, so a
/// later sync that succeeds says nothing of the data lost before; only closing and checking the disk gives a new start.
/// </remarks>
internal sealed class GroupCommit
{
    private readonly Lock _gate = new();
    private readonly Func<IoStatus> _sync;
    private readonly IoThreads _threads;
    private readonly Round _round;
    private FileOperation? _waiting;
    private bool _isRunning;
    private volatile IoStatus _failure = IoStatus.Ok;

    /// <summary>Makes the group of one disk.</summary>
    /// <param name="sync">Puts everything written before on stable storage; may block.</param>
    /// <param name="threads">Where it runs.</param>
    public GroupCommit(Func<IoStatus> sync, IoThreads threads)
    {
        _sync = sync;
        _threads = threads;
        _round = new Round(this);
    }

    /// <summary>Completes the operation after a sync that begins from now on.</summary>
    public void Join(FileOperation operation)
    {
        bool isFirst;
        lock (_gate)
        {
            operation.NextWaiting = _waiting;
            _waiting = operation;
            isFirst = !_isRunning;
            _isRunning = true;
        }
        if (isFirst) _threads.Queue(_round);
    }

    /// <summary>Syncs on the calling thread: for files that never block.</summary>
    public IoStatus SyncNow()
    {
        if (_failure != IoStatus.Ok) return _failure;
        IoStatus status = _sync();
        if (status != IoStatus.Ok) _failure = status;
        return status;
    }

    private void RunRounds()
    {
        while (TakeWaiting() is { } operation)
        {
            IoStatus status = SyncNow();
            for (FileOperation? one = operation; one is not null;)
            {
                FileOperation? next = one.NextWaiting;
                one.NextWaiting = null;
                one.Complete(status);       // from here on it may be in use again
                one = next;
            }
        }
    }

    private FileOperation? TakeWaiting()
    {
        lock (_gate)
        {
            FileOperation? taken = _waiting;
            _waiting = null;
            _isRunning = taken is not null;
            return taken;
        }
    }

    private sealed class Round(GroupCommit commit) : IoWork
    {
        public override void Run() => commit.RunRounds();
    }
}
