using Blockwire.Storage;
using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: SCSI hears what a logout or loss did to its tasks, on the units that it concerned, once.</summary>
public class AttentionTests
{
    private static readonly byte[] _inquiry = [0x12, 0, 0, 0, 96, 0], _requestSense = [0x03, 0, 0, 0, 96, 0];
    private static readonly byte[] _reportLuns = [0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 96, 0, 0];
    private static readonly byte[] _reserve = [0x16, 0, 0, 0, 0, 0];

    private static readonly RawLogin _kept = new(ServerRig.TargetName) { MaxConnections = 4, ErrorRecoveryLevel = 2, DefaultTime2Wait = 1, DefaultTime2Retain = 4 };

    [Theory]
    [InlineData("a closed")]
    [InlineData("b lost")]
    [InlineData("c logged out for recovery")]
    [Rule("logout/L33")]
    [Rule("7143/11.14.5#1")]
    public async Task L33_Units_whose_tasks_were_ended_report_it_once_and_others_do_not(string how)
    {
        ManualTime time = new();
        await using SlowDisk first = new(), second = new();
        await using MemoryDisk untouched = new(1 << 20);
        await using LogoutScene scene = await StartAsync(login: _kept, time: time, disks: [first, second, untouched]);
        await ServerRig.StartReadAsync(scene.C1, lun: 0);
        await ServerRig.StartReadAsync(scene.C1, lun: 1);
        SlowDisk.Pending[] tasks = [await first.NextReadAsync(), await second.NextReadAsync()];
        switch (how[0])
        {
            case 'a':
                Assert.Equal(0, (await LogOutAsync(scene.C0, CloseConnection, 1)).Byte2);
                break;
            case 'b':
                scene.C1.Connection.Reset();
                await scene.C0.ExpectAsync(RawOpcode.AsyncMessage);
                break;
            default:
                await scene.RecoverC1Async();
                break;
        }

        if (how[0] != 'a')
        {
            await AssertReadyAsync(scene.C0); // the tasks are kept yet
            time.Advance(TimeSpan.FromSeconds(6));
        }

        await Task.WhenAll(tasks.Select(static task => task.Cancelled.Task)).WaitAsync(ServerRig.Limit);
        await scene.C0.PingAsync(); // whatever is told about the window has come
        Assert.True((await scene.C0.CommandAsync(0, _inquiry, 96)).IsGood);
        Assert.True((await scene.C0.CommandAsync(0, _reportLuns, 96)).IsGood);
        await AssertAttentionAsync(scene.C0, 0x47, 0x7F);
        await AssertReadyAsync(scene.C0);
        RawScsiResult sense = await scene.C0.CommandAsync(1, _requestSense, 96);
        Assert.Equal((0, (byte)6, (byte)0x47, (byte)0x7F), (sense.Status, (byte)(sense.DataIn[2] & 15), sense.DataIn[12], sense.DataIn[13]));
        await AssertReadyAsync(scene.C0, lun: 1);
        await AssertReadyAsync(scene.C0, lun: 2);
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("reinstated")]
    [InlineData("timed out")]
    [Rule("logout/L34")]
    [Rule("7143/8.3.2#N3")]
    [Rule("7143/8.3.2#N6")]
    public async Task L34_The_next_session_of_the_port_hears_of_the_loss_of_the_nexus_alone(string how)
    {
        ManualTime time = new();
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(connections: 1, _kept, time, disks: disk);
        RawInitiator other = await scene.LogInAsync(isid: scene.Login.Isid + 1);
        Assert.True((await other.CommandAfterAttentionsAsync(0, TestUnitReady)).IsGood);
        Assert.True((await scene.C0.CommandAsync(0, _reserve)).IsGood);
        Assert.Equal(0x18, (await other.CommandAsync(0, TestUnitReady)).Status); // RESERVATION CONFLICT
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        switch (how)
        {
            case "closed":
                Assert.Equal(0, (await LogOutAsync(scene.C0, CloseSession, 0)).Byte2);
                break;
            case "timed out":
                scene.C0.Connection.Reset();
                await ServerRig.UntilAsync(() => scene.Rig.Log.Lines.Any(static line => line.Text.Contains("connection closed")));
                time.Advance(TimeSpan.FromSeconds(6));
                await scene.AssertSessionsAsync(1);
                break;
            default:
                break; // the login below does it
        }

        RawInitiator again = await scene.LogInAsync();
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        await AssertAttentionAsync(again, 0x29, 0x07);
        await AssertReadyAsync(again);
        await AssertReadyAsync(other); // the reservation is gone
    }

    [Fact]
    [Rule("logout/L34b")]
    public async Task L34b_The_ExpStatSN_of_a_recovery_logout_is_that_of_the_connection_it_names()
    {
        await using LogoutScene scene = await StartAsync(login: _kept with { DefaultTime2Wait = 0 });
        uint first = scene.C1.ExpStatSn;
        List<uint> tags = [];
        for (int i = 0; i < 4; i++)
        {
            tags.Add(scene.C1.NewTag());
            RawFrame command = scene.C1.Number(RawFrames.ScsiCommand(0, tags[i], 0, 0, TestUnitReady));
            command[28] = first; // none is acknowledged
            await scene.C1.Connection.SendAsync(command);
            Assert.Equal(first + (uint)i, (await scene.C1.ExpectAsync(RawOpcode.ScsiResponse))[24]);
        }

        uint carriers = scene.C0.ExpStatSn;
        Assert.Equal(carriers, (await LogOutAsync(scene.C0, ForRecovery, 1, expStatSn: first + 2))[24]);

        // The response to the logout itself has not been acknowledged: it can be asked for again.
        RawFrame snack = RawFrames.Snack(1, RawFrames.ReservedTag, RawFrames.ReservedTag, carriers, 1);
        snack[28] = carriers;
        await scene.C0.Connection.SendAsync(snack);
        Assert.Equal(carriers, (await scene.C0.ExpectAsync(RawOpcode.LogoutResponse))[24]);
        List<int> codes = [];
        foreach (uint tag in tags)
        {
            codes.Add(await ReassignAsync(scene.C0, tag));
            if (codes[^1] == 0)
            {
                Assert.Equal((tag, (byte)0), Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)));
            }
        }

        Assert.Equal([1, 1, 0, 0], codes);
    }
}
