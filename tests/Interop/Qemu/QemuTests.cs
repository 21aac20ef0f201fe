using Blockwire.Testing.Targets;
using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Qemu;

/// <summary>
/// Goal: QEMU's block layer reads back what it wrote, with and without header digests. Method: qemu-img copies an image with holes
/// there and back; qemu-io writes patterns at odd places and reads them.
/// </summary>
public sealed class QemuTests : IAsyncLifetime
{
    private const int MiB = 1 << 20;
    private const int LengthBytes = 256 * MiB;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-qemu-").FullName;
    private ITestTarget _target = null!;

    public async ValueTask InitializeAsync() =>
        _target = await TargetUnderTest.StartAsync([new(LengthBytes) { Thin = true, Path = Path.Combine(_folder, "lun.img") }]);

    public async ValueTask DisposeAsync()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(_target.Log);
        await _target.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("crc32c")]
    public async Task AnImageSurvivesTheWayThereAndBack(string headerDigest)
    {
        string image = Path.Combine(_folder, "there.img");
        string copy = Path.Combine(_folder, "back.img");
        await WriteImageWithHolesAsync(image);

        await QemuAsync("qemu-img", "convert", "-n", "-f", "raw", "--target-image-opts", image, Options(headerDigest));
        await QemuAsync("qemu-img", "convert", "--image-opts", "-O", "raw", Options(headerDigest), copy);

        ProcessResult compared = await QemuAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", image, copy);
        Assert.Contains("Images are identical", compared.Output);
        ProcessResult onTarget = await QemuAsync("qemu-img", "compare", "--image-opts", $"driver=raw,file.filename={image}", Options(headerDigest));
        Assert.Contains("Images are identical", onTarget.Output);
    }

    [Fact]
    public async Task InfoShowsTheSizeOfTheLun()
    {
        ProcessResult info = await QemuAsync("qemu-img", "info", "--output=json", "-f", "raw", _target.Url(0));
        Assert.Contains($"\"virtual-size\": {LengthBytes}", info.Output);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("crc32c")]
    public async Task PatternsAreReadWhereTheyWereWritten(string headerDigest)
    {
        (string Offset, string Length, int Pattern)[] writes =
        [
            ("0", "512", 0x11), ("512", "4k", 0x22), ("65024", "1k", 0x33), ("1M", "8k", 0x44), ("3M", "1M", 0x55), ("7M", "4608k", 0x66),
            ($"{LengthBytes - 512}", "512", 0x77),
        ];
        string[] commands =
        [
            .. writes.Select(static it => $"write -P {it.Pattern} {it.Offset} {it.Length}"),
            "flush",
            "write -z 5M 64k",
            .. writes.Select(static it => $"read -P {it.Pattern} {it.Offset} {it.Length}"),
            "read -P 0 5M 64k",
            "write -f -P 136 9M 4k",
            "read -P 136 9M 4k",
            "discard 3M 1M",
            "read 3M 1M",
        ];

        ProcessResult result = await QemuAsync("qemu-io", ["--image-opts", Options(headerDigest), .. commands.SelectMany(static it => new[] { "-c", it })]);
        Assert.DoesNotContain("Pattern verification failed", result.Output + result.Error);
        Assert.Equal(writes.Length + 3, result.Output.Split('\n').Count(static line => line.StartsWith("read ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ManyRequestsInFlightDoNotMix()
    {
        // Twelve writes of 1 MiB at once, then twelve reads, each with its own pattern.
        string[] commands =
        [
            .. Enumerable.Range(1, 12).Select(static it => $"aio_write -P {it} {it}M 1M"), "aio_flush",
            .. Enumerable.Range(1, 12).Select(static it => $"aio_read -P {it} {it}M 1M"), "aio_flush",
        ];
        ProcessResult result = await QemuAsync("qemu-io", ["--image-opts", Options("none"), .. commands.SelectMany(static it => new[] { "-c", it })]);
        Assert.DoesNotContain("Pattern verification failed", result.Output + result.Error);
        Assert.Equal(12, result.Output.Split('\n').Count(static line => line.StartsWith("read 1048576/1048576", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task BenchWritesAndReadsWithSixtyFourInFlight()
    {
        string[] options = ["bench", "--image-opts", "-d", "64", "-c", "4000", "-s", "4096", "-t", "none"];
        Assert.Contains("Run completed", (await QemuAsync("qemu-img", [.. options, "-w", Options("none")])).Output);
        Assert.Contains("Run completed", (await QemuAsync("qemu-img", [.. options, Options("none")])).Output);
    }

    private static async Task<ProcessResult> QemuAsync(string program, params string[] arguments)
    {
        Peer.Require(program);
        ProcessResult result = (await ChildProcess.RunAsync(program, arguments, Limit)).Succeeded();
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        return result;
    }

    private static async Task WriteImageWithHolesAsync(string path)
    {
        Random random = new(20261122);
        await using FileStream file = new(path, FileMode.CreateNew);
        file.SetLength(LengthBytes);
        byte[] chunk = new byte[MiB];
        for (int at = 0; at < LengthBytes / MiB; at++)
        {
            // A quarter are holes, one in eight written zeros, a few start or end in the middle of a cluster.
            int kind = random.Next(8);
            if (kind < 2)
            {
                continue;
            }

            chunk.AsSpan().Clear();
            if (kind > 2)
            {
                random.NextBytes(chunk.AsSpan(kind == 3 ? random.Next(MiB) : 0));
            }

            file.Position = (long)at * MiB;
            await file.WriteAsync(chunk);
        }
    }

    private string Options(string headerDigest) =>
        $"driver=raw,file.driver=iscsi,file.transport=tcp,file.portal={_target.Portal},file.target={_target.TargetName},"
        + $"file.lun={_target.Lun(0)},file.header-digest={headerDigest},file.initiator-name=iqn.2026-11.local.blockwire:qemu";
}
