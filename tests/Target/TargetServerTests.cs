using System.Net;
using System.Net.Sockets;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Testing.Raw;
using Microsoft.Extensions.Logging;

namespace Blockwire.Target.Tests;

public class TargetServerTests
{
    [Fact]
    [Rule("7143/11.14")]
    [Rule("7143/7.1.5#3")]
    [Rule("7143/8.1.4#T4")]
    [Rule("7143/8.1.4#T5")]
    [Rule("7143/8.3.2#N1")]
    [Rule("7143/8.3.2#N2")]
    public async Task From_login_to_logout()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await rig.LogInAsync();
        byte[] written = new byte[70_000 / 512 * 512];
        new Random(1).NextBytes(written);
        Assert.True((await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Write10, 5, (ushort)(written.Length / 512)), dataOut: written)).IsGood);
        RawScsiResult read = await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 5, (ushort)(written.Length / 512)), written.Length);
        Assert.Equal(written, read.DataIn);
        Assert.Equal([1, 2, 3], await initiator.PingAsync(1, 2, 3));
        await initiator.LogOutAsync();
        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 0);
    }

    [Fact]
    [Rule("7143/6.3.5")]
    [Rule("7143/7.15#2")]
    [Rule("7143/8.1.4#T8")]
    [Rule("7143/8.3.2#N3")]
    public async Task A_login_of_the_same_initiator_port_reinstates_the_session()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator first = await rig.LogInAsync();
        using RawInitiator second = await rig.LogInAsync();
        Assert.Null(await first.ReceiveAsync());
        Assert.NotEqual(first.Tsih, second.Tsih);
        Assert.Equal(1, rig.Server.Statistics.Sessions);
        Assert.True((await second.CommandAsync(0, new byte[6])).IsGood);
    }

    [Fact]
    [Rule("7143/6.3.4")]
    [Rule("logout/L42")]
    [Rule("7143/11.14.5#1")]
    [Rule("7143/E.1#10")]
    public async Task A_login_with_the_TSIH_and_CID_reinstates_the_connection_and_the_session_goes_on()
    {
        await using SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator first = await rig.LogInAsync();
        await ServerRig.StartReadAsync(first);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        using RawInitiator second = await RawInitiator.ConnectAsync(rig.Portal);
        second.CmdSn = first.CmdSn;
        RawFrame login = new RawLogin(ServerRig.TargetName) { Isid = 0x80_0000_000001 }.ToPdu(second.NewTag());
        login.Lun |= first.Tsih;
        await second.SendAsync(login);
        RawFrame answer = await second.ExpectAsync(RawOpcode.LoginResponse);
        Assert.Equal(0u, answer[36] >> 16);
        Assert.Equal(first.Tsih, (ushort)answer.Lun);
        Assert.Null(await first.ReceiveAsync());
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);

        // RFC 7143 §11.14.5 a: the nexus hears that tasks were ended, once.
        RawScsiResult attention = await second.CommandAsync(0, new byte[6]);
        Assert.Equal((RawScsiResult.UnitAttention, (byte)0x47, (byte)0x7F), (attention.SenseKey, attention.Sense[12], attention.Sense[13]));
        Assert.True((await second.CommandAsync(0, new byte[6])).IsGood);
        Assert.Equal(1, rig.Server.Statistics.Sessions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7143/6.3.5")]
    [Rule("7143/E.1#9")]
    public async Task A_login_is_answered_only_when_nothing_of_the_former_session_is_with_the_disk(bool reinstated)
    {
        // Goal: an old write that is still under way must not overwrite a newer one that was acknowledged. Method: the old command ends when the test says so; the
        // order of the two events shows what waited for what.
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        RawInitiator first = await rig.LogInAsync();
        await ServerRig.StartReadAsync(first);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        if (!reinstated)
        {
            first.Connection.Reset();
        }

        using RawInitiator second = await RawInitiator.ConnectAsync(rig.Portal);
        await second.SendAsync(new RawLogin(ServerRig.TargetName) { Isid = 0x80_0000_000001 }.ToPdu(second.NewTag()));
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        Task<RawFrame> answer = second.ExpectAsync(RawOpcode.LoginResponse);

        // A login and a hundred pings of somebody else: time enough for an answer that would not wait.
        using RawInitiator other = await rig.LogInAsync(2);
        for (int i = 0; i < 100; i++)
        {
            await other.PingAsync();
        }

        Assert.False(answer.IsCompleted);
        pending.LetGo();
        Assert.Equal(0u, (await answer)[36] >> 16);
        first.Dispose();
    }

    [Fact]
    [Rule("7143/8.1.4#T3")]
    [Rule("7143/8.1.4#T6")]
    public async Task A_login_that_takes_too_long_is_ended()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(
            time, options => options with { Session = new TargetSessionOptions { IdleBeforeProbe = Timeout.InfiniteTimeSpan } });
        using RawConnection silent = await RawConnection.OpenAsync(rig.Portal);
        using RawInitiator member = await rig.LogInAsync();
        Task<RawFrame?> end = silent.ReceiveAsync();
        await ServerRig.UntilAsync(() => end.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(100)));
        Assert.Null(await end);
        Assert.True(time.GetTimestamp() > TimeSpan.FromSeconds(15).Ticks);
        Assert.Equal(1, rig.Server.Statistics.Sessions);
    }

    [Fact]
    public async Task A_command_may_end_later_on_another_thread()
    {
        await using SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await rig.LogInAsync();
        uint first = await ServerRig.StartReadAsync(initiator), second = await ServerRig.StartReadAsync(initiator);
        SlowDisk.Pending one = await disk.NextReadAsync(), two = await disk.NextReadAsync();
        Thread stranger = new(two.LetGo);
        stranger.Start();
        stranger.Join();
        Assert.Equal(second, (await initiator.ExpectAsync(RawOpcode.DataIn)).InitiatorTaskTag);
        one.LetGo();
        Assert.Equal(first, (await initiator.ExpectAsync(RawOpcode.DataIn)).InitiatorTaskTag);
        await initiator.LogOutAsync();
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public async Task ABORT_TASK_cancels_the_disk_and_nothing_else()
    {
        await using SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await rig.LogInAsync();
        for (int round = 0; round < 20; round++)
        {
            uint aborted = await ServerRig.StartReadAsync(initiator), kept = await ServerRig.StartReadAsync(initiator);
            SlowDisk.Pending first = await disk.NextReadAsync(), second = await disk.NextReadAsync();
            await initiator.SendAsync(RawFrames.TaskManagement(1, 0, initiator.NewTag(), aborted, initiator.CmdSn - 2));
            Assert.Equal(0, (await initiator.ExpectAsync(RawOpcode.TaskManagementResponse)).Byte2);
            Assert.True(first.Token.IsCancellationRequested);
            Assert.False(second.Token.IsCancellationRequested);
            second.LetGo();
            RawFrame data = await initiator.ExpectAsync(RawOpcode.DataIn);
            Assert.Equal((kept, (byte)0), (data.InitiatorTaskTag, data.Byte3));
        }

        Assert.DoesNotContain(rig.Log.Lines, line => line.Level == LogLevel.Error);
        await initiator.LogOutAsync();
    }

    [Fact]
    [Rule("7143/11.5.1")]
    [Rule("7143/4.2.3.3#7")]
    [Rule("7143/11.5.1#11")]
    [Rule("7143/E.1#13")]
    public async Task LOGICAL_UNIT_RESET_ends_the_tasks_of_every_session_on_that_unit()
    {
        await using SlowDisk reset = new(), other = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: [reset, other]);
        using RawInitiator by = await rig.LogInAsync(1), victim = await rig.LogInAsync(2);
        await ServerRig.StartReadAsync(by);
        await ServerRig.StartReadAsync(victim);
        uint kept = await ServerRig.StartReadAsync(victim, lun: 1);
        SlowDisk.Pending[] gone = [await reset.NextReadAsync(), await reset.NextReadAsync()];
        SlowDisk.Pending stays = await other.NextReadAsync();
        await by.SendAsync(RawFrames.TaskManagement(5, 0, by.NewTag(), RawFrames.ReservedTag, 0));
        Assert.Equal(0, (await by.ExpectAsync(RawOpcode.TaskManagementResponse)).Byte2);
        Assert.All(gone, pending => Assert.True(pending.Token.IsCancellationRequested));
        Assert.False(stays.Token.IsCancellationRequested);

        // RFC 7143 §11.4.11: the victim's window has opened again, and nothing else tells it.
        RawFrame told = await victim.ExpectAsync(RawOpcode.NopIn);
        Assert.Equal(RawFrames.ReservedTag, told.InitiatorTaskTag);
        stays.LetGo();
        Assert.Equal(kept, (await victim.ExpectAsync(RawOpcode.DataIn)).InitiatorTaskTag);
        RawScsiResult attention = await victim.CommandAsync(0, new byte[6]);
        Assert.Equal((RawScsiResult.UnitAttention, (byte)0x29), (attention.SenseKey, attention.Sense[12]));
        await by.LogOutAsync();
        await victim.LogOutAsync();
    }

    [Fact]
    [Rule("7143/11.6.1")]
    [Rule("7143/11.5.1#13")]
    [Rule("7143/11.6.1#1")]
    [Rule("7143/E.1#11")]
    public async Task TARGET_COLD_RESET_closes_every_session_after_its_response()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator by = await rig.LogInAsync(1), victim = await rig.LogInAsync(2);
        await by.SendAsync(RawFrames.TaskManagement(7, 0, by.NewTag(), RawFrames.ReservedTag, 0));
        Assert.Equal(0, (await by.ExpectAsync(RawOpcode.TaskManagementResponse)).Byte2);
        foreach (RawInitiator each in new[] { by, victim })
        {
            Assert.Equal([3, 0, 0, 0, 0, 2, 0, 0], (await each.ExpectAsync(RawOpcode.AsyncMessage)).Header[36..44]); // the session is dropped
            Assert.Null(await each.ReceiveAsync());
        }

        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 0);
        using RawInitiator again = await rig.LogInAsync(2);
    }

    [Fact]
    [Rule("logout/L50")]
    public async Task Stopping_asks_for_a_logout_and_ends_when_all_have_left()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await rig.LogInAsync();
        Task stopping = rig.Server.StopAsync(TimeSpan.FromMinutes(2));
        RawFrame message = await initiator.ExpectAsync(RawOpcode.AsyncMessage);
        Assert.Equal((1, 120), (message.Header[36], (message.Header[42] << 8) | message.Header[43]));
        await Assert.ThrowsAsync<SocketException>(() => RawConnection.OpenAsync(rig.Portal));
        await initiator.LogOutAsync();
        Assert.False(stopping.IsCompleted && stopping.IsFaulted);
        initiator.Dispose();
        await stopping.WaitAsync(ServerRig.Limit);
    }

    [Fact]
    [Rule("logout/L50")]
    public async Task Stopping_closes_what_does_not_log_out_in_time()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(time);
        using RawInitiator deaf = await rig.LogInAsync();
        Task stopping = rig.Server.StopAsync(TimeSpan.FromSeconds(2));
        await deaf.ExpectAsync(RawOpcode.AsyncMessage);
        Task<long> draining = deaf.Connection.DrainAsync();
        await ServerRig.UntilAsync(() => draining.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));
        await draining;
        deaf.Dispose();
        await ServerRig.UntilAsync(() => stopping.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));
        await stopping;
    }

    [Fact]
    [Rule("logout/L17")]
    [Rule("7143/11.15#1")]
    public async Task After_the_logout_response_comes_FIN_and_the_rest_after_a_while()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(time);
        using RawInitiator initiator = await rig.LogInAsync();
        await initiator.LogOutAsync(); // FIN has come
        await initiator.Connection.SendBytesAsync(new byte[1000]); // rubbish is discarded, and not answered with RST
        Assert.Equal(0, await initiator.Connection.DrainAsync());
        Assert.DoesNotContain(rig.Log.Lines, line => line.Text.Contains("connection closed"));
        await ServerRig.UntilAsync(() => rig.Log.Lines.Any(line => line.Text.Contains("connection closed")), () => time.Advance(TimeSpan.FromMilliseconds(50)));
        Assert.True(time.GetTimestamp() > TimeSpan.FromSeconds(5).Ticks);
    }

    [Fact]
    [Rule("logout/L27")]
    public async Task A_disk_that_does_not_heed_its_cancellation_makes_the_cleanup_fail()
    {
        ManualTime time = new();
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using ServerRig rig = await ServerRig.StartAsync(time, disks: disk);
        using RawInitiator initiator = await rig.LogInAsync();
        await ServerRig.StartReadAsync(initiator);
        SlowDisk.Pending stuck = await disk.NextReadAsync();
        await initiator.SendAsync(RawFrames.Logout(0, initiator.NewTag(), 0));
        await stuck.Cancelled.Task.WaitAsync(ServerRig.Limit);
        Task<RawFrame> response = initiator.ExpectAsync(RawOpcode.LogoutResponse);
        await ServerRig.UntilAsync(() => response.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));
        Assert.Equal(3, (await response).Byte2);
        Assert.Null(await initiator.ReceiveAsync());
        stuck.LetGo();
    }

    [Fact]
    public async Task Three_hundred_connections_at_once()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        RawInitiator[] all = await Task.WhenAll(Enumerable.Range(1, 300).Select(number => rig.LogInAsync((ulong)number)));
        Assert.Equal(300, rig.Server.Statistics.Sessions);
        await Task.WhenAll(all.Select(async initiator =>
        {
            Assert.True((await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 0, 8), 4096)).IsGood);
            await initiator.LogOutAsync();
            initiator.Dispose();
        }));
        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 0);
    }

    [Fact]
    public async Task A_command_that_throws_is_a_hardware_error_and_a_line_in_the_log()
    {
        InvalidOperationException defect = new("a defect of the disk");
        await using SlowDisk disk = new() { Defect = defect };
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await rig.LogInAsync();
        RawScsiResult result = await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Write10, 0, 1), dataOut: new byte[512]);
        Assert.Equal((2, 4, 0x44), (result.Status, result.SenseKey, result.Sense[12]));
        Assert.Same(defect, Assert.Single(rig.Log.Lines, line => line.Level == LogLevel.Error).Failure);
        Assert.True((await initiator.CommandAsync(0, new byte[6])).IsGood);
        await initiator.LogOutAsync();
    }

    [Fact]
    public async Task Connections_beyond_the_bound_of_logins_are_turned_away()
    {
        await using ServerRig rig = await ServerRig.StartAsync(change: options => options with { MaxLoginsInProgress = 2 });
        using RawConnection a = await RawConnection.OpenAsync(rig.Portal), b = await RawConnection.OpenAsync(rig.Portal);
        await ServerRig.UntilAsync(() => rig.Server.Statistics.Connections == 2);
        RawConnection? turnedAway = null;
        await ServerRig.UntilAsync(() =>
        {
            turnedAway = RawConnection.OpenAsync(rig.Portal).GetAwaiter().GetResult();
            return rig.Log.Lines.Any(line => line.Text.Contains("turned away"));
        });
        Assert.Null(await turnedAway!.ReceiveAsync());
        turnedAway.Dispose();
    }

    [Fact]
    public async Task A_portal_in_use_is_told_and_no_other_stays_open()
    {
        using TcpListener occupant = new(IPAddress.Loopback, 0);
        occupant.Start();
        IPEndPoint taken = (IPEndPoint)occupant.LocalEndpoint;
        await using TargetServer server = new(
            new TargetServerOptions { Portals = [new PortalOptions(new IPEndPoint(IPAddress.Loopback, 0)), new PortalOptions(taken)], Targets = [] },
            new ListLogger());
        PortalException refusal = await Assert.ThrowsAsync<PortalException>(() => server.StartAsync(default));
        Assert.Equal(taken, refusal.EndPoint);
        Assert.Empty(server.Portals);
    }

    [Fact]
    public void A_server_without_portals_or_with_two_targets_of_one_name_is_refused()
    {
        PortalOptions portal = new(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Throws<ArgumentException>(() => new TargetServer(new TargetServerOptions { Portals = [], Targets = [] }, new ListLogger()));
        Assert.Throws<ArgumentException>(() => new TargetServer(
            new TargetServerOptions { Portals = [portal], Targets = [new TargetOptions("iqn.2026-11.a:b", []), new TargetOptions("iqn.2026-11.a:b", [])] },
            new ListLogger()));
    }

    [Fact]
    public async Task Stopping_twice_and_disposing_is_fine()
    {
        ServerRig rig = await ServerRig.StartAsync();
        await rig.Server.StopAsync(TimeSpan.Zero);
        await rig.Server.StopAsync(TimeSpan.Zero);
        await rig.DisposeAsync();
    }
}
