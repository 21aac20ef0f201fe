using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Linux;

/// <summary>
/// Goal: sg3-utils and the Linux kernel find persistent reservations and target port groups as they know them, over two paths and through the death of the server. Method: a
/// guest in QEMU runs a script against a server with two portal groups.
/// </summary>
public sealed class KernelPathsTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-paths-").FullName;

    [Fact]
    public async Task ReservationsAndAccessStatesWorkOverTwoPathsAndThroughPowerLoss()
    {
        ChildProcess server = await StartAsync(0, 0);
        try
        {
            ReadyLine[] paths = Paths(server);
            int one = paths[0].Portal.Port, two = paths[1].Portal.Port;
            await using Guest guest = await Guest.StartAsync("paths.sh", ["-i", $"{one}", "-i", $"{two}"], [$"{one}", $"{two}", paths[0].TargetName], Limit);
            await guest.WaitForFileAsync("crash");
            server.Kill();
            await server.WaitForExitAsync(Limit);
            await server.DisposeAsync();
            server = await StartAsync(one, two);
            guest.MakeFile("restarted");

            int exitCode = await guest.WaitForExitAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"--- guest\n{guest.Log}\n--- server\n{server.Log}");
            Assert.Equal(0, exitCode);
            Assert.False(server.HasExited);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ReadyLine[] Paths(ChildProcess server) => [.. server.OutputLines.Select(ReadyLine.Parse)];

    private async Task<ChildProcess> StartAsync(int one, int two)
    {
        string configuration = Path.Combine(_folder, "serve.json");
        await File.WriteAllTextAsync(configuration, $$"""
            {
              "portals": [{ "listen": "127.0.0.1:{{one}}" }, { "listen": "127.0.0.1:{{two}}", "portalGroupTag": 2 }],
              "targets": [{ "name": "iqn.2026-11.local.blockwire:paths", "disks": [{ "disk": "file:{{Path.Combine(_folder, "lun.img")}}", "size": "64M" }] }],
            }
            """);
        ChildProcess server = ChildProcess.Start(ServerProcess.Program, ["serve", "--config", configuration]);
        await server.WaitUntilAsync(static it => it.OutputLines.Count >= 2, Limit, "it was ready");
        return server;
    }
}
