namespace Blockwire.Storage;

/// <summary>Work for <see cref="IoThreads"/>; a link of its queue, so that queueing allocates nothing.</summary>
internal abstract class IoWork
{
    internal IoWork? Next { get; set; }

    /// <summary>Does the work on the calling thread. Never throws.</summary>
    public abstract void Run();
}

/// <summary>
/// A few threads that may block, apart from the thread pool so that a slow disk starves nobody else. They start on demand and end when
/// they have been idle for a while.
/// </summary>
/// <remarks>The queue is as long as the callers' commands in flight: each piece of work is one unfinished call of theirs, and their windows bound those.</remarks>
internal sealed class IoThreads(string name, int maxThreads, TimeSpan idleTime)
{
    private const int StackBytes = 256 * 1024;

    private readonly object _gate = new();
    private IoWork? _first;
    private IoWork? _last;
    private int _queued;
    private int _idle;
    private int _threads;

    /// <summary>Threads alive at the moment.</summary>
    public int ThreadCount
    {
        get
        {
            lock (_gate) return _threads;
        }
    }

    /// <summary>Queues work; never blocks for longer than a thread takes to start.</summary>
    public void Queue(IoWork work)
    {
        bool isShort;
        lock (_gate)
        {
            work.Next = null;
            if (_last is null) _first = work;
            else _last.Next = work;
            _last = work;
            _queued++;
            isShort = _queued > _idle && _threads < maxThreads;
            if (isShort) _threads++;
            else Monitor.Pulse(_gate);
        }
        if (isShort) StartThread();
    }

    private void StartThread()
    {
        try
        {
            new Thread(Work, StackBytes) { IsBackground = true, Name = name }.UnsafeStart();
        }
        catch (OutOfMemoryException)
        {
            // The system gives no thread. Those that run will come to the work; if there are none, the caller does it, late but rightly.
            bool isAlone;
            lock (_gate)
            {
                isAlone = _threads == 1;
                if (!isAlone) _threads--;
            }
            if (isAlone) Work();
        }
    }

    private void Work()
    {
        while (Take() is { } work) work.Run();
    }

    /// <summary>The next piece of work; null when this thread has been idle long enough to end.</summary>
    private IoWork? Take()
    {
        lock (_gate)
        {
            while (_first is null)
            {
                _idle++;
                bool isCalled = Monitor.Wait(_gate, idleTime);
                _idle--;
                if (isCalled || _first is not null) continue;
                _threads--;
                return null;
            }
            IoWork work = _first;
            _first = work.Next;
            if (_first is null) _last = null;
            work.Next = null;
            _queued--;
            return work;
        }
    }
}
