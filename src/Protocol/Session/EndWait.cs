namespace Blockwire.Protocol.Session;

/// <summary>
/// Something that goes on once a set of tasks has ended: the response to a task management function or to a logout. Tasks of several sessions may be in the set, so the
/// count is atomic.
/// </summary>
public abstract class EndWait
{
    // One for whoever is still adding tasks.
    private int _remaining = 1;

    /// <summary>The connection that the answer leaves by; its session is told when the wait is over. Null when the shell itself waits.</summary>
    public abstract TargetConnection? AnswersOn { get; }

    /// <summary>One more task to wait for.</summary>
    internal void Add() => Interlocked.Increment(ref _remaining);

    /// <summary>A task has ended, or the adding is over. True for the last one: the caller then goes on with the operation.</summary>
    public bool Release() => Interlocked.Decrement(ref _remaining) == 0;
}
