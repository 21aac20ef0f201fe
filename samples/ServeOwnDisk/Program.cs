// Shares a disk whose content is computed: every block holds its own number, again and again. Ends when stdin does.
//
//     dotnet run --project samples/ServeOwnDisk -- 127.0.0.1:3260
using System.Net;
using Blockwire.Samples.ServeOwnDisk;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Target;
using Microsoft.Extensions.Logging.Abstractions;

const string Target = "iqn.2026-11.local.blockwire:numbers";
IPEndPoint portal = IPEndPoint.Parse(args.Length > 0 ? args[0] : "127.0.0.1:0");

// The guard checks range and alignment before every call, so that the disk may trust its arguments.
await using GuardedDevice disk = new(new NumberedBlocks(blockCount: 1 << 20));
LogicalUnit unit = new(0, disk, new LogicalUnitOptions { Identity = $"{Target}/0" });
await using TargetServer server = new(
    new TargetServerOptions { Portals = [new PortalOptions(portal)], Targets = [new TargetOptions(Target, [unit])] },
    NullLogger.Instance);
await server.StartAsync(CancellationToken.None);
Console.WriteLine($"iscsi://{server.Portals[0]}/{Target}/0");

await Console.In.ReadLineAsync();
await server.StopAsync(TimeSpan.FromSeconds(2));
