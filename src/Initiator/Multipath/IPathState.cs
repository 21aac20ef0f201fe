namespace Blockwire.Initiator;

/// <summary>What a session tells of itself as a path.</summary>
public interface IPathState
{
    /// <summary>Can commands go over it now?</summary>
    bool IsConnected { get; }

    /// <summary><see cref="IsConnected"/> has changed.</summary>
    event EventHandler? Changed;

    /// <summary>
    /// Waits until no command that this path has lost can run any more: the target has ended the tasks of the lost session (its reinstatement, a nexus reset, or a timeout that both sides
    /// know, RFC 7143 §6.3.5 and §7.2).
    /// </summary>
    /// <returns>True when that is certain; false when it never will be.</returns>
    ValueTask<bool> WaitForLostTasksAsync(CancellationToken cancellationToken);
}

/// <summary>A path to a logical unit.</summary>
/// <param name="Name">How messages call it: portal and interface, say.</param>
/// <param name="Executor">Carries out commands over it.</param>
/// <param name="State">Tells when it comes and goes; null when only its commands do.</param>
public sealed record UnitPath(string Name, IScsiExecutor Executor, IPathState? State = null);

/// <summary>A path that has lost a command which changes data and may have run, or run later still.</summary>
/// <param name="Name">The path.</param>
/// <param name="State">What the path tells of itself.</param>
/// <param name="Survivor">Another path that is up, for a fence that needs one; null when there is none.</param>
public sealed record LostPath(string Name, IPathState? State, IScsiExecutor? Survivor);

/// <summary>
/// Makes sure that a command which a path has lost cannot come late: after another write of the same blocks, which it would then overwrite with older data.
/// </summary>
public interface IPathFence
{
    /// <summary>Fences a path off.</summary>
    /// <returns>True when none of its lost commands can run any more; false when that cannot be had.</returns>
    ValueTask<bool> FenceAsync(LostPath lost, CancellationToken cancellationToken);
}

/// <summary>The fences that need nothing but the paths.</summary>
public static class PathFences
{
    /// <summary>Waits until the target has ended the tasks of the lost session; a path without state cannot be fenced.</summary>
    public static IPathFence WaitForLostTasks { get; } = new Waiting();

    /// <summary>
    /// Takes the risk: repeats at once. A write that the target has received and not yet done can then overwrite newer data. For targets that are known to do their commands
    /// in order, or to end them with the connection.
    /// </summary>
    public static IPathFence Accept { get; } = new Accepting();

    private sealed class Waiting : IPathFence
    {
        public ValueTask<bool> FenceAsync(LostPath lost, CancellationToken cancellationToken) =>
            lost.State?.WaitForLostTasksAsync(cancellationToken) ?? new ValueTask<bool>(false);
    }

    private sealed class Accepting : IPathFence
    {
        public ValueTask<bool> FenceAsync(LostPath lost, CancellationToken cancellationToken) => new(true);
    }
}
