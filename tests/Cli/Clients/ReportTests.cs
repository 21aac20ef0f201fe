using System.Diagnostics;
using System.Text.Json;
using Blockwire.Cli.Tests.Serving;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>Goal: what client commands report is true, as text and as JSON. Method: the built program against itself.</summary>
public sealed class ReportTests : IAsyncLifetime
{
    private readonly ClientProcess _client = new();
    private ServerProcess _server = null!;

    private string Portal => _server.Portal.ToString();

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(["memory:8M?serial=ONE", "null:2G?readonly"]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
    }

    [Fact]
    public async Task Discover_prints_a_line_for_each_target_and_portal()
    {
        ClientResult result = (await _client.RunAsync("discover", Portal)).Succeeded();

        Assert.Equal($"{_server.TargetName} {Portal},1\n", result.Text);
    }

    [Fact]
    public async Task Discover_tells_the_same_as_JSON()
    {
        JsonElement json = (await _client.RunAsync("discover", Portal, "--json")).Succeeded().Json;

        JsonElement target = Assert.Single(json.GetProperty("targets").EnumerateArray());
        Assert.Equal(_server.TargetName, target.GetProperty("name").GetString());
        JsonElement portal = Assert.Single(target.GetProperty("portals").EnumerateArray());
        Assert.Equal((Portal, 1), (portal.GetProperty("address").GetString(), portal.GetProperty("portalGroupTag").GetInt32()));
    }

    [Fact]
    public async Task Ls_shows_LUNs_types_and_sizes()
    {
        string text = (await _client.RunAsync("ls", Portal)).Succeeded().Text;

        string[] lines = text.Split('\n');
        Assert.StartsWith(_server.TargetName, lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^  LUN 0 +disk +8 MiB  BLOCKWIR Blockwire disk$", lines[1]);
        Assert.Matches(@"^  LUN 1 +disk +2 GiB  BLOCKWIR Blockwire disk  read-only$", lines[2]);
    }

    [Fact]
    public async Task Ls_tells_the_same_as_JSON()
    {
        JsonElement json = (await _client.RunAsync("ls", "--json", Portal)).Succeeded().Json;

        JsonElement[] luns = [.. json.GetProperty("targets")[0].GetProperty("luns").EnumerateArray()];
        Assert.Equal([8388608, 2147483648], luns.Select(static it => it.GetProperty("bytes").GetInt64()));
        Assert.Equal("ONE", luns[0].GetProperty("serial").GetString());
        Assert.True(luns[1].GetProperty("readOnly").GetBoolean());
    }

    [Fact]
    public async Task Info_shows_identity_capacity_limits_and_negotiated_keys()
    {
        string text = (await _client.RunAsync("info", $"{_server.Url(0)}?erl=1&header-digest=none", "--connections", "2")).Succeeded().Text;

        Assert.Matches(@"(?m)^  serial +ONE$", text);
        Assert.Matches(@"(?m)^  capacity +8388608 bytes, 8 MiB, 16384 blocks$", text);
        Assert.Matches(@"(?m)^  recovery level +1$", text);
        Assert.Matches(@"(?m)^  transfer +\d+$", text);
        Assert.Matches(@"(?m)^  connection +1: ", text);
        Assert.Matches(@"(?m)^  ErrorRecoveryLevel +1 +1 +1 +RFC 7143 §13\.20$", text);
        Assert.Matches(@"(?m)^  HeaderDigest +None +None +None +RFC 7143 §13\.1$", text);
    }

    [Fact]
    public async Task Info_tells_the_same_as_JSON()
    {
        JsonElement json = (await _client.RunAsync("info", $"{_server.Url(0)}?data-digest=prefer", "--json", "--initiator", "iqn.1994-05.com.example:me")).Succeeded().Json;

        Assert.Equal((8388608, 512), (json.GetProperty("bytes").GetInt64(), json.GetProperty("blockBytes").GetInt32()));
        JsonElement session = Assert.Single(json.GetProperty("sessions").EnumerateArray());
        Assert.Equal("iqn.1994-05.com.example:me", session.GetProperty("initiator").GetString());
        JsonElement key = session.GetProperty("keys").EnumerateArray().Single(static it => it.GetProperty("name").GetString() == "DataDigest");
        Assert.Equal(("CRC32C,None", "CRC32C", "RFC 7143 §13.1"), (key.GetProperty("offer").GetString(), key.GetProperty("result").GetString(), key.GetProperty("section").GetString()));
    }

    [Fact]
    public async Task Ping_counts_answers()
    {
        string text = (await _client.RunAsync("ping", _server.Url(0), "--count", "3", "--interval", "0.01")).Succeeded().Text;

        Assert.Equal(3, text.Split('\n').Count(static line => line.StartsWith("answer to ", StringComparison.Ordinal)));
        Assert.Contains("3 NOP-Outs sent, 3 answered, 0% lost\nmin/avg/max/mdev = ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ping_finds_the_target_of_a_portal()
    {
        JsonElement json = (await _client.RunAsync("ping", Portal, "--count", "2", "--interval", "0.01", "--size", "4000", "--json")).Succeeded().Json;

        Assert.Equal((_server.TargetName, 2, 4000), (json.GetProperty("target").GetString(), json.GetProperty("answered").GetInt32(), json.GetProperty("size").GetInt32()));
    }

    [Fact]
    public async Task Bench_measures_reads_and_writes()
    {
        JsonElement json = (await _client.RunAsync("bench", _server.Url(0), "--seconds", "0.5", "--read-percent", "50", "--depth", "4", "--sessions", "2", "--json")).Succeeded().Json;

        Assert.True(json.GetProperty("commands").GetInt64() > 0);
        Assert.True(json.GetProperty("iops").GetDouble() > 0);
        Assert.Equal(2, json.GetProperty("connections").GetInt32());
        Assert.InRange(json.GetProperty("p50Us").GetDouble(), 0.001, json.GetProperty("p9999Us").GetDouble());
        Assert.InRange(json.GetProperty("p9999Us").GetDouble(), 0.001, json.GetProperty("maxUs").GetDouble());
        double[] sessions = [.. json.GetProperty("sessionIops").EnumerateArray().Select(static it => it.GetDouble())];
        Assert.Equal(2, sessions.Length);
        Assert.Equal(json.GetProperty("iops").GetDouble(), sessions.Sum(), 0.5);
    }

    [Fact]
    public async Task An_interrupt_logs_out_and_ends_with_status_1()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs POSIX signals");
        using Process bench = _client.Start("bench", _server.Url(0), "--seconds", "600");
        await _server.WaitUntilAsync(static it => it.OpenSessions > 0, TimeSpan.FromSeconds(30), "the session was open");

        Signals.Send(bench.Id, Signals.Interrupt);
        string error = await bench.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bench.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, "blockwire: interrupted\n"), (bench.ExitCode, error));
        await _server.WaitUntilAsync(static it => it.OpenSessions == 0, TimeSpan.FromSeconds(30), "the session was closed");
    }

    [Fact]
    public async Task A_trace_has_the_conversation()
    {
        (await _client.RunAsync("ping", Portal, "--count", "1", "--trace", _client.At("it.pcapng"), "--log", "error")).Succeeded();

        string decoded = (await _client.RunAsync("decode", "--brief", _client.At("it.pcapng"))).Text;
        Assert.Contains("NOP-Out", decoded, StringComparison.Ordinal);
        Assert.Contains("Logout", decoded, StringComparison.Ordinal);
    }
}
