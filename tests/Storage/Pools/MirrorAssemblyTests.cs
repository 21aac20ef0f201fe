namespace Blockwire.Storage.Tests.Pools;

/// <summary>Who is in sync when a mirror starts, and when it must not start.</summary>
public sealed class MirrorAssemblyTests
{
    private static readonly Guid Mirror = new("11112222-3333-4444-5555-666677778888");

    [Fact]
    public void Blank_members_are_in_sync_from_the_start() => AssertStates(Start(New(true), New(true)), "in in");

    [Fact]
    public void The_one_with_data_is_copied_over_the_blank_ones()
    {
        MirrorRecord record = Start(New(true), New(false), New(true));
        AssertStates(record, "out in out");
        Assert.Equal(record.Regions, record.Members[0].Stale.Count);
    }

    [Fact]
    public void Several_with_data_are_not_guessed_at()
    {
        AssertRefused("members 1, 2 hold data; add ?source=1", New(false), New(false));
        AssertStates(MirrorAssembly.Start(new MirrorFindings([New(false), New(false)]) { Source = 1 }, Guid.NewGuid), "out in");
    }

    [Fact]
    public void A_new_mirror_needs_all_its_members() => AssertRefused("member 2 cannot be opened: gone; a new mirror needs all", New(false), Away(null));

    [Fact]
    public void With_all_there_and_nothing_on_its_way_all_are_in_sync() => AssertStates(Start(Open(0, State(5)), Open(1, State(5))), "in in");

    [Fact]
    public void A_crash_while_the_state_was_saved_leaves_one_copy_a_step_behind() => AssertStates(Start(Open(0, State(4)), Open(1, State(5))), "in in");

    [Fact]
    public void A_copy_further_behind_is_of_another_time_and_its_member_misses_everything()
    {
        MirrorRecord record = Start(Open(0, State(3)), Open(1, State(5)));
        AssertStates(record, "out in");
        Assert.Equal(record.Regions, record.Members[0].Stale.Count);
    }

    [Fact]
    public void Where_writes_were_on_their_way_the_first_is_the_source()
    {
        MirrorRecord record = Start(Open(0, State(5, intent: 3)), Open(1, State(5, intent: 3)));
        AssertStates(record, "in out");
        Assert.True(record.Members[1].Stale[3]);
        Assert.Equal(1, record.Members[1].Stale.Count);
        Assert.True(record.Intent.IsEmpty);
    }

    [Fact]
    public void A_member_that_is_away_may_have_gone_on_alone()
    {
        AssertRefused("member 2 cannot be opened and may have newer data than the other: gone; bring it back, or add ?degraded", Open(0, State(5)), Away(null));
        MirrorFindings findings = new([Open(0, State(5)), Away(null)]) { Degraded = true };
        AssertStates(MirrorAssembly.Start(findings, Guid.NewGuid), "in out");
    }

    [Fact]
    public void A_member_that_is_away_with_its_copy_there_cannot() => AssertStates(Start(Open(0, State(5)), Away(State(5))), "in out");

    [Fact]
    public void A_member_that_was_out_may_stay_away() => AssertStates(Start(Open(0, State(9, "in out", leftAt: 8)), Away(null)), "in out");

    [Fact]
    public void A_member_without_a_copy_may_be_away() =>
        AssertStates(Start(Open(0, State(5)), new MirrorFinding("far", "gone")), "in out");

    [Fact]
    public void A_member_that_was_out_is_never_taken_for_in_sync() =>
        AssertRefused("no member that is in sync is there: the data is on member 1 (gone)", Away(State(9, "in out", leftAt: 8)), Open(1, State(7)));

    [Fact]
    public void A_member_that_comes_back_misses_what_was_noted_and_nothing_more()
    {
        MirrorRecord state = State(9, "in out", leftAt: 8);
        state.Members[1].Stale[2] = true;
        MirrorRecord record = Start(Open(0, state), Open(1, State(7)));
        AssertStates(record, "in out");
        Assert.Equal(1, record.Members[1].Stale.Count);
        Assert.False(MirrorAssembly.MissesEverything(record, 1, Open(1, State(7))));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(7)]
    public void Members_that_went_on_each_alone_are_refused(int generation) => AssertRefused(
        "member 2, disk 2, and the others were each written to without the other; choose whose data to keep: remove disk 2.mirror",
        Open(0, State(9, "in out", leftAt: 6)),
        Open(1, State((ulong)generation, "out in", leftAt: 6)));

