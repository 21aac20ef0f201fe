using System.Net;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>A server in this process, on a port that the system picks, with one target.</summary>
internal sealed class ServerRig : IAsyncDisposable
{
    public const string TargetName = "iqn.2026-11.local.blockwire:test";
    public const byte Read10 = 0x28, Write10 = 0x2A;

    private readonly IBlockDevice[] _disks;

    private ServerRig(TargetServer server, ListLogger log, IBlockDevice[] disks)
    {
        Server = server;
        Log = log;
        _disks = disks;
    }

    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(20);

    public TargetServer Server { get; }

    public ListLogger Log { get; }

    public IPEndPoint Portal => Server.Portals[0];

    public static async Task<ServerRig> StartAsync(TimeProvider? time = null, Func<TargetServerOptions, TargetServerOptions>? change = null, params IBlockDevice[] disks)
    {
        IBlockDevice[] served = disks.Length > 0 ? disks : [new MemoryDisk(1 << 20)];
        LogicalUnit[] units = [.. served.Select((disk, i) => new LogicalUnit((uint)i, disk, new LogicalUnitOptions { Identity = $"{TargetName}/{i}" }))];
        TargetServerOptions options = new()
        {
            Portals = [new PortalOptions(new IPEndPoint(IPAddress.Loopback, 0))],
            Targets = [new TargetOptions(TargetName, units)],
        };
        ListLogger log = new();
        TargetServer server = new(change?.Invoke(options) ?? options, log, time);
        await server.StartAsync(default);
        return new(server, log, served);
    }

    /// <summary>Logs in, and takes the unit attentions of a new nexus.</summary>
    public async Task<RawInitiator> LogInAsync(ulong isid = 1, ushort cid = 0, int firstBurst = 65536)
    {
        RawInitiator initiator = await RawInitiator.LogInAsync(Portal, new RawLogin(TargetName) { Isid = 0x80_0000_000000 | isid, Cid = cid, FirstBurstLength = firstBurst });
        for (int lun = 0; lun < _disks.Length; lun++)
        {
            Assert.True((await initiator.CommandAfterAttentionsAsync(lun, new byte[6])).IsGood);
        }

        return initiator;
    }

    /// <summary>Sends a READ(10) of one block and does not wait for it.</summary>
    public static async Task<uint> StartReadAsync(RawInitiator initiator, int lun = 0)
    {
        uint tag = initiator.NewTag();
        await initiator.SendAsync(RawFrames.ScsiCommand(lun, tag, 512, 0, RawFrames.Cdb10(Read10, 0, 1)));
        return tag;
    }

    /// <summary>Waits for what another thread of the server is about to do.</summary>
    public static async Task UntilAsync(Func<bool> condition, Action? meanwhile = null)
    {
        using CancellationTokenSource late = new(Limit);
        while (!condition())
        {
            late.Token.ThrowIfCancellationRequested();
            meanwhile?.Invoke();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        foreach (IBlockDevice disk in _disks)
        {
            await disk.DisposeAsync();
        }
    }
}
