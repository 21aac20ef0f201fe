using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Goal: what RFC 7144 adds works from the wire to the device server and back, and only where level 2 was negotiated.</summary>
public class Level2Tests
{
    private const byte QueryTask = 9, QueryTaskSet = 10, NexusReset = 11, QueryEvent = 12;
    private const byte Complete = 0, NotSupported = 5, Succeeded = 7;
    private static readonly byte[] _inquiry = [0x12, 0, 0, 0, 96, 0];
    private static readonly byte[] _functions = [0xA3, 0x0D, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0];

    [Fact]
    [Rule("7144/6.4.2")]
    public async Task QUERY_ASYNCHRONOUS_EVENT_shows_the_unit_attention_and_leaves_it()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await LogInAsync(rig, 2);
        for (int i = 0; i < 2; i++)
        {
            RawFrame answer = await AskAsync(initiator, QueryEvent);
            Assert.Equal((Succeeded, 0x16290000_00000000UL), (answer.Byte2, answer.Lun)); // one, of key 6: 29h/00h
        }

        RawScsiResult attention = await initiator.CommandAsync(0, new byte[6]);
        Assert.Equal((RawScsiResult.UnitAttention, (byte)0x29, (byte)0x00), (attention.SenseKey, attention.Sense[12], attention.Sense[13]));
        RawFrame none = await AskAsync(initiator, QueryEvent);
        Assert.Equal((Complete, 0UL), (none.Byte2, none.Lun));
        await initiator.LogOutAsync();
    }

    [Fact]
    [Rule("7144/6.4.2")]
    public async Task QUERY_TASK_and_QUERY_TASK_SET_see_what_the_disk_is_busy_with()
    {
        await using SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await LogInAsync(rig, 2);
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, new byte[6])).IsGood);
        uint tag = await ServerRig.StartReadAsync(initiator);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        Assert.Equal(Succeeded, (await AskAsync(initiator, QueryTask, tag, initiator.CmdSn - 1)).Byte2);
        Assert.Equal(Succeeded, (await AskAsync(initiator, QueryTaskSet)).Byte2);
        pending.LetGo();
        Assert.Equal(tag, (await initiator.ExpectAsync(RawOpcode.DataIn)).InitiatorTaskTag);
        Assert.Equal(Complete, (await AskAsync(initiator, QueryTask, tag, initiator.CmdSn - 1)).Byte2);
        Assert.Equal(Complete, (await AskAsync(initiator, QueryTaskSet)).Byte2);
        await initiator.LogOutAsync();
    }

    [Fact]
    [Rule("7144/6.3")]
    [Rule("logout/L34")]
    public async Task I_T_NEXUS_RESET_answers_closes_and_is_heard_of_at_the_next_login()
    {
        await using SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await LogInAsync(rig, 2), other = await rig.LogInAsync(7);
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, new byte[6])).IsGood);
        await ServerRig.StartReadAsync(initiator);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        Assert.Equal(Complete, (await AskAsync(initiator, NexusReset)).Byte2);
        Assert.True(pending.Token.IsCancellationRequested);
        Assert.Null(await initiator.ReceiveAsync());
        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 1);
        Assert.True((await other.CommandAsync(0, new byte[6])).IsGood);
        using RawInitiator again = await LogInAsync(rig, 2);
        RawScsiResult attention = await again.CommandAsync(0, new byte[6]);
        Assert.Equal((RawScsiResult.UnitAttention, (byte)0x29, (byte)0x07), (attention.SenseKey, attention.Sense[12], attention.Sense[13]));
        Assert.True((await again.CommandAsync(0, new byte[6])).IsGood);
        await again.LogOutAsync();
        await other.LogOutAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [Rule("7144/4.2")]
    [Rule("7144/7.1.1")]
    public async Task The_negotiated_level_shows_in_INQUIRY_and_in_the_functions_that_are_served(int level)
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await LogInAsync(rig, level);
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, new byte[6])).IsGood);
        byte[] inquiry = (await initiator.CommandAsync(0, _inquiry, 96)).DataIn;
        Assert.Equal([0x09, (byte)(0x60 + level)], inquiry[60..62]);
        byte[] functions = (await initiator.CommandAsync(0, _functions, 4)).DataIn;
        Assert.Equal(level == 2 ? [0xFC, 0x07, 0, 0] : [0xF8, 0, 0, 0], functions);
        foreach (byte function in (byte[])[QueryTask, QueryTaskSet, QueryEvent])
        {
            Assert.Equal(level == 2 ? Complete : NotSupported, (await AskAsync(initiator, function)).Byte2);
        }

        if (level < 2)
        {
            Assert.Equal(NotSupported, (await AskAsync(initiator, NexusReset)).Byte2);
            await initiator.LogOutAsync();
        }
    }

    private static Task<RawInitiator> LogInAsync(ServerRig rig, int level) => RawInitiator.LogInAsync(
        rig.Portal, new RawLogin(ServerRig.TargetName) { Isid = 0x80_0000_000001, MoreKeys = [$"iSCSIProtocolLevel={level}"] });

    private static async Task<RawFrame> AskAsync(RawInitiator initiator, byte function, uint referenced = RawFrames.ReservedTag, uint refCmdSn = 0)
    {
        await initiator.SendAsync(RawFrames.TaskManagement(function, 0, initiator.NewTag(), referenced, refCmdSn));
        return await initiator.ExpectAsync(RawOpcode.TaskManagementResponse);
    }
}
