using System.Runtime.InteropServices;

namespace Blockwire.Storage.Tests.Pools;

/// <summary>What a mirror does when members fail, leave and come back.</summary>
public sealed class MirrorDiskTests
{
    private const int Blocks = 64;      // 8 regions of 8 blocks

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly MirrorWorld _world = new(2, Blocks);

    public MirrorDiskTests() => _world.Format(regionBlocks: 8);

    [Fact]
    public async Task A_write_that_fails_on_one_member_succeeds_and_the_member_is_out_and_comes_back()
    {
        await using MirrorDisk mirror = await _world.StartAsync();
        _world.Media[1].Faults.Change = IoStatus.WriteError;
        Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7));
        Assert.NotEqual(MirrorMemberState.InSync, mirror.Status.Members[1].State);
        _world.Media[1].Faults.Clear();
        await WaitForSyncAsync(mirror);
        Assert.Equal(7UL, _world.Media[1][3]);
        Assert.Equal(
            [MirrorEventKind.Left, MirrorEventKind.Joined],
            _world.Events.Where(static it => it.Member == 2).Select(static it => it.Kind).Where(static it => it is MirrorEventKind.Left or MirrorEventKind.Joined).Distinct());
    }

    [Fact]
    public async Task What_one_member_cannot_read_another_one_has_and_it_is_written_anew()
    {
        await using MirrorDisk mirror = await _world.StartAsync();
        Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7));
        _world.Media[0].Faults.Read = IoStatus.ReadError;
        Assert.Equal(7UL, await ReadAsync(mirror, 3));
        Assert.Contains(_world.Events, static it => it.Kind == MirrorEventKind.Repaired && it.Member == 1);
        Assert.False(mirror.Status.IsDegraded);
    }

    [Fact]
    public async Task What_no_member_can_read_is_a_read_error_and_nobody_is_out()
    {
        await using MirrorDisk mirror = await _world.StartAsync();
        _world.Media[0].Faults.Read = _world.Media[1].Faults.Read = IoStatus.ReadError;
        Assert.Equal(IoStatus.ReadError, await mirror.ReadAsync(0, new byte[512], None));
        Assert.False(mirror.Status.IsDegraded);
    }

    [Fact]
    public async Task When_all_fail_the_answer_says_so_and_what_the_first_has_counts()
    {
        await using MirrorDisk mirror = await _world.StartAsync();
        Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7));
        _world.Media[0].Faults.Change = _world.Media[1].Faults.Change = IoStatus.NoSpace;
        Assert.Equal(IoStatus.NoSpace, await WriteAsync(mirror, 3, 8));
        Assert.Equal(MirrorMemberState.InSync, mirror.Status.Members[0].State);
        _world.Media[0].Faults.Clear();
        _world.Media[1].Faults.Clear();
        await WaitForSyncAsync(mirror);
        Assert.Equal(_world.Media[0].Content, _world.Media[1].Content);
    }

    [Fact]
    public async Task Its_space_is_that_of_the_fullest_member_and_its_room_the_least()
    {
        await using MirrorDisk mirror = await _world.StartAsync();
        Assert.Null(await mirror.QuerySpaceAsync(None));
        _world.Media[0].Space = new SpaceUsage(100, 500);
        Assert.Equal(new SpaceUsage(100, 500), await mirror.QuerySpaceAsync(None));
        _world.Media[1].Space = new SpaceUsage(70, 300);
        Assert.Equal(new SpaceUsage(100, 300), await mirror.QuerySpaceAsync(None));
        _world.Media[1].Faults.IsAway = true;
        Assert.Equal(new SpaceUsage(100, 500), await mirror.QuerySpaceAsync(None));
    }

    [Fact]
    public async Task Advice_goes_to_a_member_that_would_read()
    {
        await using MirrorDisk mirror = await _world.StartAsync();
        Assert.True(await mirror.PrefetchAsync(3, 5, None));
        Assert.Contains((3UL, 5UL), _world.Media.Select(static it => it.Advised));
        foreach (Medium medium in _world.Media) medium.Faults.IsAway = true;
        Assert.False(await mirror.PrefetchAsync(3, 5, None));
    }

    [Fact]
    public async Task Only_what_changed_meanwhile_is_copied()
    {
        await using (MirrorDisk mirror = await _world.StartAsync())
        {
            Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 0, 1));
            Assert.Equal(IoStatus.Ok, await mirror.FlushAsync(None));
        }
        _world.Media[1].Faults.IsAway = true;
        await using MirrorDisk again = await _world.StartAsync(degraded: true);
        Assert.Equal(IoStatus.Ok, await WriteAsync(again, 20, 2));
        Assert.Equal(512UL * 8, again.Status.Members[1].StaleBytes);
        // A mark that only a copy of its region would wipe out.
        _world.Media[1].TryWrite(static () => false, 0, 99);
        _world.Media[1].Faults.Clear();
        await WaitForSyncAsync(again);
        Assert.Equal((99UL, 2UL), (_world.Media[1][0], _world.Media[1][20]));
    }

    [Fact]
    public async Task A_kill_at_any_step_of_a_resync_is_gone_on_from()
    {
        for (int writes = 0; writes < 80; writes += 3)
        {
            MirrorWorld world = new(2, Blocks) { Times = _world.Times };
            world.Format(regionBlocks: 8);
            world.Media[1].Faults.IsAway = true;
            MirrorDisk first = await world.StartAsync(degraded: true);
            for (int block = 0; block < Blocks; block += 5) Assert.Equal(IoStatus.Ok, await WriteAsync(first, block, (ulong)block + 1));
            world.Media[1].DieAfterWrites(writes, world.Kill);
            world.Media[1].Faults.Clear();
            for (int i = 0; i < 2000 && world.Epoch == 0 && first.Status.IsDegraded; i++) await Task.Delay(1);
            world.Media[1].DieAfterWrites(int.MaxValue, static () => { });
            if (world.Epoch == 0) world.Kill();
            await first.DisposeAsync();

            await using MirrorDisk second = await world.StartAsync();
            for (int block = 0; block < Blocks; block += 5) Assert.Equal((ulong)block + 1, await ReadAsync(second, block));
            await WaitForSyncAsync(second);
            Assert.Equal(world.Media[0].Content, world.Media[1].Content);
        }
    }

    [Fact]
    public async Task Writes_during_a_resync_go_to_both()
    {
        _world.Media[1].Faults.IsAway = true;
        await using MirrorDisk mirror = await _world.StartAsync(degraded: true);
        for (int block = 0; block < Blocks; block++) Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, block, 1));
        _world.Media[1].Faults.IsSlow = true;
        _world.Media[1].Faults.IsAway = false;
        for (ulong round = 2; mirror.Status.IsDegraded; round++)
        {
            for (int block = 0; block < Blocks; block += 9) Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, block, round));
            _world.Media[1].Faults.IsSlow = round < 4;
            Assert.True(round < 2000);
        }
        Assert.Equal(_world.Media[0].Content, _world.Media[1].Content);
    }

    [Fact]
    public async Task A_member_that_does_not_answer_is_out_after_the_patience()
    {
        MirrorWorld world = new(2, Blocks) { Times = _world.Times with { Patience = TimeSpan.FromMilliseconds(50) } };
        world.Format(regionBlocks: 8);
        await using MirrorDisk mirror = await world.StartAsync();
        world.Media[0].Faults.Hangs = true;
        Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7).AsTask().WaitAsync(Limit));
        Assert.Equal(MirrorMemberState.InSync, mirror.Status.Members[1].State);
        Assert.Equal(7UL, await ReadAsync(mirror, 3));
        world.Media[0].Faults.Clear();
        await WaitForSyncAsync(mirror);
    }

    [Fact]
    public async Task The_last_member_is_waited_for_and_what_it_may_have_lost_is_told_by_a_flush()
    {
        MirrorWorld world = new(2, Blocks) { Times = _world.Times with { Quiet = TimeSpan.FromHours(1) } };
        world.Format(regionBlocks: 8);
        world.Media[1].Faults.IsAway = true;
        await using MirrorDisk mirror = await world.StartAsync(degraded: true);
        Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7));
        world.Media[0].Faults.IsAway = true;
        Assert.Equal(IoStatus.NotReady, await mirror.ReadAsync(3, new byte[512], None));
        Assert.Equal(IoStatus.NotReady, await WriteAsync(mirror, 3, 8));
        Assert.Equal((MirrorMemberState.InSync, false), (mirror.Status.Members[0].State, mirror.Status.Members[0].IsAttached));
        world.Media[0].Faults.IsAway = false;
        for (int i = 0; !mirror.Status.Members[0].IsAttached; i++)
        {
            Assert.True(i < 2000);
            await Task.Delay(5);
        }
        Assert.Equal(IoStatus.WriteError, await mirror.FlushAsync(None));
        Assert.Equal(IoStatus.Ok, await mirror.FlushAsync(None));
    }

    [Fact]
    public async Task What_the_last_member_lost_is_not_kept_by_those_that_were_copied_from_it()
    {
        MirrorWorld world = new(2, Blocks) { Times = _world.Times with { Quiet = TimeSpan.FromHours(1) } };
        world.Format(regionBlocks: 8);
        world.Media[1].Faults.IsAway = true;
        await using MirrorDisk mirror = await world.StartAsync(degraded: true);
        Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7));
        (world.Media[1].Faults.IsSlow, world.Media[1].Faults.IsAway) = (true, false);
        await UntilAsync(() => mirror.Status.Members[1].State == MirrorMemberState.Resyncing && world.Media[1][3] == 7);
        world.Media[0].Faults.StateFails = true;                    // it has all, and cannot join
        await UntilAsync(() => mirror.Status.Members[1] is { StaleBytes: 0, State: MirrorMemberState.Resyncing });
        world.Media[0].Crash(random: null);
        Assert.Equal(IoStatus.NotReady, await mirror.ReadAsync(3, new byte[512], None));
        world.Media[0].Faults.Clear();
        world.Media[1].Faults.Clear();
        await UntilAsync(() => !mirror.Status.IsDegraded);
        Assert.Equal(0UL, world.Media[0][3]);
        Assert.Equal(world.Media[0].Content, world.Media[1].Content);
    }

    [Fact]
    public async Task A_member_whose_state_cannot_be_kept_is_out_and_without_any_nothing_is_written()
    {
        await using MirrorDisk mirror = await _world.StartAsync();
        _world.Media[1].Faults.StateFails = true;
        Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7));
        Assert.Equal(MirrorMemberState.Out, mirror.Status.Members[1].State);
        _world.Media[0].Faults.StateFails = true;
        Assert.Equal(IoStatus.WriteError, await WriteAsync(mirror, 33, 7));
        Assert.Contains(_world.Events, static it => it.Kind == MirrorEventKind.StateFailed);
        Assert.Equal(0UL, _world.Media[0][33]);
    }

    [Fact]
    public async Task Members_that_went_on_each_alone_are_refused()
    {
        foreach (int alone in (int[])[0, 1])
        {
            _world.Media[1 - alone].Faults.IsAway = true;
            await Assert.ThrowsAsync<MirrorRefusalException>(() => _world.StartAsync());
            await using (MirrorDisk mirror = await _world.StartAsync(degraded: true)) Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, (ulong)alone + 5));
            _world.Media[1 - alone].Faults.IsAway = false;
        }
        MirrorRefusalException refusal = await Assert.ThrowsAsync<MirrorRefusalException>(() => _world.StartAsync());
        Assert.Contains("each written to without the other", refusal.Message, StringComparison.Ordinal);
        _world.Media[0].State = null;               // as the message says
        await using MirrorDisk chosen = await _world.StartAsync();
        Assert.Equal(6UL, await ReadAsync(chosen, 3));
        await WaitForSyncAsync(chosen);
        Assert.Equal(6UL, _world.Media[0][3]);
    }

    [Fact]
    public async Task A_member_that_went_on_alone_elsewhere_is_not_taken_back_at_run_time()
    {
        _world.Media[1].Faults.IsAway = true;
        await using (MirrorDisk alone = await _world.StartAsync(degraded: true)) Assert.Equal(IoStatus.Ok, await WriteAsync(alone, 3, 5));
        (_world.Media[0].Faults.IsAway, _world.Media[1].Faults.IsAway) = (true, false);
        await using MirrorDisk other = await _world.StartAsync(degraded: true);
        Assert.Equal(IoStatus.Ok, await WriteAsync(other, 3, 6));
        _world.Media[0].Faults.IsAway = false;
        await WaitForAsync(() => _world.Events.Exists(static it => it.Kind == MirrorEventKind.Refused && it.Text.Contains("without the other", StringComparison.Ordinal)));
        Assert.Equal(6UL, await ReadAsync(other, 3));
    }

    [Fact]
    public async Task A_clean_stop_leaves_nothing_to_copy()
    {
        await using (MirrorDisk mirror = await _world.StartAsync()) Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7));
        await using MirrorDisk again = await _world.StartAsync();
        Assert.False(again.Status.IsDegraded);
    }

    [Fact]
    public async Task After_a_kill_regions_with_writes_on_their_way_are_made_equal()
    {
        MirrorDisk mirror = await _world.StartAsync();
        Assert.Equal(IoStatus.Ok, await WriteAsync(mirror, 3, 7));
        _world.Kill();
        await mirror.DisposeAsync();
        _world.Media[1].TryWrite(static () => false, 3, 99);        // got to one and not to the other
        await using MirrorDisk again = await _world.StartAsync();
        Assert.Equal(7UL, await ReadAsync(again, 3));
        await WaitForSyncAsync(again);
        Assert.Equal(7UL, _world.Media[1][3]);
    }

    private static ValueTask<IoStatus> WriteAsync(MirrorDisk mirror, int block, ulong value)
    {
        byte[] data = new byte[MirrorWorld.BlockBytes];
        MemoryMarshal.Cast<byte, ulong>(data.AsSpan()).Fill(value);
        return mirror.WriteAsync((ulong)block, data, forceUnitAccess: false, None);
    }

    private static async Task<ulong> ReadAsync(MirrorDisk mirror, int block)
    {
        byte[] data = new byte[MirrorWorld.BlockBytes];
        Assert.Equal(IoStatus.Ok, await mirror.ReadAsync((ulong)block, data, None));
        return MemoryMarshal.Read<ulong>(data);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (int i = 0; !holds(); i++)
        {
            Assert.True(i < 5000);
            await Task.Delay(2);
        }
    }

    private Task WaitForSyncAsync(MirrorDisk mirror) => WaitForAsync(() => !mirror.Status.IsDegraded);

    private async Task WaitForAsync(Func<bool> holds)
    {
        for (int i = 0; !holds(); i++)
        {
            Assert.True(i < 2000, string.Join('\n', _world.Events.Select(static it => it.Text)));
            await Task.Delay(5);
        }
    }
}
