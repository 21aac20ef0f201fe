using Blockwire.Storage;
using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: at recovery level 2 a task outlives its connection and goes on where it was, on another. Method: C1 is logged out for recovery by C0.</summary>
public class ReassignTests
{
    private const int Complete = 0, NoTask = 1, StillAllegiant = 3, NotSupported = 4, Rejected = 255;

    private static readonly RawLogin _level2 = new(ServerRig.TargetName) { MaxConnections = 4, ErrorRecoveryLevel = 2, DefaultTime2Wait = 0, DefaultTime2Retain = 20 };

    private static readonly RawLogin _solicited = _level2 with { InitialR2T = "Yes", ImmediateData = "No", MaxBurstLength = 512 };

    [Fact]
    [Rule("logout/L13")]
    [Rule("7143/11.14#4")]
    [Rule("7143/E.1#21")]
    public async Task L13_A_recovery_logout_throws_away_what_waits_behind_a_gap()
    {
        await using LogoutScene scene = await StartAsync(login: _level2);
        uint gap = scene.C0.CmdSn;
        await SendNumberedAsync(scene.C1, gap + 1, Write(1001, 1, 0x11));
        await SendNumberedAsync(scene.C1, gap + 2, Write(1002, 2, 0x22));
        await SendNumberedAsync(scene.C0, gap + 3, Write(1003, 3, 0x33));
        scene.C0.CmdSn = gap + 4;
        await scene.C1.PingAsync();
        RawFrame response = await LogOutAsync(scene.C0, ForRecovery, 1, expStatSn: scene.C1.ExpStatSn);
        Assert.Equal((0, gap), (response.Byte2, response[28]));
        Assert.Equal(NoTask, await ReassignAsync(scene.C0, 1001));
        await SendNumberedAsync(scene.C0, gap, RawFrames.ScsiCommand(0, 1000, 0, 0, TestUnitReady));
        Assert.Equal((1000u, (byte)0), Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)));
        await SendNumberedAsync(scene.C0, gap + 1, Write(1001, 1, 0x1A));
        await SendNumberedAsync(scene.C0, gap + 2, Write(1002, 2, 0x2A));
        foreach (uint tag in (uint[])[1001, 1002, 1003])
        {
            Assert.Equal((tag, (byte)0), Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)));
        }

        Assert.Equal([0x1A, 0x2A, 0x33], (byte[])[await ReadAsync(scene.C0, 1), await ReadAsync(scene.C0, 2), await ReadAsync(scene.C0, 3)]);
    }

    [Fact]
    [Rule("logout/L14")]
    [Rule("7143/11.14#4")]
    [Rule("7143/E.1#7")]
    public async Task L14_A_recovery_logout_suspends_what_is_under_way()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: _solicited, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        uint write = scene.C1.NewTag();
        await scene.C1.SendAsync(RawFrames.ScsiCommand(0, write, 0, 1024, RawFrames.Cdb10(ServerRig.Write10, 40, 2)));
        RawFrame first = await scene.C1.ExpectAsync(RawOpcode.ReadyToTransfer);
        await SendDataAsync(scene.C1, first, 0x44);
        await scene.C1.ExpectAsync(RawOpcode.ReadyToTransfer);
        await scene.RecoverC1Async();
        Assert.False(pending.Token.IsCancellationRequested);
        pending.LetGo();
        await AssertClosedInSilenceAsync(scene.C1);
        for (int i = 0; i < 20; i++)
        {
            await scene.C0.PingAsync(); // nothing else comes: each ping is answered by the next PDU
        }

        Assert.Equal(Complete, await ReassignAsync(scene.C0, read));
        await FinishReadAsync(scene.C0, read);
        Assert.Equal(Complete, await ReassignAsync(scene.C0, write, expDataSn: 1));
        RawFrame second = await scene.C0.ExpectAsync(RawOpcode.ReadyToTransfer);
        Assert.Equal((write, 1u, 512u, 512u), (second.InitiatorTaskTag, second[36], second[40], second[44]));
    }

    [Fact]
    [Rule("logout/L14")]
    public async Task L14_Data_that_was_queued_for_the_connection_does_not_go_out_after_the_logout()
    {
        const int Length = 16 << 20;
        await using MemoryDisk disk = new(Length);
        await using LogoutScene scene = await StartAsync(login: _level2, disks: disk);
        await scene.C1.SendAsync(RawFrames.ScsiCommand(0, scene.C1.NewTag(), Length, 0, RawFrames.Cdb10(ServerRig.Read10, 0, Length / 512)));
        await scene.C1.ExpectAsync(RawOpcode.DataIn); // it has begun; the rest is more than the sockets hold
        await scene.RecoverC1Async();
        Assert.InRange(await scene.C1.Connection.DrainAsync(), 0, Length - (2 << 20));
    }

    [Fact]
    [Rule("logout/L23")]
    [Rule("7143/8.3.2#N5")]
    [Rule("7143/8.3.2#N7")]
    [Rule("7143/8.3.2#N10")]
    public async Task L23_The_last_connection_logs_itself_out_for_recovery_and_another_goes_on_with_its_tasks()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(connections: 1, _level2, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        Assert.Equal((0, 0, 20), Answer(await LogOutAsync(scene.C0, ForRecovery, 0)));
        Assert.Null(await scene.C0.ReceiveAsync());
        Assert.False(pending.Token.IsCancellationRequested);
        Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
        RawInitiator next = await scene.JoinAsync(5);
        Assert.Equal(Complete, await ReassignAsync(next, read));
        pending.LetGo();
        await FinishReadAsync(next, read);
        await AssertReadyAsync(next);
    }

    [Theory]
    [InlineData(10u)]
    [InlineData(0u)]
    [Rule("logout/L35")]
    [Rule("7143/11.5.6#2")]
    [Rule("7143/7.2.2#3")]
    public async Task L35_A_read_goes_on_where_the_initiator_says(uint received)
    {
        const int Blocks = 512;
        await using MemoryDisk disk = new(1 << 20);
        byte[] content = await FillAsync(disk, Blocks * 512);
        await using LogoutScene scene = await StartAsync(login: _level2 with { MaxRecvDataSegmentLength = 8192 }, disks: disk);
        uint read = scene.C1.NewTag(), unacknowledged = scene.C1.ExpStatSn;
        await scene.C1.SendAsync(RawFrames.ScsiCommand(0, read, Blocks * 512, 0, RawFrames.Cdb10(ServerRig.Read10, 0, Blocks)));
        byte[] into = new byte[content.Length];
        for (uint dataSn = 0; dataSn < Math.Max(received, 1); dataSn++)
        {
            RawFrame data = await scene.C1.ExpectAsync(RawOpcode.DataIn);
            Assert.Equal(dataSn, data[36]);
            if (received > 0)
            {
                data.Data.CopyTo(into, (int)data[40]);
            }
        }

        await scene.RecoverC1Async(unacknowledged);
        Assert.Equal(Complete, await ReassignAsync(scene.C0, read, received));
        uint[] numbers = await CollectAsync(scene.C0, read, into);
        Assert.Equal(Enumerable.Range((int)received, 32 - (int)received).Select(static number => (uint)number), numbers);
        Assert.Equal(content, into);
    }

    [Fact]
    [Rule("logout/L36")]
    public async Task L36_A_write_goes_on_with_the_R2T_that_was_not_answered()
    {
        await using MemoryDisk disk = new(1 << 20);
        await using LogoutScene scene = await StartAsync(login: _solicited, disks: disk);
        uint write = scene.C1.NewTag();
        await scene.C1.SendAsync(RawFrames.ScsiCommand(0, write, 0, 3 * 512, RawFrames.Cdb10(ServerRig.Write10, 8, 3)));
        await SendDataAsync(scene.C1, await scene.C1.ExpectAsync(RawOpcode.ReadyToTransfer), 0xA0);
        RawFrame lost = await scene.C1.ExpectAsync(RawOpcode.ReadyToTransfer);
        Assert.Equal(1u, lost[36]);
        await scene.RecoverC1Async();
        Assert.Equal(Complete, await ReassignAsync(scene.C0, write, expDataSn: 1));
        for (uint r2tSn = 1; r2tSn < 3; r2tSn++)
        {
            RawFrame r2t = await scene.C0.ExpectAsync(RawOpcode.ReadyToTransfer);
            Assert.Equal((write, r2tSn, r2tSn * 512, 512u), (r2t.InitiatorTaskTag, r2t[36], r2t[40], r2t[44]));
            await scene.C0.SendAsync(RawFrames.DataOut(0, write, r2t.Word20, 0, r2t[40], final: true, Block((byte)(0xA0 + r2tSn))));
        }

        Assert.Equal((write, (byte)0), Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)));
        Assert.Equal([0xA0, 0xA1, 0xA2], (byte[])[await ReadAsync(scene.C0, 8), await ReadAsync(scene.C0, 9), await ReadAsync(scene.C0, 10)]);
    }

    [Fact]
    [Rule("logout/L37")]
    [Rule("7143/7.2.2#3")]
    public async Task L37_A_status_that_was_not_acknowledged_comes_again_with_a_number_of_the_new_connection()
    {
        await using LogoutScene scene = await StartAsync(login: _level2);
        uint wrong = scene.C1.NewTag(), unacknowledged = scene.C1.ExpStatSn;
        await scene.C1.SendAsync(RawFrames.ScsiCommand(0, wrong, 0, 0, [0xFF]));
        RawFrame former = await scene.C1.ExpectAsync(RawOpcode.ScsiResponse);
        Assert.Equal(unacknowledged, former[24]);
        await scene.RecoverC1Async(unacknowledged);
        Assert.Equal(Complete, await ReassignAsync(scene.C0, wrong));
        uint next = scene.C0.ExpStatSn;
        RawFrame again = await scene.C0.ExpectAsync(RawOpcode.ScsiResponse);
        Assert.Equal((wrong, (byte)2, next), (again.InitiatorTaskTag, again.Byte3, again[24]));
        Assert.Equal(former.Data, again.Data);
        await AssertReadyAsync(scene.C0); // acknowledges it
        Assert.Equal(NoTask, await ReassignAsync(scene.C0, wrong));
    }

    [Fact]
    [Rule("logout/L35")]
    [Rule("7143/7.2.2#7")]
    public async Task L35_A_SNACK_tag_of_the_former_connection_is_forgotten()
    {
        const uint SnackTag = 0xABCD1234;
        await using LogoutScene scene = await StartAsync(login: _level2);
        uint read = scene.C1.NewTag(), unacknowledged = scene.C1.ExpStatSn;
        await scene.C1.SendAsync(RawFrames.ScsiCommand(0, read, 512, 0, RawFrames.Cdb10(ServerRig.Read10, 0, 1)));
        await FinishReadAsync(scene.C1, read);
        RawFrame snack = RawFrames.Snack(3, read, SnackTag, 0, 0);
        snack[28] = unacknowledged;
        await scene.C1.Connection.SendAsync(snack);
        await scene.C1.ExpectAsync(RawOpcode.DataIn);
        Assert.Equal(SnackTag, (await scene.C1.ExpectAsync(RawOpcode.ScsiResponse)).Word20);
        await scene.RecoverC1Async(unacknowledged);
        Assert.Equal(Complete, await ReassignAsync(scene.C0, read));
        await scene.C0.ExpectAsync(RawOpcode.DataIn);
        Assert.Equal(0u, (await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)).Word20);
    }

    [Theory]
    [InlineData("running")]
    [InlineData("finished")]
    [InlineData("answered")]
    [Rule("logout/L38")]
    [Rule("7143/7.2.2#6")]
    [Rule("7143/11.5.1#15")]
    [Rule("7143/11.6#1")]
    public async Task L38_The_response_precedes_everything_else_of_the_task(string state)
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: _level2, disks: disk);
        uint before = scene.C1.ExpStatSn, read = await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        if (state == "answered")
        {
            pending.LetGo();
            await FinishReadAsync(scene.C1, read);
        }

        await scene.RecoverC1Async(before);
        if (state == "finished")
        {
            pending.LetGo();
            await scene.C0.PingAsync();
        }

        RawFrame request = RawFrames.TaskManagement(8, 0, scene.C0.NewTag(), read, 0);
        await scene.C0.SendAsync(request);
        pending.LetGo();
        Assert.Equal((RawOpcode.TaskManagementResponse, request.InitiatorTaskTag), (await scene.C0.ReceiveAsync()) is { } pdu ? (pdu.Opcode, pdu.InitiatorTaskTag) : default);
        await CollectAsync(scene.C0, read, new byte[512]);
    }

    [Fact]
    [Rule("logout/L39")]
    [Rule("7143/7.2.2#5")]
    public async Task L39_Refusals_at_level_2()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: _level2, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        Assert.Equal(StillAllegiant, await ReassignAsync(scene.C0, read));
        Assert.Equal(NoTask, await ReassignAsync(scene.C0, 4711));
        RawFrame numbered = RawFrames.TaskManagement(8, 0, scene.C0.NewTag(), read, 0);
        numbered.Immediate = false;
        await scene.C0.SendAsync(numbered);
        scene.C0.CmdSn--;
        Assert.Equal(4, (await scene.C0.ExpectAsync(RawOpcode.Reject)).Byte2);
        await scene.RecoverC1Async();
        Assert.Equal(Complete, await ReassignAsync(scene.C0, read, lun: 77));
        pending.LetGo();
        await FinishReadAsync(scene.C0, read);
    }

    [Fact]
    [Rule("logout/L39")]
    [Rule("7143/7.2.2#5")]
    public async Task L39_A_connection_that_was_lost_and_not_logged_out_keeps_its_tasks()
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(login: _level2, disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        scene.C1.Connection.Reset();
        Assert.Equal(2, (await scene.C0.ExpectAsync(RawOpcode.AsyncMessage)).Header[36]);
        Assert.Equal(StillAllegiant, await ReassignAsync(scene.C0, read));
        await scene.RecoverC1Async();
        Assert.Equal(Complete, await ReassignAsync(scene.C0, read));
        pending.LetGo();
        await FinishReadAsync(scene.C0, read);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Rule("logout/L39")]
    [Rule("7143/7.2.2#4")]
    public async Task L39_Below_level_2_nothing_is_reassigned(int level)
    {
        await using LogoutScene scene = await StartAsync(connections: 1, _level2 with { ErrorRecoveryLevel = level });
        Assert.Equal(NotSupported, await ReassignAsync(scene.C0, 4711));
    }

    [Theory]
    [InlineData("function")]
    [InlineData("text")]
    [InlineData("logout")]
    [Rule("logout/L39")]
    [Rule("7143/11.5.1#16")]
    [Rule("7143/11.5.1#17")]
    public async Task L39_Functions_texts_and_logouts_are_not_reassigned(string kind)
    {
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(login: _level2, disks: disk);
        await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        uint tag = scene.C1.NewTag();
        switch (kind)
        {
            case "function":
                await scene.C1.SendAsync(RawFrames.TaskManagement(2, 0, tag, RawFrames.ReservedTag, 0));
                break;
            case "text":
                await scene.C1.SendAsync(RawFrames.TextRequest(tag, RawFrames.ReservedTag, final: false, "X-com.example.a=1"));
                Assert.NotEqual(RawFrames.ReservedTag, (await scene.C1.ExpectAsync(RawOpcode.TextResponse)).Word20);
                break;
            default:
                tag = await SendLogoutAsync(scene.C1, CloseConnection, 1);
                break;
        }

        if (kind != "text")
        {
            await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        }

        Assert.Equal(Rejected, await ReassignAsync(scene.C0, tag));
        pending.LetGo();
    }

    [Theory]
    [InlineData(8192, 65536)]
    [InlineData(65536, 8192)]
    [Rule("logout/L40")]
    public async Task L40_Another_MaxRecvDataSegmentLength_loses_no_byte(int former, int later)
    {
        const int Blocks = 1024, Received = 3;
        await using MemoryDisk disk = new(1 << 20);
        byte[] content = await FillAsync(disk, Blocks * 512);
        await using LogoutScene scene = await StartAsync(connections: 1, _level2 with { MaxRecvDataSegmentLength = later }, disks: disk);
        using RawInitiator other = await scene.C0.ConnectAnotherAsync(scene.Rig.Portal);
        Assert.Equal(0u, (await other.LogInAsync(scene.Login with { Cid = 1, Tsih = scene.C0.Tsih, MaxRecvDataSegmentLength = former }))[36] >> 16);
        uint read = other.NewTag(), unacknowledged = other.ExpStatSn;
        await other.SendAsync(RawFrames.ScsiCommand(0, read, Blocks * 512, 0, RawFrames.Cdb10(ServerRig.Read10, 0, Blocks)));
        byte[] into = new byte[content.Length];
        for (int i = 0; i < Received; i++)
        {
            RawFrame data = await other.ExpectAsync(RawOpcode.DataIn);
            data.Data.CopyTo(into, (int)data[40]);
        }

        Assert.Equal(0, (await LogOutAsync(scene.C0, ForRecovery, 1, expStatSn: unacknowledged)).Byte2);
        Assert.Equal(Complete, await ReassignAsync(scene.C0, read, Received));
        await CollectAsync(scene.C0, read, into);
        Assert.Equal(content, into);
    }

    private static async Task<byte[]> FillAsync(MemoryDisk disk, int length)
    {
        byte[] content = new byte[length];
        new Random(35).NextBytes(content);
        Assert.Equal(IoStatus.Ok, await disk.WriteAsync(0, content, false, CancellationToken.None));
        return content;
    }
}
