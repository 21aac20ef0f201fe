using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Blockwire.Testing.Targets;

/// <summary>istgt, Debian's package of FreeBSD's former user-space target, with one disk at LUN 0, CHAP (both ways) where it is asked for, and digests.</summary>
public sealed class IstgtTarget : ITestTarget
{
    public const string User = "alice", Secret = "secretofalice1", TargetUser = "disk", TargetSecret = "secretofthedisk1";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly ChildProcess _daemon;
    private readonly string _folder;

    private IstgtTarget(ChildProcess daemon, int port, string folder) => (_daemon, Port, _folder) = (daemon, port, folder);

    public int Port { get; }

    public string Portal => $"127.0.0.1:{Port}";

    public string TargetName => "iqn.2026-11.local.blockwire.istgt:disk";

    public int ProcessId => _daemon.Id;

    public bool IsAlive => !_daemon.HasExited;

    public string Log => _daemon.Log;

    public IReadOnlyList<string> LogLines => _daemon.ErrorLines;

    /// <param name="lengthBytes">Size of its disk.</param>
    /// <param name="authentication">None, CHAP, CHAP Mutual or Auto, as in its configuration.</param>
    public static async Task<IstgtTarget> StartAsync(long lengthBytes, string authentication = "None")
    {
        Peer.Require("istgt");
        int port = FreePort();
        string folder = Directory.CreateTempSubdirectory("blockwire-istgt-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "istgt.conf"), Configuration(folder, port, FreePort(), lengthBytes, authentication));
        string auth = Path.Combine(folder, "auth.conf");
        await File.WriteAllTextAsync(auth, $"[AuthGroup1]\n  Auth \"{User}\" \"{Secret}\" \"{TargetUser}\" \"{TargetSecret}\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(auth, UnixFileMode.UserRead | UnixFileMode.UserWrite); // it refuses a file that others can read
        }

        using (FileStream disk = File.Create(Path.Combine(folder, "disk")))
        {
            disk.SetLength(lengthBytes);
        }

        IstgtTarget target = new(ChildProcess.Start("istgt", ["-D", "-c", Path.Combine(folder, "istgt.conf")]), port, folder);
        try
        {
            await target.WaitForPortAsync();
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    public int Lun(int disk) => disk;

    public async Task KillAsync()
    {
        _daemon.Kill();
        await _daemon.WaitForExitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Configuration(string folder, int port, int controlPort, long lengthBytes, string authentication) => string.Create(CultureInfo.InvariantCulture, $"""
        [Global]
          NodeBase "iqn.2026-11.local.blockwire.istgt"
          PidFile {folder}/pid
          AuthFile {folder}/auth.conf
          Timeout 30
          NopInInterval 20
          DiscoveryAuthMethod None
          MaxSessions 16
          MaxConnections 4
          MaxR2T 32
          MaxOutstandingR2T 16
          DefaultTime2Wait 0
          DefaultTime2Retain 20
          FirstBurstLength 262144
          MaxBurstLength 1048576
          MaxRecvDataSegmentLength 262144
          InitialR2T Yes
          ImmediateData Yes
          DataPDUInOrder Yes
          DataSequenceInOrder Yes
          ErrorRecoveryLevel 0
        [UnitControl]
          AuthMethod CHAP
          AuthGroup AuthGroup1
          Portal UC1 127.0.0.1:{controlPort}
          Netmask 127.0.0.1
        [PortalGroup1]
          Portal DA1 127.0.0.1:{port}
        [InitiatorGroup1]
          InitiatorName "ALL"
          Netmask 127.0.0.1
        [LogicalUnit1]
          TargetName disk
          Mapping PortalGroup1 InitiatorGroup1
          AuthMethod {authentication}
          AuthGroup AuthGroup1
          UseDigest Auto
          UnitType Disk
          QueueDepth 32
          LUN0 Storage {folder}/disk {lengthBytes >> 20}MB

        """);

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task WaitForPortAsync()
    {
        for (int tries = 0; ; tries++)
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (tries < 100 && IsAlive)
            {
                await Task.Delay(50);
            }
            catch (SocketException refused)
            {
                throw new InvalidOperationException($"istgt does not listen\n{Log}", refused);
            }
        }
    }
}
