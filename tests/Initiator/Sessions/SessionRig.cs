using System.Collections.Concurrent;
using System.Net;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Naming;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Target;
using Microsoft.Extensions.Logging.Abstractions;

namespace Blockwire.Initiator.Tests.Sessions;

/// <summary>Our own server in this process, with one target, and sessions with it.</summary>
internal sealed class SessionRig : IAsyncDisposable
{
    public const string TargetName = "iqn.2026-11.local.blockwire:test";

    private readonly IBlockDevice[] _disks;
    private readonly List<IscsiSession> _sessions = [];

    private SessionRig(TargetServer server, IBlockDevice[] disks) => (Server, _disks) = (server, disks);

    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(20);

    public TargetServer Server { get; }

    public PortalAddress Portal => PortalAddress.From(Server.Portals[0]);

    /// <summary>What sessions told, in order.</summary>
    public ConcurrentQueue<InitiatorNotice> Notices { get; } = new();

    public static async Task<SessionRig> StartAsync(Func<TargetServerOptions, TargetServerOptions>? change = null, params IBlockDevice[] disks)
    {
        IBlockDevice[] served = disks.Length > 0 ? disks : [new MemoryDisk(16 << 20)];
        Scsi.Device.LogicalUnit[] units = [.. served.Select((disk, i) => new Scsi.Device.LogicalUnit((uint)i, disk, new LogicalUnitOptions { Identity = $"{TargetName}/{i}" }))];
        TargetServerOptions options = new()
        {
            Portals = [new PortalOptions(new IPEndPoint(IPAddress.Loopback, 0))],
            Targets = [new TargetOptions(TargetName, units)],
        };
        options = options with { Offers = options.Offers with { DefaultTime2Wait = 0 } };
        TargetServer server = new(change?.Invoke(options) ?? options, NullLogger.Instance);
        await server.StartAsync(default);
        return new(server, served);
    }

    public IscsiSessionOptions Options(int connections = 1, ulong isid = 0x4000_0000_0001) => new()
    {
        Portals = [Portal],
        InitiatorName = Name("iqn.1994-05.com.example:host"),
        TargetName = Name(TargetName),
        Isid = new Isid(isid),
        Session = new InitiatorSessionOptions { Connections = connections },
    };

    public async Task<IscsiSession> OpenAsync(IscsiSessionOptions? options = null)
    {
        IscsiSession session = await IscsiSession.OpenAsync(options ?? Options()).WaitAsync(Limit);
        session.Noticed += (_, told) => Notices.Enqueue(told.Notice);
        _sessions.Add(session);
        return session;
    }

    public static IscsiName Name(string text) => IscsiName.TryParse(text, out IscsiName name, out _) ? name : throw new ArgumentException(text);

    public async ValueTask DisposeAsync()
    {
        foreach (IscsiSession session in _sessions)
        {
            session.Abandon();
        }

        await Server.DisposeAsync();
        foreach (IBlockDevice disk in _disks)
        {
            await disk.DisposeAsync();
        }
    }
}
