namespace Blockwire.Protocol.Initiator;

/// <summary>How a session of the initiator behaves. All times are of the clock that its shell gives it.</summary>
public sealed record InitiatorSessionOptions
{
    /// <summary>Most connections of a session.</summary>
    public const int ConnectionLimit = 32;

    /// <summary>Connections that the session wants, 1 to 32; it makes do with what the target grants.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Commands at once; the target's window may be smaller.</summary>
    public int QueueDepth { get; init; } = 128;

    /// <summary>How long the target may take for a command that says nothing else.</summary>
    public TimeSpan CommandTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the target may take for a task management function; then its connection counts as lost.</summary>
    public TimeSpan FunctionTimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the target may take for a login, the transport connection included.</summary>
    public TimeSpan LoginTimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the target may take for a logout.</summary>
    public TimeSpan LogoutTimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence of a connection after which the target is asked for a sign of life. <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan PingAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long it may take to give one; then the connection counts as lost.</summary>
    public TimeSpan PingTimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From recovery level 1 on: a command that is not acknowledged for so long, and not even after a ping, is sent again (RFC 7143 §7.2.1).</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>From recovery level 1 on: what was asked for again and did not come is asked for once more after this time.</summary>
    public TimeSpan SnackAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often; then the connection counts as lost.</summary>
    public int SnackLimit { get; init; } = 5;

    /// <summary>How long commands wait for a lost session to come back; then they fail, and so do new ones at once. Zero: they fail at once.</summary>
    public TimeSpan ReplacementTimeLimit { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Time between the first attempts to come back; it doubles with each.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Most time between attempts.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Times that one command is begun anew after losses; then it fails.</summary>
    public int RepeatLimit { get; init; } = 8;

    /// <summary>Faults of the target that are put up with.</summary>
    public PeerQuirks Quirks { get; init; }

    /// <summary>Numbers from 0 to 1 (1 excluded) that keep many initiators from coming back at the same moment.</summary>
    public Func<double> Jitter { get; init; } = static () => 0.5;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public InitiatorSessionOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Connections, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Connections, ConnectionLimit);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueDepth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(QueueDepth, 8192);
        ArgumentOutOfRangeException.ThrowIfLessThan(SnackLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(RepeatLimit, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstBackOff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestBackOff, FirstBackOff);
        return this;
    }
}
