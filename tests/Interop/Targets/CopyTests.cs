using Blockwire.Testing;
using Blockwire.Testing.Targets;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>Goal: `blockwire copy` moves an image of 256 MiB with holes to a target and back intact. Method: the built program, tgt, and the Linux kernel's target in its guest.</summary>
[Collection(LioCollection.Name)]
public sealed class CopyTests(LioGuest lio) : IDisposable
{
    private const long ImageBytes = 256 << 20;
    private const int PieceBytes = 1 << 20;
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-copy").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_image_goes_to_tgt_and_back()
    {
        await using TgtTarget tgt = await TgtTarget.StartAsync([new TestDisk(ImageBytes)], 0);
        await CopyThereAndBackAsync(RealTarget.Of(tgt));
    }

    [Fact]
    public async Task An_image_goes_to_the_kernels_target_and_back()
    {
        await lio.StartAsync();
        await CopyThereAndBackAsync(lio.Target("large"));
        lio.AssertSound();
    }

    private async Task CopyThereAndBackAsync(RealTarget target)
    {
        string image = Path.Combine(_folder, "image");
        string back = Path.Combine(_folder, "back");
        string url = $"iscsi://{target.Portal}/{target.Name}/{target.Lun}";
        MakeImage(image);

        ProcessResult there = await RunAsync("copy", image, url, "--verify");
        Assert.True(there.ExitCode == 0, there.ToString());
        ProcessResult andBack = await RunAsync("copy", url, back);
        Assert.True(andBack.ExitCode == 0, andBack.ToString());

        AssertSame(image, back);
    }

    private Task<ProcessResult> RunAsync(params string[] arguments) => ChildProcess.RunAsync(
        ServerProcess.FindProgram(), arguments, _limit, new Dictionary<string, string> { ["BLOCKWIRE_STATE"] = _folder });

    // One piece of eight has data, the others are holes; the last piece has some too.
    private static void MakeImage(string path)
    {
        using FileStream file = File.Create(path);
        file.SetLength(ImageBytes);
        byte[] piece = new byte[PieceBytes];
        Random random = new(256);
        for (long at = 0; at < ImageBytes; at += PieceBytes)
        {
            if (at / PieceBytes % 8 == 0 || at + PieceBytes == ImageBytes)
            {
                random.NextBytes(piece);
                file.Position = at;
                file.Write(piece);
            }
        }
    }

    private static void AssertSame(string image, string back)
    {
        using FileStream left = File.OpenRead(image);
        using FileStream right = File.OpenRead(back);
        Assert.Equal(left.Length, right.Length);
        byte[] one = new byte[PieceBytes];
        byte[] other = new byte[PieceBytes];
        for (long at = 0; at < ImageBytes; at += PieceBytes)
        {
            left.ReadExactly(one);
            right.ReadExactly(other);
            Assert.True(one.AsSpan().SequenceEqual(other), $"differs between {at} and {at + PieceBytes}");
        }
    }
}
