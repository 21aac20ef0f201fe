using Blockwire.Scsi;

namespace Blockwire.Initiator.Tests.Multipath;

/// <summary>Goal: each rule of choosing, alone. Method: the paths as they are, and which one is taken.</summary>
public sealed class PathChoiceTests
{
    private static readonly PathCandidate Optimized = new(true, AccessState.ActiveOptimized, false, 0);
    private static readonly PathCandidate NonOptimized = Optimized with { State = AccessState.ActiveNonOptimized };
    private static readonly PathCandidate Dependent = Optimized with { State = AccessState.LogicalBlockDependent };

    [Fact]
    public void Optimized_goes_before_non_optimized() => Assert.Equal(1, Choose(NonOptimized, Optimized));

    [Fact]
    public void A_preferred_group_goes_before_others_in_the_same_state() =>
        Assert.Equal(1, Choose(Optimized, Optimized with { IsPreferred = true }, Optimized));

    [Fact]
    public void Preference_does_not_outweigh_the_state() => Assert.Equal(1, Choose(NonOptimized with { IsPreferred = true }, Optimized));

    [Fact]
    public void Dependent_on_the_block_is_the_last_choice() => Assert.Equal(1, Choose(Dependent, NonOptimized));

    [Fact]
    public void A_path_that_is_down_is_not_used() => Assert.Equal(1, Choose(Optimized with { IsUp = false }, NonOptimized));

    [Theory]
    [InlineData(AccessState.Standby)]
    [InlineData(AccessState.Unavailable)]
    [InlineData(AccessState.Offline)]
    [InlineData(AccessState.Transitioning)]
    [InlineData((AccessState)9)]
    public void States_without_access_are_not_used(AccessState state) => Assert.Equal(PathChoice.None, Choose(Optimized with { State = state }));

    [Fact]
    public void Least_queue_takes_the_shortest_of_the_best() =>
        Assert.Equal(2, Choose(Optimized with { InFlight = 4 }, NonOptimized, Optimized with { InFlight = 3 }));

    [Fact]
    public void Equals_take_turns()
    {
        foreach (PathPolicy policy in Enum.GetValues<PathPolicy>())
        {
            PathChoice choice = new(policy);
            Assert.Equal([0, 2, 0, 2], Enumerable.Range(0, 4).Select(_ => choice.Choose([Optimized, NonOptimized, Optimized])));
        }
    }

    [Fact]
    public void Round_robin_does_not_look_at_queues()
    {
        PathChoice choice = new(PathPolicy.RoundRobin);
        Assert.Equal([0, 1, 0], Enumerable.Range(0, 3).Select(_ => choice.Choose([Optimized with { InFlight = 99 }, Optimized])));
    }

    [Fact]
    public void Nothing_is_chosen_from_nothing() => Assert.Equal(PathChoice.None, Choose());

    [Fact]
    public void A_transition_counts_only_on_a_path_that_is_up()
    {
        PathCandidate transition = Optimized with { State = AccessState.Transitioning };
        Assert.True(PathChoice.IsTransitioning([NonOptimized, transition]));
        Assert.False(PathChoice.IsTransitioning([transition with { IsUp = false }]));
    }

    private static int Choose(params ReadOnlySpan<PathCandidate> paths) => new PathChoice(PathPolicy.LeastQueue).Choose(paths);
}
