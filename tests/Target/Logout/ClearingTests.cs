using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>
/// Goal: each event clears what the tables of RFC 7143 Appendix E.1 say, and nothing else. Method: a read that the disk holds, and a write that waits behind a gap in the
/// command numbers; whether the write was done shows in the block.
/// </summary>
public class ClearingTests
{
    private const uint Block1 = 1;
    private const byte LogicalUnitReset = 5, TargetWarmReset = 6, TargetColdReset = 7;

    private static readonly RawLogin _level2 = new(ServerRig.TargetName) { MaxConnections = 4, ErrorRecoveryLevel = 2, DefaultTime2Wait = 1, DefaultTime2Retain = 4 };

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [Rule("7143/E.1#15")]
    public async Task Connection_failure_leaves_commands_behind_gaps(int level)
    {
        await using LogoutScene scene = await StartAsync(login: _level2 with { ErrorRecoveryLevel = level });
        uint gap = await HoldWriteAsync(scene.C1);
        scene.C1.Connection.Reset();
        uint statSn = (await scene.C0.ExpectAsync(RawOpcode.AsyncMessage))[24];
        scene.C0.CmdSn = gap;
        RawScsiResult closing = await scene.C0.CommandAsync(0, TestUnitReady);
        Assert.True(closing.IsGood);
        Assert.Equal(statSn + 2, scene.C0.ExpStatSn); // no status of the other command has come here
        scene.C0.CmdSn = gap + 2;
        Assert.Equal(0x11, await ReadAsync(scene.C0, Block1));
    }

    [Fact]
    [Rule("7143/E.1#16")]
    public async Task Connection_state_timeout_clears_commands_behind_gaps_and_not_the_numbers()
    {
        ManualTime time = new();
        await using LogoutScene scene = await StartAsync(login: _level2, time: time);
        uint gap = await HoldWriteAsync(scene.C1);
        scene.C1.Connection.Reset();
        await scene.C0.ExpectAsync(RawOpcode.AsyncMessage);
        time.Advance(TimeSpan.FromSeconds(6));
        await AssertForgottenAsync(scene.C0, gap);
    }