    [Fact]
    public void Another_medium_under_the_same_name_misses_everything()
    {
        MirrorRecord record = Start(Open(0, State(5)), Open(1, State(5)) with { Identity = "another" });
        AssertStates(record, "in out");
        Assert.Equal(record.Regions, record.Members[1].Stale.Count);
    }

    [Fact]
    public void A_member_without_the_copy_that_it_had_misses_everything() =>
        AssertStates(Start(Open(0, State(5)), Open(1, State(5)) with { Copy = null }), "in out");

    [Fact]
    public void Members_of_two_mirrors_are_refused()
    {
        MirrorRecord other = MirrorRecord.TryCreate(Guid.NewGuid(), 512, 64, 8, 2)!;
        (other.Generation, other.Owner) = (5, 1);
        AssertRefused("disk 2 belongs to another mirror; remove disk 2.mirror", Open(0, State(5)), Open(1, null) with { Copy = other });
    }

    [Fact]
    public void Members_in_another_order_are_refused() =>
        AssertRefused("member 1, disk 1, was member 2 before", Open(0, null) with { Copy = Owned(State(5), 1) }, Open(1, null) with { Copy = Owned(State(5), 0) });

    [Fact]
    public void Another_number_of_members_is_refused() =>
        AssertRefused("its state knows 2 members and not 3", Open(0, State(5)), Open(1, State(5)), New(true));

    [Fact]
    public void A_damaged_copy_is_refused_for_it_may_have_been_the_newest() =>
        AssertRefused("the state file disk 2.mirror is damaged", Open(0, State(5)), Open(1, null) with { CopyProblem = "is damaged" });

    [Fact]
    public void A_member_that_is_too_small_now_does_not_come_back() => Assert.Contains(
        "is smaller than the mirror",
        Assert.Throws<MirrorRefusalException>(() => MirrorAssembly.MissesEverything(State(5), 1, Open(1, State(5)) with { BlockCount = 10 })).Message,
        StringComparison.Ordinal);

    private static MirrorRecord Start(params MirrorFinding[] members) => MirrorAssembly.Start(new MirrorFindings(members), static () => Mirror);

    private static void AssertRefused(string words, params MirrorFinding[] members) =>
        Assert.Contains(words, Assert.Throws<MirrorRefusalException>(() => Start(members)).Message, StringComparison.Ordinal);

    private static void AssertStates(MirrorRecord record, string states) =>
        Assert.Equal(states, string.Join(' ', record.Members.Select(static it => it.State == MirrorMemberState.InSync ? "in" : "out")));

    private static MirrorFinding New(bool isBlank) => new("disk", null) { BlockBytes = 512, BlockCount = 64, IsBlank = isBlank, CopyPath = "x" };

    private static MirrorFinding Open(int number, MirrorRecord? copy) => new($"disk {number + 1}", null)
    {
        BlockBytes = 512,
        BlockCount = 64,
        Identity = "one",
        CopyPath = $"disk {number + 1}.mirror",
        Copy = copy is null ? null : Owned(copy, number),
    };

    private static MirrorFinding Away(MirrorRecord? copy) => new("disk 2", "gone") { CopyPath = "disk 2.mirror", Copy = copy is null ? null : Owned(copy, copy.Members[0].State == MirrorMemberState.InSync && copy.Members[1].State != MirrorMemberState.InSync ? 0 : 1) };

    private static MirrorRecord Owned(MirrorRecord record, int owner)
    {
        MirrorRecord copy = record.Copy();
        copy.Owner = owner;
        return copy;
    }

    private static MirrorRecord State(ulong generation, string states = "in in", ulong leftAt = 0, int? intent = null)
    {
        MirrorRecord record = MirrorRecord.TryCreate(Mirror, 512, 64, 8, 2)!;
        record.Generation = generation;
        string[] each = states.Split(' ');
        for (int i = 0; i < each.Length; i++)
        {
            record.Members[i].Identity = "one";
            if (each[i] == "out") (record.Members[i].State, record.Members[i].LeftAt) = (MirrorMemberState.Out, leftAt);
        }
        if (intent is { } region) record.Intent[region] = true;
        return record;
    }
}
