namespace Blockwire.Simulation.Tests;

/// <summary>The virtual clock: what is due happens in the order of time, and at one time in the order in which it was asked for.</summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (long At, long Order)> _due = new();
    private long _order;

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    public long Steps { get; private set; }

    public void After(TimeSpan delay, Action action) => At(Now + delay, action);

    public void At(TimeSpan when, Action action) => _due.Enqueue(action, ((when > Now ? when : Now).Ticks, _order++));

    /// <summary>Does the next thing. False when nothing is left or the next is later than <paramref name="until"/>; the clock then shows that time.</summary>
    public bool Step(TimeSpan until)
    {
        if (!_due.TryPeek(out Action? action, out (long At, long Order) key) || key.At > until.Ticks)
        {
            Now = until;
            return false;
        }

        _due.Dequeue();
        Now = TimeSpan.FromTicks(key.At);
        Steps++;
        action();
        return true;
    }
}
