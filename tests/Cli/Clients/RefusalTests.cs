using System.Net;
using System.Net.Sockets;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>Goal: each failure is one line that says what, where and what to try, and the status that the contract names. Method: the built program.</summary>
public sealed class RefusalTests : IDisposable
{
    private const string Secret = "a-secret-nobody-sees";

    private readonly ClientProcess _client = new();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("discover")]
    [InlineData("ls")]
    [InlineData("info iscsi://127.0.0.1")]
    [InlineData("info iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk")]
    [InlineData("info http://127.0.0.1/iqn.2026-11.local.blockwire:disk/0")]
    [InlineData("info iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0?erl=3")]
    [InlineData("read iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0 --offset -5")]
    [InlineData("read iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0 --length 5X")]
    [InlineData("read iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0 --json")]
    [InlineData("write iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0 --block 1G")]
    [InlineData("copy a.img")]
    [InlineData("copy a.img floppy:b")]
    [InlineData("copy a.img iscsi://127.0.0.1/")]
    [InlineData("bench iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0 --write --read-percent 5")]
    [InlineData("bench iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0 --random --sequential")]
    [InlineData("bench iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0 --depth 0")]
    [InlineData("ping 127.0.0.1 --count x")]
    [InlineData("ping 127.0.0.1 --connections 33")]
    [InlineData("ping 127.0.0.1 --initiator me")]
    [InlineData("ping 127.0.0.1 --timeout 0")]
    [InlineData("ping 127.0.0.1 --log loud")]
    public async Task A_wrong_command_line_ends_with_status_2(string line) => (await _client.RunAsync(line.Split(' '))).Refused(2, "--help");

    [Fact]
    public async Task A_wrong_URL_does_not_show_its_secret()
    {
        ClientResult result = await _client.RunAsync("info", $"iscsi://me%{Secret}@127.0.0.1/iqn.2026-11.local.blockwire:disk/x");

        result.Refused(2);
        Assert.DoesNotContain(Secret, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_mark_in_a_secret_does_not_show_it()
    {
        ClientResult result = await _client.RunAsync("info", "iscsi://me%a-secret?nobody-sees@127.0.0.1/iqn.2026-11.local.blockwire:disk/0");

        result.Refused(2, "%3F");
        Assert.DoesNotContain("a-secret", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody-sees", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mirror:(memory:1M,iscsi://me%a-secret-nobody-sees@127.0.0.1/iqn.2026-11.local.blockwire:disk/x)")]
    [InlineData("stripe:(memory:1M,iscsi://me:a-secret/nobody-sees@127.0.0.1/iqn.2026-11.local.blockwire:disk/x)")]
    [InlineData("stripe:(memory:1M,iscsi://127.0.0.1/iqn.2026-11.local.blockwire:disk/0?target-password=a-secret-nobody-sees&floppy)")]
    public async Task A_wrong_disk_does_not_show_a_secret(string disk)
    {
        ClientResult result = await _client.RunAsync("serve", "--listen", "127.0.0.1:0", disk);

        result.Refused(2);
        Assert.DoesNotContain("nobody-sees", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listens() => (await _client.RunAsync("discover", $"127.0.0.1:{FreePort()}")).Refused(1, "is a target running there");

    [Fact]
    public async Task A_name_without_address() => (await _client.RunAsync("discover", "nosuch.invalid")).Refused(1, "nosuch.invalid", "check the host's name");

    [Fact]
    public async Task Somebody_listens_and_says_nothing()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();

        (await _client.RunAsync("discover", silent.LocalEndpoint.ToString()!, "--timeout", "0.5")).Refused(1, silent.LocalEndpoint.ToString()!, "--timeout");
    }

    [Fact]
    public async Task No_such_target()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(["memory:1M"]);

        (await _client.RunAsync("info", $"iscsi://{server.Portal}/iqn.2026-11.local.blockwire:other/0")).Refused(1, $"{server.Portal}", $"blockwire discover {server.Portal}");
    }

    [Fact]
    public async Task No_such_LUN()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(["memory:1M"]);

        (await _client.RunAsync("info", server.Url(5))).Refused(1, server.Url(5), $"blockwire ls {server.Portal}");
    }

    [Fact]
    public async Task A_digest_that_is_not_granted()
    {
        using ScratchFolder folder = new();
        string file = folder.Write("c.json", """{ "keys": { "HeaderDigest": "none" } }""");
        await using ServerProcess server = await ServerProcess.StartAsync(["memory:1M"], options: ["--config", file]);

        (await _client.RunAsync("info", $"{server.Url(0)}?header-digest=require")).Refused(1, "header-digest=prefer");
    }

    [Fact]
    public async Task A_wrong_secret_and_a_right_one()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(["memory:1M"], options: ["--chap", $"alice:{Secret}"]);
        string right = _client.WriteFile("right", System.Text.Encoding.UTF8.GetBytes($"alice:{Secret}\n"));
        string wrong = _client.WriteFile("wrong", "alice:another-secret-123\n"u8.ToArray());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(right, UnixFileMode.UserRead);
            File.SetUnixFileMode(wrong, UnixFileMode.UserRead);
        }

        ClientResult refused = await _client.RunAsync("info", server.Url(0), "--chap-file", wrong);
        refused.Refused(1, "check user and secret");
        Assert.DoesNotContain("another-secret", refused.Error, StringComparison.Ordinal);
        (await _client.RunAsync("info", server.Url(0))).Refused(1, "check user and secret");
        Assert.Contains("CHAP with ", (await _client.RunAsync("info", server.Url(0), "--chap-file", right)).Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains("CHAP with ", (await _client.RunAsync("info", server.Url(0).Replace("//", $"//alice%{Secret}@", StringComparison.Ordinal))).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_refuses_is_listed_with_its_reason()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(["memory:1M"], options: ["--chap", $"alice:{Secret}"]);

        string text = (await _client.RunAsync("ls", server.Portal.ToString())).Succeeded().Text;

        Assert.StartsWith(server.TargetName, text, StringComparison.Ordinal);
        Assert.Contains("cannot be listed: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_protected_unit()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(["memory:1M?readonly"]);

        (await _client.RunWithAsync(new byte[512], "write", server.Url(0))).Refused(1, server.Url(0), "write protected");
        (await _client.RunAsync("bench", server.Url(0), "--write")).Refused(1, "write protected");
        (await _client.RunAsync("copy", "memory:1M", server.Url(0))).Refused(1, "write protected");
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
