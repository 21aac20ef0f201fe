using Blockwire.Target.Tests.Logout;
using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Recovery;

/// <summary>Goal: what was lost on the way comes again as it was. Method: recovery level 1 over a socket; a PDU counts as lost when the test does not acknowledge it.</summary>
public class SnackTests
{
    private const byte DataOrR2T = 0, Status = 1, DataAck = 2, RData = 3;
    private const int Segment = 8192, Blocks = 80; // five PDUs of data

    private static readonly RawLogin _level1 = new(ServerRig.TargetName) { ErrorRecoveryLevel = 1, MaxRecvDataSegmentLength = Segment, InitialR2T = "Yes", ImmediateData = "No" };

    [Fact]
    [Rule("7143/11.16#1")]
    [Rule("7143/11.16#2")]
    [Rule("7143/11.16#3")]
    public async Task A_status_comes_again_but_for_the_window()
    {
        await using LogoutScene scene = await StartAsync(connections: 1, _level1);
        uint statSn = scene.C0.ExpStatSn;
        RawFrame first = await SendAsync(scene.C0, [0xFF], statSn);
        RawFrame second = await SendAsync(scene.C0, TestUnitReady, statSn);
        RawFrame again = await SnackAsync(scene.C0, Status, RawFrames.ReservedTag, RawFrames.ReservedTag, statSn, 1, statSn);
        Assert.Equal((statSn, second[28], second[32]), (again[24], again[28], again[32]));
        AssertReplica(first, again, 28, 32);
        Assert.Equal(first.Data, again.Data);
    }

    [Fact]
    [Rule("7143/11.16#1")]
    [Rule("7143/11.16#2")]
    [Rule("7143/11.16#4")]
    public async Task An_R2T_comes_again_but_for_the_window_and_StatSN()
    {
        await using LogoutScene scene = await StartAsync(connections: 1, _level1);
        RawFrame r2t = await StartWriteAsync(scene.C0);
        await AssertReadyAsync(scene.C0);
        RawFrame again = await SnackAsync(scene.C0, DataOrR2T, r2t.InitiatorTaskTag, RawFrames.ReservedTag, r2t[36], 1);
        Assert.Equal((RawOpcode.ReadyToTransfer, scene.C0.ExpStatSn), (again.Opcode, again[24]));
        AssertReplica(r2t, again, 24, 28, 32);
        await SendDataAsync(scene.C0, again, 0x42);
        Assert.Equal((r2t.InitiatorTaskTag, (byte)0), Tail(await scene.C0.ExpectAsync(RawOpcode.ScsiResponse)));
        Assert.Equal(0x42, await ReadAsync(scene.C0, 0));
    }

    [Fact]
    [Rule("7143/11.16#1")]
    [Rule("7143/11.16#5")]
    [Rule("7143/11.16#6")]
    [Rule("7143/7.8#7")]
    public async Task Data_comes_again_but_for_the_window()
    {
        await using LogoutScene scene = await StartAsync(connections: 1, _level1);
        uint statSn = scene.C0.ExpStatSn;
        List<RawFrame> sent = await ReadAllAsync(scene.C0, statSn);
        Assert.Equal([0u, 1u, 2u, 3u, 4u], sent.SkipLast(1).Select(static pdu => pdu[36]));
        RawFrame later = await SendAsync(scene.C0, TestUnitReady, statSn);
        RawFrame snack = RawFrames.Snack(DataOrR2T, sent[0].InitiatorTaskTag, RawFrames.ReservedTag, 1, 2);
        snack[28] = statSn;
        await scene.C0.Connection.SendAsync(snack);
        foreach (RawFrame original in sent[1..3])
        {
            RawFrame again = await scene.C0.ExpectAsync(RawOpcode.DataIn);
            Assert.Equal((later[28], later[32]), (again[28], again[32]));
            AssertReplica(original, again, 28, 32);
            Assert.Equal(original.Data, again.Data);
        }
    }

    [Theory]
    [InlineData(Status, 1000u, 1u)] // not sent yet
    [InlineData(Status, uint.MaxValue, 1u)] // acknowledged: one before
    [InlineData(DataOrR2T, 5u, 1u)] // there are five, 0 to 4
    [InlineData(DataOrR2T, 4u, 2u)]
    [Rule("7143/11.16#7")]
    public async Task What_was_not_sent_or_is_acknowledged_is_rejected(byte type, uint begin, uint run)
    {
        await using LogoutScene scene = await StartAsync(connections: 1, _level1);
        uint statSn = scene.C0.ExpStatSn;
        uint read = (await ReadAllAsync(scene.C0, statSn))[0].InitiatorTaskTag;
        RawFrame reject = type == Status
            ? await SnackAsync(scene.C0, type, RawFrames.ReservedTag, RawFrames.ReservedTag, statSn + begin, run, statSn)
            : await SnackAsync(scene.C0, type, read, RawFrames.ReservedTag, begin, run, statSn);
        Assert.Equal((RawOpcode.Reject, 4), (reject.Opcode, reject.Byte2));
        await AssertReadyAsync(scene.C0);
    }

