using Blockwire.Testing.Targets;
using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Libiscsi;

/// <summary>Goal: the tools of Debian's libiscsi-bin see the LUNs as they are. Method: run each, compare what it prints.</summary>
public sealed class CommandLineToolTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private ITestTarget _target = null!;

    public async ValueTask InitializeAsync() => _target = await TargetUnderTest.StartAsync(
        [new(64 << 20), new(32 << 20) { Thin = true }, new(16 << 20) { ReadOnly = true }]);

    public async ValueTask DisposeAsync()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(_target.Log);
        await _target.DisposeAsync();
    }

    [Fact]
    public async Task ListShowsTheTargetAndEveryLun()
    {
        ProcessResult result = await RunAsync("iscsi-ls", "-s", $"iscsi://{_target.Portal}");
        string[] lines = result.Output.Split('\n');
        Assert.Equal($"Target:{_target.TargetName} Portal:{_target.Portal},1", lines[0]);

        // The tool multiplies the last block's address, so what it prints is a block short and rounded down.
        Assert.Equal(
            [$"Lun:{_target.Lun(0)}    Type:DIRECT_ACCESS (Size:63M)", $"Lun:{_target.Lun(1)}    Type:DIRECT_ACCESS (Size:31M)", $"Lun:{_target.Lun(2)}    Type:DIRECT_ACCESS (Size:15M)"],
            lines.Where(static line => line.Contains("DIRECT_ACCESS", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ListAsUrlsGivesTheOneToConnectTo()
    {
        ProcessResult result = await RunAsync("iscsi-ls", "--url", $"iscsi://{_target.Portal}");
        Assert.Contains($"iscsi://{_target.Portal}/{_target.TargetName}", result.Output);
    }

    [Fact]
    public async Task StandardInquiryIsThatOfADisk()
    {
        ProcessResult result = await RunAsync("iscsi-inq", _target.Url(0));
        Assert.Contains("Peripheral Device Type:DIRECT_ACCESS", result.Output);
        Assert.Contains("Peripheral Qualifier:CONNECTED", result.Output);
        Assert.Contains("ReponseDataFormat:2", result.Output);
        Assert.Matches(@"Vendor:\S+", result.Output);
        Assert.Matches(@"Product:\S+", result.Output);
    }

    [Fact]
    public async Task SupportedPagesAreReadableOneByOne()
    {
        ProcessResult list = await RunAsync("iscsi-inq", "-e", "1", "-c", "0", _target.Url(0));
        Assert.Contains("SUPPORTED_VPD_PAGES", list.Output);
        foreach ((int page, string text) in new[]
        {
            (0x80, "Unit Serial Number"), (0x83, "Designator"), (0xB0, "maximum transfer length"), (0xB1, "Medium Rotation Rate"),
        })
        {
            Assert.Contains($"Page:0x{page:x2}", list.Output);
            ProcessResult result = await RunAsync("iscsi-inq", "-e", "1", "-c", $"{page}", _target.Url(0));
            Assert.Contains(text, result.Output, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task LogicalBlockProvisioningIsToldOfAThinDisk()
    {
        ProcessResult result = await RunAsync("iscsi-inq", "-e", "1", "-c", $"{0xB2}", _target.Url(1));
        Assert.Contains("lbpu:1", result.Output);
    }

    [Fact]
    public async Task SerialNumbersDiffer()
    {
        ProcessResult[] results = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(disk => RunAsync("iscsi-inq", "-e", "1", "-c", $"{0x80}", _target.Url(disk))));
        Assert.Equal(3, results.Select(static result => result.Output).Distinct().Count());
    }

    [Fact]
    public async Task CapacityIsExact()
    {
        ProcessResult result = await RunAsync("iscsi-readcapacity16", _target.Url(0));
        Assert.Contains($"RETURNED LOGICAL BLOCK ADDRESS:{(64 << 20) / 512 - 1}", result.Output);
        Assert.Contains("LOGICAL BLOCK LENGTH IN BYTES:512", result.Output);
        Assert.Contains($"Total size:{64 << 20}", result.Output);
    }

    [Fact]
    public async Task CapacityTellsOfThinProvisioning()
    {
        ProcessResult result = await RunAsync("iscsi-readcapacity16", _target.Url(1));
        Assert.Contains("LBPME:1", result.Output);
    }

    [Fact]
    public async Task SoftwareWriteProtectionIsReadable()
    {
        ProcessResult result = await RunAsync("iscsi-swp", _target.Url(0));
        Assert.Contains("SWP:0", result.Output);
    }

    [Fact]
    public async Task AMissingLunIsRefusedInWords()
    {
        Peer.Require("iscsi-inq");
        ProcessResult result = await ChildProcess.RunAsync("iscsi-inq", [$"iscsi://{_target.Portal}/{_target.TargetName}/200"], Limit);
        Assert.NotEqual(0, result.ExitCode ?? 0);
        Assert.True(_target.IsAlive);
    }

    [Fact]
    public async Task AMissingTargetIsRefusedInWords()
    {
        Peer.Require("iscsi-inq");
        ProcessResult result = await ChildProcess.RunAsync("iscsi-inq", [$"iscsi://{_target.Portal}/iqn.2026-11.local.blockwire:none/0"], Limit);
        Assert.NotEqual(0, result.ExitCode ?? 0);
        Assert.Contains("Target not found", result.Output + result.Error);
    }

    private static async Task<ProcessResult> RunAsync(string program, params string[] arguments)
    {
        Peer.Require(program);
        ProcessResult result = (await ChildProcess.RunAsync(program, arguments, Limit)).Succeeded();
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        return result;
    }
}
