namespace Blockwire.Initiator.Tests.Fakes;

/// <summary>A clock that moves when told, or, when it is told to hurry, whenever somebody waits for it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private long _ticks;

    /// <summary>Every timer is due at once, and the clock stands where it was due.</summary>
    public bool Hurry { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Now => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    /// <summary>Timers that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count(timer => timer.Due is not null);
            }
        }
    }

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, () => callback(state), period);
        lock (_gate)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _ticks, by.Ticks);
        ManualTimer[] timers;
        lock (_gate)
        {
            timers = [.. _timers];
        }

        foreach (ManualTimer timer in timers)
        {
            timer.FireIfDue();
        }
    }

    private sealed class ManualTimer(ManualTime time, Action fire, TimeSpan period) : ITimer
    {
        private TimeSpan _period = period;

        public long? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            _period = newPeriod;
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : time.GetTimestamp() + dueTime.Ticks;
            if (time.Hurry && Due is not null)
            {
                Interlocked.Add(ref time._ticks, dueTime.Ticks);
                ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.FireIfDue(), this, preferLocal: false);
            }

            return true;
        }

        public void FireIfDue()
        {
            lock (time._gate)
            {
                if (Due is not { } due || due > time.GetTimestamp())
                {
                    return;
                }

                Due = _period > TimeSpan.Zero ? due + _period.Ticks : null;
            }

            fire();
        }

        public void Dispose()
        {
            Due = null;
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