    [Fact]
    [Rule("7143/11.16#1")]
    [Rule("7143/11.16#7")]
    public async Task Acknowledged_data_is_not_sent_again()
    {
        await using LogoutScene scene = await StartAsync(connections: 1, _level1 with { MaxBurstLength = 2 * Segment });
        uint statSn = scene.C0.ExpStatSn;
        List<RawFrame> sent = await ReadAllAsync(scene.C0, statSn);
        RawFrame asks = sent.First(static pdu => (pdu.Flags & 0x40) != 0); // A bit
        RawFrame acknowledgement = RawFrames.Snack(DataAck, RawFrames.ReservedTag, asks.Word20, asks[36] + 1, 0);
        acknowledgement.Lun = asks.Lun;
        acknowledgement[28] = statSn;
        await scene.C0.Connection.SendAsync(acknowledgement);
        RawFrame reject = await SnackAsync(scene.C0, DataOrR2T, asks.InitiatorTaskTag, RawFrames.ReservedTag, asks[36], 1, statSn);
        Assert.Equal((RawOpcode.Reject, 4), (reject.Opcode, reject.Byte2));
        RawFrame rest = await SnackAsync(scene.C0, DataOrR2T, asks.InitiatorTaskTag, RawFrames.ReservedTag, asks[36] + 1, 1, statSn);
        Assert.Equal((RawOpcode.DataIn, asks[36] + 1), (rest.Opcode, rest[36]));
    }

    [Fact]
    [Rule("7143/11.16#1")]
    [Rule("7143/11.16.3#2")]
    [Rule("7143/11.16.5#2")]
    public async Task R_Data_brings_everything_again_and_its_tag_in_the_response()
    {
        const uint Tag = 0xABCD1234;
        await using LogoutScene scene = await StartAsync(connections: 1, _level1);
        uint statSn = scene.C0.ExpStatSn;
        List<RawFrame> sent = await ReadAllAsync(scene.C0, statSn);
        RawFrame snack = RawFrames.Snack(RData, sent[0].InitiatorTaskTag, Tag, 0, 0);
        snack[28] = statSn;
        await scene.C0.Connection.SendAsync(snack);
        List<RawFrame> again = await TakeReadAsync(scene.C0);
        Assert.Equal(sent.SkipLast(1).SelectMany(static pdu => pdu.Data), again.SkipLast(1).SelectMany(static pdu => pdu.Data));
        Assert.Equal((RawOpcode.ScsiResponse, Tag, statSn), (again[^1].Opcode, again[^1].Word20, again[^1][24]));
    }

    [Fact]
    [Rule("7143/7.8#7")]
    [Rule("7143/7.8#8")]
    public async Task At_level_0_a_SNACK_is_rejected_and_its_command_fails_when_its_data_has_come()
    {
        await using LogoutScene scene = await StartAsync(connections: 1, _level1 with { ErrorRecoveryLevel = 0 });
        RawFrame r2t = await StartWriteAsync(scene.C0);
        RawFrame reject = await SnackAsync(scene.C0, DataOrR2T, r2t.InitiatorTaskTag, RawFrames.ReservedTag, 0, 1);
        Assert.Equal((RawOpcode.Reject, 3), (reject.Opcode, reject.Byte2));
        await SendDataAsync(scene.C0, r2t, 0x42);
        RawFrame response = await scene.C0.ExpectAsync(RawOpcode.ScsiResponse);
        Assert.Equal((r2t.InitiatorTaskTag, (byte)2), Tail(response));
        Assert.Equal((0x0B, 0x11, 0x13), (response.Data[4] & 15, response.Data[14], response.Data[15]));
        Assert.Equal(0, await ReadAsync(scene.C0, 0));
    }

    // Every byte but those of these 32-bit fields.
    private static void AssertReplica(RawFrame original, RawFrame again, params int[] except)
    {
        RawFrame expected = original.Clone();
        foreach (int field in except)
        {
            expected[field] = again[field];
        }

        Assert.Equal(expected.Header, again.Header);
    }

    private static async Task<RawFrame> SendAsync(RawInitiator initiator, byte[] cdb, uint expStatSn)
    {
        RawFrame command = initiator.Number(RawFrames.ScsiCommand(0, initiator.NewTag(), 0, 0, cdb));
        command[28] = expStatSn;
        await initiator.Connection.SendAsync(command);
        return await initiator.ExpectAsync(RawOpcode.ScsiResponse);
    }

    private static async Task<RawFrame> SnackAsync(RawInitiator initiator, byte type, uint tag, uint transferTag, uint begin, uint run, uint? expStatSn = null)
    {
        RawFrame snack = RawFrames.Snack(type, tag, transferTag, begin, run);
        snack[28] = expStatSn ?? initiator.ExpStatSn;
        await initiator.Connection.SendAsync(snack);
        return (await initiator.Connection.ReceiveAsync())!;
    }

    // A read whose status is not acknowledged by the command itself.
    private static async Task<List<RawFrame>> ReadAllAsync(RawInitiator initiator, uint expStatSn)
    {
        RawFrame command = initiator.Number(RawFrames.ScsiCommand(0, initiator.NewTag(), Blocks * 512, 0, RawFrames.Cdb10(ServerRig.Read10, 0, Blocks)));
        command[28] = expStatSn;
        await initiator.Connection.SendAsync(command);
        return await TakeReadAsync(initiator);
    }

    private static async Task<List<RawFrame>> TakeReadAsync(RawInitiator initiator)
    {
        List<RawFrame> pdus = [];
        do
        {
            pdus.Add((await initiator.ReceiveAsync())!);
        }
        while (pdus[^1].Opcode == RawOpcode.DataIn);
        return pdus;
    }
}
