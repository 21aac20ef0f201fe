using Blockwire.Testing.Targets;

namespace Blockwire.Interop.Tests.Linux;

/// <summary>
/// Goal: the Linux kernel's initiator (open-iscsi) uses the LUN as a disk and survives a crash of the server. Method: a guest in QEMU
/// runs a script; the server's disk is a file on the host.
/// </summary>
public sealed class KernelInitiatorTests : IAsyncLifetime
{
    private const long LengthBytes = 256L << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-linux-").FullName;
    private ITestTarget _target = null!;

    private TestDisk Disk => new(LengthBytes) { Path = Path.Combine(_folder, "lun.img"), Thin = true };

    public async ValueTask InitializeAsync() => _target = await TargetUnderTest.StartAsync([Disk]);

    public async ValueTask DisposeAsync()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"--- server\n{_target.Log}");
        await _target.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task AFileSystemLivesOnTheLunWithoutAndWithDigests()
    {
        await using Guest guest = await Guest.StartAsync("session.sh", _target.Port, [_target.Port.ToString(), _target.TargetName, "None", "CRC32C"], Limit);
        await ExpectSuccessAsync(guest);
        await ExpectNoSessionAsync();
    }

    [Fact]
    public async Task NothingThatWasSyncedIsLostWhenTheServerIsKilledUnderLoad()
    {
        await using Guest guest = await Guest.StartAsync("crash.sh", _target.Port, [_target.Port.ToString(), _target.TargetName], Limit);
        await guest.WaitForFileAsync("crash");
        int port = _target.Port;
        await _target.KillAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"--- killed server\n{_target.Log}");
        await _target.DisposeAsync();
        _target = await TargetUnderTest.StartAsync([Disk], port);
        guest.MakeFile("restarted");
        await ExpectSuccessAsync(guest);
        await ExpectNoSessionAsync();
    }

    private async Task ExpectSuccessAsync(Guest guest)
    {
        int exitCode = await guest.WaitForExitAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"--- guest\n{guest.Log}");
        Assert.Equal(0, exitCode);
        Assert.True(_target.IsAlive);
    }

    /// <summary>Every session that the log says was opened, it says was closed.</summary>
    private async Task ExpectNoSessionAsync()
    {
        if (_target is BlockwireTarget blockwire)
        {
            await blockwire.Server.WaitUntilAsync(static server => server.OpenedSessions > 0, TimeSpan.FromSeconds(10), "the log told of a session");
            await blockwire.Server.WaitUntilAsync(static server => server.OpenSessions == 0, TimeSpan.FromSeconds(10), "every session was closed");
        }
    }
}
