namespace Blockwire.Storage.Tests.Pools;

/// <summary>The rules of a running mirror, one at a time: intents, who misses what, who is in.</summary>
public sealed class MirrorRuleTests
{
    private const int Blocks = 64;      // 8 regions of 8 blocks

    private readonly MirrorCore _core = new(MirrorWorld.NewRecord(3, Blocks, regionBlocks: 8));

    [Fact]
    public void A_change_waits_until_its_regions_are_known_and_the_next_one_there_does_not()
    {
        Assert.False(_core.BeginChange(6, 4));
        Save();
        Assert.True(_core.BeginChange(8, 8));
        Assert.False(_core.BeginChange(15, 2));
    }

    [Fact]
    public void A_snapshot_taken_before_a_change_does_not_know_it()
    {
        MirrorSnapshot early = _core.TakeSnapshot();
        _core.BeginChange(0, 1);
        _core.OnStable(early);
        Assert.False(_core.BeginChange(0, 1));
    }

    [Fact]
    public void An_intent_is_forgotten_only_when_its_region_stayed_quiet_through_the_flush()
    {
        _core.BeginChange(0, 1);
        _core.BeginChange(8, 1);
        _core.BeginChange(16, 1);
        Assert.Null(_core.BeginClean());            // touched just now
        _core.EndChange(0, 1);
        _core.EndChange(8, 1);
        RegionMap quiet = _core.BeginClean()!;
        Assert.Equal(2, quiet.Count);               // the third is in flight
        _core.BeginChange(8, 1);
        _core.EndChange(8, 1);
        _core.EndClean(quiet);
        Assert.Equal([1, 2], Enumerable.Range(0, 8).Where(region => _core.Current.Intent[region]));
    }

    [Fact]
    public void A_forgotten_intent_must_be_made_known_anew()
    {
        _core.BeginChange(0, 1);
        Save();
        _core.EndChange(0, 1);
        _core.BeginClean();
        _core.EndClean(_core.BeginClean()!);
        _core.TakeSnapshot();                       // on its way: it takes the intent from stable storage
        Assert.False(_core.BeginChange(0, 1));
    }

    [Fact]
    public void A_member_that_is_thrown_out_misses_what_may_not_be_stable_and_what_comes_after()
    {
        _core.BeginChange(0, 1);
        Assert.True(_core.Drop(1));
        _core.BeginChange(63, 1);
        Assert.Equal([0, 7], _core.NextStale(1, 0, 8));
        Assert.Empty(_core.NextStale(0, 0, 8));
    }

    [Fact]
    public void The_last_member_in_sync_stays()
    {
        Assert.True(_core.Drop(0));
        Assert.True(_core.Drop(2));
        Assert.False(_core.Drop(1));
        Assert.Equal(MirrorMemberState.InSync, _core[1]);
    }

    [Fact]
    public void Who_is_in_must_be_stable_before_anything_is_acknowledged()
    {
        Save();
        Assert.True(_core.IsMembershipStable);
        _core.Drop(0);
        Assert.False(_core.IsMembershipStable);
        Save();
        Assert.True(_core.IsMembershipStable);
    }

    [Fact]
    public void A_member_that_joins_counts_only_when_the_others_would_know_after_a_crash()
    {
        _core.Drop(0);
        _core.Drop(1);
        _core.Attach(0, "", missesEverything: false);
        Assert.True(_core.TryJoin(0));
        Assert.Equal(MirrorMemberState.Resyncing, _core[0]);
        Assert.False(_core.Drop(2));                // it is still the last
        Save();
        Assert.Equal(MirrorMemberState.InSync, _core[0]);
        Assert.True(_core.Drop(2));
    }

    [Fact]
    public void A_member_joins_when_it_misses_nothing()
    {
        _core.Drop(0);
        _core.Attach(0, "new", missesEverything: true);
        Assert.False(_core.TryJoin(0));
        Assert.Equal([6, 7], _core.NextStale(0, 6, 5));
        _core.Copied(0, [0, 1, 2, 3, 4, 5, 6, 7]);
        Assert.True(_core.TryJoin(0));
    }

    [Fact]
    public void Copies_have_their_blocks_alone_and_those_who_wait_come_in_order()
    {
        RangeLocks ranges = new();
        Assert.True(ranges.Enter(0, 8, isAlone: false, Waiter("a"), out long first, out _));
        Assert.True(ranges.Enter(4, 8, isAlone: false, Waiter("b"), out long second, out _));
        Assert.False(ranges.Enter(0, 16, isAlone: true, Waiter("copy"), out long copy, out object? waits));
        Assert.Equal("copy", waits);
        Assert.False(ranges.Enter(2, 1, isAlone: false, Waiter("late"), out long late, out _));      // behind the copy
        Assert.True(ranges.Enter(16, 1, isAlone: true, Waiter("apart"), out long apart, out _));
        Assert.Null(Leave(ranges, first));
        Assert.Equal(["copy"], Leave(ranges, second));
        Assert.Null(Leave(ranges, apart));
        Assert.Equal(["late"], Leave(ranges, copy));
        Assert.Null(Leave(ranges, late));
        Assert.True(ranges.IsIdle);
    }

    [Fact]
    public void A_call_hangs_when_it_lived_through_a_whole_tick()
    {
        HangWatch watch = new();
        int call = watch.Begin();
        Assert.False(watch.Tick());
        int other = watch.Begin();
        watch.End(other);
        Assert.True(watch.Tick());
        watch.End(call);
        Assert.False(watch.Tick());
        Assert.Equal(0, watch.InFlight);
    }

    [Fact]
    public void Tries_come_at_doubling_times_up_to_the_longest()
    {
        BackOff backOff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(_ => backOff.Next().TotalSeconds));
        backOff.Reset();
        Assert.Equal(1, backOff.Next().TotalSeconds);
    }

    [Fact]
    public void A_resync_rests_only_beside_other_calls()
    {
        ResyncPace pace = new(busyBytesPerSecond: 1000);
        Assert.Equal(TimeSpan.Zero, pace.After(500, calls: 0));
        Assert.Equal(TimeSpan.FromSeconds(0.5), pace.After(500, calls: 3));
        Assert.Equal(TimeSpan.Zero, pace.After(500, calls: 3));
    }

    private static Func<object> Waiter(string name) => () => name;

    private static List<object>? Leave(RangeLocks ranges, long ticket)
    {
        List<object>? letIn = null;
        ranges.Leave(ticket, ref letIn);
        return letIn;
    }

    private void Save() => _core.OnStable(_core.TakeSnapshot());
}
