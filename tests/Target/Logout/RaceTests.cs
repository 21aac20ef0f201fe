using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: logouts that come twice, fail, or lose their connection leave one cleanup and nothing behind.</summary>
public class RaceTests
{
    private static readonly RawLogin _kept = new(ServerRig.TargetName) { MaxConnections = 4, DefaultTime2Wait = 1, DefaultTime2Retain = 20 };

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [Rule("logout/L21")]
    [Rule("7143/8.1.4#T15")]
    [Rule("7143/8.2.2#M2")]
    [Rule("7143/8.2.2#M4")]
    public async Task L21_A_connection_that_is_gone_is_logged_out_by_another(int level)
    {
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(login: _kept with { ErrorRecoveryLevel = level }, disks: disk);
        await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        scene.C1.Connection.Reset();
        await scene.C0.ExpectAsync(RawOpcode.AsyncMessage);
        await scene.C0.PingAsync();
        Assert.False(pending.Token.IsCancellationRequested); // it waits in CLEANUP_WAIT with its tasks
        await SendLogoutAsync(scene.C0, CloseConnection, 1, expStatSn: scene.C1.ExpStatSn);
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        await scene.C0.PingAsync(); // no answer before the task has ended
        pending.LetGo();
        Assert.Equal((0, 0, 0), Answer(await scene.C0.ExpectAfterWindowAsync(RawOpcode.LogoutResponse)));
        await AssertAttentionAsync(scene.C0, 0x47, 0x7F);
        Assert.Equal((1, 0, 0), Answer(await LogOutAsync(scene.C0, CloseConnection, 1)));
        await AssertReadyAsync(await scene.JoinAsync(1));
    }

    [Fact]
    [Rule("logout/L27")]
    [Rule("7143/8.1.4#T17")]
    public async Task L27_A_cleanup_that_failed_is_made_good_by_another_logout()
    {
        ManualTime time = new();
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(login: _kept with { DefaultTime2Retain = 3600 }, time: time, disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending stuck = await disk.NextReadAsync();
        await SendLogoutAsync(scene.C0, CloseConnection, 0);
        await stuck.Cancelled.Task.WaitAsync(ServerRig.Limit);
        Task<RawFrame> failed = scene.C0.ExpectAsync(RawOpcode.LogoutResponse);
        await ServerRig.UntilAsync(() => failed.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));
        Assert.Equal((3, 1, 3600), Answer(await failed));
        Assert.Null(await scene.C0.ReceiveAsync());

        await SendLogoutAsync(scene.C1, CloseConnection, 0, expStatSn: scene.C0.ExpStatSn);
        await scene.C1.PingAsync();
        stuck.LetGo();
        Assert.Equal((0, 0, 0), Answer(await scene.C1.ExpectAfterWindowAsync(RawOpcode.LogoutResponse)));
        await AssertAttentionAsync(scene.C1, 0x47, 0x7F);
        await AssertReadyAsync(await scene.JoinAsync(0));
    }

