using System.Buffers.Binary;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Cli.Tests.Serving;

/// <summary>Pools as `serve` shares them.</summary>
public sealed class PoolProcessTests
{
    private const int SigKill = 9;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_pool_is_shared_under_its_name()
    {
        using ScratchFolder folder = new();
        await using ChildProcess server = await StartAsync(folder, "mirror:(a.img?size=64M,b.img?size=64M)", "stripe:(memory:1M,memory:1M)?chunk=4K");

        Assert.EndsWith("/0 67108864 mirror:(file:a.img,file:b.img)", server.OutputLines[0], StringComparison.Ordinal);
        Assert.EndsWith("/1 2097152 stripe:(memory:1M,memory:1M)", server.OutputLines[1], StringComparison.Ordinal);
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
        Assert.True(File.Exists(folder.At("a.img.mirror")) && File.Exists(folder.At("b.img.mirror")));
    }

    [Fact]
    public async Task A_mirror_that_is_killed_under_load_loses_nothing_acknowledged_and_its_members_are_made_equal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a signal");
        using ScratchFolder folder = new();
        Dictionary<uint, byte> acknowledged = [];
        for (byte run = 1; run <= 3; run++)
        {
            await using ChildProcess server = await StartAsync(folder, "mirror:(a.img?size=64M,b.img?size=64M)");
            Task load = Task.WhenAll(WriteUntilGoneAsync(server, run, 0, acknowledged), WriteUntilGoneAsync(server, run, 1, acknowledged));
            await server.WaitUntilAsync(_ => CountOf(acknowledged, run) >= 15 * run, Limit, "it was under load");
            Signals.Send(server.Id, SigKill);
            await server.WaitForExitAsync(Limit);
            await load;
        }

        await using ChildProcess last = await StartAsync(folder, "mirror:(a.img,b.img)");
        await last.WaitUntilAsync(static it => it.ErrorLines.Any(static line => line.Contains("is in sync", StringComparison.Ordinal)), Limit, "the members were equal");
        last.Terminate();
        Assert.Equal(0, await last.WaitForExitAsync(Limit));
        byte[] a = await File.ReadAllBytesAsync(folder.At("a.img"), TestContext.Current.CancellationToken);
        Assert.Equal(a, await File.ReadAllBytesAsync(folder.At("b.img"), TestContext.Current.CancellationToken));
        Assert.NotEmpty(acknowledged);
        Assert.All(acknowledged, it => Assert.True(a[it.Key * 512] >= it.Value, $"block {it.Key} lost write {it.Value}"));
    }

    [Fact]
    public async Task A_member_that_is_missing_is_refused_in_one_line_and_waited_for_when_told()
    {
        using ScratchFolder folder = new();
        await using (ChildProcess server = await StartAsync(folder, "mirror:(a.img?size=1M,b.img?size=1M)"))
        {
            server.Terminate();
            Assert.Equal(0, await server.WaitForExitAsync(Limit));
        }

        File.Move(folder.At("b.img"), folder.At("b.away"));
        File.Move(folder.At("b.img.mirror"), folder.At("b.away.mirror"));
        await using ChildProcess refused = ChildProcess.Start(ServerProcess.Program, ["serve", "--listen", "127.0.0.1:0", "mirror:(a.img,b.img)"], folder: folder.Path);
        Assert.Equal(1, await refused.WaitForExitAsync(Limit));
        Assert.Contains(refused.ErrorLines, static line => line.Contains("bring it back, or add ?degraded", StringComparison.Ordinal));

        await using ChildProcess degraded = await StartAsync(folder, "mirror:(a.img,b.img)?degraded");
        File.Move(folder.At("b.away.mirror"), folder.At("b.img.mirror"));
        File.Move(folder.At("b.away"), folder.At("b.img"));
        await degraded.WaitUntilAsync(static it => it.ErrorLines.Any(static line => line.Contains("is in sync", StringComparison.Ordinal)), Limit, "the member was back");
        degraded.Terminate();
        Assert.Equal(0, await degraded.WaitForExitAsync(Limit));
    }

    private static async Task<ChildProcess> StartAsync(ScratchFolder folder, params IEnumerable<string> disks)
    {
        ChildProcess server = ChildProcess.Start(ServerProcess.Program, ["serve", "--listen", "127.0.0.1:0", .. disks], folder: folder.Path);
        await server.WaitUntilAsync(it => it.OutputLines.Count >= disks.Count(), Limit, "it was ready");
        return server;
    }

    private static int CountOf(Dictionary<uint, byte> acknowledged, byte run)
    {
        lock (acknowledged)
        {
            return acknowledged.Values.Count(it => it == run);
        }
    }

    /// <summary>Writes here and there until the server has gone; notes the newest write of each block that was acknowledged.</summary>
    private static async Task WriteUntilGoneAsync(ChildProcess server, byte run, int writer, Dictionary<uint, byte> acknowledged)
    {
        ReadyLine unit = ReadyLine.Parse(server.OutputLines[0]);
        Random random = new((run * 10) + writer);
        using RawInitiator initiator = await RawInitiator.LogInAsync(unit.Portal, new(unit.TargetName));
        byte[] data = new byte[4096];
        data.AsSpan().Fill(run);
        try
        {
            while (true)
            {
                uint lba = (uint)random.Next(16_000) * 8;
                byte[] cdb = [0x2A, (byte)(random.Next(2) == 0 ? 0x08 : 0), 0, 0, 0, 0, 0, 0, 8, 0];
                BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), lba);
                RawScsiResult result = await initiator.CommandAfterAttentionsAsync(0, cdb, dataOut: data);
                Assert.Equal(0, result.Status);
                lock (acknowledged)
                {
                    acknowledged[lba] = run;
                }
            }
        }
        catch (Exception gone) when (gone is IOException or System.Net.Sockets.SocketException or InvalidDataException)
        {
            // The server was killed.
        }
    }
}
