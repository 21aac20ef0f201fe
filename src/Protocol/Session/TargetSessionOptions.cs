namespace Blockwire.Protocol.Session;

/// <summary>Bounds and times of a session at the target; none of them is negotiated.</summary>
public sealed record TargetSessionOptions
{
    /// <summary>Commands taken on at once, a power of two: the command window. 128 by default.</summary>
    public int WindowDepth { get; init; } = 128;

    /// <summary>Immediate commands running at once; more are rejected with reason 06h, but never the only one of a connection (RFC 7143 §4.2.2.1).</summary>
    public int MaxImmediateCommands { get; init; } = 32;

    /// <summary>Bytes of task data held at once. 16 MiB by default; one larger command runs alone.</summary>
    public long DataBudgetBytes { get; init; } = 16 << 20;

    /// <summary>
    /// Bytes of data kept above recovery level 0 until the initiator has acknowledged them. 4 MiB by default; the oldest data beyond it is read again from the disk
    /// when it is asked for (RFC 7143 §7.1.3).
    /// </summary>
    public long RetransmissionBytes { get; init; } = 4 << 20;

    /// <summary>Silence after which the peer is pinged.</summary>
    public TimeSpan IdleBeforeProbe { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time a pinged peer has to answer.</summary>
    public TimeSpan ProbePatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Time that tasks have to end before a logout is answered with "cleanup failed", an initiator to answer the R2Ts of tasks it wants cleared, and commands to come that
    /// a task management function waits for.
    /// </summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Time without progress after which a Data-Out sequence is taken for lost while nothing else comes on its connection either (RFC 7143 §7.1.4.1 b). Three times as long
    /// suffices beside other data; at recovery level 0, where nothing is lost unseen, it takes three times as long without any data.
    /// </summary>
    public TimeSpan SequenceTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Initiators may reset the target: TARGET WARM RESET and TARGET COLD RESET, which reach every session. False: "authorization failed" (RFC 7143 §11.5.1, §11.6.1).
    /// A server sets it from its own option of this name.
    /// </summary>
    public bool AllowTargetReset { get; init; } = true;
}
