using System.Diagnostics;
using System.Globalization;

namespace Blockwire.Storage.Tests;

/// <summary>What this program does as the second process of a test, and how a test starts it.</summary>
internal static class ChildProcess
{
    public const string Hold = "hold";
    public const string WriteForever = "write";

    private const int BlockBytes = 512;

    /// <summary>Starts the program with words for <see cref="RunAsync"/>; its output is for the test to read.</summary>
    public static Process Start(params string[] words)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Blockwire.Storage.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        ProcessStartInfo start = new(program, ["--child", .. words]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        return Process.Start(start)!;
    }

    public static async Task<int> RunAsync(string[] words)
    {
        if (words is [Hold, string spec])
        {
            try
            {
                await using OpenDisk disk = await new DiskCatalog().OpenAsync(DiskSpec.Parse(spec));
                Console.WriteLine("open");
                await Console.In.ReadToEndAsync();
            }
            catch (DiskOpenException e)
            {
                Console.WriteLine(e.Message);
            }
            return 0;
        }
        if (words is [WriteForever, string path]) return await WriteAsync(path);
        throw new ArgumentException("unknown words: " + string.Join(' ', words));
    }

    /// <summary>The content of block <paramref name="lba"/> after its FUA write.</summary>
    public static byte[] Pattern(ulong lba)
    {
        byte[] block = new byte[BlockBytes];
        new Random((int)lba + 1).NextBytes(block);
        return block;
    }

    /// <summary>Writes block after block with FUA and says so, a line each, once the call completed and a sync lies behind it.</summary>
    private static async Task<int> WriteAsync(string path)
    {
        ObservedCalls? calls = null;
        FileDiskOptions options = new() { Wrap = inner => calls = new ObservedCalls(inner) };
        await using FileDisk disk = FileDisk.Open(path, options);
        for (ulong lba = 0; lba < disk.Traits.BlockCount; lba++)
        {
            int before = calls!.SyncCount;
            IoStatus status = await disk.WriteAsync(lba, Pattern(lba), forceUnitAccess: true, CancellationToken.None);
            if (status != IoStatus.Ok || calls.SyncCount == before) return 1;
            Console.WriteLine(lba.ToString(CultureInfo.InvariantCulture));
        }
        return 0;
    }
}
