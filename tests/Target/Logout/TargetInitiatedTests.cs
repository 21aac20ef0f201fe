using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: what the target says on its own account, to whom, and what it then does.</summary>
public class TargetInitiatedTests
{
    [Fact]
    [Rule("logout/L50")]
    public async Task L50_A_server_that_stops_asks_for_a_logout_and_rejects_new_commands()
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        uint statSn = scene.C0.ExpStatSn;
        Task stopping = scene.Rig.Server.StopAsync(TimeSpan.FromSeconds(77));
        RawFrame message = await scene.C0.ExpectAsync(RawOpcode.AsyncMessage);
        Assert.Equal([0x32, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], message.Header[..16]);
        Assert.Equal((RawFrames.ReservedTag, statSn, 0x01000000u, 77u), (message.InitiatorTaskTag, message[24], message[36], message[40]));
        uint number = scene.C0.CmdSn;
        await scene.C0.SendAsync(RawFrames.ScsiCommand(0, scene.C0.NewTag(), 0, 0, TestUnitReady));
        Assert.Equal((0x0C, statSn + 1), (await scene.C0.ExpectAsync(RawOpcode.Reject)) is { } reject ? (reject.Byte2, reject[24]) : default);
        scene.C0.CmdSn = number;
        Assert.Equal(0, (await LogOutAsync(scene.C0, CloseConnection, 0)).Byte2);
        Assert.Null(await scene.C0.ReceiveAsync());
        scene.C0.Dispose();
        await stopping.WaitAsync(ServerRig.Limit);
    }

    [Fact]
    [Rule("logout/L50")]
    [Rule("7143/8.1.4#T16")]
    public async Task L50_Who_does_not_log_out_in_time_is_closed()
    {
        ManualTime time = new();
        await using LogoutScene scene = await StartAsync(time: time);
        Task stopping = scene.Rig.Server.StopAsync(TimeSpan.FromSeconds(3));
        await scene.C0.ExpectAsync(RawOpcode.AsyncMessage);
        await scene.C1.ExpectAsync(RawOpcode.AsyncMessage);
        time.Advance(TimeSpan.FromSeconds(2.9));
        await scene.C0.PingAsync();
        await ServerRig.UntilAsync(() => stopping.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));
        await scene.C0.Connection.DrainAsync();
        await scene.C1.Connection.DrainAsync();
        await stopping;
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 7)]
    [Rule("logout/L51")]
    [Rule("7143/7.1.4.3#4")]
    public async Task L51_The_loss_of_a_connection_is_told_on_another(int level, int retain)
    {
        await using LogoutScene scene = await StartAsync(
            connections: 3, new RawLogin(ServerRig.TargetName) { MaxConnections = 4, ErrorRecoveryLevel = level, DefaultTime2Wait = 3, DefaultTime2Retain = retain });
        uint statSn = scene.C0.ExpStatSn;
        scene.C1.Connection.Reset();
        RawFrame message = await scene.C0.ExpectAsync(RawOpcode.AsyncMessage);
        Assert.Equal([0x32, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], message.Header[..16]);
        Assert.Equal(
            (RawFrames.ReservedTag, statSn, 0x02000001u, (3u << 16) | (uint)retain), (message.InitiatorTaskTag, message[24], message[36], message[40]));
        await AssertReadyAsync(scene.C0);
        await ServerRig.UntilAsync(() => scene.Rig.Log.Lines.Any(static line => line.Text.Contains("connection closed")));
    }

    [Fact]
    [Rule("logout/L52")]
    public async Task L52_A_discovery_session_is_closed_as_a_whole_or_not_at_all()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator discovery = await RawInitiator.LogInAsync(rig.Portal, new RawLogin(null));
        foreach (byte reason in (byte[])[CloseConnection, ForRecovery])
        {
            RawFrame request = RawFrames.Logout(reason, discovery.NewTag(), 0);
            await discovery.SendAsync(request);
            Assert.Equal(4, (await discovery.ExpectAsync(RawOpcode.Reject)).Byte2);
        }

        await discovery.LogOutAsync();
        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 0);
    }

    [Fact]
    [Rule("logout/L52")]
    public async Task L52_A_discovery_session_is_closed_without_being_asked()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator discovery = await RawInitiator.LogInAsync(rig.Portal, new RawLogin(null));
        Task stopping = rig.Server.StopAsync(TimeSpan.FromMinutes(2));
        Assert.Null(await discovery.ReceiveAsync());
        discovery.Dispose();
        await stopping.WaitAsync(ServerRig.Limit);
    }
}
