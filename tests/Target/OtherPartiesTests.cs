using Blockwire.Target.Tests.Logout;
using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests;

/// <summary>Goal: what one session does to others, and one connection to another, leaves each its rights (RFC 7143 §4.2.2).</summary>
public class OtherPartiesTests
{
    private const byte LogicalUnitReset = 5;

    [Fact]
    [Rule("7143/4.2.2.3.4#1")]
    [Rule("7143/4.2.3.3#9")]
    [Rule("7143/4.2.3.6#1")]
    public async Task The_unit_attention_about_a_reset_waits_until_statuses_on_other_connections_are_acknowledged()
    {
        await using LogoutScene scene = await StartAsync(login: new RawLogin(ServerRig.TargetName) { MaxConnections = 4, MoreKeys = ["TaskReporting=ResponseFence"] });
        Assert.Equal("ResponseFence", scene.C0.Answers["TaskReporting"]);
        await AssertReadyAsync(scene.C1); // its status is not acknowledged
        RawInitiator other = await scene.LogInAsync(isid: scene.Login.Isid + 1);
        Assert.True((await other.CommandAfterAttentionsAsync(0, TestUnitReady)).IsGood);
        await other.SendAsync(RawFrames.TaskManagement(LogicalUnitReset, 0, other.NewTag(), RawFrames.ReservedTag, 0));
        Assert.Equal(0, (await other.ExpectAsync(RawOpcode.TaskManagementResponse)).Byte2);

        Task<RawScsiResult> attention = scene.C0.CommandAsync(0, TestUnitReady);
        for (int i = 0; i < 50; i++)
        {
            await other.PingAsync(); // time enough for a response that would not wait
        }

        Assert.False(attention.IsCompleted);
        RawFrame ping = await scene.C1.ExpectAfterWindowAsync(RawOpcode.NopIn); // it asks for the acknowledgement
        RawFrame answer = RawFrames.NopOut(RawFrames.ReservedTag);
        answer.Word20 = ping.Word20;
        await scene.C1.SendAsync(answer);
        Assert.Equal(RawScsiResult.UnitAttention, (await attention).SenseKey);
    }

    [Fact]
    [Rule("7143/4.2.2.1#5")]
    public async Task However_many_immediate_commands_one_connection_has_another_can_have_its_own()
    {
        const int Many = 40;
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(disks: disk);
        for (int i = 0; i < Many; i++)
        {
            RawFrame read = RawFrames.ScsiCommand(0, scene.C0.NewTag(), 512, 0, RawFrames.Cdb10(ServerRig.Read10, 0, 1));
            read.Immediate = true;
            await scene.C0.SendAsync(read);
        }

        await disk.NextReadAsync();
        await scene.C0.ExpectAsync(RawOpcode.Reject); // the bound is reached
        RawFrame own = RawFrames.ScsiCommand(0, scene.C1.NewTag(), 0, 0, TestUnitReady);
        own.Immediate = true;
        await scene.C1.SendAsync(own);
        Assert.Equal((own.InitiatorTaskTag, (byte)0), Tail(await scene.C1.ExpectAsync(RawOpcode.ScsiResponse)));
    }
}
