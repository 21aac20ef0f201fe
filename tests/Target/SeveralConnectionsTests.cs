using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Sessions with several connections over real sockets.</summary>
public class SeveralConnectionsTests
{
    private static readonly byte[] _testUnitReady = new byte[6];

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#6")]
    public async Task Commands_sent_out_of_order_over_two_connections_run_in_order_and_each_is_answered_where_it_came()
    {
        const int Commands = 200, OrderedAttribute = 2;
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator first = await LeadAsync(rig), second = await JoinAsync(rig, first, 1);
        RawInitiator[] carriers = [first, second];
        Random random = new(7);
        uint next = first.CmdSn;
        for (int round = 0; round < 10; round++)
        {
            // Every write goes to the same block and is ORDERED, so that the last in order must win, whatever was sent last.
            (uint CmdSn, RawInitiator Carrier)[] order = [.. Enumerable.Range(0, Commands / 10).Select(i => (next + (uint)i, carriers[random.Next(2)]))];
            next += (uint)order.Length;
            (uint CmdSn, RawInitiator Carrier)[] shuffled = [.. order];
            random.Shuffle(shuffled);
            foreach ((uint number, RawInitiator carrier) in shuffled)
            {
                carrier.CmdSn = number;
                byte[] cdb = RawFrames.Cdb10(ServerRig.Write10, 5, 1);
                RawFrame write = RawFrames.ScsiCommand(0, number, 0, 512, cdb, Block(number));
                write.Flags = (byte)((write.Flags & ~7) | OrderedAttribute);
                await carrier.SendAsync(write);
            }

            foreach (RawInitiator carrier in carriers)
            {
                uint[] expected = [.. order.Where(it => it.Carrier == carrier).Select(static it => it.CmdSn)];
                for (int i = 0; i < expected.Length; i++)
                {
                    RawFrame response = await carrier.ExpectAsync(RawOpcode.ScsiResponse);
                    Assert.Equal((expected[i], 0), (response.InitiatorTaskTag, response.Byte3));
                }
            }

            second.CmdSn = next++;
            RawScsiResult read = await second.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 5, 1), 512);
            Assert.Equal(Block(next - 2), read.DataIn);
        }

        first.CmdSn = next;
        await first.LogOutAsync();
        Assert.Null(await second.ReceiveAsync());
    }

    [Fact]
    [Rule("7143/11.9.1")]
    [Rule("7143/11.14.5")]
    public async Task One_connection_is_cut_and_the_other_goes_on()
    {
        await using SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator first = await LeadAsync(rig), second = await JoinAsync(rig, first, 1);
        await ServerRig.StartReadAsync(second);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        first.CmdSn = second.CmdSn;
        second.Connection.Reset();
        await pending.Cancelled.Task.WaitAsync(ServerRig.Limit);
        RawFrame message = await ExpectAfterWindowAsync(first, RawOpcode.AsyncMessage);
        Assert.Equal((2, 1, 2), (message.Header[36], (message.Header[38] << 8) | message.Header[39], (message.Header[40] << 8) | message.Header[41]));
        RawScsiResult attention = await first.CommandAsync(0, _testUnitReady);
        Assert.Equal((RawScsiResult.UnitAttention, (byte)0x47, (byte)0x7F), (attention.SenseKey, attention.Sense[12], attention.Sense[13]));
        Assert.True((await first.CommandAsync(0, _testUnitReady)).IsGood);

        // Its place is free again.
        using RawInitiator again = await JoinAsync(rig, first, 1);
        Assert.True((await again.CommandAsync(0, _testUnitReady)).IsGood);
        first.CmdSn = again.CmdSn;
        await first.LogOutAsync();
        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 0);
    }

    [Fact]
    [Rule("logout/L20")]
    [Rule("7143/11.15#1")]
    public async Task One_connection_logs_the_other_out()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator first = await LeadAsync(rig), second = await JoinAsync(rig, first, 1);
        await first.SendAsync(RawFrames.Logout(1, first.NewTag(), 1));
        Assert.Equal(0, (await first.ExpectAsync(RawOpcode.LogoutResponse)).Byte2);
        Assert.Null(await second.ReceiveAsync());
        Assert.True((await first.CommandAsync(0, _testUnitReady)).IsGood);
        await first.SendAsync(RawFrames.Logout(1, first.NewTag(), 1));
        Assert.Equal(1, (await first.ExpectAsync(RawOpcode.LogoutResponse)).Byte2);
        await first.SendAsync(RawFrames.Logout(1, first.NewTag(), 0));
        Assert.Equal(0, (await first.ExpectAsync(RawOpcode.LogoutResponse)).Byte2);
        Assert.Null(await first.ReceiveAsync());
        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 0);
    }

    [Fact]
    [Rule("7143/11.13.5")]
    public async Task Thirty_two_connections_join_and_the_next_is_refused()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        List<RawInitiator> all = [await LeadAsync(rig)];
        Task<RawInitiator>[] joining = [.. Enumerable.Range(1, TargetOffers.ConnectionLimit - 1).Select(cid => JoinAsync(rig, all[0], (ushort)cid))];
        all.AddRange(await Task.WhenAll(joining));
        using RawInitiator late = await RawInitiator.ConnectAsync(rig.Portal);
        Assert.Equal(0x0206u, (await SendLoginAsync(late, all[0], TargetOffers.ConnectionLimit))[36] >> 16);
        Assert.Equal(1, rig.Server.Statistics.Sessions);
        uint number = all[0].CmdSn;
        foreach (RawInitiator each in all)
        {
            each.CmdSn = number;
            Assert.True((await each.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 0, 8), 4096)).IsGood);
            number = each.CmdSn;
        }

        all[7].CmdSn = number;
        await all[7].LogOutAsync();
        foreach (RawInitiator each in all)
        {
            Assert.Null(await each.ReceiveAsync());
            each.Dispose();
        }

        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 0);
    }

    [Fact]
    [Rule("7143/4.2.2.3.3")]
    [Rule("7143/4.2.2.3.3#1")]
    public async Task A_reset_is_answered_after_the_other_connection_has_acknowledged_its_statuses()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator first = await LeadAsync(rig), second = await JoinAsync(rig, first, 1);
        Assert.True((await second.CommandAsync(0, _testUnitReady)).IsGood);
        first.CmdSn = second.CmdSn;
        await first.SendAsync(RawFrames.TaskManagement(5, 0, first.NewTag(), RawFrames.ReservedTag, 0));
        RawFrame ping = await second.ExpectAsync(RawOpcode.NopIn);
        Assert.NotEqual(RawFrames.ReservedTag, ping.Word20);
        Task<RawFrame> response = first.ExpectAsync(RawOpcode.TaskManagementResponse);
        Assert.False(response.IsCompleted);
        RawFrame answer = RawFrames.NopOut(RawFrames.ReservedTag);
        answer.Word20 = ping.Word20;
        await second.SendAsync(answer);
        Assert.Equal(0, (await response).Byte2);
    }

    [Fact]
    [Rule("logout/L50")]
    [Rule("7143/11.9.1#1")]
    public async Task Stopping_asks_on_every_connection()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        RawInitiator first = await LeadAsync(rig), second = await JoinAsync(rig, first, 1);
        Task stopping = rig.Server.StopAsync(TimeSpan.FromMinutes(2));
        foreach (RawInitiator each in new[] { first, second })
        {
            Assert.Equal(1, (await each.ExpectAsync(RawOpcode.AsyncMessage)).Header[36]);
            await each.SendAsync(RawFrames.Logout(1, each.NewTag(), each == first ? (ushort)0 : (ushort)1));
            Assert.Equal(0, (await each.ExpectAsync(RawOpcode.LogoutResponse)).Byte2);
            Assert.Null(await each.ReceiveAsync());
            each.Dispose();
        }

        await stopping.WaitAsync(ServerRig.Limit);
    }

    // The target may first tell that the window has opened.
    private static async Task<RawFrame> ExpectAfterWindowAsync(RawInitiator initiator, byte opcode)
    {
        while (true)
        {
            RawFrame pdu = (await initiator.ReceiveAsync())!;
            if (pdu.Opcode != RawOpcode.NopIn)
            {
                return pdu.Opcode == opcode ? pdu : throw new InvalidDataException($"opcode {opcode:X2} was expected, not {pdu}");
            }
        }
    }

    private static byte[] Block(uint number)
    {
        byte[] block = new byte[512];
        block.AsSpan().Fill((byte)number);
        return block;
    }

    private static RawLogin Login(ushort cid) => new(ServerRig.TargetName) { Cid = cid, MaxConnections = 64 };

    private static async Task<RawInitiator> LeadAsync(ServerRig rig)
    {
        RawInitiator initiator = await RawInitiator.LogInAsync(rig.Portal, Login(0));
        Assert.Equal("32", initiator.Answers["MaxConnections"]);
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, _testUnitReady)).IsGood);
        return initiator;
    }

    private static async Task<RawInitiator> JoinAsync(ServerRig rig, RawInitiator leader, ushort cid)
    {
        RawInitiator initiator = await RawInitiator.ConnectAsync(rig.Portal);
        RawFrame answer = await SendLoginAsync(initiator, leader, cid);
        Assert.Equal((0u, leader.Tsih), (answer[36] >> 16, (ushort)answer.Lun));
        return initiator;
    }

    private static async Task<RawFrame> SendLoginAsync(RawInitiator initiator, RawInitiator leader, ushort cid)
    {
        initiator.CmdSn = leader.CmdSn;
        RawFrame login = Login(cid).ToPdu(initiator.NewTag());
        login.Lun |= leader.Tsih;
        await initiator.SendAsync(login);
        return await initiator.ExpectAsync(RawOpcode.LoginResponse);
    }
}
