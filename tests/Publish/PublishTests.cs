using System.Text.Json;
using Blockwire.Testing;

namespace Blockwire.Publish.Tests;

/// <summary>
/// Goal: the trimmed single file is the whole program. Method: it is made once by `./publish`, and run beside the one that was built. What trimming could take away is
/// what only reflection finds: commands and their help, JSON, messages, what the runtime looks up by name.
/// </summary>
public sealed class PublishTests(PublishedProgram published)
{
    /// <summary>Resident memory of an idle server: the product promises 50 MiB; the slack is for other kernels and page sizes.</summary>
    private const long IdleBytes = 64L << 20;

    private const string Ping = "40 80 00 00 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00 05 ff ff ff ff 00 00 00 64 00 00 01 f4 "
        + "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 02 03 04";

    public static TheoryData<string> Commands => ["", "serve", "discover", "ls", "info", "read", "write", "copy", "bench", "ping", "decode"];

    [Fact]
    public void One_file_comes_of_it_and_its_path_is_printed()
    {
        Assert.Equal((published.Program, ""), (published.Publishing.Output, published.Publishing.Error));
        Assert.Equal([published.Program], Directory.GetFileSystemEntries(published.Output));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_is_that_of_the_built_program(string command)
    {
        string[] arguments = command.Length > 0 ? [command, "--help"] : ["--help"];

        ProcessResult built = await ChildProcess.RunAsync(ServerProcess.Program, arguments, TimeSpan.FromSeconds(60));
        ProcessResult help = await published.RunAsync(arguments);

        Assert.Contains("Usage:", help.Output, StringComparison.Ordinal);
        Assert.Equal((built.ExitCode, built.Output), (help.ExitCode, help.Output));
    }

    [Fact]
    public async Task It_tells_the_version_of_the_built_program()
    {
        ProcessResult built = await ChildProcess.RunAsync(ServerProcess.Program, ["--version"], TimeSpan.FromSeconds(60));

        Assert.Equal(built.Succeeded().Output, (await published.RunAsync("--version")).Succeeded().Output);
    }

    [Fact]
    public async Task What_was_written_is_read()
    {
        await using ServerProcess server = await published.ServeAsync("memory:16M");
        string text = string.Join('\n', Enumerable.Range(0, 100).Select(static it => $"line {it}"));
        string file = published.Write("text", text);

        (await published.RunFromAsync(file, "write", server.Url(0), "--offset", "4096", "--json")).Succeeded();
        ProcessResult read = await published.RunAsync("read", server.Url(0), "--offset", "4096", "--length", $"{text.Length}");

        Assert.Equal(text, read.Succeeded().Output);
    }

    [Theory]
    [InlineData("info", "")]
    [InlineData("bench", "--seconds 1 --depth 4")]
    [InlineData("ping", "--count 2 --interval 0.01")]
    public async Task A_unit_is_reported_as_JSON(string command, string options)
    {
        await using ServerProcess server = await published.ServeAsync("memory:16M");

        ProcessResult report = await published.RunAsync([command, server.Url(0), "--json", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(report.Succeeded().Output).RootElement.ValueKind);
    }

    [Fact]
    public async Task A_copy_between_disks_of_several_kinds_is_verified()
    {
        await using ServerProcess server = await published.ServeAsync("mirror:(memory:8M,memory:8M)", "stripe:(memory:4M,memory:4M)");

        ProcessResult copy = await published.RunAsync("copy", server.Url(0), server.Url(1), "--verify");

        Assert.Contains("source and target are the same", copy.Succeeded().Output + copy.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Targets_are_listed()
    {
        await using ServerProcess server = await published.ServeAsync("memory:16M", "null:1T");

        ProcessResult list = await published.RunAsync("ls", $"{server.Portal}");

        Assert.Contains("LUN 1    disk        1 TiB", list.Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_capture_is_put_into_words()
    {
        ProcessResult decoded = await published.RunAsync("decode", published.Write("ping.hex", Ping));

        Assert.StartsWith("#1 initiator -> target  NOP-Out  immediate  ITT 0x5", decoded.Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("1 PDU on 1 connection, 0 broken rules", decoded.Error);
    }

    [Fact]
    public async Task A_configuration_is_served()
    {
        string file = published.Write("right.json", """{"portals":[{"listen":"127.0.0.1:0"}],"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{"disk":"memory:1M","lun":7}]}]}""");
        await using ChildProcess server = ChildProcess.Start(published.Program, ["serve", "--config", file]);

        await server.WaitUntilAsync(static it => it.OutputLines.Count > 0, TimeSpan.FromSeconds(30), "it was ready");

        Assert.Matches(@"^ready iscsi://127\.0\.0\.1:\d+/iqn\.2026-11\.a\.b:c/7 1048576 memory:1M$", server.OutputLines[0]);
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_configuration_with_an_unknown_key_is_refused()
    {
        ProcessResult refusal = await published.RunAsync("serve", "--config", published.Write("wrong.json", """{"Log":"info"}"""));

        Assert.Equal(1, refusal.ExitCode);
        Assert.Contains("$.Log: unknown property 'Log': did you mean 'log'?", refusal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "'--lisen'", "serve", "--lisen", "x")]
    [InlineData(1, "Connection refused", "info", "iscsi://127.0.0.1:1/iqn.2026-11.a.b:c/0")]
    [InlineData(1, "cannot read /nonexistent/capture", "decode", "/nonexistent/capture")]
    public async Task Failures_are_one_line_and_the_exit_status(int status, string words, params string[] arguments)
    {
        ProcessResult failure = await published.RunAsync(arguments);

        Assert.True(failure.ExitCode == status, failure.ToString());
        Assert.StartsWith("blockwire: ", failure.Error, StringComparison.Ordinal);
        Assert.Single(failure.Error.Split('\n'));
        Assert.Contains(words, failure.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_idle_server_is_small()
    {
        await using ServerProcess server = await published.ServeAsync("memory:256M");

        Assert.InRange(ProcessMemory.ResidentBytes(server.ProcessId), 1, IdleBytes);
    }
}
