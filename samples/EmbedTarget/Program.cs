// Shares a disk in memory from inside an application, until Enter is pressed or stdin ends.
//
//     dotnet run --project samples/EmbedTarget -- 127.0.0.1:3260
using System.Net;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Target;
using Microsoft.Extensions.Logging.Abstractions;

const string Target = "iqn.2026-11.local.blockwire:sample";
IPEndPoint portal = IPEndPoint.Parse(args.Length > 0 ? args[0] : "127.0.0.1:0");

await using MemoryDisk disk = new(64 << 20);
LogicalUnit unit = new(0, disk, new LogicalUnitOptions { Identity = $"{Target}/0" });
await using TargetServer server = new(
    new TargetServerOptions { Portals = [new PortalOptions(portal)], Targets = [new TargetOptions(Target, [unit])] },
    NullLogger.Instance);
await server.StartAsync(CancellationToken.None);
Console.WriteLine($"iscsi://{server.Portals[0]}/{Target}/0");

await Console.In.ReadLineAsync();

// Initiators are asked to log out and get two seconds for it.
await server.StopAsync(TimeSpan.FromSeconds(2));
