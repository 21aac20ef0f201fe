using Blockwire.Scsi;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Task sets over real sockets: auto contingent allegiance, and whose tasks a failure or another initiator ends, with an answer or without.</summary>
public sealed class AllegianceTests
{
    private const byte Good = 0, CheckCondition = 2, Busy = 8, AcaActive = 0x30, TaskAborted = 0x40, ClearAca = 3, ClearTaskSet = 4;
    private const byte Simple = 1, Ordered = 2, Aca = 4, Naca = 4;

    private static readonly byte[] _testUnitReady = new byte[6];

    [Fact]
    [Rule("7143/11.3.1")]
    [Rule("7143/11.5.1")]
    public async Task A_failure_with_NACA_stops_the_nexus_until_CLEAR_ACA()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator faulted = await rig.LogInAsync(1), other = await rig.LogInAsync(2);
        Assert.Equal(CheckCondition, (await faulted.CommandAsync(0, FailingRead(), 512)).Status);
        Assert.Equal(AcaActive, (await faulted.CommandAsync(0, _testUnitReady)).Status);
        Assert.Equal(Busy, (await other.CommandAsync(0, _testUnitReady)).Status);
        await SendAsync(faulted, _testUnitReady, attribute: Aca);
        Assert.Equal(Good, (await faulted.ExpectAsync(RawOpcode.ScsiResponse)).Byte3);
        Assert.Equal(0, await ManageAsync(other, ClearAca)); // complete, and no concern of its
        Assert.Equal(AcaActive, (await faulted.CommandAsync(0, _testUnitReady)).Status);
        Assert.Equal(0, await ManageAsync(faulted, ClearAca));
        Assert.Equal(Good, (await faulted.CommandAsync(0, _testUnitReady)).Status);
        Assert.Equal(Good, (await other.CommandAsync(0, _testUnitReady)).Status);
        Assert.Equal(0, await ManageAsync(faulted, ClearAca));
    }

    [Fact]
    [Rule("7143/11.3.1")]
    public async Task What_was_sent_behind_the_failure_does_not_run_before_it_is_dealt_with()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await rig.LogInAsync(1);
        byte[] written = [.. Enumerable.Repeat((byte)0xA5, 512)];

        // In one segment: the read fails before the write, which waits for it in order, may begin.
        RawFrame read = Frame(initiator, FailingRead(), Simple, expectedIn: 512);
        RawFrame write = Frame(initiator, RawFrames.Cdb10(ServerRig.Write10, 0, 1), Ordered, dataOut: written);
        await initiator.SendAsync(read);
        await initiator.SendAsync(write);
        Assert.Equal((read.InitiatorTaskTag, CheckCondition), await StatusAsync(initiator));
        if (!await IsSilentAsync(initiator))
        {
            // The write came when the read had failed already: it was refused, which is as good.
            return;
        }

        uint aca = await SendAsync(initiator, RawFrames.Cdb10(ServerRig.Read10, 0, 1), Aca, 512);
        RawFrame before = await initiator.ExpectAsync(RawOpcode.DataIn);
        Assert.Equal((aca, 0), (before.InitiatorTaskTag, before.Data.Max()));
        await SendFunctionAsync(initiator, ClearAca);
        Dictionary<byte, RawFrame> answers = [];
        for (int i = 0; i < 2; i++)
        {
            RawFrame answer = (await initiator.ReceiveAsync())!;
            answers[answer.Opcode] = answer;
        }

        Assert.Equal(0, answers[RawOpcode.TaskManagementResponse].Byte2);
        Assert.Equal((write.InitiatorTaskTag, Good), (answers[RawOpcode.ScsiResponse].InitiatorTaskTag, answers[RawOpcode.ScsiResponse].Byte3));
        Assert.Equal(written, (await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 0, 1), 512)).DataIn);
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("session end")]
    public async Task Commands_of_others_that_are_under_way_end_when_it_does(string how)
    {
        SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator faulted = await rig.LogInAsync(1), other = await rig.LogInAsync(2);
        uint tag = await ServerRig.StartReadAsync(other);
        SlowDisk.Pending read = await disk.NextReadAsync();
        Assert.Equal(CheckCondition, (await faulted.CommandAsync(0, FailingRead(), 512)).Status);
        read.LetGo();
        Assert.True(await IsSilentAsync(other));
        if (how == "clear")
        {
            Assert.Equal(0, await ManageAsync(faulted, ClearAca));
        }
        else
        {
            await faulted.LogOutAsync();
        }

        Assert.Equal(tag, (await other.ExpectAsync(RawOpcode.DataIn)).InitiatorTaskTag);
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x40)]
    public async Task QERR_ends_the_commands_of_all_with_the_failure_of_one(byte tas)
    {
        SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator failing = await rig.LogInAsync(1), other = await rig.LogInAsync(2);
        await SelectControlAsync(failing, other, (3, 0x02), (5, tas));
        await ServerRig.StartReadAsync(failing);
        uint tag = await ServerRig.StartReadAsync(other);
        SlowDisk.Pending one = await disk.NextReadAsync(), two = await disk.NextReadAsync();
        Assert.Equal(CheckCondition, (await failing.CommandAsync(0, [.. FailingRead()[..9], 0], 512)).Status);
        await Task.WhenAll(one.Cancelled.Task, two.Cancelled.Task).WaitAsync(ServerRig.Limit, TestContext.Current.CancellationToken);
        if (tas != 0)
        {
            Assert.Equal((tag, TaskAborted), await StatusAsync(other));
            Assert.True((await other.CommandAsync(0, _testUnitReady)).IsGood);
        }
        else
        {
            RawScsiResult attention = await other.CommandAsync(0, _testUnitReady);
            Assert.Equal((RawScsiResult.UnitAttention, (byte)0x2F, (byte)0), (attention.SenseKey, attention.Sense[12], attention.Sense[13]));
        }

        Assert.True((await failing.CommandAsync(0, _testUnitReady)).IsGood);
    }

    [Theory]
    [InlineData(0x00, true)]
    [InlineData(0x20, false)]
    public async Task CLEAR_TASK_SET_reaches_others_where_all_share_a_task_set(byte tst, bool reaches)
    {
        SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator by = await rig.LogInAsync(1), other = await rig.LogInAsync(2);
        await SelectControlAsync(by, other, (2, tst), (5, 0x40));
        uint tag = await ServerRig.StartReadAsync(other);
        SlowDisk.Pending read = await disk.NextReadAsync();
        Assert.Equal(0, await ManageAsync(by, ClearTaskSet));
        read.LetGo();
        if (reaches)
        {
            Assert.Equal((tag, TaskAborted), await StatusAsync(other));
        }
        else
        {
            Assert.Equal(tag, (await other.ExpectAsync(RawOpcode.DataIn)).InitiatorTaskTag);
        }
    }

    [Fact]
    public async Task PREEMPT_AND_ABORT_of_the_own_key_ends_the_other_commands_of_the_nexus()
    {
        SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator initiator = await rig.LogInAsync(1);
        Assert.True((await ReserveOutAsync(initiator, ReservationAction.Register, 0, 7)).IsGood);
        await ServerRig.StartReadAsync(initiator);
        SlowDisk.Pending read = await disk.NextReadAsync();
        Assert.True((await ReserveOutAsync(initiator, ReservationAction.PreemptAndAbort, 7, 7)).IsGood);
        Assert.True(read.Cancelled.Task.IsCompleted);
        Assert.True((await initiator.CommandAsync(0, _testUnitReady)).IsGood);
    }

    private static byte[] FailingRead() => [.. RawFrames.Cdb10(ServerRig.Read10, uint.MaxValue, 1)[..9], Naca];

    private static RawFrame Frame(RawInitiator initiator, byte[] cdb, byte attribute, uint expectedIn = 0, byte[]? dataOut = null)
    {
        RawFrame pdu = RawFrames.ScsiCommand(0, initiator.NewTag(), expectedIn, (uint)(dataOut?.Length ?? 0), cdb, dataOut ?? []);
        pdu.Flags = (byte)((pdu.Flags & ~7) | attribute);
        return pdu;
    }

    private static async Task<uint> SendAsync(RawInitiator initiator, byte[] cdb, byte attribute, uint expectedIn = 0)
    {
        RawFrame pdu = Frame(initiator, cdb, attribute, expectedIn);
        await initiator.SendAsync(pdu);
        return pdu.InitiatorTaskTag;
    }

    private static async Task<(uint Tag, byte Status)> StatusAsync(RawInitiator initiator)
    {
        RawFrame response = await initiator.ExpectAfterWindowAsync(RawOpcode.ScsiResponse);
        return (response.InitiatorTaskTag, response.Byte3);
    }

    // What comes before the answer to a ping would have come by now.
    private static async Task<bool> IsSilentAsync(RawInitiator initiator)
    {
        uint tag = initiator.NewTag();
        await initiator.SendAsync(RawFrames.NopOut(tag));
        RawFrame answer = (await initiator.ReceiveAsync())!;
        return answer.Opcode == RawOpcode.NopIn;
    }

    private static Task SendFunctionAsync(RawInitiator initiator, byte function) =>
        initiator.SendAsync(RawFrames.TaskManagement(function, 0, initiator.NewTag(), RawFrames.ReservedTag, 0));

    private static async Task<byte> ManageAsync(RawInitiator initiator, byte function)
    {
        await SendFunctionAsync(initiator, function);
        return (await initiator.ExpectAfterWindowAsync(RawOpcode.TaskManagementResponse)).Byte2;
    }

    private static async Task SelectControlAsync(RawInitiator by, RawInitiator other, params (int At, byte Bits)[] bits)
    {
        byte[] page = [0x0A, 0x0A, 0x02, 0x10, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0];
        foreach ((int at, byte some) in bits)
        {
            page[at] |= some;
        }

        Assert.True((await by.CommandAsync(0, [0x15, 0x10, 0, 0, 16, 0], dataOut: [0, 0, 0, 0, .. page])).IsGood);
        Assert.True((await other.CommandAfterAttentionsAsync(0, _testUnitReady)).IsGood);
    }

    private static Task<RawScsiResult> ReserveOutAsync(RawInitiator by, ReservationAction action, ulong key, ulong other) => by.CommandAsync(
        0, [OperationCode.PersistentReserveOut, (byte)action, 0, 0, 0, 0, 0, 0, ReservationParameters.Length, 0], dataOut: new ReservationParameters(key, other).ToArray());
}
