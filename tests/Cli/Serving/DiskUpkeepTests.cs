using System.Globalization;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Serving;

/// <summary>Goal: disks that grow, come and go are served without a restart. Method: the built program, SIGHUP, and what `ls` sees.</summary>
public sealed class DiskUpkeepTests : IDisposable
{
    private const int Kibi = 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_was_extended_is_served_in_its_new_length()
    {
        string image = Image("disk.img", 1024 * Kibi);
        await using ChildProcess server = await StartAsync(image);
        await ExtendAsync(image, 3 * 1024 * Kibi);

        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, "has grown to 3145728 bytes");
        Assert.Contains("3 MiB", await ListAsync(server), StringComparison.Ordinal);
        await StopAsync(server);
    }

    [Fact]
    public async Task Growth_is_noticed_without_a_signal()
    {
        string image = Image("disk.img", 1024 * Kibi);
        await using ChildProcess server = await StartAsync(image);
        await ExtendAsync(image, 2 * 1024 * Kibi);

        await Logged(server, "has grown to 2097152 bytes");
        await StopAsync(server);
    }

    [Fact]
    public async Task Disks_come_and_go_with_the_configuration()
    {
        string one = Image("one.img", 1024 * Kibi), two = Image("two.img", 2 * 1024 * Kibi), three = Image("three.img", 3 * 1024 * Kibi);
        string configuration = Configure($$"""[{ "disk": "{{one}}" }, { "disk": "{{two}}" }]""");
        await using ChildProcess server = await StartAsync("--config", configuration);

        Configure($$"""[{ "disk": "{{one}}" }, { "disk": "{{three}}", "lun": 5 }]""");
        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, "offered as LUN 5");

        string list = await ListAsync(server);
        Assert.Matches(@"LUN 0 +disk +1 MiB", list);
        Assert.DoesNotMatch("LUN 1 ", list);
        Assert.Matches(@"LUN 5 +disk +3 MiB", list);
        await StopAsync(server);
    }

    [Fact]
    public async Task A_disk_whose_options_changed_comes_back_with_them()
    {
        string one = Image("one.img", 1024 * Kibi);
        string configuration = Configure($$"""[{ "disk": "{{one}}" }]""");
        await using ChildProcess server = await StartAsync("--config", configuration);

        Configure($$"""[{ "disk": "{{one}}", "block": 4096, "serial": "NEW" }]""");
        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, "offered as LUN 0");

        ProcessResult info = await ChildProcess.RunAsync(ServerProcess.Program, ["info", Url(server)], Limit);
        Assert.Contains("NEW", info.Output, StringComparison.Ordinal);
        await StopAsync(server);
    }

    [Theory]
    [InlineData("nonsense", "everything stays as it was")]
    [InlineData("""[{ "disk": "ONE" }, { "disk": "/nowhere/at/all.img" }]""", "LUN 1 is not offered")]
    public async Task A_mistake_is_told_and_serving_goes_on(string disks, string told)
    {
        string one = Image("one.img", 1024 * Kibi);
        string configuration = Configure($$"""[{ "disk": "{{one}}" }]""");
        await using ChildProcess server = await StartAsync("--config", configuration);

        Configure(disks.Replace("ONE", one, StringComparison.Ordinal));
        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, told);

        Assert.Matches(@"LUN 0 +disk +1 MiB", await ListAsync(server));
        await StopAsync(server);
    }

    private static string Url(ChildProcess server) => server.OutputLines[0].Split(' ')[1];

    private static async Task<ChildProcess> StartAsync(params string[] arguments)
    {
        ChildProcess server = ChildProcess.Start(ServerProcess.Program, ["serve", "--listen", "127.0.0.1:0", .. arguments]);
        await server.WaitUntilAsync(static it => it.OutputLines.Count > 0, Limit, "it was ready");
        return server;
    }

    private static async Task StopAsync(ChildProcess server)
    {
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    private static Task Logged(ChildProcess server, string text) =>
        server.WaitUntilAsync(it => it.ErrorLines.Any(line => line.Contains(text, StringComparison.Ordinal)), Limit, $"it told '{text}'");

    private static async Task<string> ListAsync(ChildProcess server)
    {
        ProcessResult result = await ChildProcess.RunAsync(ServerProcess.Program, ["ls", new Uri(Url(server)).Authority], Limit);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output;
    }

    // A FileStream would ask for a lock that the server has.
    private static async Task ExtendAsync(string path, long length)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs truncate");
        ProcessResult result = await ChildProcess.RunAsync("truncate", ["-s", length.ToString(CultureInfo.InvariantCulture), path], Limit);
        Assert.Equal(0, result.ExitCode);
    }

    private string Image(string name, long length)
    {
        string path = _folder.At(name);
        using FileStream file = new(path, FileMode.Create);
        file.SetLength(length);
        return path;
    }

    private string Configure(string disks)
    {
        string path = _folder.At("blockwire.json");
        File.WriteAllText(path, $$"""{ "targets": [{ "name": "iqn.2026-11.local.test:disks", "disks": {{disks}} }] }""");
        return path;
    }
}
