namespace Blockwire.Target;

/// <summary>Counters of a running server. Read at any time.</summary>
public sealed class TargetStatistics
{
    private long _connections;
    private long _loginsRefused;
    private long _deviations;
    private long _sessionsOpened;
    private long _sessionsClosed;

    /// <summary>Connections accepted.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Logins that failed, were refused or ran out of time.</summary>
    public long LoginsRefused => Interlocked.Read(ref _loginsRefused);

    /// <summary>Rules that peers broke.</summary>
    public long Deviations => Interlocked.Read(ref _deviations);

    /// <summary>Sessions that are open now.</summary>
    public long Sessions => Interlocked.Read(ref _sessionsOpened) - Interlocked.Read(ref _sessionsClosed);

    internal void CountConnection() => Interlocked.Increment(ref _connections);

    internal void CountRefusedLogin() => Interlocked.Increment(ref _loginsRefused);

    internal void CountDeviation() => Interlocked.Increment(ref _deviations);

    internal void CountSessionOpened() => Interlocked.Increment(ref _sessionsOpened);

    internal void CountSessionClosed() => Interlocked.Increment(ref _sessionsClosed);
}
