using Blockwire.Scsi;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>
/// Goal: a third-party copy behind its command is as much over as a command, when who ended it hears so (SAM-5 §7.7, RFC 7143 §11.6.1). Method: a copy of a block that the disk
/// does not give before the test lets it.
/// </summary>
public sealed class CopyEndTests
{
    private const byte LogicalUnitReset = 5;

    [Fact]
    public async Task A_reset_is_answered_when_no_copy_works_on_the_disk()
    {
        SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator by = await LogInAsync(rig, "a"), other = await LogInAsync(rig, "b");
        SlowDisk.Pending read = await CopyAsync(by, disk);
        await other.SendAsync(RawFrames.TaskManagement(LogicalUnitReset, 0, other.NewTag(), RawFrames.ReservedTag, 0));
        Task<RawFrame> answer = other.ExpectAsync(RawOpcode.TaskManagementResponse);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.False(answer.IsCompleted);
        read.LetGo();
        Assert.Equal(0, (await answer).Byte2);
    }

    [Fact]
    public async Task The_next_session_of_a_port_waits_for_the_copies_of_the_last()
    {
        SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(
            disks: disk, change: static options => options with { Offers = options.Offers with { DefaultTime2Wait = 0, DefaultTime2Retain = 0 } });
        SlowDisk.Pending read;
        using (RawInitiator by = await LogInAsync(rig, "a"))
        {
            read = await CopyAsync(by, disk);
        }

        Task<RawInitiator> next = LogInAsync(rig, "a");
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.False(next.IsCompleted);
        read.LetGo();
        (await next).Dispose();
    }

    // The copy has asked the disk for its block.
    private static async Task<SlowDisk.Pending> CopyAsync(RawInitiator by, SlowDisk disk)
    {
        Assert.True((await by.CommandAsync(0, RawFrames.Cdb10(ServerRig.Write10, 0, 1), dataOut: new byte[512])).IsGood);
        byte[] list = new CopyParameters(5, [], [new CopySegment(0xFFFF, 0xFFFF, 1, 0, 9)]).ToArray4();
        list[15] = 2; // IMMED
        list[1] = 0; // the result is held
        byte[] cdb = new byte[16];
        (cdb[0], cdb[1], cdb[13]) = (OperationCode.ExtendedCopy, ServiceAction.ExtendedCopyLid4, (byte)list.Length);
        RawScsiResult result = await by.CommandAsync(0, cdb, dataOut: list);
        Assert.True(result.IsGood, result.ToString());
        return await disk.NextReadAsync();
    }

    private static async Task<RawInitiator> LogInAsync(ServerRig rig, string node)
    {
        RawLogin login = new(ServerRig.TargetName) { InitiatorName = $"iqn.2026-11.local.node:{node}" };
        RawInitiator initiator = await RawInitiator.LogInAsync(rig.Server.Portals[0], login);
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, new byte[6])).IsGood);
        return initiator;
    }
}
