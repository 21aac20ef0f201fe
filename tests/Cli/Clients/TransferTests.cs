using System.Text.Json;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>Goal: read and write move exactly the bytes they are told to. Method: the built program against itself.</summary>
public sealed class TransferTests : IAsyncLifetime
{
    private const int Size = 4 << 20;

    private readonly ClientProcess _client = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync([$"memory:{Size}"]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
    }

    [Theory]
    [InlineData(0, Size, 1 << 20)]
    [InlineData(0, 512, 65536)]
    [InlineData(1, 1, 65536)]
    [InlineData(511, 2, 65536)]
    [InlineData(1000, 700000, 65536)]
    [InlineData(Size - 700, 700, 4096)]
    public async Task What_is_written_is_read_and_nothing_beside_it_changes(int offset, int length, int block)
    {
        byte[] before = Bytes(1, Size);
        (await _client.RunWithAsync(before, "write", _server.Url(0))).Succeeded();
        byte[] data = Bytes(2, length);

        (await _client.RunWithAsync(data, "write", _server.Url(0), "--offset", $"{offset}", "--block", $"{block}")).Succeeded();

        byte[] part = (await _client.RunAsync("read", _server.Url(0), "--offset", $"{offset}", "--length", $"{length}", "--block", $"{block}")).Succeeded().Output;
        Assert.Equal(data, part);
        data.CopyTo(before, offset);
        Assert.Equal(before, (await _client.RunAsync("read", _server.Url(0))).Succeeded().Output);
    }

    [Fact]
    public async Task No_input_writes_nothing()
    {
        JsonElement json = (await _client.RunWithAsync([], "write", _server.Url(0), "--json")).Succeeded().Json;

        Assert.Equal((0, true), (json.GetProperty("bytes").GetInt64(), json.GetProperty("flushed").GetBoolean()));
    }

    [Fact]
    public async Task Input_that_is_too_long_is_told()
    {
        byte[] data = Bytes(3, Size + 1);

        (await _client.RunWithAsync(data, "write", _server.Url(0))).Refused(1, "longer than the unit", $"{Size} bytes");

        Assert.Equal(data[..Size], (await _client.RunAsync("read", _server.Url(0))).Output);
    }

    [Fact]
    public async Task A_length_takes_only_so_much_of_the_input()
    {
        (await _client.RunWithAsync(Bytes(4, 5000), "write", _server.Url(0), "--length", "1000")).Succeeded();

        byte[] read = (await _client.RunAsync("read", _server.Url(0), "--length", "2000")).Output;
        Assert.Equal(Bytes(4, 5000)[..1000], read[..1000]);
        Assert.All(read[1000..], static it => Assert.Equal(0, it));
    }

    [Theory]
    [InlineData("--offset", "5M")]
    [InlineData("--length", "5M")]
    public async Task What_leads_beyond_the_end_is_refused(string option, string value) =>
        (await _client.RunAsync("read", _server.Url(0), option, value)).Refused(1, $"{Size} bytes", _server.Url(0));

    [Fact]
    public async Task A_reader_that_goes_away_ends_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs pipes that break");
        using System.Diagnostics.Process process = _client.Start("read", _server.Url(0));
        await process.StandardOutput.BaseStream.ReadExactlyAsync(new byte[10], TestContext.Current.CancellationToken);
        process.StandardOutput.Close();

        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("standard output took", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_connections_carry_one_transfer()
    {
        byte[] data = Bytes(5, Size);

        (await _client.RunWithAsync(data, "write", $"{_server.Url(0)}?data-digest=require", "--connections", "3", "--block", "100K")).Succeeded();

        Assert.Equal(data, (await _client.RunAsync("read", _server.Url(0), "--connections", "2")).Succeeded().Output);
    }

    internal static byte[] Bytes(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
