using System.Threading.Tasks.Sources;

namespace Blockwire.Transport;

/// <summary>
/// Tells one waiter that something may have changed. What is told while nobody waits is kept for the next who does, once. The waiter goes on inside
/// <see cref="Tell"/>, on its thread. Allocates nothing.
/// </summary>
internal sealed class Readiness : IValueTaskSource
{
    private const int Nothing = 0;
    private const int Told = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    /// <summary>Takes back what was told, before a look at the thing itself. False when nothing was.</summary>
    public bool TakeBack() => Interlocked.CompareExchange(ref _state, Nothing, Told) == Told;

    /// <summary>Completes when told, at once when that has happened already. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (TakeBack())
        {
            return ValueTask.CompletedTask;
        }

        _source.Reset();
        ValueTask wait = new(this, _source.Version);
        if (Interlocked.CompareExchange(ref _state, Waiting, Nothing) == Told)
        {
            Interlocked.Exchange(ref _state, Nothing); // seen by all before the waiter looks
            _source.SetResult(true);
        }

        return wait;
    }

    /// <summary>Ends the wait of the waiter, or the next wait.</summary>
    public void Tell()
    {
        int was = Volatile.Read(ref _state);
        while (was != Told)
        {
            int now = was == Waiting ? Nothing : Told;
            int found = Interlocked.CompareExchange(ref _state, now, was);
            if (found == was)
            {
                if (was == Waiting)
                {
                    _source.SetResult(true);
                }

                return;
            }

            was = found;
        }
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
