using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Blockwire.Testing.Targets;

/// <summary>Debian's tgtd, set up through tgtadm. Its LUN 0 is a controller; disks start at LUN 1.</summary>
public sealed class TgtTarget : ITestTarget
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly ChildProcess _daemon;
    private readonly string _control;
    private readonly List<string> _temporary = [];

    private TgtTarget(ChildProcess daemon, int port)
    {
        _daemon = daemon;
        _control = ControlPort(port);
        Port = port;
    }

    public int Port { get; }

    public string Portal => $"127.0.0.1:{Port}";

    public string TargetName => "iqn.2026-11.local.blockwire:tgt";

    public int ProcessId => _daemon.Id;

    public bool IsAlive => !_daemon.HasExited;

    public string Log => _daemon.Log;

    public IReadOnlyList<string> LogLines => _daemon.ErrorLines;

    public static async Task<TgtTarget> StartAsync(IReadOnlyList<TestDisk> disks, int port)
    {
        Peer.Require("tgtd");
        int chosen = port == 0 ? FreePort() : port;
        TgtTarget target = new(
            ChildProcess.Start("tgtd", ["-f", "-C", ControlPort(chosen), "--iscsi", $"portal=127.0.0.1:{chosen}"]), chosen);
        try
        {
            await target.SetUpAsync(disks);
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    public int Lun(int disk) => disk + 1;

    /// <summary>What it grants when a login proposes as much.</summary>
    public async Task GrantAsync(string key, string value) =>
        (await AdminAsync("--op", "update", "--mode", "target", "--tid", "1", "-n", key, "-v", value)).Succeeded();

    /// <summary>From now on initiators prove themselves by CHAP, or, for outgoing ones, the target does.</summary>
    public async Task AddAccountAsync(string user, string secret, bool outgoing)
    {
        (await AdminAsync("--op", "new", "--mode", "account", "--user", user, "--password", secret)).Succeeded();
        (await AdminAsync(["--op", "bind", "--mode", "account", "--tid", "1", "--user", user, .. outgoing ? ["--outgoing"] : Array.Empty<string>()])).Succeeded();
    }

    public async Task KillAsync()
    {
        _daemon.Kill();
        await _daemon.WaitForExitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _temporary.ForEach(File.Delete);
    }

    private static string ControlPort(int port) => (port % 32000).ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task SetUpAsync(IReadOnlyList<TestDisk> disks)
    {
        for (int tries = 0; (await AdminAsync("--op", "show", "--mode", "sys")).ExitCode != 0; tries++)
        {
            if (tries == 100)
            {
                throw new InvalidOperationException($"tgtd does not answer\n{Log}");
            }

            await Task.Delay(50);
        }

        (await AdminAsync("--op", "new", "--mode", "target", "--tid", "1", "-T", TargetName)).Succeeded();
        foreach (string digest in new[] { "HeaderDigest", "DataDigest" })
        {
            (await AdminAsync("--op", "update", "--mode", "target", "--tid", "1", "-n", digest, "-v", "None,CRC32C")).Succeeded();
        }

        for (int disk = 0; disk < disks.Count; disk++)
        {
            await AddAsync(disks[disk], Lun(disk).ToString(CultureInfo.InvariantCulture));
        }

        (await AdminAsync("--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL")).Succeeded();
    }

    private async Task AddAsync(TestDisk disk, string lun)
    {
        string path = disk.Path ?? NewTemporary();
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            using FileStream file = new(path, FileMode.OpenOrCreate);
            file.SetLength(disk.LengthBytes);
        }

        string[] unit = ["--mode", "logicalunit", "--tid", "1", "--lun", lun];
        (await AdminAsync(["--op", "new", .. unit, "-b", path])).Succeeded();
        string[] settings =
        [
            .. disk.Thin ? ["thin_provisioning=1"] : Array.Empty<string>(),
            .. disk.Removable ? ["removable=1"] : Array.Empty<string>(),
            .. disk.ReadOnly ? ["readonly=1"] : Array.Empty<string>(),
        ];
        foreach (string setting in settings)
        {
            (await AdminAsync(["--op", "update", .. unit, "--params", setting])).Succeeded();
        }
    }

    private string NewTemporary()
    {
        string path = Path.GetTempFileName();
        _temporary.Add(path);
        return path;
    }

    private Task<ProcessResult> AdminAsync(params string[] arguments) =>
        ChildProcess.RunAsync("tgtadm", ["-C", _control, "--lld", "iscsi", .. arguments], Limit);
}
