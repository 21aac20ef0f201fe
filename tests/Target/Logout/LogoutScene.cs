using Blockwire.Protocol.Negotiation;
using Blockwire.Storage;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests.Logout;

/// <summary>A server, and a session whose connections C0, C1 ... have been opened with bytes that no code of the product has made.</summary>
internal sealed class LogoutScene : IAsyncDisposable
{
    public const byte CloseSession = 0, CloseConnection = 1, ForRecovery = 2;

    private readonly List<RawInitiator> _opened = [];

    private LogoutScene(ServerRig rig, RawLogin login)
    {
        Rig = rig;
        Login = login;
    }

    public static byte[] TestUnitReady { get; } = new byte[6];

    public ServerRig Rig { get; }

    /// <summary>The login of C0.</summary>
    public RawLogin Login { get; }

    public RawInitiator C0 => _opened[0];

    public RawInitiator C1 => _opened[1];

    /// <summary>Reads of no data that has come with the command, so that every write waits for its R2T.</summary>
    public static RawLogin Solicited { get; } = new(ServerRig.TargetName) { InitialR2T = "Yes", ImmediateData = "No", MaxConnections = 4 };

    /// <summary>Starts a server and opens a session.</summary>
    /// <param name="connections">How many; their CIDs begin with 0.</param>
    /// <param name="login">Of C0; the others take their names, CID and TSIH after it.</param>
    /// <param name="time">The server's clock; the system's when null.</param>
    /// <param name="change">Changes what the server offers by default here: every recovery level, and tasks that are kept as long as the initiator asks.</param>
    /// <param name="disks">One for each LUN; one disk in memory when there are none.</param>
    public static async Task<LogoutScene> StartAsync(
        int connections = 2, RawLogin? login = null, TimeProvider? time = null, Func<TargetServerOptions, TargetServerOptions>? change = null, params IBlockDevice[] disks)
    {
        ServerRig rig = await ServerRig.StartAsync(time, options => Change(options, time is null, change), disks);
        LogoutScene scene = new(rig, login ?? new RawLogin(ServerRig.TargetName) { MaxConnections = 4 });
        try
        {
            await scene.OpenSessionAsync(disks.Length);
            for (ushort cid = 1; cid < connections; cid++)
            {
                await scene.JoinAsync(cid);
            }

            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection that joins the session, or replaces the one with its CID.</summary>
    public async Task<RawInitiator> JoinAsync(ushort cid, ushort? tsih = null)
    {
        (RawInitiator joining, uint status) = await TryJoinAsync(cid, tsih);
        Assert.Equal((0u, C0.Tsih), (status, joining.Tsih));
        return joining;
    }

    /// <summary>The same, with the status of the Login Response.</summary>
    public async Task<(RawInitiator Initiator, uint Status)> TryJoinAsync(ushort cid, ushort? tsih = null)
    {
        RawInitiator joining = await C0.ConnectAnotherAsync(Rig.Portal);
        _opened.Add(joining);
        RawFrame answer = await joining.LogInAsync(Login with { Cid = cid, Tsih = tsih ?? C0.Tsih });
        return (joining, answer[36] >> 16);
    }

    /// <summary>A session with TSIH 0, of the same initiator port unless the ISID differs.</summary>
    public async Task<RawInitiator> LogInAsync(ulong? isid = null)
    {
        RawInitiator initiator = await RawInitiator.LogInAsync(Rig.Portal, Login with { Isid = isid ?? Login.Isid });
        _opened.Add(initiator);
        return initiator;
    }

    /// <summary>Sends a Logout Request.</summary>
    /// <param name="carrier">The connection that it goes by.</param>
    /// <param name="reason">0 to 2.</param>
    /// <param name="cid">The connection to be closed.</param>
    /// <param name="immediate">Delivered at once; else it takes a number.</param>
    /// <param name="expStatSn">ExpStatSN of the connection to be closed (RFC 7143 §11.14.4); that of the carrier when null.</param>
    /// <returns>Its task tag.</returns>
    public static async Task<uint> SendLogoutAsync(RawInitiator carrier, byte reason, ushort cid, bool immediate = true, uint? expStatSn = null)
    {
        RawFrame request = RawFrames.Logout(reason, carrier.NewTag(), cid);
        request.Immediate = immediate;
        carrier.Number(request);
        request[28] = expStatSn ?? carrier.ExpStatSn;
        await carrier.Connection.SendAsync(request);
        return request.InitiatorTaskTag;
    }

    /// <summary>Sends a Logout Request and gives back its answer.</summary>
    public static async Task<RawFrame> LogOutAsync(RawInitiator carrier, byte reason, ushort cid, bool immediate = true, uint? expStatSn = null)
    {
        uint tag = await SendLogoutAsync(carrier, reason, cid, immediate, expStatSn);
        RawFrame response = await carrier.ExpectAfterWindowAsync(RawOpcode.LogoutResponse);
        Assert.Equal(tag, response.InitiatorTaskTag);
        return response;
    }

    /// <summary>C0 logs C1 out for recovery, with the ExpStatSN that C1 has.</summary>
    public async Task RecoverC1Async(uint? expStatSn = null) =>
        Assert.Equal(0, (await LogOutAsync(C0, ForRecovery, 1, expStatSn: expStatSn ?? C1.ExpStatSn)).Byte2);

    /// <summary>Sends TASK REASSIGN for a task.</summary>
    /// <returns>The code that it is answered with, before anything else.</returns>
    public static async Task<int> ReassignAsync(RawInitiator to, uint task, uint expDataSn = 0, int lun = 0)
    {
        RawFrame request = RawFrames.TaskManagement(8, lun, to.NewTag(), task, 0);
        request[36] = expDataSn;
        await to.SendAsync(request);
        RawFrame response = await to.ExpectAfterWindowAsync(RawOpcode.TaskManagementResponse);
        Assert.Equal(request.InitiatorTaskTag, response.InitiatorTaskTag);
        return response.Byte2;
    }

    /// <summary>The response code and the two times.</summary>
    public static (int Code, int Time2Wait, int Time2Retain) Answer(RawFrame response) => (response.Byte2, (int)(response[40] >> 16), (int)(response[40] & 0xFFFF));

    /// <summary>Task tag and SCSI status.</summary>
    public static (uint Tag, byte Status) Tail(RawFrame pdu) => (pdu.InitiatorTaskTag, pdu.Byte3);

    /// <summary>Starts a write of one block, and takes the R2T that it is answered with.</summary>
    public static async Task<RawFrame> StartWriteAsync(RawInitiator initiator, int lun = 0, uint lba = 0)
    {
        uint tag = initiator.NewTag();
        await initiator.SendAsync(RawFrames.ScsiCommand(lun, tag, 0, 512, RawFrames.Cdb10(ServerRig.Write10, lba, 1)));
        RawFrame r2t = await initiator.ExpectAfterWindowAsync(RawOpcode.ReadyToTransfer);
        Assert.Equal(tag, r2t.InitiatorTaskTag);
        return r2t;
    }

    /// <summary>Sends what an R2T of <see cref="StartWriteAsync"/> asked for.</summary>
    public static Task SendDataAsync(RawInitiator initiator, RawFrame r2t, byte fill, int lun = 0) =>
        initiator.SendAsync(RawFrames.DataOut(lun, r2t.InitiatorTaskTag, r2t.Word20, 0, 0, final: true, Block(fill)));

    /// <summary>A command whose number and tag the test chooses; it is not waited for.</summary>
    public static async Task SendNumberedAsync(RawInitiator initiator, uint cmdSn, RawFrame pdu)
    {
        uint next = initiator.CmdSn;
        initiator.CmdSn = cmdSn;
        await initiator.SendAsync(pdu);
        initiator.CmdSn = next;
    }

    /// <summary>A write of one block, with its data.</summary>
    public static RawFrame Write(uint tag, uint lba, byte fill, int lun = 0) =>
        RawFrames.ScsiCommand(lun, tag, 0, 512, RawFrames.Cdb10(ServerRig.Write10, lba, 1), Block(fill));

    public static byte[] Block(byte fill)
    {
        byte[] block = new byte[512];
        block.AsSpan().Fill(fill);
        return block;
    }

    /// <summary>The first byte of a block.</summary>
    public static async Task<byte> ReadAsync(RawInitiator initiator, uint lba)
    {
        RawScsiResult read = await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, lba, 1), 512);
        Assert.True(read.IsGood, read.ToString());
        return read.DataIn[0];
    }

