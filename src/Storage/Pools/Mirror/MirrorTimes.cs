namespace Blockwire.Storage;

/// <summary>Times between tries: doubling from the first to the longest.</summary>
internal sealed class BackOff(TimeSpan first, TimeSpan longest)
{
    private int _tries;

    /// <summary>How long to wait before the next try.</summary>
    public TimeSpan Next()
    {
        TimeSpan wait = first;
        for (int i = 0; i < _tries && wait < longest; i++) wait += wait;
        _tries++;
        return wait < longest ? wait : longest;
    }

    /// <summary>It went well: the next failure is a new one.</summary>
    public void Reset() => _tries = 0;
}

/// <summary>
/// Finds calls that do not end, without a time for each: calls are counted by the tick in which they began, and one that has lived through
/// a whole tick hangs. <see cref="Begin"/> and <see cref="End"/> may be called from any thread.
/// </summary>
internal sealed class HangWatch
{
    private readonly int[] _begun = new int[2];
    private int _now;

    /// <summary>Calls that are on their way.</summary>
    public int InFlight => Volatile.Read(ref _begun[0]) + Volatile.Read(ref _begun[1]);

    /// <summary>A call begins; it ends with the value.</summary>
    public int Begin()
    {
        int tick = Volatile.Read(ref _now);
        Interlocked.Increment(ref _begun[tick]);
        return tick;
    }

    public void End(int tick) => Interlocked.Decrement(ref _begun[tick]);

    /// <summary>A tick is over. True when a call began before this tick did.</summary>
    public bool Tick()
    {
        int before = 1 - _now;
        if (Volatile.Read(ref _begun[before]) > 0) return true;
        Volatile.Write(ref _now, before);
        return false;
    }
}

/// <summary>How fast a resync may go: as it can on an idle disk, at a fixed rate beside other calls.</summary>
internal sealed class ResyncPace(long busyBytesPerSecond)
{
    private long _seen;

    /// <summary>How long to rest after a piece.</summary>
    /// <param name="bytes">Of the piece.</param>
    /// <param name="calls">Calls of others so far.</param>
    public TimeSpan After(long bytes, long calls)
    {
        bool isBusy = calls != _seen;
        _seen = calls;
        return isBusy ? TimeSpan.FromTicks(bytes * TimeSpan.TicksPerSecond / busyBytesPerSecond) : TimeSpan.Zero;
    }
}
