using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: the response comes when all is done, with the right numbers, and nothing comes after it.</summary>
public class ResponseTests
{
    [Fact]
    [Rule("logout/L15")]
    public async Task L15_The_response_waits_for_the_last_task_and_is_the_last_PDU()
    {
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(disks: disk);
        List<SlowDisk.Pending> tasks = [];
        for (int i = 0; i < 3; i++)
        {
            await ServerRig.StartReadAsync(scene.C0);
            tasks.Add(await disk.NextReadAsync());
        }

        uint tag = await SendLogoutAsync(scene.C0, CloseConnection, 0);
        Task<RawFrame> response = scene.C0.ExpectAsync(RawOpcode.LogoutResponse);
        foreach (SlowDisk.Pending task in tasks)
        {
            await task.Cancelled.Task.WaitAsync(ServerRig.Limit);
            await scene.C1.PingAsync(); // time enough for an answer that would not wait
            Assert.False(response.IsCompleted);
            task.LetGo();
        }

        Assert.Equal((tag, (byte)0), ((await response).InitiatorTaskTag, (await response).Byte2));
        Assert.Null(await scene.C0.ReceiveAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("logout/L16")]
    [Rule("7143/4.2.2.2#3")]
    public async Task L16_The_response_is_numbered_like_any_status_of_the_connection_that_carries_it(bool immediate)
    {
        await using LogoutScene scene = await StartAsync();
        uint last = scene.C0.ExpStatSn - 1;
        for (int i = 0; i < 5; i++)
        {
            await AssertReadyAsync(scene.C0);
            Assert.Equal(++last, scene.C0.ExpStatSn - 1);
            await AssertReadyAsync(scene.C1); // another connection, other numbers
        }

        uint number = scene.C0.CmdSn;
        RawFrame response = await LogOutAsync(scene.C0, CloseConnection, 1, immediate);
        Assert.Equal((last + 1, immediate ? number : number + 1), (response[24], response[28]));
        Assert.Equal(response[28] + 127, response[32]);
        await AssertReadyAsync(scene.C0);
    }

    [Fact]
    [Rule("logout/L17")]
    [Rule("7143/11.15#1")]
    public async Task L17_After_FIN_the_target_discards_what_comes_and_closes_at_the_peers_FIN()
    {
        await using LogoutScene scene = await StartAsync(connections: 1, time: new ManualTime()); // no time passes: it is the FIN that ends the wait
        await scene.C0.LogOutAsync();
        await scene.C0.Connection.SendBytesAsync(new byte[100_000]);
        Assert.DoesNotContain(scene.Rig.Log.Lines, static line => line.Text.Contains("connection closed"));
        scene.C0.Connection.CloseSending();
        await ServerRig.UntilAsync(() => scene.Rig.Log.Lines.Any(static line => line.Text.Contains("connection closed")));
        Assert.Equal(0, await scene.C0.Connection.DrainAsync());
    }

    [Fact]
    [Rule("logout/L19")]
    public async Task L19_No_response_of_an_ended_command_follows()
    {
        const int Commands = 32;
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(disks: disk);
        List<SlowDisk.Pending> tasks = [];
        for (int i = 0; i < Commands; i++)
        {
            await ServerRig.StartReadAsync(scene.C0);
            tasks.Add(await disk.NextReadAsync());
        }

        await SendLogoutAsync(scene.C0, CloseConnection, 0);
        await tasks[^1].Cancelled.Task.WaitAsync(ServerRig.Limit);
        tasks.ForEach(static task => task.LetGo()); // each ends well, and too late
        await scene.C0.ExpectAsync(RawOpcode.LogoutResponse);
        Assert.Null(await scene.C0.ReceiveAsync());
        await AssertAttentionAsync(scene.C1, 0x47, 0x7F);
        await AssertReadyAsync(scene.C1);
    }
}
