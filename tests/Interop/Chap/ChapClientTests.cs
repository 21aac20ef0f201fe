using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Chap;

/// <summary>Goal: the clients that people have log in with CHAP, one way and mutual, and nobody else does. Method: run them and read the server's log.</summary>
public sealed class ChapClientTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-chap-").FullName;
    private ServerProcess? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(_server.Log);
            ChapServer.AssertNoSecretIn(_server.Log);
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?target_user=disk&target_password=secretofthedisk1")]
    public async Task Libiscsi_logs_in(string mutual)
    {
        _server = await ChapServer.StartAsync(_folder, LibiscsiUsers);
        ProcessResult result = (await RunAsync("iscsi-inq", $"{Url(_server, "alice%secretofalice1")}{mutual}")).Succeeded();
        Assert.Contains("Peripheral Device Type:DIRECT_ACCESS", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Libiscsi_finds_a_target_that_proves_itself_wrongly()
    {
        _server = await ChapServer.StartAsync(_folder, LibiscsiUsers);
        ProcessResult result = await RunAsync("iscsi-inq", $"{Url(_server, "alice%secretofalice1")}?target_user=disk&target_password=another");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Invalid CHAP_R", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice%wrong", "the CHAP name or response is wrong")]
    [InlineData("bob%secretofalice1", "the CHAP name or response is wrong")]
    [InlineData("disk%secretofthedisk1", "the CHAP name or response is wrong")]
    [InlineData(null, "authentication is required (CHAP)")]
    public async Task Nobody_else_gets_in_and_the_log_says_who_and_why(string? credentials, string why)
    {
        _server = await ChapServer.StartAsync(_folder, LibiscsiUsers);
        ProcessResult result = await RunAsync("iscsi-inq", Url(_server, credentials));
        Assert.NotEqual(0, result.ExitCode);
        await _server.ExpectLogAsync("login refused: 127.0.0.1:", "libiscsi:iscsi-inq", _server.TargetName, why);
    }

    [Fact]
    public async Task Discovery_is_open_until_it_is_closed()
    {
        _server = await ChapServer.StartAsync(_folder, LibiscsiUsers);
        string open = (await RunAsync("iscsi-ls", $"iscsi://{_server.Portal}")).Succeeded().Output;
        string withCredentials = (await RunAsync("iscsi-ls", "-s", $"iscsi://alice%secretofalice1@{_server.Portal}")).Succeeded().Output;
        Assert.Contains($"Target:{_server.TargetName}", open, StringComparison.Ordinal);
        Assert.Contains("Type:DIRECT_ACCESS (Size:63M)", withCredentials, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Discovery_has_users_of_its_own()
    {
        _server = await ChapServer.StartAsync(
            _folder, LibiscsiUsers, """ "discoveryChap": { "users": [{ "user": "finder", "secret": "secretoffinder" }], "challengeBytes": 1024 } """);
        string found = (await RunAsync("iscsi-ls", $"iscsi://finder%secretoffinder@{_server.Portal}")).Succeeded().Output;
        Assert.Contains($"Target:{_server.TargetName}", found, StringComparison.Ordinal);
        Assert.NotEqual(0, (await RunAsync("iscsi-ls", $"iscsi://alice%secretofalice1@{_server.Portal}")).ExitCode);
        Assert.NotEqual(0, (await RunAsync("iscsi-ls", $"iscsi://{_server.Portal}")).ExitCode);
        Assert.NotEqual(0, (await RunAsync("iscsi-inq", Url(_server, "finder%secretoffinder"))).ExitCode);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(1024)]
    public async Task Qemu_takes_challenges_of_every_size(int bytes)
    {
        _server = await ChapServer.StartAsync(
            _folder, $$"""{ "users": [{ "user": "{{ChapServer.User}}", "secret": "{{ChapServer.Secret}}" }], "challengeBytes": {{bytes}} }""");
        Peer.Require("qemu-img");
        string Options(string password) =>
            $"driver=raw,file.driver=iscsi,file.transport=tcp,file.portal={_server.Portal},file.target={_server.TargetName},file.lun=0,"
            + $"file.user={ChapServer.User},file.password={password}";
        ProcessResult result = (await ChildProcess.RunAsync("qemu-img", ["info", "--output=json", "--image-opts", Options(ChapServer.Secret)], Limit)).Succeeded();
        Assert.Contains($"\"virtual-size\": {64 << 20}", result.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, (await ChildProcess.RunAsync("qemu-img", ["info", "--image-opts", Options("wrong")], Limit)).ExitCode);
    }

    [Fact]
    public async Task An_initiator_with_MD5_alone_is_refused_where_more_is_required()
    {
        _server = await ChapServer.StartAsync(_folder, """{ "users": [{ "user": "alice", "secret": "secretofalice1" }], "require": "SHA-256" }""");
        Assert.NotEqual(0, (await RunAsync("iscsi-inq", Url(_server, "alice%secretofalice1"))).ExitCode);
        await _server.ExpectLogAsync("login refused", "8 (SHA3-256), 7 (SHA-256)");
    }

    [Fact]
    public async Task A_short_secret_is_warned_of_at_start()
    {
        _server = await ChapServer.StartAsync(_folder, """{ "users": [{ "user": "alice", "secret": "short" }] }""");
        await _server.ExpectLogAsync("warn", "'alice' is shorter than 12 bytes");
        (await RunAsync("iscsi-inq", Url(_server, "alice%short"))).Succeeded();
    }

    private const string LibiscsiUsers =
        """{ "users": [{ "user": "alice", "secret": "secretofalice1" }], "mutual": { "user": "disk", "secret": "secretofthedisk1" } }""";

    private static string Url(ServerProcess server, string? credentials) =>
        $"iscsi://{(credentials is null ? string.Empty : credentials + "@")}{server.Portal}/{server.TargetName}/0";

    private static async Task<ProcessResult> RunAsync(string program, params string[] arguments)
    {
        Peer.Require(program);
        ProcessResult result = await ChildProcess.RunAsync(program, arguments, Limit);
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        return result;
    }
}
