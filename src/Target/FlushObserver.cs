using System.Runtime.CompilerServices;

namespace Blockwire.Target;

/// <summary>Waits in the background for a flush that nobody else waits for, and allocates nothing for it. Reused by its connection.</summary>
internal sealed class FlushObserver
{
    private readonly ConnectionLoop _loop;
    private readonly Action _onCompleted;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _awaiter;

    public FlushObserver(ConnectionLoop loop)
    {
        _loop = loop;
        _onCompleted = OnCompleted;
    }

    /// <summary>Takes the flush over: its result is fetched here, once.</summary>
    public void Observe(ValueTask flush)
    {
        _awaiter = flush.ConfigureAwait(false).GetAwaiter();
        if (_awaiter.IsCompleted)
        {
            OnCompleted();
        }
        else
        {
            _awaiter.UnsafeOnCompleted(_onCompleted);
        }
    }

    private void OnCompleted()
    {
        Exception? defect = null;
        try
        {
            _awaiter.GetResult();
        }
        catch (Exception failure)
        {
            defect = failure;
        }

        _awaiter = default;
        _loop.OnFlushed(this, defect);
    }
}
