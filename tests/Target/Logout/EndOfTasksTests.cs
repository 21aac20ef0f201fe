using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: which tasks a logout ends, and what still counts after it.</summary>
public class EndOfTasksTests
{
    private const int Reads = 4, Writes = 4;

    [Fact]
    [Rule("logout/L9")]
    public async Task L09_Requests_behind_the_logout_are_dropped_and_do_not_count()
    {
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        uint expected = scene.C0.CmdSn;
        await SendLogoutAsync(scene.C0, CloseConnection, 0);
        await scene.C0.SendAsync(RawFrames.ScsiCommand(0, scene.C0.NewTag(), 0, 0, TestUnitReady));
        await scene.C0.SendAsync(Write(scene.C0.NewTag(), 7, 0x77));
        await scene.C0.SendAsync(RawFrames.NopOut(scene.C0.NewTag()));
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        await scene.C1.PingAsync();
        pending.LetGo();
        RawFrame response = await scene.C0.ExpectAsync(RawOpcode.LogoutResponse);
        Assert.Equal((0, expected), (response.Byte2, response[28]));
        await AssertClosedInSilenceAsync(scene.C0);
        scene.C1.CmdSn = expected;
        await AssertAttentionAsync(scene.C1, 0x47, 0x7F);
        Task<byte> read = ReadAsync(scene.C1, 7);
        (await disk.NextReadAsync()).LetGo();
        Assert.Equal(0, await read);
    }

    [Fact]
    [Rule("logout/L10")]
    [Rule("7143/E.1#3")]
    public async Task L10_Reason_0_ends_the_tasks_of_every_connection()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: Solicited, disks: disk);
        List<SlowDisk.Pending> reads = [.. await StartTasksAsync(scene.C0, disk), .. await StartTasksAsync(scene.C1, disk)];
        Assert.Equal((0, 0, 0), Answer(await LogOutAsync(scene.C1, CloseSession, 0)));
        Assert.All(reads, static read => Assert.True(read.Token.IsCancellationRequested));
        await AssertClosedInSilenceAsync(scene.C1);
        await AssertClosedInSilenceAsync(scene.C0);
        await scene.AssertSessionsAsync(0);
        Assert.Equal(0x020Au, (await scene.TryJoinAsync(0)).Status);
    }

    [Fact]
    [Rule("logout/L11")]
    public async Task L11_Reason_1_ends_the_tasks_of_its_connection_alone()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: Solicited, disks: disk);
        List<SlowDisk.Pending> kept = [.. (await StartReadsAsync(scene.C0, disk))];
        RawFrame[] open = [.. await StartWritesAsync(scene.C0)];
        List<SlowDisk.Pending> ended = await StartTasksAsync(scene.C1, disk);
        Assert.Equal(0, (await LogOutAsync(scene.C1, CloseConnection, 1)).Byte2);
        await AssertClosedInSilenceAsync(scene.C1);
        Assert.All(ended, static read => Assert.True(read.Token.IsCancellationRequested));
        Assert.All(kept, static read => Assert.False(read.Token.IsCancellationRequested));
        foreach (SlowDisk.Pending read in kept)
        {
            read.LetGo();
            Assert.Equal(0, (await scene.C0.ExpectAfterWindowAsync(RawOpcode.DataIn)).Byte3);
        }

        // The command that hears of the unit attention is none of these: they had begun before.
        foreach (RawFrame r2t in open)
        {
            await SendDataAsync(scene.C0, r2t, 1);
            Assert.Equal((r2t.InitiatorTaskTag, (byte)0), Tail(await scene.C0.ExpectAfterWindowAsync(RawOpcode.ScsiResponse)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("logout/L12")]
    [Rule("logout/L46")]
    public async Task L12_What_waited_behind_a_gap_vanishes_with_its_connection_and_can_be_sent_again(bool onItself)
    {
        await using LogoutScene scene = await StartAsync();
        uint gap = scene.C0.CmdSn, first = 1001, second = 1002;
        await SendNumberedAsync(scene.C1, gap + 1, Write(first, 1, 0x11));
        await SendNumberedAsync(scene.C1, gap + 2, Write(second, 2, 0x22));
        await SendNumberedAsync(scene.C0, gap + 3, Write(1003, 3, 0x33));
        await scene.C1.PingAsync(); // they have come
        scene.C0.CmdSn = gap + 4;
        RawFrame response = await LogOutAsync(onItself ? scene.C1 : scene.C0, CloseConnection, 1);
        Assert.Equal((0, gap), (response.Byte2, response[28]));
        await AssertClosedInSilenceAsync(scene.C1);

        // L46: with the numbers and tags they had, and other data, so that it shows which was written.
        await SendNumberedAsync(scene.C0, gap, RawFrames.ScsiCommand(0, 1000, 0, 0, TestUnitReady));
        Assert.Equal((1000u, (byte)0), Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)));
        await SendNumberedAsync(scene.C0, gap + 2, Write(second, 2, 0x2A));
        await scene.C0.PingAsync();
        await SendNumberedAsync(scene.C0, gap + 1, Write(first, 1, 0x1A));
        foreach (uint tag in (uint[])[first, second, 1003])
        {
            Assert.Equal((tag, (byte)0), Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)));
        }

        Assert.Equal([0x1A, 0x2A, 0x33], (byte[])[await ReadAsync(scene.C0, 1), await ReadAsync(scene.C0, 2), await ReadAsync(scene.C0, 3)]);
    }

    private static async Task<List<SlowDisk.Pending>> StartTasksAsync(RawInitiator initiator, SlowDisk disk)
    {
        List<SlowDisk.Pending> reads = await StartReadsAsync(initiator, disk);
        await StartWritesAsync(initiator);
        return reads;
    }

    private static async Task<List<SlowDisk.Pending>> StartReadsAsync(RawInitiator initiator, SlowDisk disk)
    {
        List<SlowDisk.Pending> reads = [];
        for (int i = 0; i < Reads; i++)
        {
            await ServerRig.StartReadAsync(initiator);
            reads.Add(await disk.NextReadAsync());
        }

        return reads;
    }

    private static async Task<List<RawFrame>> StartWritesAsync(RawInitiator initiator)
    {
        List<RawFrame> r2ts = [];
        for (uint i = 0; i < Writes; i++)
        {
            r2ts.Add(await StartWriteAsync(initiator, lba: 100 + i));
        }

        return r2ts;
    }
}
