using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: gaps in the command numbers can be closed, and a logout keeps to the numbers or passes them.</summary>
public class CommandNumberTests
{
    private const byte AbortTask = 1;

    [Fact]
    [Rule("logout/L47")]
    [Rule("7143/7.11#2")]
    public async Task L47_ABORT_TASK_closes_the_gap_of_a_command_that_never_came()
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        uint gap = scene.C0.CmdSn;
        await SendNumberedAsync(scene.C0, gap + 1, RawFrames.ScsiCommand(0, 1001, 0, 0, TestUnitReady));
        scene.C0.CmdSn = gap + 2;
        await scene.C0.SendAsync(RawFrames.TaskManagement(AbortTask, 0, scene.C0.NewTag(), 4711, gap));
        RawFrame[] both = [(await scene.C0.ReceiveAsync())!, (await scene.C0.ReceiveAsync())!];
        RawFrame response = both.Single(static pdu => pdu.Opcode == RawOpcode.TaskManagementResponse);
        Assert.Equal((0, gap + 2), (response.Byte2, response[28]));
        Assert.Equal((1001u, (byte)0), Tail(both.Single(static pdu => pdu.Opcode == RawOpcode.ScsiResponse)));
        await AssertReadyAsync(scene.C0);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(500)]
    [Rule("logout/L47")]
    public async Task L47_A_number_outside_of_the_window_or_not_before_the_request_is_no_task(int distance)
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        uint expected = scene.C0.CmdSn;
        RawFrame response = await AbortAsync(scene.C0, 4711, expected + (uint)distance);
        Assert.Equal((1, expected), (response.Byte2, response[28]));
        await AssertReadyAsync(scene.C0);
    }

    [Fact]
    [Rule("logout/L47")]
    [Rule("7143/7.11#3")]
    public async Task L47_A_command_that_was_answered_is_no_task()
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        uint tag = scene.C0.NewTag(), number = scene.C0.CmdSn;
        await scene.C0.SendAsync(RawFrames.ScsiCommand(0, tag, 0, 0, TestUnitReady));
        await scene.C0.ExpectAsync(RawOpcode.ScsiResponse);
        Assert.Equal(1, (await AbortAsync(scene.C0, tag, number)).Byte2);
    }

    [Fact]
    [Rule("logout/L47")]
    public async Task L47_After_the_logout_of_its_connection_a_task_can_be_aborted_on_another()
    {
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await StartAsync(disks: disk);
        uint number = scene.C0.CmdSn, tag = await ServerRig.StartReadAsync(scene.C1);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        await SendLogoutAsync(scene.C1, CloseConnection, 1);
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        await scene.C0.SendAsync(RawFrames.TaskManagement(AbortTask, 0, scene.C0.NewTag(), tag, number));
        await scene.C0.PingAsync();
        pending.LetGo();
        Assert.Equal(0, (await scene.C0.ExpectAfterWindowAsync(RawOpcode.TaskManagementResponse)).Byte2);
        await scene.C1.ExpectAsync(RawOpcode.LogoutResponse);
    }

    [Fact]
    [Rule("logout/L48")]
    public async Task L48_An_immediate_logout_does_not_wait_for_a_gap()
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        uint gap = scene.C0.CmdSn;
        scene.C0.CmdSn = gap + 5;
        RawFrame response = await LogOutAsync(scene.C0, CloseSession, 0);
        Assert.Equal((0, gap), (response.Byte2, response[28]));
    }

    [Fact]
    [Rule("logout/L48")]
    public async Task L48_A_numbered_logout_waits_for_its_turn()
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        uint gap = scene.C0.CmdSn;
        scene.C0.CmdSn = gap + 5;
        uint tag = await SendLogoutAsync(scene.C0, CloseSession, 0, immediate: false);
        for (uint i = 5; i-- > 0;)
        {
            await scene.C0.PingAsync(); // neither answered nor deaf meanwhile
            await SendNumberedAsync(scene.C0, gap + i, RawFrames.ScsiCommand(0, 1000 + i, 0, 0, TestUnitReady));
        }

        // The commands before it are delivered; whether they end before it ends them is their own affair.
        RawFrame? response = await scene.C0.ReceiveAsync();
        while (response?.Opcode == RawOpcode.ScsiResponse)
        {
            response = await scene.C0.ReceiveAsync();
        }

        Assert.Equal(RawOpcode.LogoutResponse, response!.Opcode);
        Assert.Equal((tag, gap + 6), (response.InitiatorTaskTag, response[28]));
        Assert.Null(await scene.C0.ReceiveAsync());
    }

    [Fact]
    [Rule("logout/L49")]
    [Rule("7143/4.2.2.1#11")]
    public async Task L49_At_a_closed_window_only_an_immediate_logout_is_heard()
    {
        const int Window = 4;
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(
            connections: 1, change: options => options with { Session = new TargetSessionOptions { WindowDepth = Window } }, disks: disk);
        for (int i = 0; i < Window; i++)
        {
            await ServerRig.StartReadAsync(scene.C0);
            await disk.NextReadAsync();
        }

        uint number = scene.C0.CmdSn;
        await SendLogoutAsync(scene.C0, CloseSession, 0, immediate: false);
        scene.C0.CmdSn = number;
        await scene.C0.PingAsync();
        Assert.Equal(number - 1, scene.C0.MaxCmdSn);
        RawFrame response = await LogOutAsync(scene.C0, CloseSession, 0);
        Assert.Equal((0, number), (response.Byte2, response[28]));
    }

    private static async Task<RawFrame> AbortAsync(RawInitiator initiator, uint referenced, uint refCmdSn)
    {
        await initiator.SendAsync(RawFrames.TaskManagement(AbortTask, 0, initiator.NewTag(), referenced, refCmdSn));
        return await initiator.ExpectAsync(RawOpcode.TaskManagementResponse);
    }
}
