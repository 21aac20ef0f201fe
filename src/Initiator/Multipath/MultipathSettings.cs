namespace Blockwire.Initiator;

/// <summary>How a <see cref="MultipathUnit"/> goes about its paths.</summary>
public sealed record MultipathSettings
{
    /// <summary>How messages call the unit.</summary>
    public string Name { get; init; } = "the logical unit";

    /// <summary>How commands are spread over equally good paths.</summary>
    public PathPolicy Policy { get; init; } = PathPolicy.LeastQueue;

    /// <summary>How often each path is checked with TEST UNIT READY, and access states are read.</summary>
    public TimeSpan CheckPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a check may take.</summary>
    public TimeSpan CheckTimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long commands wait for a path when there is none; then they are lost, without having run.</summary>
    public TimeSpan NoPathTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often access states are read while commands wait for the end of a transition.</summary>
    public TimeSpan TransitionPeriod { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Makes sure that writes which a path has lost cannot come late, before they are repeated.</summary>
    public IPathFence Fence { get; init; } = PathFences.WaitForLostTasks;

    /// <summary>How long that may take; then the command is lost, and may have run.</summary>
    public TimeSpan FenceTimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
