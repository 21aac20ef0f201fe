using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>How commands are spread over the paths that are equally good.</summary>
public enum PathPolicy
{
    /// <summary>To the one with the fewest commands under way.</summary>
    LeastQueue,

    /// <summary>To one after the other.</summary>
    RoundRobin,
}

/// <summary>What is known of a path when one is chosen.</summary>
/// <param name="IsUp">Commands can go over it.</param>
/// <param name="State">Asymmetric access state of its target port group.</param>
/// <param name="IsPreferred">The target prefers the group.</param>
/// <param name="InFlight">Commands under way.</param>
public readonly record struct PathCandidate(bool IsUp, AccessState State, bool IsPreferred, int InFlight);

/// <summary>Chooses the path of a command: rules alone, no clock and no lock (SPC-4 §5.15.2 for the states).</summary>
/// <param name="policy">How to spread commands.</param>
public sealed class PathChoice(PathPolicy policy)
{
    /// <summary>No path can be used.</summary>
    public const int None = -1;

    private int _last = -1;

    /// <summary>
    /// The path to use: of those that are up, the best by access state; among equals as the policy says. Optimized goes before non-optimized, and in each a preferred group before
    /// others; groups in standby, unavailable, offline or in transition are not used.
    /// </summary>
    /// <returns>Its index, or <see cref="None"/>.</returns>
    public int Choose(ReadOnlySpan<PathCandidate> paths)
    {
        int best = None;
        // From the one behind the last that was chosen, so that equals take turns.
        for (int i = 1; i <= paths.Length; i++)
        {
            int at = (int)(((uint)_last + (uint)i) % (uint)paths.Length);
            if (Rank(paths[at]) is not { } rank)
            {
                continue;
            }

            if (best == None || rank < Rank(paths[best]) || (rank == Rank(paths[best]) && policy == PathPolicy.LeastQueue && paths[at].InFlight < paths[best].InFlight))
            {
                best = at;
            }
        }

        _last = best == None ? _last : best;
        return best;
    }

    /// <summary>Is a path up whose group is on its way into another state?</summary>
    public static bool IsTransitioning(ReadOnlySpan<PathCandidate> paths)
    {
        foreach (PathCandidate path in paths)
        {
            if (path is { IsUp: true, State: AccessState.Transitioning })
            {
                return true;
            }
        }

        return false;
    }

    private static int? Rank(in PathCandidate path) => path switch
    {
        { IsUp: false } => null,
        { State: AccessState.ActiveOptimized, IsPreferred: true } => 0,
        { State: AccessState.ActiveOptimized } => 1,
        { State: AccessState.ActiveNonOptimized, IsPreferred: true } => 2,
        { State: AccessState.ActiveNonOptimized } => 3,
        // Some blocks are optimized there, nobody knows which.
        { State: AccessState.LogicalBlockDependent } => 4,
        _ => null,
    };
}