    /// <summary>Takes Data-In of a read up to its status, GOOD.</summary>
    /// <returns>The DataSNs.</returns>
    public static async Task<uint[]> CollectAsync(RawInitiator initiator, uint tag, byte[] into)
    {
        List<uint> numbers = [];
        while (true)
        {
            RawFrame pdu = (await initiator.ReceiveAsync())!;
            if (pdu is { Opcode: RawOpcode.NopIn, InitiatorTaskTag: RawFrames.ReservedTag, Word20: RawFrames.ReservedTag })
            {
                continue; // news of the window
            }

            Assert.Equal(tag, pdu.InitiatorTaskTag);
            if (pdu.Opcode == RawOpcode.DataIn)
            {
                numbers.Add(pdu[36]);
                pdu.Data.CopyTo(into, (int)pdu[40]);
            }

            if (pdu.Opcode == RawOpcode.ScsiResponse || (pdu.Flags & 1) != 0)
            {
                Assert.Equal(0, pdu.Byte3);
                return [.. numbers];
            }
        }
    }

    /// <summary>The end of a read of one block, whose status may come with its data or behind it.</summary>
    public static Task<uint[]> FinishReadAsync(RawInitiator initiator, uint tag) => CollectAsync(initiator, tag, new byte[512]);

    /// <summary>The target has ended this connection and has sent nothing before, but for news of the window.</summary>
    public static async Task AssertClosedInSilenceAsync(RawInitiator initiator)
    {
        RawFrame? pdu;
        do
        {
            pdu = await initiator.ReceiveAsync();
        }
        while (pdu is { Opcode: RawOpcode.NopIn, InitiatorTaskTag: RawFrames.ReservedTag, Word20: RawFrames.ReservedTag });
        Assert.True(pdu is null, $"{pdu} came before the end");
    }

