using System.Net;
using System.Net.Sockets;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Cli.Tests.Serving;

/// <summary>The built program as its users meet it: what it prints where, and how it ends.</summary>
public sealed class ServeProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_line_for_each_portal_and_LUN_and_nothing_else_on_stdout()
    {
        await using ChildProcess server = Start("--listen", "127.0.0.1:0", "--listen", "[::1]:0", "memory:8M", "null:1T");
        await server.WaitUntilAsync(static it => it.OutputLines.Count >= 4, Limit, "it was ready");

        string[] lines = [.. server.OutputLines];
        Assert.All(lines[..2], static line => Assert.Matches(@"^ready iscsi://127\.0\.0\.1:[1-9]\d*/iqn\.2026-11\.local\.blockwire:disk/[01] ", line));
        Assert.All(lines[2..], static line => Assert.Matches(@"^ready iscsi://\[::1\]:[1-9]\d*/iqn\.2026-11\.local\.blockwire:disk/[01] ", line));
        Assert.EndsWith("/0 8388608 memory:8M", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("/1 1099511627776 null:1T", lines[1], StringComparison.Ordinal);
        foreach (IPEndPoint portal in lines.Select(static line => ReadyLine.Parse(line).Portal).Distinct())
        {
            using TcpClient client = new(portal.AddressFamily);
            await client.ConnectAsync(portal, TestContext.Current.CancellationToken);
        }

        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
        Assert.Equal(4, server.OutputLines.Count);
    }

    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Interrupt)]
    public async Task A_signal_stops_it_with_status_0(int signal)
    {
        await using ChildProcess server = await StartReadyAsync("memory:1M");

        Signals.Send(server.Id, signal);

        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Whoever_asks_for_debug_lines_hears_how_long_threads_were_held()
    {
        await using ChildProcess server = await StartReadyAsync("--log", "debug", "memory:1M");

        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync(Limit));
        Assert.Contains(server.ErrorLines, static line => line.Contains("debug garbage collections: ", StringComparison.Ordinal) && line.EndsWith(" ms", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_signal_does_not_wait_for_initiators()
    {
        await using ChildProcess server = await StartReadyAsync("--drain", "3600", "memory:1M");
        ReadyLine unit = ReadyLine.Parse(server.OutputLines[0]);
        using RawInitiator initiator = await RawInitiator.LogInAsync(unit.Portal, new(unit.TargetName));

        server.Terminate();
        await server.WaitUntilAsync(static it => it.ErrorLines.Any(static line => line.Contains("stopping", StringComparison.Ordinal)), Limit, "it told of the signal");
        await initiator.ExpectAsync(RawOpcode.AsyncMessage);
        Assert.False(server.HasExited);
        server.Terminate();

        Assert.Equal(1, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Initiators_that_stay_are_waited_for_only_so_long()
    {
        await using ChildProcess server = await StartReadyAsync("--drain", "0.1", "memory:1M");
        ReadyLine unit = ReadyLine.Parse(server.OutputLines[0]);
        using RawInitiator initiator = await RawInitiator.LogInAsync(unit.Portal, new(unit.TargetName));

        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task A_hangup_does_not_stop_it()
    {
        await using ChildProcess server = await StartReadyAsync("memory:1M");

        Signals.Send(server.Id, Signals.Hangup);
        await server.WaitUntilAsync(static it => it.ErrorLines.Any(static line => line.Contains("SIGHUP", StringComparison.Ordinal)), Limit, "it told of the signal");

        Assert.False(server.HasExited);
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Logs_go_to_stderr_and_only_from_the_level_on()
    {
        await using ChildProcess server = await StartReadyAsync("--log", "error", "memory:1M");

        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync(Limit));
        Assert.Empty(server.ErrorLines);
    }

    [Fact]
    public async Task A_port_in_use_is_refused_with_one_line()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();

        ProcessResult result = await RunAsync("--listen", other.LocalEndpoint.ToString()!, "memory:1M");

        AssertRefused(result, 1, $"{other.LocalEndpoint}", "in use");
    }

    [Fact]
    public async Task A_second_portal_that_fails_takes_the_first_with_it()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();

        ProcessResult result = await RunAsync("--listen", "127.0.0.1:0", "--listen", other.LocalEndpoint.ToString()!, "memory:1M");

        AssertRefused(result, 1, "in use");
    }

    [Fact]
    public async Task An_address_of_another_machine_is_refused()
    {
        ProcessResult result = await RunAsync("--listen", "192.0.2.1:0", "memory:1M");

        AssertRefused(result, 1, "192.0.2.1");
    }

    [Fact]
    public async Task A_missing_disk_is_refused_before_anything_listens()
    {
        using ScratchFolder folder = new();

        ProcessResult result = await RunAsync("--listen", "127.0.0.1:0", "memory:1M", folder.At("missing.img"));

        AssertRefused(result, 1, "missing.img");
    }

    [Fact]
    public async Task A_disk_that_another_server_has_is_refused()
    {
        using ScratchFolder folder = new();
        string disk = $"file:{Uri.EscapeDataString(folder.At("disk.img"))}";
        await using ChildProcess server = await StartReadyAsync($"{disk}?size=1M");

        ProcessResult result = await RunAsync("--listen", "127.0.0.1:0", disk);

        AssertRefused(result, 1, "disk.img");
    }

    [Fact]
    public async Task The_default_disk_is_made_in_the_current_folder_and_kept()
    {
        using ScratchFolder folder = new();
        for (int run = 0; run < 2; run++)
        {
            await using ChildProcess server = ChildProcess.Start(
                ServerProcess.Program, ["serve", "--listen", "127.0.0.1:0"], folder: folder.Path);
            await server.WaitUntilAsync(static it => it.OutputLines.Count > 0, Limit, "it was ready");
            Assert.EndsWith("/0 1073741824 file:blockwire.img", server.OutputLines[0], StringComparison.Ordinal);
            server.Terminate();
            Assert.Equal(0, await server.WaitForExitAsync(Limit));
        }

        Assert.Equal(1L << 30, new FileInfo(folder.At("blockwire.img")).Length);
    }

    [Fact]
    public async Task A_configuration_file_is_served()
    {
        using ScratchFolder folder = new();
        string file = folder.Write(
            "lab.json",
            """
            {
              "log": "warn",
              "portals": [{ "listen": "127.0.0.1:0" }],
              "targets": [
                { "name": "iqn.2026-11.local.lab:a", "disks": [{ "disk": "memory:1M", "lun": 3 }] },
                { "name": "iqn.2026-11.local.lab:b", "disks": [{ "disk": "null:2M", "readonly": true }] },
              ],
            }
            """);

        await using ChildProcess server = ChildProcess.Start(ServerProcess.Program, ["serve", "--config", file]);
        await server.WaitUntilAsync(static it => it.OutputLines.Count >= 2, Limit, "it was ready");

        Assert.EndsWith("/iqn.2026-11.local.lab:a/3 1048576 memory:1M", server.OutputLines[0], StringComparison.Ordinal);
        Assert.EndsWith("/iqn.2026-11.local.lab:b/0 2097152 null:2M", server.OutputLines[1], StringComparison.Ordinal);
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
        Assert.Empty(server.ErrorLines);
    }

    [Fact]
    public async Task A_wrong_configuration_is_refused_with_its_path()
    {
        using ScratchFolder folder = new();
        string file = folder.Write("lab.json", """{ "timeouts": { "drian": 1 } }""");

        ProcessResult result = await RunAsync("--config", file);

        AssertRefused(result, 1, file, "$.timeouts.drian: unknown property 'drian': did you mean 'drain'?");
    }

    [Theory]
    [InlineData("--lisen", "unknown option '--lisen': did you mean '--listen'?")]
    [InlineData("memory:1X", "'1X'")]
    public async Task A_wrong_command_line_ends_with_status_2(string argument, string problem) =>
        AssertRefused(await RunAsync(argument), 2, problem);

    [Theory]
    [InlineData("--help", "serve")]
    [InlineData("--version", "0.")]
    [InlineData("serve --help", "--listen <HOST:PORT>")]
    public async Task What_was_asked_for_is_printed_on_stdout(string line, string text)
    {
        ProcessResult result = await ChildProcess.RunAsync(ServerProcess.Program, line.Split(' '), Limit);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        Assert.Contains(text, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_of_stdout_that_went_away_does_not_stop_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        await using ChildProcess server = ChildProcess.Start(
            "bash", ["-c", "\"$0\" serve --listen 127.0.0.1:0 memory:1M > >(exec true) & echo $! >&2; wait $!", ServerProcess.Program]);
        await server.WaitUntilAsync(static it => it.ErrorLines.Any(static line => line.Contains("listen", StringComparison.OrdinalIgnoreCase)), Limit, "it listened");

        int id = int.Parse(server.ErrorLines.First(static line => int.TryParse(line, out _)), System.Globalization.CultureInfo.InvariantCulture);
        Signals.Send(id, Signals.Hangup);
        await server.WaitUntilAsync(static it => it.ErrorLines.Any(static line => line.Contains("SIGHUP", StringComparison.Ordinal)), Limit, "it told of the signal");
        Signals.Send(id, Signals.Terminate);
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task A_stderr_that_nobody_reads_stops_neither_service_nor_the_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a pipe that can be opened for both sides at once");
        using ScratchFolder folder = new();

        // The pipe is full before the server writes its first line, and stays so: the shell holds the end to read from, and reads nothing.
        const string script = """
            mkfifo "$1" && exec 3<>"$1"
            dd if=/dev/zero of="$1" bs=4096 oflag=nonblock 2>/dev/null
            exec "$0" serve --log trace --listen 127.0.0.1:0 memory:1M 2>&3
            """;
        await using ChildProcess server = ChildProcess.Start("bash", ["-c", script, ServerProcess.Program, folder.At("pipe")]);
        await server.WaitUntilAsync(static it => it.OutputLines.Count > 0, Limit, "it was ready");
        ReadyLine unit = ReadyLine.Parse(server.OutputLines[0]);
        using RawInitiator initiator = await RawInitiator.LogInAsync(unit.Portal, new(unit.TargetName));

        server.Terminate();

        await initiator.ExpectAsync(RawOpcode.AsyncMessage);
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Theory]
    [InlineData("2> >(exec true)")]
    [InlineData("2>/dev/full")]
    public async Task A_stderr_that_cannot_be_written_does_not_stop_it(string redirection)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs a POSIX shell and /dev/full");
        await using ChildProcess server = ChildProcess.Start(
            "bash", ["-c", $"exec \"$0\" serve --log trace --listen 127.0.0.1:0 memory:1M {redirection}", ServerProcess.Program]);
        await server.WaitUntilAsync(static it => it.OutputLines.Count > 0, Limit, "it was ready");
        ReadyLine unit = ReadyLine.Parse(server.OutputLines[0]);
        using RawInitiator initiator = await RawInitiator.LogInAsync(unit.Portal, new(unit.TargetName));

        server.Terminate();

        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Ready_lines_that_cannot_be_written_are_a_failure()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        ProcessResult result = await ChildProcess.RunAsync(
            "bash", ["-c", "exec \"$0\" serve --log error --listen 127.0.0.1:0 memory:1M >/dev/full", ServerProcess.Program], Limit);

        AssertRefused(result, 1, "cannot write the ready lines");
    }

    private static ChildProcess Start(params IEnumerable<string> arguments) => ChildProcess.Start(ServerProcess.Program, ["serve", .. arguments]);

    private static async Task<ChildProcess> StartReadyAsync(params IEnumerable<string> arguments)
    {
        ChildProcess server = Start(["--listen", "127.0.0.1:0", .. arguments]);
        await server.WaitUntilAsync(static it => it.OutputLines.Count > 0, Limit, "it was ready");
        return server;
    }

    private static Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        ChildProcess.RunAsync(ServerProcess.Program, ["serve", "--log", "error", .. arguments], Limit);

    /// <summary>It ended with the status, said nothing on stdout, and one line on stderr that holds all the words.</summary>
    private static void AssertRefused(ProcessResult result, int status, params string[] words)
    {
        Assert.True(result.ExitCode == status, result.ToString());
        Assert.Empty(result.Output);
        Assert.StartsWith("blockwire: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Error);
        Assert.All(words, word => Assert.Contains(word, result.Error, StringComparison.Ordinal));
    }
}
