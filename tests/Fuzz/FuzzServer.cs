using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Blockwire.Testing;
using Blockwire.Testing.Raw;
using Blockwire.Testing.Targets;

namespace Blockwire.Fuzz.Tests;

/// <summary>A live server with two file disks (whose data is not in the server's memory), and the checks every test ends with.</summary>
public sealed partial class FuzzServer : IAsyncDisposable
{
    public const int LengthBytes = 16 << 20;
    private readonly string _folder;
    private readonly ITestTarget _target;

    private FuzzServer(string folder, ITestTarget target)
    {
        _folder = folder;
        _target = target;
    }

    public IPEndPoint Portal => _target.EndPoint();

    public string TargetName => _target.TargetName;

    public long ResidentBytes => _target.ResidentBytes();

    public string Log => _target.Log;

    /// <summary>The LUN that hostile peers write to.</summary>
    public int HostileLun => _target.Lun(0);

    /// <summary>The LUN that good peers use.</summary>
    public int GoodLun => _target.Lun(1);

    public static async Task<FuzzServer> StartAsync()
    {
        string folder = Directory.CreateTempSubdirectory("blockwire-fuzz-").FullName;
        TestDisk[] disks = [.. new[] { "hostile", "good" }.Select(name => new TestDisk(LengthBytes) { Path = Path.Combine(folder, name), Thin = true })];
        return new(folder, await TargetUnderTest.StartAsync(disks));
    }

    /// <summary>A good client writes and reads back, and logs out.</summary>
    public async Task ServesAGoodClientAsync(int seed)
    {
        Assert.True(_target.IsAlive, $"the server ended\n{Log}");
        byte[] written = new byte[200 * 512];
        new Random(seed).NextBytes(written);
        using RawInitiator initiator = await LogInAsync(isid: 0x80_0000_00F000);

        // A hostile START STOP UNIT may have stopped the disk.
        await GoodAsync(initiator.CommandAfterAttentionsAsync(GoodLun, [0x1B, 0, 0, 0, 1, 0]));
        await GoodAsync(initiator.CommandAfterAttentionsAsync(GoodLun, RawFrames.Cdb10(0x2A, 1000, 200), dataOut: written));
        RawScsiResult read = await GoodAsync(initiator.CommandAfterAttentionsAsync(GoodLun, RawFrames.Cdb10(0x28, 1000, 200), written.Length));
        Assert.Equal(written, read.DataIn);
        await initiator.LogOutAsync();
    }

    /// <summary>What a peer did wrong is a warning; an error or an exception in the log would be ours.</summary>
    public void BlamesOnlyPeers() =>
        Assert.DoesNotContain(_target.LogLines, static line => ServersFault().IsMatch(line));

    /// <summary>Above recovery level 0 sessions that are left behind are kept for a few seconds.</summary>
    public Task<RawInitiator> LogInAsync(ulong isid, string digests = "None", int level = 0) =>
        RawInitiator.LogInAsync(Portal, new(TargetName) { Isid = isid, Digests = digests, ErrorRecoveryLevel = level, DefaultTime2Retain = level });

    /// <summary>Waits until the server's memory is within a bound of where it was; garbage may need a moment to be collected.</summary>
    public async Task SettlesBelowAsync(long boundBytes, TimeSpan limit)
    {
        long begun = Stopwatch.GetTimestamp();
        while (ResidentBytes > boundBytes)
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < limit, $"{ResidentBytes >> 20} MiB resident, bound {boundBytes >> 20} MiB\n{Log}");
            await ServesAGoodClientAsync(1);
            await Task.Delay(200);
        }
    }

    public async ValueTask DisposeAsync()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(Log);
        await _target.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"^\S+ error |Exception|^   at ")]
    private static partial Regex ServersFault();

    private static async Task<RawScsiResult> GoodAsync(Task<RawScsiResult> command)
    {
        RawScsiResult result = await command;
        Assert.True(result.IsGood, result.ToString());
        return result;
    }
}
