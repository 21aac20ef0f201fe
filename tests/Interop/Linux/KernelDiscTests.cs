using System.Security.Cryptography;
using Blockwire.Interop.Tests.Discs;
using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Linux;

/// <summary>
/// Goal: the Linux kernel's CD driver finds a drive as it knows them: it mounts the disc, locks it, ejects it, and sees another one come. Method: a guest in QEMU runs a script;
/// the host changes the medium on SIGHUP while the guest has it mounted.
/// </summary>
public sealed class KernelDiscTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-disc-").FullName;

    [Fact]
    public async Task ADiscIsMountedEjectedAndChanged()
    {
        byte[] data = new byte[3_000_001];
        new Random(20261122).NextBytes(data);
        TinyImage.Write(Path.Combine(_folder, "first.iso"), "FIRST", "first", data);
        TinyImage.Write(Path.Combine(_folder, "second.iso"), "SECOND", "second", data[..1000]);
        await using ChildProcess server = await StartAsync();
        ReadyLine ready = ReadyLine.Parse(server.OutputLines[0]);

        await using Guest guest = await Guest.StartAsync(
            "cdrom.sh", ready.Portal.Port, [$"{ready.Portal.Port}", ready.TargetName, Convert.ToHexStringLower(SHA256.HashData(data))], Limit);
        await guest.WaitForFileAsync("mounted");
        await ConfigureAsync("second.iso");
        (await ChildProcess.RunAsync("kill", ["-HUP", $"{server.Id}"], Limit)).Succeeded();
        await server.WaitUntilAsync(static it => it.ErrorLines.Any(static line => line.Contains("no initiator holds", StringComparison.Ordinal)), Limit, "it waited for the medium");
        guest.MakeFile("asked");

        int exitCode = await guest.WaitForExitAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"--- guest\n{guest.Log}\n{guest.Console()}\n--- server\n{server.Log}");
        Assert.Equal(0, exitCode);
        Assert.False(server.HasExited);
        Assert.Contains(server.ErrorLines, static line => line.Contains("is the medium of LUN 0 now", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Configuration => Path.Combine(_folder, "serve.json");

    private Task ConfigureAsync(string image) => File.WriteAllTextAsync(Configuration, $$"""
        {
          "portals": [{ "listen": "127.0.0.1:0" }],
          "targets": [{ "name": "iqn.2026-11.local.blockwire:disc", "disks": [{ "disk": "cdrom:{{Path.Combine(_folder, image)}}" }] }],
        }
        """);

    private async Task<ChildProcess> StartAsync()
    {
        await ConfigureAsync("first.iso");
        ChildProcess server = ChildProcess.Start(ServerProcess.Program, ["serve", "--config", Configuration]);
        await server.WaitUntilAsync(static it => it.OutputLines.Count > 0, Limit, "it was ready");
        return server;
    }
}
