using System.Diagnostics;
using System.Text.Json;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>Goal: a copy has the bytes of its source, whatever its ends are, and takes no more space. Method: the built program against itself.</summary>
public sealed class CopyTests : IAsyncLifetime
{
    private const int Size = 16 << 20;

    private readonly ClientProcess _client = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync([$"memory:{Size}", $"memory:{Size}", "memory:8M"]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
    }

    [Fact]
    public async Task From_a_file_over_units_to_a_file()
    {
        byte[] data = SparseData();
        string source = _client.WriteFile("source.img", data);
        string target = _client.At("target.img");

        (await _client.RunAsync("copy", source, _server.Url(0), "--verify", "--log", "error")).ExitedWith(0);
        (await _client.RunAsync("copy", _server.Url(0), _server.Url(1), "--verify")).ExitedWith(0);
        (await _client.RunAsync("copy", _server.Url(1), target, "--verify")).ExitedWith(0);

        Assert.Equal(data, await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Zeros_are_not_written_and_old_data_under_holes_is_gone()
    {
        (await _client.RunWithAsync(TransferTests.Bytes(1, Size), "write", _server.Url(0))).Succeeded();
        string source = _client.WriteFile("source.img", SparseData());

        JsonElement json = (await _client.RunAsync("copy", source, _server.Url(0), "--json")).Succeeded().Json;

        Assert.Equal(Size, json.GetProperty("bytes").GetInt64());
        Assert.InRange(json.GetProperty("written").GetInt64(), 1, 2 << 20);
        Assert.InRange(json.GetProperty("zeroed").GetInt64(), Size - (3 << 20), Size);
        Assert.Equal(SparseData(), (await _client.RunAsync("read", _server.Url(0))).Output);
    }

    [Fact]
    public async Task A_file_that_is_made_is_sparse()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs holes in files");
        string source = _client.WriteFile("source.img", SparseData());
        (await _client.RunAsync("copy", source, _server.Url(0))).ExitedWith(0);

        JsonElement json = (await _client.RunAsync("copy", _server.Url(0), _client.At("target.img"), "--json")).Succeeded().Json;

        Assert.InRange(json.GetProperty("skipped").GetInt64(), Size - (3 << 20), Size);
        ProcessResult du = await ChildProcess.RunAsync("du", ["-k", _client.At("target.img")], TimeSpan.FromSeconds(10));
        Assert.InRange(int.Parse(du.Succeeded().Output.Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture), 1, 4096);
    }

    [Fact]
    public async Task Sizes_that_differ_are_refused_unless_any_will_do()
    {
        ClientResult refused = await _client.RunAsync("copy", _server.Url(0), _server.Url(2));
        refused.Refused(1, $"{Size} bytes", $"{8 << 20} bytes", "--any-size");

        JsonElement json = (await _client.RunAsync("copy", _server.Url(0), _server.Url(2), "--any-size", "--json")).Succeeded().Json;
        Assert.Equal(8 << 20, json.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task A_drive_without_a_disc_is_not_copied() => (await _client.RunAsync("copy", "cdrom:", _server.Url(0))).Refused(2, "a drive without a disc");

    [Fact]
    public async Task A_disk_is_not_copied_onto_itself() => (await _client.RunAsync("copy", _server.Url(0), _server.Url(0))).Refused(1, "the same disk");

    [Fact]
    public async Task A_missing_source_is_refused_and_no_target_made()
    {
        (await _client.RunAsync("copy", _client.At("missing.img"), _client.At("target.img"))).Refused(1, "missing.img");

        Assert.False(File.Exists(_client.At("target.img")));
    }

    [Fact]
    public async Task A_copy_that_was_killed_goes_on_where_it_was()
    {
        const long large = 256 << 20;
        await using ServerProcess server = await ServerProcess.StartAsync([$"file:{Uri.EscapeDataString(_client.At("lun.img"))}?size={large}"]);
        string source = _client.At("source.img");
        await WriteLargeAsync(source, large);
        string state = _client.At("state.json");
        using (Process killed = _client.Start("copy", source, $"{server.Url(0)}?data-digest=require", "--resume", state, "--block", "4K"))
        {
            await WaitForProgressAsync(killed, state);
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        JsonElement json = (await _client.RunAsync("copy", source, server.Url(0), "--resume", state, "--verify", "--json")).Succeeded().Json;

        Assert.InRange(json.GetProperty("resumedAt").GetInt64(), 1, large);
        Assert.True(json.GetProperty("verified").GetBoolean());
        Assert.False(File.Exists(state));
    }

    [Fact]
    public async Task A_source_that_has_changed_does_not_go_on()
    {
        string source = _client.WriteFile("source.img", SparseData());
        string state = _client.At("state.json");
        await File.WriteAllTextAsync(
            state, $$"""{"blockwireCopy":1,"source":"{{source}} inode 1","sourceBytes":{{Size}},"done":4096}""", TestContext.Current.CancellationToken);

        (await _client.RunAsync("copy", source, _server.Url(0), "--resume", state)).Refused(1, "the source is not what it was", state);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"blockwireCopy":1,"done":"much"}""")]
    [InlineData("""{"blockwireCopy":1,"blockwireCopy":1}""")]
    [InlineData("""{"blockwireCopy":1,"targetWasNew":7}""")]
    public async Task Another_file_is_no_state(string content)
    {
        string source = _client.WriteFile("source.img", SparseData());
        string state = _client.WriteFile("state.json", System.Text.Encoding.UTF8.GetBytes(content));

        (await _client.RunAsync("copy", source, _server.Url(0), "--resume", state)).Refused(1, "not the state of a copy", state);
    }

    private static async Task WriteLargeAsync(string path, long length)
    {
        await using FileStream file = new(path, FileMode.CreateNew);
        byte[] piece = TransferTests.Bytes(9, 1 << 20);
        for (long at = 0; at < length; at += piece.Length)
        {
            await file.WriteAsync(piece);
        }
    }

    private static async Task WaitForProgressAsync(Process process, string state)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!process.HasExited && waited.Elapsed < TimeSpan.FromSeconds(60))
        {
            if (File.Exists(state) && JsonDocument.Parse(await File.ReadAllTextAsync(state)).RootElement.GetProperty("done").GetInt64() > 0)
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail($"no progress was noted ({(process.HasExited ? await process.StandardError.ReadToEndAsync() : "it runs")})");
    }

    // 16 MiB with data at three places.
    private static byte[] SparseData()
    {
        byte[] data = new byte[Size];
        TransferTests.Bytes(1, 100_000).CopyTo(data, 0);
        TransferTests.Bytes(2, 512).CopyTo(data, 5 << 20);
        TransferTests.Bytes(3, 200_000).CopyTo(data, Size - 200_000);
        return data;
    }
}
