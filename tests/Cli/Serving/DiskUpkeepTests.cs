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

    [Fact]
    public async Task The_medium_of_a_drive_is_changed_while_the_drive_stays()
    {
        string one = Image("one.iso", 1024 * Kibi), two = Image("two.iso", 2 * 1024 * Kibi);
        string configuration = Configure($$"""[{ "disk": "cdrom:{{one}}" }]""");
        await using ChildProcess server = await StartAsync("--config", configuration);
        Assert.EndsWith($"/0 1048576 cdrom:{Encoded(one)}", server.OutputLines[0], StringComparison.Ordinal);
        Assert.Matches(@"LUN 0 +CD/DVD +1 MiB  BLOCKWIR Blockwire CD/DVD  read-only", await ListAsync(server));

        Configure($$"""[{ "disk": "cdrom:{{two}}" }]""");
        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, "it is the medium of LUN 0 now, with 2097152 bytes");
        Assert.Matches(@"LUN 0 +CD/DVD +2 MiB", await ListAsync(server));

        Configure("""[{ "disk": "cdrom:" }]""");
        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, "cdrom:: it is the medium of LUN 0 now, with 0 bytes");
        Assert.Matches("LUN 0 +CD/DVD +no size .*TRAY CLOSED", await ListAsync(server));

        Configure("""[{ "disk": "cdrom:/nowhere/at/all.iso" }]""");
        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, "LUN 0 keeps its medium");
        await StopAsync(server);
        Assert.False(Directory.Exists(one + ".blockwire-state"));
    }

    [Fact]
    public async Task A_removable_disk_keeps_what_it_remembers_when_its_medium_changes()
    {
        string one = Image("one.img", 1024 * Kibi), two = Image("two.img", 2 * 1024 * Kibi);
        string configuration = Configure($$"""[{ "disk": "{{one}}", "removable": true }]""");
        await using ChildProcess server = await StartAsync("--config", configuration, "--state", _folder.At("state"));

        Configure($$"""[{ "disk": "{{two}}", "removable": true }]""");
        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, "it is the medium of LUN 0 now, with 2097152 bytes");
        Assert.Matches(@"LUN 0 +disk +2 MiB", await ListAsync(server));
        await StopAsync(server);
    }

    [Fact]
    public async Task A_removable_disk_that_shall_keep_protection_information_goes_and_comes_back()
    {
        string one = Image("one.img", 1024 * Kibi);
        string configuration = Configure($$"""[{ "disk": "{{one}}", "removable": true }]""");
        await using ChildProcess server = await StartAsync("--config", configuration, "--state", _folder.At("state"));

        Configure($$"""[{ "disk": "{{one}}", "removable": true, "protection": 1 }]""");
        Signals.Send(server.Id, Signals.Hangup);
        await Logged(server, "offered as LUN 0");
        ProcessResult info = await ChildProcess.RunAsync(ServerProcess.Program, ["info", Url(server)], Limit);
        Assert.Matches("protection +type 1", info.Output);
        await StopAsync(server);
    }

    [Fact]
    public async Task Info_and_copy_read_a_cd()
    {
        string image = Image("some.iso", 1024 * Kibi), copy = _folder.At("copy.iso");
        byte[] data = new byte[1024 * Kibi];
        new Random(7).NextBytes(data);
        await File.WriteAllBytesAsync(image, data);
        await using ChildProcess server = await StartAsync($"cdrom:{image}?serial=CD-7");

        ProcessResult info = await ChildProcess.RunAsync(ServerProcess.Program, ["info", Url(server)], Limit);
        Assert.Equal((0, ""), (info.ExitCode, info.Error));
        Assert.Matches(@"type +CD/DVD, removable\n", info.Output);
        Assert.Matches(@"serial +CD-7\n", info.Output);
        Assert.Matches(@"capacity +1048576 bytes, 1 MiB, 512 blocks\n", info.Output);
        Assert.Matches(@"medium +CD-ROM\n", info.Output);
        Assert.DoesNotContain("provisioning", info.Output, StringComparison.Ordinal);

        ProcessResult copied = await ChildProcess.RunAsync(ServerProcess.Program, ["copy", Url(server), copy, "--verify"], Limit);
        Assert.Equal(0, copied.ExitCode);
        Assert.Equal(data, await File.ReadAllBytesAsync(copy));
        await StopAsync(server);
    }

    [Theory]
    [InlineData(2049, "its 2049 bytes are not a multiple of the block size 2048; extend it to 4096 bytes")]
    [InlineData(0, "it is empty")]
    [InlineData(-1, "it does not exist; check the path")]
    public async Task An_image_that_no_drive_can_show_is_refused(int length, string problem)
    {
        string image = length < 0 ? _folder.At("none.iso") : Image("bad.iso", length);
        ProcessResult result = await ChildProcess.RunAsync(ServerProcess.Program, ["serve", "--listen", "127.0.0.1:0", $"cdrom:{image}"], Limit);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"cdrom:{Encoded(image)}: {problem}", result.Error, StringComparison.Ordinal);
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

    private static string Encoded(string path) => path.Replace(" ", "%20", StringComparison.Ordinal);

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