    /// <summary>TEST UNIT READY reports a unit attention with these codes.</summary>
    public static async Task AssertAttentionAsync(RawInitiator initiator, byte asc, byte ascq, int lun = 0)
    {
        RawScsiResult attention = await initiator.CommandAsync(lun, TestUnitReady);
        Assert.True(attention.SenseKey == RawScsiResult.UnitAttention, attention.ToString());
        Assert.Equal((asc, ascq), (attention.Sense[12], attention.Sense[13]));
    }

    public static async Task AssertReadyAsync(RawInitiator initiator, int lun = 0)
    {
        RawScsiResult result = await initiator.CommandAsync(lun, TestUnitReady);
        Assert.True(result.IsGood, result.ToString());
    }

    /// <summary>Waits until the server has this many sessions.</summary>
    public Task AssertSessionsAsync(int count) => ServerRig.UntilAsync(() => Rig.Server.Statistics.Sessions == count);

    public async ValueTask DisposeAsync()
    {
        _opened.ForEach(static initiator => initiator.Dispose());
        await Rig.DisposeAsync();
    }

    // A clock that a test moves runs faster than the test can answer probes.
    private static TargetServerOptions Change(TargetServerOptions options, bool probes, Func<TargetServerOptions, TargetServerOptions>? change)
    {
        TargetServerOptions changed = options with
        {
            Offers = new TargetOffers { ErrorRecoveryLevel = 2, DefaultTime2Wait = 0, DefaultTime2Retain = 3600 },
            Session = probes ? options.Session : options.Session with { IdleBeforeProbe = Timeout.InfiniteTimeSpan },
        };
        return change?.Invoke(changed) ?? changed;
    }

    private async Task OpenSessionAsync(int luns)
    {
        await LogInAsync();
        for (int lun = 0; lun < Math.Max(1, luns); lun++)
        {
            Assert.True((await C0.CommandAfterAttentionsAsync(lun, TestUnitReady)).IsGood);
        }
    }
}
