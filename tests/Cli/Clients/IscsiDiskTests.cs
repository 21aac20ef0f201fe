using System.Text.Json;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>Goal: a unit of another target is a disk like any other. Method: servers before servers.</summary>
public sealed class IscsiDiskTests : IDisposable
{
    private readonly ClientProcess _client = new();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_unit_is_shared_again()
    {
        await using ServerProcess back = await ServerProcess.StartAsync(["memory:4M"]);
        await using ServerProcess front = await ServerProcess.StartAsync([$"{back.Url(0)}?erl=1&data-digest=require&serial=AGAIN"]);
        byte[] data = TransferTests.Bytes(1, 4 << 20);

        (await _client.RunWithAsync(data, "write", front.Url(0))).Succeeded();

        Assert.Equal(back.Url(0), front.Units[0].Disk);
        Assert.Equal(data, (await _client.RunAsync("read", back.Url(0))).Succeeded().Output);
        JsonElement info = (await _client.RunAsync("info", front.Url(0), "--json")).Succeeded().Json;
        Assert.Equal("AGAIN", info.GetProperty("serial").GetString());
    }

    [Fact]
    public async Task Units_are_members_of_a_stripe()
    {
        await using ServerProcess back = await ServerProcess.StartAsync(["memory:4M", "memory:4M"]);
        await using ServerProcess front = await ServerProcess.StartAsync([$"stripe:({back.Url(0)},{back.Url(1)})?chunk=4K"]);
        byte[] data = TransferTests.Bytes(1, 8 << 20);

        (await _client.RunWithAsync(data, "write", front.Url(0))).Succeeded();

        byte[] first = (await _client.RunAsync("read", back.Url(0), "--length", "8K")).Succeeded().Output;
        Assert.Equal([.. data[..4096], .. data[8192..12288]], first);
    }

    [Fact]
    public async Task A_unit_that_cannot_be_reached_is_refused_without_its_secret()
    {
        ClientResult result = await _client.RunAsync("serve", "--listen", "127.0.0.1:0", "iscsi://me%a-secret-nobody-sees@127.0.0.1:1/iqn.2026-11.local.blockwire:disk/0");

        result.Refused(1, "127.0.0.1:1", "is a target running there");
        Assert.DoesNotContain("nobody-sees", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Portals_of_one_group_share_a_session()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(["memory:4M"], options: ["--listen", "[::1]:0"]);
        string second = (await SecondPortalAsync(server));

        JsonElement info = (await _client.RunAsync("info", $"{server.Url(0)}?portal={second}&connections=2", "--json")).Succeeded().Json;

        JsonElement session = Assert.Single(info.GetProperty("sessions").EnumerateArray());
        Assert.Equal(
            new[] { server.Portal.ToString(), second }.Order(StringComparer.Ordinal),
            session.GetProperty("connections").EnumerateArray().Select(static it => it.GetProperty("portal").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Portals_of_two_groups_are_two_paths()
    {
        using ScratchFolder folder = new();
        string file = folder.Write("c.json", """{ "portals": [{ "listen": "127.0.0.1:0", "portalGroupTag": 1 }, { "listen": "[::1]:0", "portalGroupTag": 2 }], "targets": [{ "name": "iqn.2026-11.local.lab:a", "disks": [{ "disk": "memory:4M" }] }] }""");
        await using ChildProcess server = ChildProcess.Start(ServerProcess.Program, ["serve", "--config", file]);
        await server.WaitUntilAsync(static it => it.OutputLines.Count >= 2, TimeSpan.FromSeconds(30), "it was ready");
        ReadyLine[] units = [.. server.OutputLines.Select(ReadyLine.Parse)];
        string url = $"iscsi://{units[0].Portal}/iqn.2026-11.local.lab:a/0?portal={units[1].Portal}";
        byte[] data = TransferTests.Bytes(1, 4 << 20);

        (await _client.RunWithAsync(data, "write", url)).Succeeded();
        JsonElement info = (await _client.RunAsync("info", url, "--json")).Succeeded().Json;

        Assert.Equal(2, info.GetProperty("sessions").GetArrayLength());
        Assert.Equal(2, info.GetProperty("sessions").EnumerateArray().Select(static it => it.GetProperty("isid").GetString()).Distinct().Count());
        Assert.Equal(data, (await _client.RunAsync("read", url)).Succeeded().Output);
    }

    private async Task<string> SecondPortalAsync(ServerProcess server)
    {
        JsonElement found = (await _client.RunAsync("discover", server.Portal.ToString(), "--json")).Succeeded().Json;
        return found.GetProperty("targets")[0].GetProperty("portals").EnumerateArray().Select(static it => it.GetProperty("address").GetString()!)
            .Single(it => it != server.Portal.ToString());
    }
}
