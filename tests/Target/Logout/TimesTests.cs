using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: what is kept is kept as long as was agreed, and no longer. Method: a clock that moves when the test says so.</summary>
public class TimesTests
{
    private const int Complete = 0, NoTask = 1;

    private static readonly TimeSpan _early = TimeSpan.FromSeconds(4.9), _soon = TimeSpan.FromSeconds(0.2);

    private readonly ManualTime _time = new();

    [Fact]
    [Rule("logout/L29")]
    public async Task L29_A_recovery_logout_tells_the_negotiated_times()
    {
        await using LogoutScene scene = await StartAsync(login: Kept(level: 2, wait: 3, retain: 7));
        Assert.Equal((0, 3, 7), Answer(await LogOutAsync(scene.C0, ForRecovery, 1, expStatSn: scene.C1.ExpStatSn)));
        Assert.Equal((0, 3, 7), Answer(await LogOutAsync(scene.C0, ForRecovery, 0)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Rule("logout/L29")]
    public async Task L29_Below_level_2_the_times_of_a_success_are_0(int level)
    {
        await using LogoutScene scene = await StartAsync(login: Kept(level, wait: 3, retain: 7));
        Assert.Equal((0, 0, 0), Answer(await LogOutAsync(scene.C0, CloseConnection, 1)));
    }

    [Fact]
    [Rule("logout/L29")]
    public Task L29_With_Time2Retain_0_no_task_is_kept() => AssertNothingIsKeptAsync(wait: 0);

    [Fact]
    [Rule("logout/L29")]
    public Task L29_Nor_for_the_time_of_Time2Wait() => AssertNothingIsKeptAsync(wait: 2);

    [Fact]
    [Rule("logout/L31")]
    public async Task L31_Until_Time2Retain_is_over_a_task_can_be_reassigned()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: Kept(level: 2, wait: 1, retain: 4), time: _time, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        await scene.RecoverC1Async();
        _time.Advance(_early);
        Assert.Equal(Complete, await ReassignAsync(scene.C0, read));
        _time.Advance(TimeSpan.FromSeconds(10)); // its new connection lives: nothing is kept for a time any more
        pending.LetGo();
        await FinishReadAsync(scene.C0, read);
    }

    [Fact]
    [Rule("logout/L31")]
    public async Task L31_After_it_the_task_is_gone()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: Kept(level: 2, wait: 1, retain: 4), time: _time, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        await scene.RecoverC1Async();
        _time.Advance(_early + _soon);
        Assert.Equal(NoTask, await ReassignAsync(scene.C0, read));
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        await AssertAttentionAsync(scene.C0, 0x47, 0x7F);
        await AssertReadyAsync(scene.C0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("logout/L31")]
    [Rule("7143/8.3.2#N6")]
    public async Task L31_With_the_last_connection_the_session_goes_when_its_time_is_up(bool loggedOut)
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(connections: 1, Kept(level: 2, wait: 1, retain: 4), _time, disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        if (loggedOut)
        {
            Assert.Equal((0, 1, 4), Answer(await LogOutAsync(scene.C0, ForRecovery, 0)));
        }
        else
        {
            scene.C0.Connection.Reset();
            await ServerRig.UntilAsync(() => scene.Rig.Log.Lines.Any(static line => line.Text.Contains("connection closed")));
        }

        _time.Advance(_early);
        await Task.Delay(20, TestContext.Current.CancellationToken); // time enough for what must not happen
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
        Assert.False(pending.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1.1)); // the server looks once a second
        await scene.AssertSessionsAsync(0);
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        Assert.Equal(0x020Au, (await scene.TryJoinAsync(0)).Status);
        await AssertAttentionAsync(await scene.LogInAsync(), 0x29, 0x07);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [Rule("logout/L32")]
    [Rule("7143/E.1#1")]
    [Rule("7143/E.1#2")]
    public async Task L32_A_lost_connection_keeps_its_tasks_until_its_time_is_up(int level)
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: Kept(level, wait: 1, retain: 4), time: _time, disks: disk);
        await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending lost = await disk.NextReadAsync();
        uint kept = await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending other = await disk.NextReadAsync();
        scene.C1.Connection.Reset();
        await scene.C0.ExpectAsync(RawOpcode.AsyncMessage);
        _time.Advance(_early);
        await scene.C0.PingAsync();
        Assert.False(lost.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1.1));
        await lost.Cancelled.Task.WaitAsync(ServerRig.Limit);
        Assert.False(other.Token.IsCancellationRequested);
        other.LetGo();
        await FinishReadAsync(scene.C0, kept);
        await AssertAttentionAsync(scene.C0, 0x47, 0x7F);
        Assert.Equal((1, 0, 0), Answer(await LogOutAsync(scene.C0, CloseConnection, 1)));
    }

    private async Task AssertNothingIsKeptAsync(int wait)
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: Kept(level: 2, wait, retain: 0), time: _time, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        Assert.Equal((0, wait, 0), Answer(await LogOutAsync(scene.C0, ForRecovery, 1, expStatSn: scene.C1.ExpStatSn)));
        Assert.Equal(NoTask, await ReassignAsync(scene.C0, read));
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        await AssertAttentionAsync(scene.C0, 0x47, 0x7F);
    }

    private static RawLogin Kept(int level, int wait, int retain) =>
        new(ServerRig.TargetName) { MaxConnections = 4, ErrorRecoveryLevel = level, DefaultTime2Wait = wait, DefaultTime2Retain = retain };
}
