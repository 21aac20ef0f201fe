using System.Diagnostics;
using Blockwire.Interop.Tests.Linux.Drops;
using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Linux;

/// <summary>
/// Goal: the Linux kernel's initiator, with mutual CHAP and both digests, loses 50 connections under verified load and no data. Method: a guest in
/// QEMU reaches the server through a proxy in this process, which reads what passes, so that each cut comes at a known place of a known PDU.
/// </summary>
public sealed class ConnectionDropTests
{
    private const int Drops = 50;
    private const string User = "alice", Secret = "secretofalice1", TargetUser = "disk", TargetSecret = "secretofthedisk1";

    // Small bursts, so that a write of 256 KiB has immediate data, several R2Ts and several Data-Out PDUs.
    private const string Configuration = $$"""
        {
          "log": "debug",
          "targets": [{
            "name": "iqn.2026-11.local.blockwire:drops",
            "chap": { "users": [{ "user": "{{User}}", "secret": "{{Secret}}" }], "mutual": { "user": "{{TargetUser}}", "secret": "{{TargetSecret}}" } },
          }],
          "keys": { "DefaultTime2Wait": 0, "FirstBurstLength": 16384, "MaxBurstLength": 65536, "MaxRecvDataSegmentLength": 32768 },
        }
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(240);

    [Fact]
    public async Task NothingIsLostWhenFiftyConnectionsAreCutUnderLoad()
    {
        string folder = Directory.CreateTempSubdirectory("blockwire-drops-").FullName;
        try
        {
            string file = Path.Combine(folder, "config.json");
            await File.WriteAllTextAsync(file, Configuration);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite); // the server warns when others can read secrets
            }

            await using ServerProcess server = await ServerProcess.StartAsync([$"file:{folder}/lun.img?size=64M"], 0, "--config", file);
            await using CuttingProxy proxy = new(server.Portal);
            await using Guest guest = await Guest.StartAsync(
                "drops.sh", proxy.Port, [$"{proxy.Port}", server.TargetName, User, Secret, TargetUser, TargetSecret], Limit);
            try
            {
                await CutAllAsync(proxy, guest);
                await server.WaitUntilAsync(static it => it.OpenSessions == 0, TimeSpan.FromSeconds(10), "every session was closed");
                AssertEveryLogin(proxy);
                AssertLog(server);
            }
            finally
            {
                Show($"--- guest\n{guest.Log}\n--- server\n{server.Log}\n{Lines(proxy.Connections.Select(static it => it.ToString()))}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CutAllAsync(CuttingProxy proxy, Guest guest)
    {
        using CancellationTokenSource late = new(Limit);
        Task<int> end = guest.WaitForExitAsync();
        await guest.WaitForFileAsync("load");
        Task cutting = CutAsync();
        if (await Task.WhenAny(cutting, end) == end && !cutting.IsCompleted)
        {
            Assert.Fail($"The guest ended with {await end} before the last cut");
        }

        await cutting;
        guest.MakeFile("enough");
        Assert.Equal(0, await end);

        async Task CutAsync()
        {
            Stopwatch watch = Stopwatch.StartNew();
            foreach (Cut cut in Cut.Plan(Drops))
            {
                await proxy.DropAsync(cut, late.Token);
                Show($"{watch.Elapsed.TotalSeconds,6:0.0} s {cut}");
            }

            await proxy.ExpectWorkAsync(late.Token);
            Show($"{watch.Elapsed.TotalSeconds,6:0.0} s works again");
        }
    }

    /// <summary>Each login proved both sides and agreed on both digests, of which many passed; nobody but this test ended a connection.</summary>
    private static void AssertEveryLogin(CuttingProxy proxy)
    {
        ProxiedConnection[] working = [.. proxy.Connections.Where(static it => it.IsLoggedIn)];
        Assert.True(working.Length > Drops, $"{working.Length} logins");
        Assert.All(working, static it => Assert.True(it.Login.ProvedByChapBothWays, $"{it}: {it.Login}"));
        Assert.All(working, static it => Assert.True(it.Login.AgreedOnDigests && it.GoodDigests > 0, $"{it}: {it.Login}"));
        Assert.All(proxy.Connections, static it => Assert.True(it.EndedBy is null || it.IsLoggedOut, it.ToString()));
    }

    /// <summary>The target counts the logins too, and finds nothing wrong: not with itself, and not with the initiator.</summary>
    private static void AssertLog(ServerProcess server)
    {
        Assert.True(server.LogLines.Count(static it => it.Contains("session opened", StringComparison.Ordinal)) > Drops);
        Assert.DoesNotContain(server.LogLines, static it => it.Contains("Z error ", StringComparison.Ordinal) || it.Contains("Z warn ", StringComparison.Ordinal));
    }

    private static void Show(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
