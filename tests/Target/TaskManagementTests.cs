using Blockwire.Scsi;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Task management that reaches other sessions and connections, over real sockets.</summary>
public class TaskManagementTests
{
    private const byte AbortTaskSet = 2, LogicalUnitReset = 5, TargetWarmReset = 6, TargetColdReset = 7;
    private const byte TaskTermination = 5;

    private static readonly byte[] _testUnitReady = new byte[6];

    [Fact]
    [Rule("7143/4.2.3.4")]
    [Rule("7143/11.9.1")]
    public async Task A_reset_does_not_wait_for_the_data_of_another_initiator_which_is_told()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator writer = await LogInAsync(rig, 1, "FastAbort"), by = await LogInAsync(rig, 2, "FastAbort");
        RawFrame r2t = await StartWriteAsync(writer);
        await ManageAsync(by, LogicalUnitReset);
        Assert.Equal(0, (await by.ExpectAsync(RawOpcode.TaskManagementResponse)).Byte2);
        RawFrame message = await writer.ExpectAsync(RawOpcode.AsyncMessage);
        Assert.Equal((TaskTermination, 0ul, RawFrames.ReservedTag, 0), (message.Header[36], message.Lun, message.InitiatorTaskTag, message.DataSegmentLength));

        long broken = rig.Server.Statistics.Deviations;
        await writer.SendAsync(RawFrames.DataOut(0, r2t.InitiatorTaskTag, r2t.Word20, 0, 0, false, new byte[512])); // was on its way
        RawFrame acknowledgement = RawFrames.NopOut(RawFrames.ReservedTag);
        await writer.SendAsync(acknowledgement);
        RawScsiResult attention = await CommandAsync(writer);
        Assert.Equal((RawScsiResult.UnitAttention, (byte)0x29, (byte)3), (attention.SenseKey, attention.Sense[12], attention.Sense[13]));
        Assert.Equal(broken, rig.Server.Statistics.Deviations);
        Assert.True((await writer.CommandAsync(0, RawFrames.Cdb10(ServerRig.Write10, 0, 1), dataOut: new byte[512])).IsGood);
    }

    [Fact]
    [Rule("7143/4.2.3.4")]
    public async Task Abort_of_the_tasks_of_two_connections_is_answered_when_the_other_has_acknowledged_the_message()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator first = await LogInAsync(rig, 1, "FastAbort");
        using RawInitiator second = await JoinAsync(rig, first, 1, "FastAbort");
        await StartWriteAsync(second);
        first.CmdSn = second.CmdSn;
        await ManageAsync(first, AbortTaskSet);
        Task<RawFrame> response = ExpectAsync(first, RawOpcode.TaskManagementResponse);
        Assert.Equal(TaskTermination, (await second.ExpectAsync(RawOpcode.AsyncMessage)).Header[36]);
        Assert.False(response.IsCompleted);
        await second.SendAsync(RawFrames.NopOut(RawFrames.ReservedTag));
        Assert.Equal(0, (await response).Byte2);
    }

    [Fact]
    [Rule("7143/4.2.3.5")]
    public async Task An_initiator_without_FastAbort_is_not_told()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator writer = await LogInAsync(rig, 1, "RFC3720"), by = await LogInAsync(rig, 2, "FastAbort");
        await StartWriteAsync(writer);
        await ManageAsync(by, LogicalUnitReset);
        Assert.Equal(0, (await by.ExpectAsync(RawOpcode.TaskManagementResponse)).Byte2);
        RawScsiResult attention = await CommandAsync(writer);
        Assert.Equal((RawScsiResult.UnitAttention, (byte)0x29), (attention.SenseKey, attention.Sense[12]));
    }

    [Theory]
    [InlineData("ResponseFence", true)]
    [InlineData("FastAbort", true)]
    [InlineData("RFC3720", false)]
    [Rule("7143/4.2.2.3.4")]
    [Rule("7143/4.2.3.4#11")]
    public async Task The_first_unit_attention_of_another_session_waits_for_the_statuses_before_it(string reporting, bool waits)
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator by = await LogInAsync(rig, 2, "RFC3720"), first = await LogInAsync(rig, 1, reporting);
        using RawInitiator second = await JoinAsync(rig, first, 1, reporting);
        await ManageAsync(by, LogicalUnitReset);
        Assert.Equal(0, (await by.ExpectAsync(RawOpcode.TaskManagementResponse)).Byte2);

        // The last status on the first connection is not acknowledged yet.
        await second.SendAsync(RawFrames.ScsiCommand(0, second.NewTag(), 0, 0, _testUnitReady));
        Task<RawFrame> status = ExpectAsync(second, RawOpcode.ScsiResponse);
        if (waits)
        {
            RawFrame ping = await first.ExpectAsync(RawOpcode.NopIn);
            Assert.False(status.IsCompleted);
            await AnswerAsync(first, ping);
        }

        Assert.Equal(2, (await status).Byte3);
    }

    [Theory]
    [InlineData("ResponseFence", true)]
    [InlineData("RFC3720", false)]
    [Rule("7143/4.2.2.3.4#6")]
    public async Task The_status_of_preempt_and_abort_waits_for_the_statuses_before_it(string reporting, bool waits)
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator victim = await LogInAsync(rig, 2, "RFC3720"), first = await LogInAsync(rig, 1, reporting);
        using RawInitiator second = await JoinAsync(rig, first, 1, reporting);
        Assert.True((await ReserveOutAsync(victim, ReservationAction.Register, 0, 2)).IsGood);
        Assert.True((await ReserveOutAsync(second, ReservationAction.Register, 0, 1)).IsGood);

        // The last status on the first connection is not acknowledged yet.
        Task<RawScsiResult> status = ReserveOutAsync(second, ReservationAction.PreemptAndAbort, 1, 2);
        if (waits)
        {
            RawFrame ping = await first.ExpectAsync(RawOpcode.NopIn);
            Assert.False(status.IsCompleted);
            await AnswerAsync(first, ping);
        }

        Assert.True((await status).IsGood);
    }

    [Theory]
    [InlineData(TargetWarmReset)]
    [InlineData(TargetColdReset)]
    [Rule("7143/11.6.1")]
    public async Task A_reset_of_the_target_may_be_forbidden(byte function)
    {
        await using ServerRig rig = await ServerRig.StartAsync(change: static options => options with { AllowTargetReset = false });
        using RawInitiator by = await rig.LogInAsync(1), other = await rig.LogInAsync(2);
        await ManageAsync(by, function);
        Assert.Equal(6, (await by.ExpectAsync(RawOpcode.TaskManagementResponse)).Byte2);
        Assert.True((await other.CommandAsync(0, _testUnitReady)).IsGood);
        Assert.True((await by.CommandAsync(0, _testUnitReady)).IsGood);
    }

    private static async Task<RawInitiator> LogInAsync(ServerRig rig, ulong isid, string reporting)
    {
        RawInitiator initiator = await RawInitiator.LogInAsync(rig.Portal, Login(isid, 0, reporting));
        Assert.Equal(reporting, initiator.Answers["TaskReporting"]);
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, _testUnitReady)).IsGood);
        return initiator;
    }

    private static async Task<RawInitiator> JoinAsync(ServerRig rig, RawInitiator leader, ushort cid, string reporting)
    {
        RawInitiator initiator = await RawInitiator.ConnectAsync(rig.Portal);
        initiator.CmdSn = leader.CmdSn;
        RawFrame login = Login(1, cid, reporting).ToPdu(initiator.NewTag());
        login.Lun |= leader.Tsih;
        await initiator.SendAsync(login);
        Assert.Equal(0u, (await initiator.ExpectAsync(RawOpcode.LoginResponse))[36] >> 16);
        return initiator;
    }

    private static Task<RawScsiResult> ReserveOutAsync(RawInitiator by, ReservationAction action, ulong key, ulong other) => by.CommandAsync(
        0, [OperationCode.PersistentReserveOut, (byte)action, 0, 0, 0, 0, 0, 0, ReservationParameters.Length, 0], dataOut: new ReservationParameters(key, other).ToArray());

    private static RawLogin Login(ulong isid, ushort cid, string reporting) =>
        new(ServerRig.TargetName) { Isid = 0x80_0000_000000 | isid, Cid = cid, MaxConnections = 4, MoreKeys = [$"TaskReporting={reporting}"] };

    private static Task ManageAsync(RawInitiator initiator, byte function) =>
        initiator.SendAsync(RawFrames.TaskManagement(function, 0, initiator.NewTag(), RawFrames.ReservedTag, 0));

    // A write that is not sent: its R2T comes back.
    private static async Task<RawFrame> StartWriteAsync(RawInitiator initiator)
    {
        await initiator.SendAsync(RawFrames.ScsiCommand(0, initiator.NewTag(), 0, 4096, RawFrames.Cdb10(ServerRig.Write10, 0, 8)));
        return await initiator.ExpectAsync(RawOpcode.ReadyToTransfer);
    }

    private static async Task<RawScsiResult> CommandAsync(RawInitiator initiator)
    {
        await initiator.SendAsync(RawFrames.ScsiCommand(0, initiator.NewTag(), 0, 0, _testUnitReady));
        RawFrame response = await ExpectAsync(initiator, RawOpcode.ScsiResponse);
        return new(response.Byte3, response.Data.Length > 2 ? response.Data[2..] : [], []);
    }

    // Pings are answered, and what tells of the window alone is passed over.
    private static async Task<RawFrame> ExpectAsync(RawInitiator initiator, byte opcode)
    {
        while (true)
        {
            RawFrame pdu = (await initiator.ReceiveAsync())!;
            if (pdu.Opcode != RawOpcode.NopIn)
            {
                return pdu.Opcode == opcode ? pdu : throw new InvalidDataException($"opcode {opcode:X2} was expected, not {pdu}");
            }

            if (pdu.Word20 != RawFrames.ReservedTag)
            {
                await AnswerAsync(initiator, pdu);
            }
        }
    }

    private static Task AnswerAsync(RawInitiator initiator, RawFrame ping)
    {
        RawFrame answer = RawFrames.NopOut(RawFrames.ReservedTag);
        answer.Word20 = ping.Word20;
        return initiator.SendAsync(answer);
    }
}
