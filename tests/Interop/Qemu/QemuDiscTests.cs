using Blockwire.Interop.Tests.Discs;
using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Qemu;

/// <summary>
/// Goal: a machine boots from an image that is served as a CD. Method: QEMU's BIOS loads a boot image that reads one block more and tells what is in it; the drive is QEMU's
/// own over blocks that it reads by iSCSI, and then ours, whose commands QEMU only hands on.
/// </summary>
public sealed class QemuDiscTests : IAsyncLifetime
{
    private const string News = "read over iSCSI";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-disc-").FullName;
    private ChildProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        string image = Path.Combine(_folder, "boot.iso");
        TinyImage.Write(image, "TINY", News, new byte[100_000]);
        _server = ChildProcess.Start(ServerProcess.Program, ["serve", "--listen", "127.0.0.1:0", $"cdrom:{image}"]);
        await _server.WaitUntilAsync(static it => it.OutputLines.Count > 0, Limit, "it was ready");
    }

    public async ValueTask DisposeAsync()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(_server.Log);
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("-device", "ide-cd,drive=cd,bootindex=0")]
    [InlineData("-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=cd,bootindex=0")]
    [InlineData("-device", "virtio-scsi-pci", "-device", "scsi-block,drive=cd,bootindex=0")]
    public async Task AMachineBootsFromIt(params string[] drive)
    {
        Peer.Require("qemu-system-x86_64");
        string output = Path.Combine(_folder, "debug");
        string url = _server.OutputLines[0].Split(' ')[1];
        ProcessResult result = await ChildProcess.RunAsync(
            "qemu-system-x86_64",
            [
                "-machine", "pc,accel=tcg", "-m", "64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-debugcon", $"file:{output}", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
                "-drive", $"if=none,id=cd,format=raw,readonly=on,media=cdrom,file={url}", .. drive,
            ],
            Limit);
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        Assert.Equal(TinyImage.ExitStatus, result.ExitCode);
        Assert.Equal(TinyImage.Greeting + News, await File.ReadAllTextAsync(output));
    }
}
