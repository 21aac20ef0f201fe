using System.Net;
using System.Net.Sockets;
using Blockwire.Interop.Tests.Linux;
using Blockwire.Protocol.Initiator;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>
/// One guest with the Linux kernel's target (LIO) for all tests of a collection; it boots when the first of them asks for it. Each test that used it says
/// <see cref="AssertSound"/> at its end, so that a kernel that died passes for nothing.
/// </summary>
public sealed class LioGuest : IAsyncDisposable
{
    public const string User = "alice", Secret = "secretofalice1", TargetUser = "disk", TargetSecret = "secretofthedisk1";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(600);
    private Guest? _guest;
    private int _port;

    /// <summary>Boots the guest, unless it runs.</summary>
    public async Task StartAsync()
    {
        if (_guest is { IsSound: true })
        {
            return;
        }

        await DisposeAsync();
        _port = FreePort();
        _guest = await Guest.StartAsync("lio.sh", ["-e", $"{_port}", "-m", "1536"], [$"{_port}", User, Secret, TargetUser, TargetSecret], Limit);
        await _guest.WaitForFileAsync("up");
    }

    /// <summary>One of its targets.</summary>
    public RealTarget Target(string name) => new(new IPEndPoint(IPAddress.Loopback, _port), $"iqn.2026-11.local.blockwire.lio:{name}", 0) { Quirks = PeerQuirks.Lio };

    /// <summary>The kernel is alive and has not said otherwise.</summary>
    public void AssertSound() => Assert.True(_guest is { IsSound: true }, $"the guest's kernel is in trouble\n{_guest?.Console()}\n{_guest?.Log}");

    public async ValueTask DisposeAsync()
    {
        if (_guest is { } guest)
        {
            _guest = null;
            await guest.DisposeAsync();
        }
    }

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

/// <summary>Tests that share one guest.</summary>
[CollectionDefinition(Name)]
public sealed class LioCollection : ICollectionFixture<LioGuest>
{
    public const string Name = "LIO";
}