    [Fact]
    [Rule("logout/L28")]
    [Rule("7143/8.3.2#N5")]
    [Rule("7143/8.3.2#N10")]
    public async Task L28_With_another_connection_in_cleanup_the_session_fails_and_can_go_on()
    {
        await using LogoutScene scene = await StartAsync(login: _kept);
        scene.C1.Connection.Reset();
        await scene.C0.ExpectAsync(RawOpcode.AsyncMessage);
        Assert.Equal(0, (await LogOutAsync(scene.C0, CloseConnection, 0)).Byte2);
        Assert.Null(await scene.C0.ReceiveAsync());
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
        RawInitiator next = await scene.JoinAsync(1);
        await AssertReadyAsync(next);
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("logout/L43")]
    [Rule("7143/7.14#1")]
    [Rule("7143/E.1#18")]
    public async Task L43_At_level_2_a_reinstating_login_keeps_the_tasks_for_reassignment()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: _kept with { ErrorRecoveryLevel = 2 }, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C1), expected = scene.C1.CmdSn;
        SlowDisk.Pending pending = await disk.NextReadAsync();
        RawInitiator again = await scene.JoinAsync(1);
        await AssertClosedInSilenceAsync(scene.C1);
        Assert.Equal(expected, again.CmdSn);
        await AssertReadyAsync(again); // no unit attention
        Assert.False(pending.Token.IsCancellationRequested);
        Assert.Equal(0, await ReassignAsync(again, read));
        pending.LetGo();
        await FinishReadAsync(again, read);
    }

    [Fact]
    [Rule("logout/L45")]
    [Rule("7143/7.14#2")]
    public async Task L45_An_initiator_that_gives_the_session_up_gets_a_new_one_at_once()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: _kept with { ErrorRecoveryLevel = 2 }, disks: disk);
        await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        scene.C0.Connection.Reset();
        scene.C1.Connection.Reset();
        RawInitiator successor = await scene.LogInAsync();
        Assert.True(pending.Token.IsCancellationRequested);
        await AssertAttentionAsync(successor, 0x29, 0x07);
        await AssertReadyAsync(successor);
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("logout/L44")]
    [Rule("7143/6.3.4#2")]
    public async Task L44_At_level_2_a_second_connection_is_let_in_for_repair_where_one_is_the_most()
    {
        await using LogoutScene scene = await StartAsync(connections: 1, _kept with { ErrorRecoveryLevel = 2, MaxConnections = 1 });
        Assert.Equal(0x0206u, (await scene.TryJoinAsync(1)).Status);
        RawInitiator repaired = await scene.JoinAsync(0);
        await AssertClosedInSilenceAsync(scene.C0);
        await AssertReadyAsync(repaired);
    }

    [Fact]
    [Rule("logout/L53")]
    public async Task L53_A_second_logout_on_the_connection_is_ignored_and_one_by_another_is_answered_with_the_first()
    {
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(login: _kept, disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        uint first = await SendLogoutAsync(scene.C0, CloseConnection, 0);
        await SendLogoutAsync(scene.C0, CloseSession, 0);
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        await SendLogoutAsync(scene.C1, CloseConnection, 0, expStatSn: scene.C0.ExpStatSn);
        await scene.C1.PingAsync(); // not answered yet
        pending.LetGo();
        Assert.Equal((0, 0, 0), Answer(await scene.C1.ExpectAfterWindowAsync(RawOpcode.LogoutResponse)));
        RawFrame response = await scene.C0.ExpectAsync(RawOpcode.LogoutResponse);
        Assert.Equal((first, (byte)0), (response.InitiatorTaskTag, response.Byte2));
        Assert.Null(await scene.C0.ReceiveAsync());
        Assert.Equal((1, 0, 0), Answer(await LogOutAsync(scene.C1, CloseConnection, 0)));
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("logout/L54")]
    [Rule("7143/8.1.4#T17")]
    public async Task L54_Lost_during_its_logout_a_connection_is_cleaned_up_by_another()
    {
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(login: _kept, disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        await SendLogoutAsync(scene.C0, CloseConnection, 0);
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        scene.C0.Connection.Reset();
        Assert.Equal(2, (await scene.C1.ExpectAsync(RawOpcode.AsyncMessage)).Header[36]);
        pending.LetGo();
        Assert.Equal((0, 0, 0), Answer(await LogOutAsync(scene.C1, CloseConnection, 0, expStatSn: scene.C0.ExpStatSn)));
        Assert.Equal((1, 0, 0), Answer(await LogOutAsync(scene.C1, CloseConnection, 0)));
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Rule("logout/L54")]
    public async Task L54_No_session_stays_behind_when_the_only_connection_goes_during_or_after_its_logout(bool answered)
    {
        ManualTime time = new();
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(connections: 1, _kept, time, disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        await SendLogoutAsync(scene.C0, CloseSession, 0);
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        if (answered)
        {
            pending.LetGo();
            await scene.C0.ExpectAsync(RawOpcode.LogoutResponse);
            scene.C0.Connection.Reset();
        }
        else
        {
            scene.C0.Connection.Reset();
            await ServerRig.UntilAsync(() => scene.Rig.Log.Lines.Any(static line => line.Text.Contains("connection closed")));
            pending.LetGo();
            time.Advance(TimeSpan.FromSeconds(22)); // as for any lost connection
        }

        await scene.AssertSessionsAsync(0);
        await AssertAttentionAsync(await scene.LogInAsync(), 0x29, 0x07);
    }
}
