using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Libiscsi;

/// <summary>Goal: the tools of Debian's libiscsi-bin see a CD as one. Method: run each, compare what it prints.</summary>
public sealed class DiscToolTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string _image = Path.GetTempFileName();
    private ChildProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllBytesAsync(_image, new byte[1 << 20]);
        _server = ChildProcess.Start(ServerProcess.Program, ["serve", "--listen", "127.0.0.1:0", $"cdrom:{_image}?serial=CD-1"]);
        await _server.WaitUntilAsync(static it => it.OutputLines.Count > 0, Limit, "it was ready");
    }

    public async ValueTask DisposeAsync()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(_server.Log);
        await _server.DisposeAsync();
        File.Delete(_image);
    }

    [Fact]
    public async Task ListShowsAMultimediaDevice() =>
        Assert.Contains("Lun:0    Type:MMC", (await RunAsync("iscsi-ls", "-s", $"iscsi://{Ready.Portal}")).Succeeded().Output, StringComparison.Ordinal);

    [Fact]
    public async Task InquiryShowsTheDriveAndItsSerialNumber()
    {
        string standard = (await RunAsync("iscsi-inq", Url)).Succeeded().Output;
        Assert.Contains("Peripheral Device Type:MMC", standard, StringComparison.Ordinal);
        Assert.Contains("Removable:1", standard, StringComparison.Ordinal);
        Assert.Contains("CD-1", (await RunAsync("iscsi-inq", "-e", "1", "-c", "128", Url)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheCapacityCommandOfDisksIsRefused()
    {
        ProcessResult result = await RunAsync("iscsi-readcapacity16", Url);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("failed to send readcapacity command", result.Output + result.Error, StringComparison.Ordinal);
    }

    private ReadyLine Ready => ReadyLine.Parse(_server.OutputLines[0]);

    private string Url => _server.OutputLines[0].Split(' ')[1];

    private static Task<ProcessResult> RunAsync(string program, params string[] arguments)
    {
        Peer.Require(program);
        return ChildProcess.RunAsync(program, arguments, Limit);
    }
}