    [Fact]
    [Rule("7143/E.1#6")]
    [Rule("7143/E.1#20")]
    [Rule("7143/E.1#4")]
    [Rule("7143/E.1#18")]
    public async Task Session_failure_leaves_tasks_and_commands_behind_gaps()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(connections: 1, _level2, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C0), unacknowledged = scene.C0.ExpStatSn;
        SlowDisk.Pending pending = await disk.NextReadAsync();
        uint gap = await HoldWriteAsync(scene.C0);
        scene.C0.Connection.Reset();
        await ServerRig.UntilAsync(() => scene.Rig.Log.Lines.Any(static line => line.Text.Contains("connection closed")));
        RawInitiator next = await scene.JoinAsync(5);
        Assert.False(pending.Token.IsCancellationRequested);
        next.CmdSn = gap;
        await AssertReadyAsync(next);
        next.CmdSn = gap + 2;
        Task<byte> content = ReadAsync(next, Block1);
        (await disk.NextReadAsync()).LetGo();
        Assert.Equal(0x11, await content);
        Assert.Equal(0, (await LogOutAsync(next, ForRecovery, 0, expStatSn: unacknowledged)).Byte2);
        Assert.Equal(0, await ReassignAsync(next, read));
        pending.LetGo();
        await FinishReadAsync(next, read);
    }

    [Fact]
    [Rule("7143/E.1#8")]
    [Rule("7143/E.1#22")]
    public async Task A_failed_logout_leaves_tasks_and_commands_behind_gaps()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: _level2 with { ErrorRecoveryLevel = 0 }, disks: disk);
        await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        uint gap = await HoldWriteAsync(scene.C1);
        Assert.Equal(2, (await LogOutAsync(scene.C0, ForRecovery, 1, expStatSn: scene.C1.ExpStatSn)).Byte2);
        await AssertClosedInSilenceAsync(scene.C1);
        scene.C0.CmdSn = gap;
        await AssertReadyAsync(scene.C0);
        Assert.False(pending.Token.IsCancellationRequested);
        scene.C0.CmdSn = gap + 2;
        Task<byte> content = ReadAsync(scene.C0, Block1);
        (await disk.NextReadAsync()).LetGo();
        Assert.Equal(0x11, await content);
    }

    [Fact]
    [Rule("7143/E.1#25")]
    public async Task TARGET_COLD_RESET_clears_everything()
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        scene.C0.CmdSn = await HoldWriteAsync(scene.C0) + 2;
        Assert.Equal(0, await ManageAsync(scene.C0, TargetColdReset));
        Assert.Equal(3, (await scene.C0.ExpectAsync(RawOpcode.AsyncMessage)).Header[36]); // the session is dropped (§11.9.1)
        Assert.Null(await scene.C0.ReceiveAsync());
        await scene.AssertSessionsAsync(0);
        RawInitiator again = await scene.LogInAsync();
        Assert.True((await again.CommandAfterAttentionsAsync(0, TestUnitReady)).IsGood);
        Assert.Equal(0, await ReadAsync(again, Block1));
    }

    [Fact]
    [Rule("7143/E.1#12")]
    [Rule("7143/E.1#26")]
    public async Task TARGET_WARM_RESET_clears_the_tasks_of_all_sessions_and_not_the_numbers()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(connections: 1, disks: disk);
        RawInitiator other = await scene.LogInAsync(isid: scene.Login.Isid + 1);
        Assert.True((await other.CommandAfterAttentionsAsync(0, TestUnitReady)).IsGood);
        await ServerRig.StartReadAsync(scene.C0);
        await ServerRig.StartReadAsync(other);
        SlowDisk.Pending[] tasks = [await disk.NextReadAsync(), await disk.NextReadAsync()];
        uint gap = await HoldWriteAsync(scene.C0), statSn = scene.C0.ExpStatSn;
        scene.C0.CmdSn = gap + 2;
        Assert.Equal(0, await ManageAsync(scene.C0, TargetWarmReset));
        Assert.All(tasks, static task => Assert.True(task.Token.IsCancellationRequested));
        Assert.Equal(statSn + 1, scene.C0.ExpStatSn);
        Assert.True((await scene.C0.CommandAfterAttentionsAsync(0, TestUnitReady)).IsGood); // with the number behind those that were cleared
        Task<byte> content = ReadAsync(scene.C0, Block1);
        (await disk.NextReadAsync()).LetGo();
        Assert.Equal(0, await content);
        await other.ExpectAsync(RawOpcode.NopIn); // its window has opened
        Assert.True((await other.CommandAfterAttentionsAsync(0, TestUnitReady)).IsGood);
    }

    [Fact]
    [Rule("7143/E.1#27")]
    public async Task LOGICAL_UNIT_RESET_leaves_commands_behind_gaps_and_the_numbers()
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        uint gap = await HoldWriteAsync(scene.C0);
        Assert.Equal(0, await ManageAsync(scene.C0, LogicalUnitReset)); // it stands before the gap
        await SendNumberedAsync(scene.C0, gap, RawFrames.ScsiCommand(0, 1000, 0, 0, [0x12, 0, 0, 0, 0, 0])); // INQUIRY for no data leaves the unit attention
        (uint, byte)[] ends = [Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)), Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse))];
        Array.Sort(ends);
        Assert.Equal([(1000u, 0), (1001u, 2)], ends); // the write was delivered, and hears of the reset
        scene.C0.CmdSn = gap + 2;
        await AssertReadyAsync(scene.C0);
    }

    // A write of 11h to block 1 whose number is one ahead. It has come when this returns.
    private static async Task<uint> HoldWriteAsync(RawInitiator initiator)
    {
        uint gap = initiator.CmdSn;
        await SendNumberedAsync(initiator, gap + 1, Write(1001, Block1, 0x11));
        await initiator.PingAsync();
        return gap;
    }

    // The gap is closed, and the command behind it is missing: another can have its number.
    private static async Task AssertForgottenAsync(RawInitiator initiator, uint gap)
    {
        initiator.CmdSn = gap;
        await AssertReadyAsync(initiator);
        await AssertReadyAsync(initiator);
        Assert.Equal(0, await ReadAsync(initiator, Block1));
    }

    private static async Task<int> ManageAsync(RawInitiator initiator, byte function)
    {
        await initiator.SendAsync(RawFrames.TaskManagement(function, 0, initiator.NewTag(), RawFrames.ReservedTag, 0));
        return (await initiator.ExpectAfterWindowAsync(RawOpcode.TaskManagementResponse)).Byte2;
    }
}
