using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Linux;

/// <summary>A server with two portals, which are two portal groups: 1 active/optimized and preferred, 2 active/non-optimized.</summary>
public sealed class PortalGroups : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-groups-").FullName;
    private ChildProcess? _server;

    /// <summary>Where disks that are files may be.</summary>
    public string Folder => _folder;

    public int First { get; private set; }

    public int Second { get; private set; }

    public string TargetName { get; private set; } = "";

    /// <summary>Starts it.</summary>
    /// <param name="disks">Elements of `disks` of the configuration file.</param>
    public async Task StartAsync(params string[] disks)
    {
        string configuration = Path.Combine(_folder, "serve.json");
        await File.WriteAllTextAsync(configuration, $$"""
            {
              "portals": [{ "listen": "127.0.0.1:0" }, { "listen": "127.0.0.1:0", "portalGroupTag": 2 }],
              "targets": [{
                "name": "iqn.2026-11.local.blockwire:groups",
                "portGroups": [{ "tag": 1, "state": "active/optimized", "preferred": true }, { "tag": 2, "state": "active/non-optimized" }],
                "disks": [{{string.Join(", ", disks)}}],
              }],
            }
            """);
        _server = ChildProcess.Start(ServerProcess.Program, ["serve", "--config", configuration]);
        await _server.WaitUntilAsync(it => it.OutputLines.Count >= 2 * disks.Length, Limit, "it was ready");
        ReadyLine[] units = [.. _server.OutputLines.Select(ReadyLine.Parse)];
        (First, Second, TargetName) = (units[0].Portal.Port, units[^1].Portal.Port, units[0].TargetName);
    }

    /// <summary>Runs a script in a guest that reaches both portals, with PORT1 PORT2 IQN as its words, and expects it to end well.</summary>
    public async Task RunAsync(string script, TimeSpan limit)
    {
        ChildProcess server = _server ?? throw new InvalidOperationException("it was not started");
        await using Guest guest = await Guest.StartAsync(script, ["-i", $"{First}", "-i", $"{Second}"], [$"{First}", $"{Second}", TargetName], limit);
        int exitCode = await guest.WaitForExitAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"--- guest\n{guest.Log}\n--- server\n{server.Log}");
        Assert.Equal(0, exitCode);
        Assert.False(server.HasExited);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
