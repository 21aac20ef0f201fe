using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: a login can log out what it replaces, and nothing short of a whole login does.</summary>
public class ImplicitLogoutTests
{
    [Fact]
    [Rule("logout/L42")]
    [Rule("7143/E.1#4")]
    public async Task L42_Below_level_2_a_reinstating_login_ends_the_tasks_and_the_numbers_go_on()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: Solicited, disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending read = await disk.NextReadAsync();
        await StartWriteAsync(scene.C0);
        await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending kept = await disk.NextReadAsync();
        uint expected = scene.C0.CmdSn;
        RawInitiator again = await scene.JoinAsync(0);
        await AssertClosedInSilenceAsync(scene.C0);
        Assert.True(read.Token.IsCancellationRequested);
        Assert.False(kept.Token.IsCancellationRequested);
        Assert.Equal(expected, again.CmdSn);
        await AssertAttentionAsync(again, 0x47, 0x7F);
        await AssertReadyAsync(again);
        kept.LetGo();
        Assert.Equal(0, (await scene.C1.ExpectAfterWindowAsync(RawOpcode.DataIn)).Byte3);
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("logout/L44")]
    public async Task L44_A_second_connection_is_let_in_for_repair_and_for_nothing_else()
    {
        await using LogoutScene scene = await StartAsync(connections: 1, new RawLogin(ServerRig.TargetName) { MaxConnections = 1 });
        Assert.Equal(0x0206u, (await scene.TryJoinAsync(1)).Status);
        await AssertReadyAsync(scene.C0);
        RawInitiator repaired = await scene.JoinAsync(0);
        await AssertClosedInSilenceAsync(scene.C0);
        await AssertReadyAsync(repaired);
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("logout/L45")]
    [Rule("7143/E.1#9")]
    [Rule("7143/E.1#17")]
    [Rule("7143/E.1#23")]
    public async Task L45_A_login_with_TSIH_0_ends_the_session_of_its_port_and_begins_anew()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending read = await disk.NextReadAsync();
        uint gap = scene.C0.CmdSn;
        await SendNumberedAsync(scene.C1, gap + 1, Write(1001, 1, 0x11)); // waits behind a gap
        await scene.C1.PingAsync();
        RawInitiator other = await scene.LogInAsync(isid: scene.Login.Isid + 1);
        Assert.False(read.Token.IsCancellationRequested);

        RawInitiator successor = await scene.LogInAsync();
        await AssertClosedInSilenceAsync(scene.C0);
        await AssertClosedInSilenceAsync(scene.C1);
        Assert.True(read.Token.IsCancellationRequested);
        Assert.NotEqual(scene.C0.Tsih, successor.Tsih);
        Assert.Equal(1u, successor.CmdSn);
        await AssertAttentionAsync(successor, 0x29, 0x07);
        await AssertReadyAsync(successor);
        Task<byte> unwritten = ReadAsync(successor, 1);
        (await disk.NextReadAsync()).LetGo();
        Assert.Equal(0, await unwritten);
        Assert.True((await other.CommandAfterAttentionsAsync(0, TestUnitReady)).IsGood);
        Assert.Equal(2, scene.Rig.Server.Statistics.Sessions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("logout/L45b")]
    [Rule("7143/8.1.4#T7")]
    public async Task L45b_A_login_that_breaks_off_or_fails_evicts_nobody(bool sameSession)
    {
        await using LogoutScene scene = await StartAsync();
        ushort tsih = sameSession ? scene.C0.Tsih : (ushort)0;
        RawLogin login = scene.Login with { Tsih = tsih };

        using (RawInitiator half = await scene.C0.ConnectAnotherAsync(scene.Rig.Portal))
        {
            await half.SendAsync(RawFrames.Login(login.Isid, tsih, 1, 0, 0x04, login.Keys)); // operational stage, and no wish to leave it
            Assert.Equal(0u, (await half.ExpectAsync(RawOpcode.LoginResponse))[36] >> 16);
            half.Connection.Reset();
        }

        using (RawInitiator wrong = await scene.C0.ConnectAnotherAsync(scene.Rig.Portal))
        {
            RawFrame answer = await wrong.LogInAsync(login with { MoreKeys = ["MaxRecvDataSegmentLength=1"] });
            Assert.Equal(2u, answer[36] >> 24);
            Assert.Null(await wrong.ReceiveAsync());
        }

        await AssertReadyAsync(scene.C0);
        await AssertReadyAsync(scene.C1);
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
    }
}
