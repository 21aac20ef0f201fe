using System.Globalization;
using Blockwire.Testing;
using Blockwire.Testing.Targets;

namespace Blockwire.Interop.Tests.Linux;

/// <summary>
/// Goal: what file systems do not need any more, thin disks give back to the host. Method: a guest in QEMU deletes files of ext4 and of xfs, by fstrim and with the mount option
/// discard (trim.sh); the host looks how much room the image files take.
/// </summary>
public sealed class KernelTrimTests : IAsyncLifetime
{
    // The script deletes six of eight files of 4 MiB.
    private const long Deleted = 24L << 20;
    private const long Allowance = 2L << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-trim-").FullName;
    private ITestTarget _target = null!;

    public async ValueTask InitializeAsync() =>
        _target = await TargetUnderTest.StartAsync([new(96L << 20) { Path = Image("ext4"), Thin = true }, new(304L << 20) { Path = Image("xfs"), Thin = true }]);

    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task DeletedFilesGiveTheirSpaceBack()
    {
        await using Guest guest = await Guest.StartAsync("trim.sh", _target.Port, [_target.Port.ToString(CultureInfo.InvariantCulture), _target.TargetName], Limit);
        foreach (string kind in new[] { "ext4", "xfs" })
        {
            foreach ((string before, string after) in new[] { ("filled", "trimmed"), ("filled-again", "discarded") })
            {
                await guest.WaitForFileAsync($"ask-{kind}-{before}");
                long full = await TakenAsync(kind);
                guest.MakeFile($"ok-{kind}-{before}");
                await guest.WaitForFileAsync($"ask-{kind}-{after}");
                await WaitUntilTakenAsync(kind, full - Deleted + Allowance);
                guest.MakeFile($"ok-{kind}-{after}");
            }
        }

        int exitCode = await guest.WaitForExitAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"--- guest\n{guest.Log}\n--- server\n{_target.Log}");
        Assert.Equal(0, exitCode);
        Assert.True(_target.IsAlive);
    }

    /// <summary>Bytes that an image file takes on the host.</summary>
    private async Task<long> TakenAsync(string kind)
    {
        ProcessResult stat = (await ChildProcess.RunAsync("stat", ["-c", "%b %B", Image(kind)], Patience)).Succeeded();
        string[] words = stat.Output.Split(' ');
        return long.Parse(words[0], CultureInfo.InvariantCulture) * long.Parse(words[1], CultureInfo.InvariantCulture);
    }

    // The mount option discards in its own time.
    private async Task WaitUntilTakenAsync(string kind, long most)
    {
        long until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        long taken;
        while ((taken = await TakenAsync(kind)) > most)
        {
            Assert.True(Environment.TickCount64 < until, $"{kind} still takes {taken >> 10} KiB and not {most >> 10}");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private string Image(string kind) => Path.Combine(_folder, $"{kind}.img");
}
