using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: a logout names a connection, and that need not be the one it comes by.</summary>
public class OtherConnectionTests
{
    [Fact]
    [Rule("logout/L20")]
    [Rule("7143/11.15#1")]
    public async Task L20_A_living_connection_is_logged_out_by_another()
    {
        await using LogoutScene scene = await StartAsync();
        Assert.Equal((0, 0, 0), Answer(await LogOutAsync(scene.C0, CloseConnection, 1)));
        await AssertClosedInSilenceAsync(scene.C1);
        await AssertReadyAsync(scene.C0);
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("logout/L24")]
    public async Task L24_An_unknown_CID_is_not_found_and_nothing_else_happens()
    {
        await using LogoutScene scene = await StartAsync();
        Assert.Equal((1, 0, 0), Answer(await LogOutAsync(scene.C0, CloseConnection, 9)));
        await AssertReadyAsync(scene.C0);
        await AssertReadyAsync(scene.C1);
    }

    [Fact]
    [Rule("logout/L24")]
    public async Task L24_A_CID_that_was_closed_is_not_found_either()
    {
        await using LogoutScene scene = await StartAsync();
        Assert.Equal(0, (await LogOutAsync(scene.C0, CloseConnection, 1)).Byte2);
        Assert.Equal((1, 0, 0), Answer(await LogOutAsync(scene.C0, CloseConnection, 1)));
        await AssertReadyAsync(scene.C0);
    }

    [Fact]
    [Rule("logout/L25")]
    public async Task L25_A_recovery_logout_is_refused_below_level_2_with_the_times_of_the_session()
    {
        await using LogoutScene scene = await StartAsync(login: new RawLogin(ServerRig.TargetName) { MaxConnections = 2, DefaultTime2Wait = 3, DefaultTime2Retain = 7 });
        Assert.Equal((2, 3, 7), Answer(await LogOutAsync(scene.C0, ForRecovery, 0)));
        Assert.Null(await scene.C0.ReceiveAsync());
        await AssertReadyAsync(scene.C1);
    }

    [Fact]
    [Rule("logout/L26")]
    public async Task L26_The_CID_is_looked_at_before_the_level()
    {
        await using LogoutScene scene = await StartAsync();
        Assert.Equal((1, 0, 0), Answer(await LogOutAsync(scene.C0, ForRecovery, 9)));
        await AssertReadyAsync(scene.C0);
    }

    [Fact]
    [Rule("logout/L28")]
    public async Task L28_Reason_1_for_the_last_connection_closes_the_session()
    {
        await using LogoutScene scene = await StartAsync();
        Assert.Equal(0, (await LogOutAsync(scene.C1, CloseConnection, 1)).Byte2);
        Assert.Equal(0, (await LogOutAsync(scene.C0, CloseConnection, 0)).Byte2);
        Assert.Null(await scene.C0.ReceiveAsync());
        await scene.AssertSessionsAsync(0);
        Assert.Equal(0x020Au, (await scene.TryJoinAsync(0)).Status);
        await AssertAttentionAsync(await scene.LogInAsync(), 0x29, 0x07);
    }
}
